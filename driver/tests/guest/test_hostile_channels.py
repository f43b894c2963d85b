"""Garbage and floods on the channels of a machine: an error that names it, in bounded memory.

The inputs are made from a fixed seed: INPUTS of them in every run, more with REHEARSE_FUZZ_INPUTS.
"""

import asyncio
import contextlib
import json
import os
import random
import resource
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from test_driver.backend.console import Console
from test_driver.backend.qemu.monitor import Monitor
from test_driver.deadline import Deadline
from test_driver.errors import AgentError, MachineError
from test_driver.guest.agent import Agent
from test_driver.guest.qmp_client import LONGEST_LINE
from test_driver.loop import LoopThread

INPUTS = int(os.environ.get("REHEARSE_FUZZ_INPUTS", "300"))
GREETING = b'{"QMP": {"version": {}, "capabilities": []}}\n'
PIECES = (
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b'"',
        b"\n",
        b"\xff",
        b"\x00",
        b"\xf0\x9f",
        b" ",
        b"1e999",
    ),
    *(b'"id"', b'"return"', b'"error"', b'"event"', b'"class"', b'"desc"', b"null", b"true", b"-"),
    *(b'{"return": {}}\n', b'{"error": []}\n', b'{"event": {}}\n', b'{"event": "STOP"}\n', b"[]\n"),
    *(b'{"id": [], "return": 1}\n', b'{"id": {}}\n', b'{"error": {"class": 1}}\n', b"7\n", b"{}\n"),
    *(b'{"event": "RESET", "data": 7}\n', b'{"QMP": 1}\n', b"[" * 5000 + b"\n", b'"\\ud800"\n'),
)


def garbage(number: int) -> bytes:
    """Return the input with this number, the same in every run."""
    chance = random.Random(number)
    if chance.random() < 0.2:
        return chance.randbytes(chance.randrange(1, 400))
    return b"".join(chance.choices(PIECES, k=chance.randrange(1, 30)))


def peak_mib() -> float:
    """Return the most memory this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def talk(connection: socket.socket, answer: Callable[[bytes], bytes]) -> None:
    """Be the other side: answer each request, until the driver hangs up."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        while data := await loop.sock_recv(connection, 65536):
            await loop.sock_sendall(connection, answer(data))


def reply(request: bytes) -> bytes:
    """Answer a request as it should be."""
    message = json.loads(request.replace(b"\xff", b""))
    identity = {"id": message["id"]} if "id" in message else {}
    return json.dumps({"return": message.get("arguments", {}).get("id", {}), **identity}).encode()


async def monitor_with(poison: bytes) -> str:
    """Ask a monitor that greets properly and answers a query with the given bytes."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    theirs.send(GREETING)

    def answer(request: bytes) -> bytes:
        return poison if b"query" in request else reply(request) + b"\n"

    other = asyncio.ensure_future(talk(theirs, answer))
    monitor = Monitor("machine1", lambda event: None)
    await monitor.open(ours)
    try:
        await monitor.execute("query-status", None, Deadline.after(0.1))
    except MachineError as error:
        return str(error)
    finally:
        other.cancel()
        theirs.close()
        await monitor.close()
    return "machine1: it answered"


async def agent_with(folder: Path, poison: bytes, *, late: bool) -> str:
    """Ask an agent that writes the given bytes instead of an answer, or of its synchronisation."""
    path = folder / "agent"
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    listener.setblocking(False)

    def answer(request: bytes) -> bytes:
        sync = b"sync" in request
        return poison if sync is not late else b"\xff" + reply(request) + b"\n"

    async def serve() -> None:
        connection, _ = await asyncio.get_running_loop().sock_accept(listener)
        with connection:
            await talk(connection, answer)

    other = asyncio.ensure_future(serve())
    agent = Agent("machine1", path)
    try:
        async with asyncio.timeout(0.1):
            await agent.connect()
        await agent.call("guest-exec", {}, Deadline.after(0.1))
    except AgentError as error:
        return str(error)
    except TimeoutError:
        return "machine1: the caller's own limit"
    finally:
        other.cancel()
        listener.close()
        await agent.close()
    return "machine1: it answered"


@pytest.mark.timeout(300)  # hundreds of connections, and the host may have other work
def test_garbage_from_the_monitor_is_an_error_that_names_the_machine(loop: LoopThread) -> None:
    before = peak_mib()
    for number in range(INPUTS):
        text = loop.run(monitor_with(garbage(number)))
        assert text.startswith("machine1: "), (number, text)
    assert peak_mib() - before < 64


@pytest.mark.timeout(300)
@pytest.mark.parametrize("late", [False, True])
def test_garbage_from_the_agent_is_an_error_that_names_the_machine(
    loop: LoopThread, tmp_path: Path, *, late: bool
) -> None:
    before = peak_mib()
    for number in range(INPUTS):
        text = loop.run(agent_with(tmp_path, garbage(number), late=late))
        assert text.startswith("machine1: "), (number, text)
    assert peak_mib() - before < 64


def test_an_answer_of_the_wrong_shape_is_an_error_that_names_the_machine(
    loop: LoopThread, tmp_path: Path
) -> None:
    text = loop.run(agent_with(tmp_path, b"", late=True))
    assert text.startswith("machine1: ")
    nonsense = b'{"return": {"pid": "x"}, "id": "__qmp#00000"}\n'
    text = loop.run(agent_with(tmp_path, nonsense, late=True))
    expected = "machine1: the guest agent answered guest-exec wrongly: `pid` is missing, or of a wr"
    assert text.startswith(expected)


def test_garbage_on_the_console_is_kept_as_lines(loop: LoopThread) -> None:
    lines: list[str] = []

    async def feed() -> str:
        console = Console(lines.append)
        for number in range(INPUTS):
            console.feed(garbage(number))
        return console.last_lines()

    last = loop.run(feed())
    assert len(lines) > INPUTS / 10
    assert not set("\x00\x1b\x7f\r") & set("".join([*lines, last]))


FLOODS = (
    pytest.param(b"x" * 65536, id="a line without end"),
    pytest.param(b'{"event": "STOP", "data": {}}\n' * 2000, id="events"),
    pytest.param(b'{"return": {}, "id": "nobody"}\n' * 2000, id="answers to nobody"),
)
FLOOD_BYTES = 2 * LONGEST_LINE


@pytest.mark.parametrize("chunk", FLOODS)
@pytest.mark.parametrize("channel", ["monitor", "agent"])
def test_a_flood_ends_in_an_error_with_memory_bounded(
    loop: LoopThread, tmp_path: Path, channel: str, chunk: bytes
) -> None:
    before = peak_mib()
    poison = chunk * (FLOOD_BYTES // len(chunk))
    ours = peak_mib()
    work = monitor_with(poison) if channel == "monitor" else agent_with(tmp_path, poison, late=True)
    text = loop.run(work)
    assert text.startswith("machine1: ")
    assert before <= ours
    assert peak_mib() - ours < 3 * LONGEST_LINE / 2**20


def test_a_flood_on_the_console_is_kept_in_bounded_memory(loop: LoopThread) -> None:
    before = peak_mib()

    async def feed() -> None:
        console = Console(lambda line: None)
        for _ in range(1000):
            console.feed(b"y" * 65536)

    loop.run(feed())
    assert peak_mib() - before < 64
