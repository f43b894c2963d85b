"""What commands write to stderr is found in the console's text, and taken for nothing else."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from test_driver.errors import CommandFailed, WaitTimedOut
from test_driver.loop import LoopThread
from test_driver.machine import Machine
from test_driver.qemu.console import Console

PANIC = "Kernel panic - not syncing: it was only written of"
OOM = "[    1.000000] Out of memory: Killed process 7 (gone) total-vm:1kB"


def try_until_it_fails(machine: Machine) -> None:
    with pytest.raises(WaitTimedOut):
        machine.wait_until_succeeds("echo wait-a >&2; false", timeout=0.5)


def fail_to_succeed(machine: Machine) -> None:
    with pytest.raises(CommandFailed, match="succeed-b"):
        machine.succeed("echo succeed-b >&2; false")


@pytest.mark.parametrize(
    ("write", "text"),
    [
        (lambda machine: machine.execute("echo execute-a >&2"), "^execute-a$"),
        (lambda machine: machine.succeed("printf 'succeed-a' >&2"), "^succeed-a$"),
        (fail_to_succeed, "^succeed-b$"),
        (lambda machine: machine.fail("cat /nonexistent"), "No such file"),
        (lambda machine: machine.run("echo one >&2; echo two >&2"), "^one\ntwo$"),
        (lambda machine: machine.wait_until_fails("echo fails-a >&2; false"), "^fails-a$"),
        (try_until_it_fails, "^wait-a$"),
        (lambda machine: machine.succeed(r"printf '\e[1mbold\e[0m\r\n' >&2"), "^bold$"),
        (lambda machine: machine.succeed(r"printf '\377 broken\n' >&2"), "^\ufffd broken$"),
        (lambda machine: machine.succeed("echo ä{1..3000}ö >&2"), "ä2999ö ä3000ö$"),
    ],
)
def test_stderr_of_a_command_is_text_of_the_console(
    machine: Machine, write: Callable[[Machine], object], text: str
) -> None:
    write(machine)
    assert re.search(text, machine.get_console_log(), re.MULTILINE)
    machine.wait_for_console_text(text, timeout=5)


def test_stderr_is_found_once_and_not_in_messages(machine: Machine) -> None:
    machine.execute("echo once >&2")
    machine.wait_for_console_text("once", timeout=5)
    with pytest.raises(WaitTimedOut, match="end of the console") as caught:
        machine.wait_for_console_text("on[c]e", timeout=0.1)
    assert "once" not in str(caught.value)


def test_stderr_of_a_spawned_command_comes_while_it_runs(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.guest.agent_shell.SPOOLS", (str(tmp_path / "spool"),))
    with machine.spawn("echo begun >&2; read -r; printf ended >&2") as spawned:
        machine.wait_for_console_text("^begun$", timeout=10)
        assert spawned.poll() is None
        spawned.stdin.write("go\n")
        spawned.wait(timeout=10)
    machine.wait_for_console_text("^ended$", timeout=5)
    log = machine.full_console_log
    assert log.index("begun") < log.index("ended")


def test_stdout_and_the_commands_of_the_driver_stay_out(machine: Machine) -> None:
    machine.succeed("echo to stdout")
    with pytest.raises(WaitTimedOut):
        machine.wait_for_open_unix_socket("/nonexistent", timeout=0.5)
    assert "to stdout" not in machine.get_console_log()
    assert "nonexistent" not in machine.get_console_log()


def test_a_command_that_writes_of_a_panic_makes_none(machine: Machine) -> None:
    machine.execute(f"echo '{PANIC}' >&2")
    machine.wait_for_console_text("not syncing", timeout=5)
    assert machine.succeed("echo alive") == "alive\n"


def test_a_command_that_writes_of_killed_processes_was_not_killed(machine: Machine) -> None:
    result = machine.run(f"echo '{OOM}' >&2; exit 137")
    assert result.killed == ""
    assert "gone" in machine.get_console_log()


def test_a_new_boot_begins_with_an_empty_text(machine: Machine) -> None:
    machine.succeed("echo of the first boot >&2")
    machine.crash()
    machine.start()
    machine.wait_for_console_text("login")
    assert "first boot" not in machine.get_console_log()
    assert "of the first boot" in machine.full_console_log


def test_text_for_messages_has_what_the_machine_wrote(loop: LoopThread) -> None:
    async def run() -> None:
        lines: list[str] = []
        console = Console(lines.append)
        console.feed(b"[ 1.0] one\nlog")
        position = console.position()
        stderr = console.stderr()
        stderr.write(b"of a com")
        console.feed(b"in: two\n")
        stderr.write(b"mand\nrest")
        stderr.close()
        assert console.boot_text() == "[ 1.0] one\nlogin: two\nof a command\nrest\n"
        assert console.last_lines() == "[ 1.0] one\nlogin: two"
        assert console.text_since(position) == "login: two\n"
        assert lines == ["[ 1.0] one", "login: two"]

    loop.run(run())


def test_a_search_of_the_driver_does_not_see_it(loop: LoopThread) -> None:
    async def run() -> str:
        console = Console(lambda line: None)
        pattern = re.compile("A stop job .*")
        search = asyncio.ensure_future(console.search(pattern, from_now=True))
        await asyncio.sleep(0)
        stderr = console.stderr()
        stderr.write(b"A stop job in a log\n")
        await asyncio.sleep(0.1)
        console.feed(b"A stop job is running\n")
        return (await search).group()

    assert loop.run(run()) == "A stop job is running"
