"""The connection to the guest agent, with a peer that is told what to say."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from test_driver.deadline import Deadline
from test_driver.errors import AgentError, AgentLost, AgentSilent
from test_driver.guest.agent import Agent
from test_driver.loop import LoopThread

Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Work = Callable[[Agent], Awaitable[None]]


async def request(reader: asyncio.StreamReader) -> dict[str, Any]:
    """Read a request, which may end without a newline."""
    text = ""
    while True:
        data = await reader.read(65536)
        if not data:
            raise asyncio.IncompleteReadError(b"", None)
        text += data.replace(b"\xff", b"").decode()
        try:
            found: dict[str, Any] = json.loads(text)
        except ValueError:
            continue
        return found


async def synchronise(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the first question as an agent does."""
    sync = await request(reader)
    assert sync["execute"] == "guest-sync-delimited"
    writer.write(b'{"error": {"class": "GenericError", "desc": "Invalid JSON syntax"}}\n\xff')
    writer.write(json.dumps({"return": sync["arguments"]["id"]}).encode() + b"\n")


def converse(loop: LoopThread, path: Path, peer: Peer, work: Work) -> None:
    """Let an agent's client talk to a peer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await peer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def run() -> None:
        server = await asyncio.start_unix_server(serve, path)
        agent = Agent("machine1", path, lambda: "the last line")
        try:
            await asyncio.wait_for(work(agent), 20)
        finally:
            await agent.close()
            server.close()

    loop.run(run())


def test_stale_answers_before_the_synchronisation_are_thrown_away(
    loop: LoopThread, tmp_path: Path
) -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'{"return": {"pid": 1}}\n{"half": ')
        await synchronise(reader, writer)
        ping = await request(reader)
        writer.write(json.dumps({"return": "pong", "id": ping["id"]}).encode() + b"\n")
        await reader.read()

    async def work(agent: Agent) -> None:
        await agent.connect()
        assert await agent.call("guest-ping", None, Deadline.after(5)) == "pong"

    converse(loop, tmp_path / "agent", peer, work)


def test_an_answer_split_over_many_reads_is_whole(loop: LoopThread, tmp_path: Path) -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await synchronise(reader, writer)
        asked = await request(reader)
        for byte in json.dumps({"return": {"text": "é" * 20}, "id": asked["id"]}).encode() + b"\n":
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        await reader.read()

    async def work(agent: Agent) -> None:
        await agent.connect()
        assert await agent.call("x", None, Deadline.after(5)) == {"text": "é" * 20}

    converse(loop, tmp_path / "agent", peer, work)


def test_an_answer_of_more_than_16_mib_arrives(loop: LoopThread, tmp_path: Path) -> None:
    size = 20 * 1024 * 1024

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await synchronise(reader, writer)
        asked = await request(reader)
        writer.write(json.dumps({"return": "x" * size, "id": asked["id"]}).encode() + b"\n")
        await reader.read()

    async def work(agent: Agent) -> None:
        await agent.connect()
        assert len(await agent.call("x", None, Deadline.after(15))) == size

    converse(loop, tmp_path / "agent", peer, work)


def test_an_agent_that_comes_late_is_asked_again(
    loop: LoopThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.guest.agent.SYNC_AGAIN_SECONDS", 0.1)

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)  # lost, as by a reset
        await synchronise(reader, writer)
        await reader.read()

    async def work(agent: Agent) -> None:
        await agent.connect()
        assert agent.connected

    converse(loop, tmp_path / "agent", peer, work)


def test_the_agent_is_sent_the_next_request_when_it_has_answered(
    loop: LoopThread, tmp_path: Path
) -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await synchronise(reader, writer)
        for _ in range(3):
            one = await request(reader)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.1)
            answer = {"return": one["arguments"]["number"], "id": one["id"]}
            writer.write(json.dumps(answer).encode() + b"\n")
        await reader.read()

    async def work(agent: Agent) -> None:
        await agent.connect()
        calls = (agent.call("x", {"number": n}, Deadline.after(5)) for n in range(3))
        assert await asyncio.gather(*calls) == [0, 1, 2]

    converse(loop, tmp_path / "agent", peer, work)


def test_a_closed_connection_is_told_with_the_console(loop: LoopThread, tmp_path: Path) -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await synchronise(reader, writer)
        await request(reader)

    async def work(agent: Agent) -> None:
        await agent.connect()
        with pytest.raises(AgentLost) as caught:
            await agent.call("x", None, Deadline.after(5))
        assert str(caught.value) == (
            "machine1: the guest agent is gone: the connection was closed\n"
            "  end of the console:\n    the last line"
        )
        assert not agent.connected
        with pytest.raises(AgentLost, match="the connection was closed"):
            await agent.call("x", None, Deadline.after(5))

    converse(loop, tmp_path / "agent", peer, work)


def test_an_agent_that_was_never_there_is_not_connected(loop: LoopThread, tmp_path: Path) -> None:
    async def run() -> None:
        await Agent("machine1", tmp_path / "none").call("x", None, Deadline.after(1))

    with pytest.raises(AgentLost, match="the guest agent is gone: it is not connected"):
        loop.run(run())


def test_a_silent_agent_is_told_after_the_deadline_and_connected_anew(
    loop: LoopThread, tmp_path: Path
) -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await synchronise(reader, writer)
        await reader.read()

    async def work(agent: Agent) -> None:
        await agent.connect()
        expected = r"the guest agent did not answer within 0\.2 s \(request guest-ping\)"
        with pytest.raises(AgentSilent, match=expected):
            await agent.call("guest-ping", None, Deadline.after(0.2))
        assert not agent.connected
        await agent.connect()
        assert agent.connected

    converse(loop, tmp_path / "agent", peer, work)


def test_a_refusal_is_told_with_its_reason(loop: LoopThread, tmp_path: Path) -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await synchronise(reader, writer)
        asked = await request(reader)
        error = {"class": "CommandNotFound", "desc": "Command x is disabled"}
        writer.write(json.dumps({"error": error, "id": asked["id"]}).encode() + b"\n")
        await reader.read()

    async def work(agent: Agent) -> None:
        await agent.connect()
        expected = "machine1: the guest agent refused x: Command x is disabled"
        with pytest.raises(AgentError, match=expected):
            await agent.call("x", None, Deadline.after(5))
        assert agent.connected

    converse(loop, tmp_path / "agent", peer, work)


def test_a_connection_that_closes_during_the_synchronisation_is_told(
    loop: LoopThread, tmp_path: Path
) -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)

    async def work(agent: Agent) -> None:
        with pytest.raises(AgentLost, match=r"no connection \(the other side closed"):
            await agent.connect()

    converse(loop, tmp_path / "agent", peer, work)


def test_a_command_whose_agent_was_started_anew_is_told(loop: LoopThread, tmp_path: Path) -> None:
    from test_driver.guest.agent_shell import AgentShell

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await synchronise(reader, writer)
        asked = await request(reader)
        error = {"class": "GenericError", "desc": "PID 7 does not exist"}
        writer.write(json.dumps({"error": error, "id": asked["id"]}).encode() + b"\n")
        await reader.read()

    async def work(agent: Agent) -> None:
        await agent.connect()
        with pytest.raises(AgentLost, match="it was started anew while the command ran"):
            await AgentShell("machine1", agent).poll(7)

    converse(loop, tmp_path / "agent", peer, work)
