"""Commands in a machine."""

import os
import threading
import time
from pathlib import Path

import pytest

from test_driver.errors import AgentLost, AgentSilent, CommandFailed, WaitTimedOut
from test_driver.machine import QemuMachine


def test_a_machine_that_is_off_is_started_by_its_first_command(machine: QemuMachine) -> None:
    assert not machine.is_up()
    assert machine.succeed("echo hello") == "hello\n"
    assert machine.is_up()


def test_execute_returns_the_exit_status_and_stdout_only(machine: QemuMachine) -> None:
    assert machine.execute("echo out; echo err >&2; exit 3") == (3, "out\n")


def test_execute_without_check_return_gives_minus_one(machine: QemuMachine) -> None:
    assert machine.execute("echo out; false", check_return=False) == (-1, "out\n")


def test_execute_without_check_output_returns_at_once(machine: QemuMachine) -> None:
    machine.succeed("true")
    started = time.monotonic()
    assert machine.execute("sleep 30", check_output=False) == (-2, "")
    assert time.monotonic() - started < 20


def test_a_failure_inside_a_pipe_counts(machine: QemuMachine) -> None:
    assert machine.execute("false | true")[0] == 1
    assert machine.execute("echo $UNSET")[0] != 0


def test_a_command_past_its_timeout_is_killed_with_all_its_children(
    machine: QemuMachine, tmp_path: Path
) -> None:
    survivor = tmp_path / "survivor"
    command = f"echo begun; (trap '' TERM; sleep 6; touch {survivor}) & sleep 60"
    machine.connect()
    started = time.monotonic()
    assert machine.execute(command, timeout=0.5) == (124, "begun\n")
    assert time.monotonic() - started < 20
    time.sleep(max(0.0, started + 7.5 - time.monotonic()))
    assert not survivor.exists()


def test_a_background_process_that_holds_the_output_keeps_nobody_waiting(
    machine: QemuMachine,
) -> None:
    started = time.monotonic()
    assert machine.succeed("sleep 30 & echo done") == "done\n"
    assert time.monotonic() - started < 20


def test_output_of_more_than_16_mib_arrives_whole(machine: QemuMachine) -> None:
    size = 17 * 1024 * 1024
    machine.output_limit = 2 * size
    output = machine.succeed(f"head -c {size} /dev/zero | tr '\\0' x")
    assert len(output) == size
    assert set(output) == {"x"}


def test_invalid_utf_8_in_the_output_is_replaced(machine: QemuMachine) -> None:
    assert machine.succeed(r"printf 'a\377b'") == "a\N{REPLACEMENT CHARACTER}b"


def test_commands_of_several_threads_run_at_the_same_time(
    machine: QemuMachine, tmp_path: Path
) -> None:
    all_are_there = f"until [ $(ls {tmp_path}/here-* | wc -l) = 5 ]; do sleep 0.05; done"
    ended: list[str] = []
    threads = [
        threading.Thread(
            target=lambda n=n: ended.append(
                machine.succeed(f"touch {tmp_path}/here-{n}; {all_are_there}", timeout=30)
            )
        )
        for n in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == [""] * 5


def test_stderr_goes_to_the_log_line_by_line(
    machine: QemuMachine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "test_driver")
    machine.succeed("printf 'one\\ntwo' >&2")
    streams = [(record.__dict__.get("stream"), record.getMessage()) for record in caplog.records]
    assert [text for stream, text in streams if stream == "stderr"] == ["one", "two"]


def test_succeed_names_command_status_and_both_outputs(machine: QemuMachine) -> None:
    with pytest.raises(CommandFailed) as caught:
        machine.succeed("echo fine", "echo bad; echo worse >&2; exit 7")
    assert str(caught.value) == (
        "machine1: command `echo bad; echo worse >&2; exit 7` failed (exit status 7)\n"
        "  stdout:\n    bad\n  stderr:\n    worse"
    )


def test_a_long_output_is_shortened_in_the_message(machine: QemuMachine) -> None:
    with pytest.raises(CommandFailed, match=r"\[80 lines left out\]\n    81\n"):
        machine.succeed("seq 100; false")


def test_succeed_says_when_a_command_took_too_long(machine: QemuMachine) -> None:
    machine.connect()
    with pytest.raises(CommandFailed, match=r"did not end within 0\.2 s and was killed"):
        machine.succeed("sleep 9", timeout=0.2)


def test_a_machine_has_a_default_timeout_that_a_script_can_set(machine: QemuMachine) -> None:
    assert machine.default_timeout == 900
    machine.connect()
    machine.default_timeout = 0.2
    with pytest.raises(CommandFailed, match=r"did not end within 0\.2 s and was killed"):
        machine.succeed("sleep 9")
    assert machine.execute("sleep 9")[0] == 124
    assert machine.succeed("sleep 0.5; echo done", timeout=None) == "done\n"


def test_succeed_joins_the_outputs(machine: QemuMachine) -> None:
    assert machine.succeed("echo 1", "echo 2") == "1\n2\n"


def test_a_syntax_error_in_a_command_is_reported(machine: QemuMachine) -> None:
    with pytest.raises(CommandFailed, match="syntax error near unexpected token"):
        machine.succeed("if then")


def test_fail_wants_a_failure(machine: QemuMachine) -> None:
    assert machine.fail("echo 1; false") == "1\n"
    with pytest.raises(CommandFailed, match="command `true` unexpectedly succeeded"):
        machine.fail("true")


def test_wait_until_succeeds_tries_until_it_does(machine: QemuMachine, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    threading.Timer(0.5, flag.touch).start()
    assert machine.wait_until_succeeds(f"test -e {flag} && echo there", timeout=20) == "there\n"


def test_wait_until_succeeds_shows_the_last_try_when_it_gives_up(machine: QemuMachine) -> None:
    machine.connect()
    expected = (
        r"timed out after 0\.5 s waiting for command `.*` to succeed \(last state: exit status 1\)"
        r"\n  stderr:\n    why"
    )
    with pytest.raises(WaitTimedOut, match=expected):
        machine.wait_until_succeeds("echo why >&2; false", timeout=0.5)


def test_wait_until_fails_tries_until_it_does(machine: QemuMachine, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    flag.touch()
    threading.Timer(0.3, flag.unlink).start()
    machine.wait_until_fails(f"test -e {flag}", timeout=20)
    with pytest.raises(WaitTimedOut, match=r"`true` to fail \(last state: exit status 0\)"):
        machine.wait_until_fails("true", timeout=0.3)


def test_an_agent_that_dies_ends_the_command_and_the_next_one_works(machine: QemuMachine) -> None:
    machine.succeed("true")
    assert machine.qemu is not None
    pid = machine.qemu.process.pid
    threading.Timer(0.3, os.kill, (pid, 12)).start()
    started = time.monotonic()
    with pytest.raises(AgentLost, match="machine1: the guest agent is gone: it closed its port"):
        machine.succeed("sleep 30")
    assert time.monotonic() - started < 15
    assert machine.succeed("echo back") == "back\n"


def test_a_guest_that_stands_still_ends_the_command_at_its_deadline(machine: QemuMachine) -> None:
    machine.succeed("true")
    assert machine.qemu is not None
    pid = machine.qemu.process.pid
    threading.Timer(0.3, os.kill, (pid, 3)).start()
    with pytest.raises(AgentSilent, match=r"within 1 s \(killing a command that took too long"):
        machine.succeed("sleep 30", timeout=1)
    with pytest.raises(AgentSilent, match=r"within 0\.2 s \(killing a command that took"):
        machine.succeed("true", timeout=0.2)
