"""What commands write to stderr is found in the console's text, and taken for nothing else."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from test_driver.backend.console import Console
from test_driver.errors import CommandFailed, WaitTimedOut
from test_driver.loop import LoopThread
from test_driver.machine import QemuMachine

PANIC = "Kernel panic - not syncing: it was only written of"
OOM = "[    1.000000] Out of memory: Killed process 7 (gone) total-vm:1kB"


def try_until_it_fails(machine: QemuMachine) -> None:
    machine.connect()
    with pytest.raises(WaitTimedOut):
        machine.wait_until_succeeds("echo wait-a >&2; false", timeout=0.5)


def fail_to_succeed(machine: QemuMachine) -> None:
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
    machine: QemuMachine, write: Callable[[QemuMachine], object], text: str
) -> None:
    write(machine)
    assert re.search(text, machine.get_console_log(), re.MULTILINE)
    machine.wait_for_console_text(text, timeout=5)


def test_stderr_is_found_once_and_not_in_messages(machine: QemuMachine) -> None:
    machine.execute("echo once >&2")
    machine.wait_for_console_text("once", timeout=5)
    with pytest.raises(WaitTimedOut, match="end of the console") as caught:
        machine.wait_for_console_text("on[c]e", timeout=0.1)
    assert "once" not in str(caught.value)


def test_stderr_of_a_spawned_command_comes_while_it_runs(
    machine: QemuMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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


def test_stdout_and_the_commands_of_the_driver_stay_out(machine: QemuMachine) -> None:
    machine.succeed("echo to stdout")
    with pytest.raises(WaitTimedOut):
        machine.wait_for_open_unix_socket("/nonexistent", timeout=0.5)
    assert "to stdout" not in machine.get_console_log()
    assert "nonexistent" not in machine.get_console_log()


def test_a_command_that_writes_of_a_panic_makes_none(machine: QemuMachine) -> None:
    machine.execute(f"echo '{PANIC}' >&2")
    machine.wait_for_console_text("not syncing", timeout=5)
    assert machine.succeed("echo alive") == "alive\n"


def test_a_command_that_writes_of_killed_processes_was_not_killed(machine: QemuMachine) -> None:
    result = machine.run(f"echo '{OOM}' >&2; exit 137")
    assert result.killed == ""
    assert "gone" in machine.get_console_log()


def test_a_new_boot_begins_with_an_empty_text(machine: QemuMachine) -> None:
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


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("(sleep 0.5; echo LATER) >&2 &", "^LATER$"),
        ("(sleep 0.5; printf 'no newline') >&2 &", "^no newline$"),
        (r"(sleep 0.5; printf '\e[1mbold\e[0m\r\n\r\nä\n') >&2 &", "^bold\n\nä$"),
        ("(sleep 0.5; seq -f 'line %g' 1000) >&2 &", "^line 999\nline 1000$"),
        ("{ sleep 0.5; cat /nonexistent; } & true", "No such file"),
        ("(sleep 0.5; echo of the second) >&2 & (echo of the first; sleep 1) >&2 &", "^of the sec"),
        ("exec nohup bash -c 'sleep 0.5; echo daemon >&2' >/dev/null & exit 3", "^daemon$"),
    ],
)
def test_stderr_of_what_a_command_leaves_behind_comes_later(
    machine: QemuMachine, command: str, text: str
) -> None:
    machine.execute(command)
    assert machine.succeed("echo on") == "on\n"
    machine.wait_for_console_text(text, timeout=20)


def test_stderr_of_a_command_that_nobody_waits_for_goes_to_the_console(
    machine: QemuMachine,
) -> None:
    for number in range(3):
        assert machine.execute(f"echo started {number} >&2", check_output=False) == (-2, "")
        machine.wait_for_console_text(f"^started {number}$", timeout=20)


def test_lines_before_and_after_the_end_of_the_command_come_in_their_order(
    machine: QemuMachine,
) -> None:
    for number in range(3):
        # What is written in the very moment of the command's end may be lost: shell_channel.bash.
        machine.execute(
            f"seq -f '{number} now %g' 4 >&2; (sleep 2; seq -f '{number} now %g' 5 8) >&2 &"
        )
        machine.wait_for_console_text(f"^{number} now 8$", timeout=20)
    found = re.findall(r"^(\d+) now (\d)$", machine.get_console_log(), re.MULTILINE)
    assert found == [(str(number), str(line)) for number in range(3) for line in range(1, 9)]


@pytest.mark.parametrize("text", [PANIC, f"[    2.000000] {PANIC}", OOM, "BUG: scheduling"])
def test_late_stderr_is_no_message_of_the_kernel(machine: QemuMachine, text: str) -> None:
    machine.execute(f"(sleep 0.2; echo '{text}'; echo the end) >&2 &")
    machine.wait_for_console_text("^the end$", timeout=20)
    assert text in machine.get_console_log()
    assert text not in machine.console.last_lines()
    assert machine.succeed("echo alive") == "alive\n"
    assert machine.context.troubles.all == ()


def test_a_sanitizer_report_in_late_stderr_is_trouble(machine: QemuMachine) -> None:
    report = "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1"
    machine.execute(f"(sleep 0.2; echo '{report}'; echo the end) >&2 &")
    machine.wait_for_console_text("^the end$", timeout=20)
    (trouble,) = machine.context.troubles.all
    assert trouble.kind == "sanitizer"


BEGIN, END = "\x1b]7777;rehearse;stderr\x07", "\x1b]7777;rehearse;end\x07"


@pytest.mark.parametrize(
    ("data", "of_machine", "late"),
    [
        (f"{BEGIN}text{END}\r\n", [], ["text"]),
        (f"login: {BEGIN}text{END}\r\n", ["login: "], ["text"]),
        (f"{BEGIN}te[ 1.0] BUG: x\r\nxt{END}\r\n", ["te[ 1.0] BUG: x", "xt"], []),
        (f"{BEGIN}{PANIC}\r\n", [PANIC], []),
        (f"{PANIC}{END}\r\n", [PANIC], []),
        (f"{PANIC}{BEGIN}text{END}\r\n", [PANIC], ["text"]),
        (f"{BEGIN}text{END}{PANIC}\r\n", [f"text{PANIC}"], []),
        (f"{BEGIN}a{END}\n{BEGIN}{END}\n{PANIC}\n", [PANIC], ["a", ""]),
        (f"{BEGIN}{BEGIN}a{END} b{END}\n", [], ["a b"]),
    ],
)
def test_a_line_between_marks_is_not_of_the_machine(
    loop: LoopThread, data: str, of_machine: list[str], late: list[str]
) -> None:
    async def run() -> None:
        lines: list[str] = []
        told: list[str] = []
        console = Console(lines.append)
        console.on_late_stderr = told.append
        console.feed(data.encode())
        assert (lines, told) == (of_machine, late)
        assert console.text_since(0).splitlines() == of_machine
        assert "\x1b" not in console.whole_text()
        assert all(line in console.whole_text() for line in [*of_machine, *late])

    loop.run(run())
