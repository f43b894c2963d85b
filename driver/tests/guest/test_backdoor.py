"""The root shell that stands in for a guest's agent: real shells on a real terminal."""

import asyncio
import base64
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from test_driver.deadline import Deadline
from test_driver.errors import AgentError, AgentLost, AgentSilent
from test_driver.guest import backdoor as backdoor_module
from test_driver.guest.agent import Agent
from test_driver.guest.agent_shell import ENVIRONMENT, AgentShell
from test_driver.guest.output_buffer import Capture
from test_driver.loop import LoopThread

from ..support.fake_backdoor import LIKE_NIXPKGS, Console, FakeBackdoor, Guest

SHELLS = [
    shell
    for shell in (LIKE_NIXPKGS, ("sh",), ("dash",), ("busybox", "sh"))
    if shutil.which(shell[0])
]


@pytest.fixture
def guest(loop: LoopThread, tmp_path: Path) -> Iterator[Guest]:
    """A guest whose shell is not there yet."""
    console = FakeBackdoor.at(tmp_path / "hvc0")
    yield Guest(loop, console, tmp_path)
    console.close()


@pytest.fixture(params=SHELLS, ids=lambda shell: shell[0])
def any_guest(request: pytest.FixtureRequest, loop: LoopThread, tmp_path: Path) -> Iterator[Guest]:
    """A guest whose shell is one of those that there are on this host."""
    console = FakeBackdoor.at(tmp_path / "hvc0", request.param)
    console.start_shell()
    yield Guest(loop, console, tmp_path)
    console.close()


async def call(agent: Agent, command: str, **arguments: object) -> Any:  # noqa: ANN401 - JSON
    """Ask for something that is there at once."""
    return await agent.call(command, arguments, Deadline.after(20))


async def ended(agent: Agent, pid: int) -> int:
    """Wait for a process, and return its exit status."""
    while not (state := await call(agent, "guest-exec-status", pid=pid))["exited"]:
        await asyncio.sleep(0.01)
    return int(state["exitcode"])


def test_a_command_has_its_status_and_its_output(any_guest: Guest) -> None:
    async def work(agent: Agent) -> None:
        await agent.connect()
        shell = AgentShell("machine1", agent)
        for command, status, said, complained in (
            ("echo out; echo err >&2", 0, b"out\n", b"err\n"),
            ("exit 7", 7, b"", b""),
            ("kill -9 $$", 137, b"", b""),
            ("cat; test -t 0 || echo none", 0, b"none\n", b""),
            ("printf 'ü\\000\\377\\002\\003\\n\\n'", 0, b"\xc3\xbc\x00\xff\x02\x03\n\n", b""),
            ("echo \"it's\" '$HOME' \\\\; # end", 0, b"it's $HOME \\\n", b""),
        ):
            stdout, stderr = Capture(1 << 20), Capture(1 << 20)
            end = await shell.run(command, Deadline.after(20), stdout, stderr)
            assert (end.status, stdout.take(), stderr.take()) == (status, said, complained)

    any_guest.run(work)


def test_output_of_megabytes_and_files_come_whole(any_guest: Guest, tmp_path: Path) -> None:
    data = os.urandom(1_500_000)
    (tmp_path / "source").write_bytes(data)

    async def work(agent: Agent) -> None:
        await agent.connect()
        shell, stdout = AgentShell("machine1", agent), Capture(1 << 24)
        end = await shell.run(f"cat {tmp_path}/source", Deadline.after(25), stdout, Capture(9))
        assert (end.status, stdout.take() == data) == (0, True)
        handle = await call(agent, "guest-file-open", path=f"{tmp_path}/copy 'x", mode="w")
        for start in range(0, 300_000, 100_000):
            text = base64.b64encode(data[start : start + 100_000]).decode()
            answer = await call(agent, "guest-file-write", handle=handle, **{"buf-b64": text})
            assert answer["count"] == 100_000
        await call(agent, "guest-file-flush", handle=handle)
        await call(agent, "guest-file-close", handle=handle)
        with pytest.raises(AgentError, match="refused guest-file-flush: this shell has no file"):
            await call(agent, "guest-file-flush", handle=handle)

    any_guest.run(work)
    assert (tmp_path / "copy 'x").read_bytes() == data[:300_000]


def test_long_commands_and_many_at_once(any_guest: Guest) -> None:
    async def work(agent: Agent) -> None:
        await agent.connect()
        shell = AgentShell("machine1", agent)
        sinks = [Capture(1 << 20) for _ in range(5)]
        text = "y" * 150_000
        commands = [f"sleep 0.{n}; : {text}; echo {n}; exit {n}" for n in range(5)]
        ends = await asyncio.gather(
            *(
                shell.run(command, Deadline.after(25), sink, Capture(99))
                for command, sink in zip(commands, sinks, strict=True)
            )
        )
        assert [end.status for end in ends] == [0, 1, 2, 3, 4]
        assert [sink.take() for sink in sinks] == [b"0\n", b"1\n", b"2\n", b"3\n", b"4\n"]

    any_guest.run(work)


def test_a_command_that_hangs_is_killed_with_its_children(guest: Guest) -> None:
    guest.console.start_shell()

    async def work(agent: Agent) -> None:
        await agent.connect()
        shell, stdout = AgentShell("machine1", agent), Capture(1 << 20)
        command = "trap '' TERM; sleep 1000 & echo $!; wait"
        end = await shell.run(command, Deadline.after(0.5), stdout, Capture(99))
        assert (end.status, end.timed_out) == (124, True)
        sleeper = Path("/proc", stdout.take().decode().strip(), "exe")
        while sleeper.exists():  # init has not reaped it perhaps
            await asyncio.sleep(0.01)

    guest.run(work)


def test_a_spawned_command_reads_from_a_pipe_and_gets_signals(any_guest: Guest) -> None:
    async def work(agent: Agent) -> None:
        await agent.connect()
        shell, stdout = AgentShell("machine1", agent), Capture(1 << 20)
        waits = "while :; do sleep 0.05; done"
        command = f"trap 'exit 3' USR1; read -r line; echo $line; read -r line || echo end; {waits}"
        running, fifo, holder = await shell.spawn(command)
        Path(fifo).write_text("there\n")
        while not running.began:
            await running.read(stdout, Capture(99))
        writer = await shell.only_write(fifo, holder)
        await call(agent, "guest-file-close", handle=writer)
        while b"end" not in stdout.last(9):
            await running.read(stdout, Capture(99))
        assert stdout.take() == b"there\nend\n"
        os.killpg(running.pid, signal.SIGUSR1)
        assert await ended(agent, running.pid) == 3

    any_guest.run(work)


def test_what_a_shell_cannot_do_is_refused_with_the_reason(any_guest: Guest) -> None:
    refusals = {
        ("guest-file-open", "/nowhere/file", "w"): "([Nn]o such file|nonexistent)",
        ("guest-file-open", "/nowhere/file", "r"): "cannot open /nowhere/file for reading",
        ("guest-file-open", "/etc/passwd", "r+"): "cannot open the named pipe /etc/passwd",
    }

    async def work(agent: Agent) -> None:
        await agent.connect()
        for (command, path, mode), reason in refusals.items():
            expected = f"the root shell on hvc0 refused {command}: .*{reason}"
            with pytest.raises(AgentError, match=expected):
                await call(agent, command, path=path, mode=mode)
        with pytest.raises(AgentError, match="cannot start nothing: not found in /usr/bin"):
            await call(agent, "guest-exec", path="nothing", arg=[], env=["PATH=/usr/bin"])
        with pytest.raises(AgentError, match="has not started the process 1"):
            await call(agent, "guest-exec-status", pid=1)
        with pytest.raises(AgentError, match="only a guest agent can do that"):
            await call(agent, "guest-set-time")
        assert await call(agent, "guest-ping") == {}

    any_guest.run(work)


def test_noise_on_the_console_is_no_answer(guest: Guest) -> None:
    guest.console.start_shell()
    noise = b"[    1.5] usb 1-1: new device\r\n\x02 7 2 ok\x03\x02"
    times = 0

    def mangle(data: bytes) -> bytes:
        """Write between the lines, and now and then in the middle of an answer."""
        nonlocal times
        times += 1
        middle = len(data) - 3 if times % 3 == 0 else 0
        return noise + data[:middle] + (b"[ 2.5] oops\r\n" if middle else b"") + data[middle:]

    async def work(agent: Agent) -> None:
        await agent.connect()
        guest.console.mangle(mangle)
        shell = AgentShell("machine1", agent)
        for number in range(10):
            stdout = Capture(1 << 20)
            end = await shell.run(f"echo {number}", Deadline.after(20), stdout, Capture(99))
            assert (end.status, stdout.take()) == (0, f"{number}\n".encode())

    guest.run(work)
    assert times > 20


def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_is_done_twice(
    guest: Guest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backdoor_module, "FIRST_AGAIN_SECONDS", 0.2)
    guest.console.start_shell()
    lost: list[bytes] = []

    def lose(data: bytes) -> bytes:
        if len(lost) < 2:
            lost.append(data)
            return b""
        return data

    async def work(agent: Agent) -> None:
        await agent.connect()
        guest.console.mangle(lose)
        command = ["-c", f"echo once >>{tmp_path}/times"]
        started = await call(agent, "guest-exec", path="bash", arg=command, env=list(ENVIRONMENT))
        assert await ended(agent, started["pid"]) == 0

    guest.run(work)
    assert len(lost) == 2
    assert (tmp_path / "times").read_text() == "once\n"


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGKILL])
def test_the_end_of_a_shell_is_told_at_once(any_guest: Guest, number: signal.Signals) -> None:
    async def work(agent: Agent) -> None:
        reasons: list[str] = []
        agent.on_drop = reasons.append
        await agent.connect()
        await AgentShell("machine1", agent).run("true", Deadline.after(20), Capture(9), Capture(9))
        await asyncio.to_thread(any_guest.console.end_shell, number)
        while not reasons:
            await asyncio.sleep(0.01)
        assert not agent.present
        with pytest.raises(AgentLost, match="the root shell on hvc0 is gone: it has ended"):
            await call(agent, "guest-ping")

    any_guest.run(work)


def test_a_shell_that_is_killed_and_started_anew_is_noticed(any_guest: Guest) -> None:
    async def work(agent: Agent) -> None:
        await agent.connect()
        shell = AgentShell("machine1", agent)
        waiting = asyncio.ensure_future(
            shell.run("sleep 30", Deadline.after(40), Capture(9), Capture(9))
        )
        await asyncio.sleep(0.3)
        any_guest.console.kill_all()
        any_guest.console.start_shell()
        with pytest.raises(AgentLost, match="on hvc0 is gone: it was started anew"):
            await waiting
        await agent.connect()
        assert await call(agent, "guest-ping") == {}

    any_guest.run(work)


def test_a_shell_that_comes_back_silently_is_noticed(
    guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backdoor_module, "FIRST_AGAIN_SECONDS", 0.2)
    guest.console.start_shell()

    async def work(agent: Agent) -> None:
        await agent.connect()
        guest.console.kill_all()
        guest.console.mangle(lambda data: data.replace(b"backdoor root shell", b"something"))
        guest.console.start_shell()
        with pytest.raises(AgentLost, match="is gone: it was started anew"):
            await call(agent, "guest-ping")

    guest.run(work)


def test_a_shell_that_is_killed_ends_calls_with_what_systemd_says(
    guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backdoor_module, "FIRST_AGAIN_SECONDS", 0.2)
    guest.console.start_shell()

    async def work(agent: Agent) -> None:
        agent.console = console = Console()
        await agent.connect()
        guest.console.kill_all()
        console.text += (
            "[ 9.1] systemd[1]: backdoor.service: Main process exited, code=killed, status=9/KILL\n"
        )
        with pytest.raises(AgentLost, match=r"it has ended: killed by signal 9 \(SIGKILL\)"):
            await call(agent, "guest-ping")

    guest.run(work)


def test_a_shell_that_stands_still_ends_a_call_at_its_deadline(guest: Guest) -> None:
    guest.console.start_shell()

    async def work(agent: Agent) -> None:
        await agent.connect()
        assert guest.console.process is not None
        guest.console.process.send_signal(signal.SIGSTOP)
        expected = r"the root shell on hvc0 did not answer within 0\.3 s \(request guest-ping\)"
        with pytest.raises(AgentSilent, match=expected):
            await agent.call("guest-ping", None, Deadline.after(0.3))

    guest.run(work)


def test_a_guest_that_has_neither_is_told_of_with_both_ways(guest: Guest) -> None:
    async def work(agent: Agent) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(agent.connect(), 0.3)
        guest.console.write(b"guest login: ")
        await asyncio.sleep(0.1)
        error = str(agent.silent(600, "waiting for the boot"))
        assert (
            "neither the guest agent nor a root shell on hvc0 answered within 600 s (waiting for "
            "the boot): let the guest have services.qemuGuest.enable = true, or NixOS' backdoor."
            "service" in error
        )
        assert "the last line" in error
        assert "guest login:" in error

    guest.run(work)


@pytest.mark.parametrize("programs", [(), ("base64", "env", "head", "tail", "tr")])
def test_a_guest_without_the_programs_it_takes_is_told_of(
    programs: tuple[str, ...],
    loop: LoopThread,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backdoor_module, "FIRST_AGAIN_SECONDS", 0.2)
    (tmp_path / "bin").mkdir()
    for program in ("sh", "stty", "bash", *programs):
        os.symlink(shutil.which(program) or "", tmp_path / "bin" / program)
    console = FakeBackdoor.at(tmp_path / "hvc0", path=str(tmp_path / "bin"))
    console.start_shell()

    async def work(agent: Agent) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(agent.connect(), 1)
        error = str(agent.silent(600, "waiting for the boot"))
        assert "a root shell on hvc0 answers, but lacks one of base64, env, head" in error

    try:
        Guest(loop, console, tmp_path).run(work)
    finally:
        console.close()


def test_an_agent_that_answers_first_is_used_and_a_shell_after_it(
    guest: Guest, tmp_path: Path
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"}}")
        number = int(request.rpartition(b'"id": ')[2].rstrip(b"}"))
        writer.write(b'\xff{"return": %d}\n' % number)
        await reader.read()
        writer.close()

    async def work(agent: Agent) -> None:
        server = await asyncio.start_unix_server(serve, tmp_path / "agent")
        await agent.connect()
        assert (agent.present, agent.is_root_shell) == (True, False)
        server.close()
        agent.port_closed()
        assert not agent.present
        guest.console.start_shell()
        await agent.connect()
        assert agent.is_root_shell
        agent.port_closed()  # of no matter now
        assert agent.present

    guest.run(work)
