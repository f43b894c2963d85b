"""A driver and the daemon of the token socket, over a real socket."""

import asyncio
import contextlib
import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from test_driver.admission import tokens as tokens_module
from test_driver.admission.token_book import Tokens
from test_driver.admission.token_daemon import TokenDaemon, bound_socket
from test_driver.admission.tokens import TokensHeld
from test_driver.errors import ConfigurationError, HostTooSmall
from test_driver.loop import LoopThread

from ..conftest import DriverProcess

QUOTA = Tokens(memory_mib=1000, cores=4)


class Served:
    """A daemon in a loop of its own, which can be ended and started again."""

    def __init__(self, path: Path, loop: LoopThread) -> None:
        self.path = path
        self.daemon = TokenDaemon(QUOTA)
        self._loop = loop
        self._listener = bound_socket(path)
        self._task = loop.run(self._begin())

    async def _begin(self) -> "asyncio.Task[None]":
        return asyncio.ensure_future(self.daemon.serve(self._listener))

    def end(self) -> None:
        """End as a daemon does that is killed: its connections end, its socket stays."""

        async def cancel() -> None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

        self._loop.run(cancel())
        self._listener.close()

    def free(self) -> Tokens:
        """Return what is free."""

        async def look() -> Tokens:
            return self.daemon.book.free

        return self._loop.run(look())

    def settled(self, free: Tokens) -> None:
        """Wait until so much is free."""

        async def wait() -> None:
            while self.daemon.book.free != free:
                await asyncio.sleep(0.002)

        self._loop.run(wait())


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "run" / "s"


@pytest.fixture
def served(place: Path, loop: LoopThread) -> Iterator[Served]:
    made = Served(place, loop)
    yield made
    made.end()


def granted(holder: TokensHeld, memory: int, cores: int = 1) -> list[str]:
    """Ask, and return the lines of the wait."""
    return list(holder.ask(memory, cores))


def test_a_driver_gets_what_it_asks_for_and_gives_it_back(served: Served) -> None:
    holder = TokensHeld(served.path, "web")
    assert granted(holder, 600, 2) == []
    assert served.free() == Tokens(memory_mib=400, cores=2)
    assert granted(holder, 100, 64) == []
    assert served.free() == Tokens(memory_mib=300, cores=0)
    holder.close()
    served.settled(QUOTA)


def test_a_driver_waits_for_another(served: Served) -> None:
    first, second = TokensHeld(served.path, "a"), TokensHeld(served.path, "b")
    granted(first, 600)
    lines = []
    for line in second.ask(500, 1):
        lines.append(line)
        if "of the token socket" in line:
            first.close()
    assert lines[-1] == (
        "needs 500 MiB and 1 processors of the token socket, 400 MiB of 1000 MiB and 3 of 4 "
        "processors free"
    )
    assert served.free().memory_mib == 500
    second.close()


def test_what_can_never_be_granted_is_an_error_at_once(served: Served) -> None:
    holder = TokensHeld(served.path, "a")
    expected = r"the token socket .*/s refuses it: 1001 MiB of memory can never be granted: the "
    with pytest.raises(HostTooSmall, match=expected):
        granted(holder, 1001)
    holder.close()


def test_without_a_socket_nothing_is_asked(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    holder = TokensHeld(place, "a")
    assert granted(holder, 10**6) == []
    holder.check()
    assert caplog.text == ""


def test_a_socket_that_nobody_serves_is_told_once(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bound_socket(place).close()
    holder = TokensHeld(place, "a")
    with caplog.at_level("WARNING"):
        for _ in range(3):
            assert granted(holder, 10) == []
    (record,) = caplog.records
    assert record.getMessage() == (
        f"the token socket {place} is not used: Connection refused; admission goes on by the "
        "memory that the host has free"
    )


def test_a_daemon_that_dies_is_told_once_to_who_waits_and_to_who_holds(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    holder, waiter = TokensHeld(served.path, "a"), TokensHeld(served.path, "b")
    granted(holder, 600)
    with caplog.at_level("WARNING"):
        for _ in waiter.ask(600, 1):
            served.end()
        holder.check()
        holder.check()
    assert [record.getMessage() for record in caplog.records] == [
        f"the token socket {served.path} is not used: its daemon has ended; admission goes on by "
        "the memory that the host has free"
    ] * 2
    waiter.close()
    holder.close()


def test_what_a_driver_holds_is_told_to_the_next_daemon(
    served: Served, loop: LoopThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens_module, "RECONNECT_SECONDS", 0)
    holder = TokensHeld(served.path, "a")
    granted(holder, 600, 2)
    served.end()
    holder.check()  # it sees that the daemon has ended
    following = Served(served.path, loop)
    holder.check()
    following.settled(Tokens(memory_mib=400, cores=2))
    holder.close()
    following.settled(QUOTA)
    following.end()


@pytest.mark.parametrize("answer", [b"hello\n", b'{"version": 9}\n', b"x" * 70000])
def test_a_daemon_that_speaks_otherwise_is_not_used(
    place: Path, caplog: pytest.LogCaptureFixture, answer: bytes
) -> None:
    with bound_socket(place) as listener:
        holder = TokensHeld(place, "a")
        waits = holder.ask(10, 1)
        assert next(waits) == "the token socket has not answered yet"
        connection, _ = listener.accept()
        with connection, caplog.at_level("WARNING"):
            connection.sendall(answer)
            assert list(waits) in ([], ["the token socket has not answered yet"] * 1)
    assert "is not used: its daemon " in caplog.text


def speak(path: Path, *lines: bytes) -> list[dict[str, object]]:
    """Send lines, and return an answer for each."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(str(path))
        file = client.makefile("rwb")
        found = []
        for line in lines:
            file.write(line + b"\n")
            file.flush()
            found.append(json.loads(file.readline()))
        file.close()
        return found


def test_bad_lines_are_answered_and_end_nothing(served: Served) -> None:
    good = b'{"version": 1, "memory_mib": 10, "cores": 1}'
    bad = [b"", b"hello", b'{"version": 7}', b'{"version": 1, "memory_mib": -5, "cores": 1}']
    *errors, last = speak(served.path, *bad, good)
    assert {one["answer"] for one in errors} == {"error"}
    assert errors[2]["reason"] == "version: expected 1, got 7"
    assert last["answer"] == "granted"
    (too_long,) = speak(served.path, b"x" * 100_000)
    assert too_long["reason"] == "a line has at most 65536 bytes"
    served.settled(QUOTA)
    assert speak(served.path, good)[0]["answer"] == "granted"


def test_all_users_may_connect_and_one_daemon_serves(served: Served, tmp_path: Path) -> None:
    assert stat.S_IMODE(served.path.stat().st_mode) == 0o666
    with pytest.raises(ConfigurationError, match="another daemon serves this socket; stop it"):
        bound_socket(served.path)
    # The daemon has taken that connection, too, when it answers the next one.
    assert speak(served.path, b"")[0]["answer"] == "error"
    taken = tmp_path / "file"
    taken.write_text("")
    with pytest.raises(ConfigurationError, match="cannot listen there: Address already in use"):
        bound_socket(taken)


def test_a_test_waits_for_the_socket_and_says_so(
    driver_process: DriverProcess, served: Served, tmp_path: Path
) -> None:
    (tmp_path / "ledger").write_text("")
    driver_process.document["admission"] = {
        "ledger": str(tmp_path / "ledger"),
        "overhead_mib": 400,
    }
    holder = TokensHeld(served.path, "other")
    granted(holder, 500)
    driver = driver_process.spawn("log.log('RUNS')", f"--token-socket={served.path}")
    assert driver.stdout is not None
    with driver:
        seen = ""
        while "waiting for memory: needs 802 MiB" not in seen:
            seen += (line := driver.stdout.readline())
            assert line, seen
        holder.close()
        output, _ = driver.communicate(timeout=50)
    assert driver.returncode == 0, seen + output
    assert "RUNS" in output
    served.settled(QUOTA)


def test_the_program_serves_and_ends_by_a_signal(place: Path) -> None:
    command = [sys.executable, "-m", "test_driver.program.main", "tokens"]
    arguments = ["--memory=1000", "--cores=4", f"--socket={place}"]
    with subprocess.Popen(
        [*command, *arguments],
        cwd=Path(__file__).parents[2],
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stderr is not None
        assert program.stderr.readline() == f"{place}: 1000 MiB and 4 processors\n"
        holder = TokensHeld(place, "web")
        assert granted(holder, 600, 2) == []
        assert program.stderr.readline() == "web: granted: 600 MiB and 2 processors\n"
        holder.close()
        assert program.stderr.readline().startswith("web has ended: free again: 600 MiB")
        program.terminate()
        assert program.wait(20) == 143
    assert not place.exists()


def test_the_program_takes_a_socket_of_systemd(place: Path) -> None:
    with bound_socket(place) as listener:
        code = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3); os.set_inheritable(3, True);"
            "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()));"
            "os.execv(sys.executable, [sys.executable, '-m', 'test_driver.program.main',"
            " 'tokens', '--memory=1000', '--cores=4', '--socket=/nowhere/s'])"
        )
        program = subprocess.Popen(
            [sys.executable, "-c", code, str(listener.fileno())],
            cwd=Path(__file__).parents[2],
            pass_fds=[listener.fileno()],
            env=os.environ.copy(),
            stderr=subprocess.DEVNULL,
        )
        with program:
            holder = TokensHeld(place, "web")
            assert set(granted(holder, 600)) <= {"the token socket has not answered yet"}
            program.terminate()
            assert program.wait(20) == 143
    assert place.exists()  # it is systemd's
    holder.close()
