"""The shell that stays in a guest, and what commands do to it."""

import contextlib
import os
import re
import signal
import threading
import time
from pathlib import Path

import pytest

from test_driver.errors import ShellLost
from test_driver.guest.live_lines import LINES_PER_SECOND, LiveLines
from test_driver.guest.output_buffer import NOWHERE, Capture
from test_driver.guest.shell_channel import ShellChannel, ShellChannelBroken
from test_driver.machine import QemuMachine


def channels(machine: QemuMachine) -> list[ShellChannel]:
    """Return the shell channels that are open."""
    assert machine.qemu is not None
    return [channel for channel in machine.qemu.commands._shell_channels if channel.is_open]


def keep_shell_channels(machine: QemuMachine) -> None:
    """Make the shell ready to be saved with the machine."""
    machine.succeed("true")
    assert machine.qemu is not None
    machine.in_loop(machine.qemu.commands.keep_shell_channels())


def processes_below(process: int) -> list[int]:
    """Return the children of a process that have a process group of their own."""
    found = []
    for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        with contextlib.suppress(ProcessLookupError):  # it has ended since
            if os.getpgid(int(child)) == int(child):
                found.append(int(child))
    return found


def await_end(process: int) -> None:
    deadline = time.monotonic() + 10
    while Path(f"/proc/{process}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not Path(f"/proc/{process}").exists()


def test_commands_one_after_the_other_share_one_shell_channel(machine: QemuMachine) -> None:
    machine.succeed("true")
    (channel,) = channels(machine)
    process = channel.process
    for _ in range(5):
        machine.succeed("true")
    assert [channel.process for channel in channels(machine)] == [process]


@pytest.mark.parametrize(
    ("command", "status", "stdout"),
    [
        ("exit 7", 7, ""),
        ("exec echo other", 0, "other\n"),
        ("set +e; false; echo on", 0, "on\n"),
        ("exec >&- 2>&-", 0, ""),
        ("trap 'echo bye' EXIT; echo hello", 0, "hello\nbye\n"),
        ("kill -9 0", 137, ""),
        ("echo(){ :; }; printf(){ :; }; cd(){ :; }; /bin/echo x", 0, "x\n"),
        ("set -f; IFS=x; LC_ALL=C; unset PATH; umask 0; cd /", 0, ""),
        ("return 3; echo no", 2, ""),
        ("head -c 3; echo '<'", 0, "<\n"),
        ("echo $((1/0))", 1, ""),
        ("cat <<END\nhere\nEND", 0, "here\n"),
        ("printf 'a\\0b\\2c'", 0, "a\0b\2c"),
        (
            "echo '\N{GREEK SMALL LETTER ALPHA}\N{ROCKET}'",
            0,
            "\N{GREEK SMALL LETTER ALPHA}\N{ROCKET}\n",
        ),
        ("echo out > /dev/stdout; echo err > /dev/stderr", 0, "out\n"),
        ("exec 10>&- 11>&- 12>&- 13>&- 14>&-; echo on", 0, "on\n"),
        ("echo ${0##*/} $# $(pwd)", 0, "bash 0 /tmp\n"),
    ],
)
@pytest.mark.parametrize("waiting", [False, True], ids=["", "waiting"])
def test_no_command_breaks_the_shell_channel(
    machine: QemuMachine, command: str, status: int, stdout: str, waiting: bool
) -> None:
    machine.succeed("true")
    (channel,) = channels(machine)
    if waiting:
        keep_shell_channels(machine)
    process = channel.process
    assert machine.execute(command) == (status, stdout)
    assert machine.execute("echo next; echo $PATH | wc -l") == (0, "next\n1\n")
    assert [channel.process for channel in channels(machine)] == [process]


@pytest.mark.parametrize("length", [0, 8000])
def test_the_process_that_waits_takes_the_next_command(machine: QemuMachine, length: int) -> None:
    keep_shell_channels(machine)
    (channel,) = channels(machine)
    (waiting,) = processes_below(channel.process)
    own = machine.succeed(f"echo $$; : {'x' * length}")
    assert own == f"{waiting}\n"
    machine.succeed("true")
    (other,) = processes_below(channel.process)  # which waits for the next one
    assert other != waiting


@pytest.mark.parametrize("command", ["echo $((1))", "echo ${HOME:+1} \N{ROCKET}", "echo 1"])
def test_a_process_that_was_killed_while_it_waited_is_replaced(
    machine: QemuMachine, command: str
) -> None:
    keep_shell_channels(machine)
    (channel,) = channels(machine)
    (waiting,) = processes_below(channel.process)
    os.kill(waiting, signal.SIGKILL)
    await_end(waiting)
    assert machine.succeed(command).startswith("1")
    assert machine.succeed("echo $((2))") == "2\n"
    assert channels(machine) == [channel]


@pytest.mark.parametrize("length", [9000, 200_000, 2_000_000])
def test_long_commands_leave_the_process_that_waits(machine: QemuMachine, length: int) -> None:
    keep_shell_channels(machine)
    (channel,) = channels(machine)
    (waiting,) = processes_below(channel.process)
    text = "y" * length
    for _ in range(2):
        assert machine.succeed(f"wc -c <<'END'\n{text}\nEND") == f"{length + 1}\n"
        assert processes_below(channel.process) == [waiting]
    for number in range(3):
        assert machine.succeed(f"echo $(({number}))") == f"{number}\n"
    assert channels(machine) == [channel]


def test_a_process_that_waits_ends_with_the_shell_channel(machine: QemuMachine) -> None:
    keep_shell_channels(machine)
    (channel,) = channels(machine)
    (waiting,) = processes_below(channel.process)
    channel.close("for a test")
    await_end(waiting)
    machine.succeed("true")


def test_a_channel_that_is_lost_before_its_command_begins_says_why(machine: QemuMachine) -> None:
    machine.succeed("true")
    (channel,) = channels(machine)
    channel.close("its port was closed")
    with pytest.raises(ShellChannelBroken, match=r"^its port was closed$"):
        machine.in_loop(channel.run("true", (NOWHERE, NOWHERE)))


@pytest.mark.parametrize("perl", ["exit 1", "echo; exit 1", "kill -9 $$"])
def test_a_guest_whose_perl_does_not_work_keeps_its_shell(machine: QemuMachine, perl: str) -> None:
    machine.succeed("true")
    (channel,) = channels(machine)
    program = machine.state_dir / "bin" / "perl"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{perl}\n")
    program.chmod(0o755)
    keep_shell_channels(machine)
    assert machine.succeed("type channel_identity || echo without") == "without\n"
    assert channels(machine) == [channel]


def test_a_command_sees_nothing_of_the_shell_channel(machine: QemuMachine) -> None:
    machine.succeed("true")
    assert "channel_" not in machine.succeed("set; declare -f; env; trap -p; alias")


def test_a_command_that_asks_for_its_shell_has_one_of_its_own(machine: QemuMachine) -> None:
    first, second = (machine.succeed("echo $$") for _ in range(2))
    assert first != second
    assert machine.execute("kill -9 $$")[0] == 137
    assert machine.succeed("echo on") == "on\n"


def test_what_a_command_leaves_behind_is_named_and_disturbs_nobody(
    machine: QemuMachine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "test_driver")
    started = time.monotonic()
    assert machine.succeed("(sleep 0.3; echo late; sleep 0.2; echo later) & echo now") == "now\n"
    assert re.search(r"left processes running: \d+ \S+", caplog.text)
    assert machine.succeed("sleep 1; echo mine") == "mine\n"
    assert time.monotonic() - started < 20
    caplog.clear()
    machine.succeed("sleep 30 >/dev/null 2>&1 &")
    assert re.search(r"left processes running: \d+ \S+", caplog.text)


def test_a_daemon_that_holds_the_output_goes_on_writing(
    machine: QemuMachine, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    daemon = f"setsid sh -c 'for i in 1 2 3 4 5; do sleep 0.1; echo x; done; touch {count}' &"
    machine.succeed(daemon)
    assert machine.succeed("echo other") == "other\n"
    machine.wait_for_file(str(count), timeout=20)


def test_the_end_of_the_shell_under_a_command_is_told(machine: QemuMachine) -> None:
    machine.succeed("true")
    (channel,) = channels(machine)
    threading.Timer(0.5, lambda: os.kill(channel.process, signal.SIGKILL)).start()
    started = time.monotonic()
    with pytest.raises(ShellLost, match="machine1: the shell that ran the command in the guest is"):
        machine.succeed("sleep 3")
    assert time.monotonic() - started < 15
    assert machine.succeed("echo on") == "on\n"


def test_a_shell_that_talks_nonsense_is_given_up(machine: QemuMachine) -> None:
    machine.succeed("true")
    (channel,) = channels(machine)
    token = channel._streams[0]._token.decode()
    with pytest.raises(ShellLost, match=r"the shell said .*nonsense"):
        machine.succeed(f"echo '{token} nonsense'")
    assert machine.succeed("echo on") == "on\n"
    (channel,) = channels(machine)
    token = channel._streams[0]._token.decode()
    with pytest.raises(ShellLost, match="a message of the shell has no end"):
        machine.succeed(f"printf '{token}'; head -c 10000 /dev/zero; sleep 5")


def test_a_guest_whose_shell_channels_do_not_start_uses_its_agent(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "shell_channel.bash"
    text = Path("test_driver/guest/shell_channel.bash").read_text()
    script.write_text(f"exit 1\n{text}")
    monkeypatch.setattr("test_driver.guest.shell_channel.SCRIPT", script)
    monkeypatch.setattr("test_driver.guest.command.START_SECONDS", 0.5)
    assert machine.succeed("echo on") == "on\n"
    assert channels(machine) == []


def test_a_nul_in_a_command_is_refused(machine: QemuMachine) -> None:
    with pytest.raises(ValueError, match="a command cannot have a NUL character in it"):
        machine.succeed("echo a\0b")


def test_more_commands_than_shell_channels_run_at_once(machine: QemuMachine) -> None:
    results: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: results.append(machine.succeed(f"sleep 2; echo {n}")))
        for n in range(20)
    ]
    machine.succeed("true")
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(int, results)) == list(range(20))
    assert time.monotonic() - started < 25


def test_a_capture_keeps_a_short_output_whole_and_of_a_long_one_the_ends() -> None:
    capture = Capture(10)
    capture.write(b"01234")
    capture.write(b"56789")
    assert (capture.left_out, capture.take()) == (0, b"0123456789")
    capture = Capture(10)
    for digit in b"0123456789abcdef":
        capture.write(bytes([digit]))
    assert capture.left_out == 6
    assert capture.take() == b"01234\n[6 bytes left out]\nbcdef"


def test_the_log_shows_so_many_lines_a_second_and_counts_the_rest() -> None:
    said: list[str] = []
    lines = LiveLines(said.append)
    lines.write(b"".join(b"%d\n" % number for number in range(1000)) + b"tail")
    lines.end()
    assert said[0] == "0"
    assert said[LINES_PER_SECOND:] == [f"[{1000 - LINES_PER_SECOND} lines not shown]", "tail"]
    said.clear()
    lines = LiveLines(said.append)
    lines.write(b"x" * 3000 + b"\n")
    lines.end()
    assert said == ["x" * 2000 + " [1000 bytes not shown]"]
