"""Child processes."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from test_driver.errors import ProgramMissing
from test_driver.loop import LoopThread
from test_driver.process import Process
from test_driver.process_state import child_processes, family_works, process_ends, process_works

from .conftest import ENVIRONMENT

IGNORES_TERM = "trap '' TERM; echo ready; while :; do sleep 0.1; done"


def alive(pid: int) -> bool:
    """Tell whether a process exists and is no zombie."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def wait_for_death(pid: int) -> None:
    """Wait until a process is gone."""
    end = time.monotonic() + 10
    while alive(pid):
        assert time.monotonic() < end, f"process {pid} still lives"
        time.sleep(0.01)


async def started(command: Sequence[str], ready: str | None = "ready") -> Process:
    """Start a process and wait until it says that it is ready."""
    said = asyncio.Event()
    process = Process("the child", lambda line: said.set() if line == ready else None)
    process.start(command, cwd=Path("/"), environment=ENVIRONMENT)
    if ready is not None:
        await asyncio.wait_for(said.wait(), 10)
    return process


def test_output_and_exit_status_are_kept(loop: LoopThread) -> None:
    async def run() -> tuple[int | None, str]:
        process = await started(["sh", "-c", "echo one; printf two >&2; exit 3"], ready=None)
        return await process.wait(10), process.output()

    assert loop.run(run()) == (3, "one\ntwo")


def test_arguments_are_not_read_by_a_shell(loop: LoopThread) -> None:
    async def run() -> str:
        process = await started(["echo", "$HOME; false"], ready=None)
        await process.wait(10)
        return process.output()

    assert loop.run(run()) == "$HOME; false"


def test_a_program_that_is_missing_is_named_with_its_command(loop: LoopThread) -> None:
    async def run() -> None:
        await started(["/no/such", "a b"], ready=None)

    expected = r"cannot start the child: .*No such file.*\n  command: /no/such 'a b'"
    with pytest.raises(ProgramMissing, match=expected):
        loop.run(run())


def test_a_child_that_ignores_sigterm_is_killed(
    loop: LoopThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.process.TERMINATE_SECONDS", 0.3)

    async def run() -> int | None:
        process = await started(["sh", "-c", IGNORES_TERM])
        await process.stop()
        return await process.wait(0)

    assert loop.run(run()) == -signal.SIGKILL


def test_a_child_is_asked_before_it_is_terminated(loop: LoopThread) -> None:
    async def run() -> int | None:
        process = await started(["sh", "-c", "echo ready; cat; exit 5"])

        async def ask() -> None:
            process.close_stdin()

        await process.stop(ask, 5)
        return await process.wait(0)

    assert loop.run(run()) == 5


def test_asking_that_never_ends_does_not_stop_the_stopping(loop: LoopThread) -> None:
    async def run() -> int | None:
        process = await started(["sh", "-c", "echo ready; sleep 60"])

        async def ask() -> None:
            await asyncio.sleep(60)

        await process.stop(ask, 0.2)
        return await process.wait(0)

    assert loop.run(run()) == -signal.SIGTERM


def test_helpers_of_a_child_end_with_it(loop: LoopThread) -> None:
    async def run() -> int:
        process = await started(["sh", "-c", "sleep 60 & echo $!; echo ready; exit 0"])
        await process.wait(10)
        return int(process.last_lines[0])

    wait_for_death(loop.run(run()))


def test_a_helper_that_left_the_group_keeps_nobody_waiting(
    loop: LoopThread, tmp_path: Path
) -> None:
    # The parent ends when the helper has left: it waits for a line from it through a pipe.
    os.mkfifo(tmp_path / "left")
    helper_script = f"echo $$; echo ready; echo >{tmp_path}/left; exec sleep 60"
    script = f"setsid sh -c '{helper_script}' & read line <{tmp_path}/left; exit 0"

    async def run() -> tuple[float, int]:
        process = await started(["sh", "-c", script])
        before = time.monotonic()
        await process.wait(30)
        return time.monotonic() - before, int(process.last_lines[0])

    seconds, helper = loop.run(run())
    os.kill(helper, signal.SIGKILL)
    assert seconds < 20


def test_a_flood_of_output_does_not_starve_the_loop(loop: LoopThread) -> None:
    async def run() -> float:
        process = await started(["yes"], ready="y")
        before = time.monotonic()
        for _ in range(10):
            await asyncio.sleep(0.01)
        seconds = time.monotonic() - before
        await process.kill()
        return seconds

    assert loop.run(run()) < 10


def test_a_line_without_end_does_not_fill_the_memory(loop: LoopThread) -> None:
    async def run() -> int:
        process = await started(["head", "-c", "1000000", "/dev/zero"], ready=None)
        await process.wait(10)
        return max(len(line) for line in process.last_lines)

    assert loop.run(run()) <= 2 * 65536


def test_children_die_with_a_driver_that_is_killed() -> None:
    program = """
import asyncio, sys, time
from pathlib import Path
from test_driver.loop import LoopThread
from test_driver.process import Process
from test_driver.process_state import child_processes, family_works, process_works

async def start():
    process = Process("the child")
    process.start(["sleep", "60"], cwd=Path("/"), environment={"PATH": "/usr/bin:/bin"})
    return process

with LoopThread() as loop:
    print(loop.run(start()).pid, flush=True)
    time.sleep(60)
"""
    driver = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert driver.stdout is not None
    child = int(driver.stdout.readline())
    assert alive(child)
    driver.kill()
    driver.wait()
    driver.stdout.close()
    wait_for_death(child)


def test_a_process_works_if_what_it_has_started_does() -> None:
    # Two generations: the first sleeps, the last has something to do.
    program = "sh -c 'sh -c \"while :; do :; done\"; true' & echo $!; exec sleep 100"
    with subprocess.Popen(["sh", "-c", program], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            child = int(process.stdout.readline())
            assert child_processes(process.pid) == [child]
            deadline = time.monotonic() + 20
            while not child_processes(child) and time.monotonic() < deadline:
                time.sleep(0.01)
            while process_works(process.pid) and time.monotonic() < deadline:
                time.sleep(0.01)
            assert not process_works(process.pid)
            assert child_processes(child) != []
            assert family_works(process.pid)
            for one in (*child_processes(child), child):
                os.kill(one, signal.SIGKILL)
            while family_works(process.pid) and time.monotonic() < deadline:
                time.sleep(0.01)
            assert not family_works(process.pid)
        finally:
            process.kill()
    assert not family_works(process.pid)
    assert child_processes(process.pid) == []


def test_a_process_with_a_signal_before_it_ends() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        assert not process_ends(process.pid)
        process.send_signal(signal.SIGSTOP)
        assert not process_ends(process.pid)
        process.send_signal(signal.SIGTERM)  # it has it once it goes on
        assert process_ends(process.pid)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert process_ends(process.pid)  # a zombie
    assert process_ends(process.pid)


def test_a_signal_that_a_process_blocks_or_ignores_does_not_end_it() -> None:
    ignores = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    blocks = "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})"
    program = f"{ignores}; {blocks}; print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGHUP)
        assert not process_ends(process.pid)
        process.kill()
