"""Commands that run while the script goes on, and the results of those that do not."""

import gc
import os
import signal
import time
from pathlib import Path

import pytest

from test_driver.errors import CommandFailed, MachineExited, WaitTimedOut
from test_driver.machine import QemuMachine

from .test_power import later


def test_run_tells_all_there_is_to_know(machine: QemuMachine) -> None:
    result = machine.run(r"printf 'a\377'; echo err >&2; exit 3")
    assert (result.status, result.signal, result.timed_out) == (3, None, False)
    assert (result.stdout_bytes, result.stdout) == (b"a\xff", "a\N{REPLACEMENT CHARACTER}")
    assert (result.stderr_bytes, result.stderr) == (b"err\n", "err\n")
    assert not result.truncated
    assert 0 < result.duration < 30
    assert machine.run("kill -9 $BASHPID").signal is signal.SIGKILL


@pytest.mark.parametrize("count", [1200, 300_000])
def test_the_long_output_of_a_spawned_command_says_so(machine: QemuMachine, count: int) -> None:
    machine.output_limit = 2000
    with machine.spawn(f"seq {count}") as handle:
        result = handle.wait(timeout=60)
    assert result.truncated
    assert result.stdout.startswith("1\n2\n")
    assert "bytes left out]" in result.stdout
    assert result.stdout.endswith(f"{count}\n")


def test_run_with_check_is_strict(machine: QemuMachine) -> None:
    assert machine.run("echo fine", check=True).stdout == "fine\n"
    with pytest.raises(CommandFailed, match=r"`false` failed \(exit status 1\)"):
        machine.run("false", check=True)


def test_a_long_output_keeps_its_ends_and_says_so(
    machine: QemuMachine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.output_limit = 2000
    result = machine.run("seq 100000; echo end")
    assert result.truncated
    assert result.stdout.startswith("1\n2\n")
    assert result.stdout.endswith("99999\n100000\nend\n")
    left_out = len("".join(f"{number}\n" for number in range(1, 100001))) + 4 - 2000
    assert f"\n[{left_out} bytes left out]\n" in result.stdout
    assert "wrote more than is kept" in caplog.text


def test_a_spawned_command_is_followed_line_by_line(machine: QemuMachine, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    handle = machine.spawn(f"echo first; until test -e {flag}; do sleep 0.02; done; printf last")
    lines = handle.lines()
    assert next(lines) == "first"
    assert handle.poll() is None
    flag.touch()
    assert list(lines) == ["last"]
    assert handle.wait(timeout=20).stdout == "first\nlast"
    assert handle.poll() == 0


def test_a_spawned_command_reads_what_it_is_given(
    machine: QemuMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.guest.agent_shell.SPOOLS", (str(tmp_path / "spool"),))
    handle = machine.spawn('while read -r line; do echo "<$line>"; done; echo over >&2')
    handle.stdin.write("one\n")
    assert next(handle.lines()) == "<one>"
    handle.stdin.write(b"two\n")
    handle.stdin.close()
    result = handle.wait(timeout=20)
    assert (result.status, result.stdout, result.stderr) == (0, "<one>\n<two>\n", "over\n")
    with pytest.raises(ValueError, match="the stdin of the command was closed"):
        handle.stdin.write("three\n")


def test_many_commands_run_at_once(machine: QemuMachine) -> None:
    machine.succeed("true")
    started = time.monotonic()
    handles = [machine.spawn(f"sleep 3; echo {number}") for number in range(10)]
    assert [handle.wait().stdout for handle in handles] == [f"{n}\n" for n in range(10)]
    assert time.monotonic() - started < 20


def test_a_spawned_command_is_ended_with_its_block(machine: QemuMachine, tmp_path: Path) -> None:
    with machine.spawn(
        f"trap 'touch {tmp_path}/ended; exit 7' TERM; echo on; while :; do sleep 0.1; done"
    ) as handle:
        assert next(handle.lines()) == "on"
    assert handle.poll() == 7
    assert (tmp_path / "ended").exists()


def test_a_spawned_command_gets_signals(machine: QemuMachine) -> None:
    handle = machine.spawn("trap 'echo hup' HUP; echo on; while :; do sleep 0.05 || :; done")
    lines = handle.lines()
    assert next(lines) == "on"
    handle.kill("HUP")
    assert next(lines) == "hup"
    handle.kill("KILL")
    assert handle.wait(timeout=20).signal is signal.SIGKILL


def test_a_wait_for_a_spawned_command_ends_at_its_timeout(machine: QemuMachine) -> None:
    with machine.spawn("echo so far; sleep 60") as handle:
        assert next(handle.lines()) == "so far"
        with pytest.raises(WaitTimedOut, match=r"(?s)after 0\.3 s waiting for `echo.*so far"):
            handle.wait(timeout=0.3)


def test_the_death_of_qemu_ends_the_wait_for_a_spawned_command(machine: QemuMachine) -> None:
    handle = machine.spawn("sleep 60")
    later(machine, signal.SIGKILL)
    with pytest.raises(MachineExited):
        handle.wait()
    with pytest.raises(MachineExited):
        handle.poll()


def test_a_spawned_command_that_nobody_asks_after_leaves_no_complaint(
    machine: QemuMachine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.spawn("sleep 60")
    machine.crash()
    machine.succeed("true")
    gc.collect()
    assert "never retrieved" not in caplog.text


def test_who_writes_to_a_command_that_has_ended_is_told_at_once(
    machine: QemuMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.guest.agent_shell.SPOOLS", (str(tmp_path / "spool"),))
    started = time.monotonic()
    ended = machine.spawn("true")
    ended.wait(20)
    short = machine.spawn("sleep 1")
    closed = machine.spawn("exec <&-; sleep 600")
    for handle, size in ((ended, 4), (short, 300_000), (closed, 300_000)):
        with pytest.raises(CommandFailed, match=r"writing to stdin` failed .stdin has no reader"):
            handle.stdin.write("x" * size)
    closed.kill("KILL")
    assert time.monotonic() - started < 30


def test_signals_are_checked(machine: QemuMachine) -> None:
    handle = machine.spawn("sleep 600")
    for name in ("NOSUCH", "", "999", 0, "TERM; true"):
        with pytest.raises(ValueError, match=r"signal|Signals"):
            handle.kill(name)
    handle.kill("SIGCONT")
    handle.kill("cont")
    handle.kill(9)
    assert handle.wait(20).signal is signal.SIGKILL
    with pytest.raises(CommandFailed, match=r"sending SIGTERM .*the command has ended"):
        handle.kill()


def test_lines_of_a_lost_command_raise_what_its_wait_raises(machine: QemuMachine) -> None:
    handle = machine.spawn("echo one; sleep 600")
    lines = handle.lines()
    assert next(lines) == "one"
    assert machine.qemu is not None
    os.kill(machine.qemu.process.pid, signal.SIGKILL)
    for _ in range(2):
        with pytest.raises(MachineExited):
            list(handle.lines())
    with pytest.raises(MachineExited):
        handle.wait(20)


def test_what_no_shell_can_be_given_is_refused_whichever_way(machine: QemuMachine) -> None:
    for run in (machine.succeed, machine.run, machine.spawn, machine.wait_until_succeeds):
        for command, why in (("echo a\0b", "NUL character"), ("echo \udcff", "UTF-8")):
            with pytest.raises(ValueError, match=why):
                run(command)
        with pytest.raises(ValueError, match="NUL character"):
            machine.execute("echo a\0b", check_output=False)
