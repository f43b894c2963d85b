"""The interactive driver, at a terminal, as a person uses it."""

import signal
import stat
from pathlib import Path

import pexpect
import pytest

from ..conftest import At, DriverProcess, Terminals
from ..test_process import wait_for_death

ESCAPE = "\x1d"
END = "\x04"
INTERRUPT = "\x03"
# A prompt that waits, not the line that it leaves behind: the terminal is told to mark pastes.
PROMPT = r"\x1b\[\?2004h[^\n]*>>>"
QEMU_RUNS = r"QEMU runs \(process (\d+)\)"
SCRIPT = """\
counted = 0

def count():
    global counted
    counted += 1
    return counted

start_all()
with subtest("one"):
    machine1.succeed("echo one >>seen")
    count()

with subtest("two"):
    machine1.succeed("echo two >>seen")
    assert count() == 3, "still wrong"

with subtest("three"):
    machine1.succeed("echo three >>seen")
"""


def begin(
    process: DriverProcess, terminals: Terminals, script: str = SCRIPT, *arguments: str
) -> At:
    """Start a session and wait for its prompt."""
    session = terminals(process.command(script, "--interactive", *arguments))
    session.expect("Leave with Ctrl-D")
    session.expect(PROMPT)
    return session


def say(session: At, line: str, *expected: str) -> str:
    """Type a line, wait for what it brings and for the next prompt; return what was captured."""
    session.sendline(line)
    captured = ""
    for pattern in expected:
        session.expect(pattern)
        captured += "".join(session.match.groups())
    session.expect(PROMPT)
    return captured


def leave(session: At, question: str = "End the session and all its machines") -> None:
    """Press Ctrl-D, say yes, and wait for the end."""
    session.send(END)
    session.expect(question)
    session.send("y")
    session.expect(pexpect.EOF)
    session.wait()
    assert session.exitstatus == 0


def test_a_session_from_a_name_to_the_end(
    driver_process: DriverProcess, terminals: Terminals, tmp_path: Path
) -> None:
    session = begin(driver_process, terminals)
    session.send("machine1.wait_for_open_p")
    session.expect(r"wait_for_open_port\(")
    session.send(INTERRUPT)
    pid = int(say(session, "start_all()", QEMU_RUNS))
    assert Path(f"/proc/{pid}").exists()
    say(session, "subtests()", "one", "two", "three")
    leave(session)
    wait_for_death(pid)
    histories = list((tmp_path / "state").glob("nixos-test-driver/*/history"))
    assert [stat.S_IMODE(history.stat().st_mode) for history in histories] == [0o600]
    assert "+start_all()" in histories[0].read_text()


def test_a_failed_script_is_corrected_and_run_again(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    session = begin(driver_process, terminals)
    expected = (
        "the test script failed:",
        "line 15, in <module>",
        "AssertionError: still wrong",
        r"where 2 = count\(\)",
    )
    say(session, "test_script()", *expected, r"and call rerun\(\)")
    say(session, "counted", "2")  # the prompt sees the script's variables
    corrected = SCRIPT.replace("== 3", "== 2")
    Path(driver_process.document["test_script"]).write_text(corrected)
    session.sendline("rerun()")
    session.expect("rerunning from the subtest: two")
    session.expect("restoring the checkpoint rerun-2 of all machines")
    session.expect("the test script has passed")
    assert "subtest: one" not in session.before
    session.expect(PROMPT)
    leave(session)


def test_what_has_no_checkpoint_is_run_afresh(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    script = "machine1.succeed('echo a >>seen')\nmachine1.succeed('false')\n"
    session = begin(driver_process, terminals, script)
    say(session, "test_script()", r"QEMU runs \(process \d+\)", "call rerun")
    corrected = script.replace("false", "cat seen")
    Path(driver_process.document["test_script"]).write_text(corrected)
    expected = ("forced crash", "deleting .*vm-state-machine1", r"QEMU runs", "has passed")
    say(session, "rerun()", *expected)
    leave(session)


CHECKPOINTS = """\
driver.checkpoint_all = lambda name: print("saved", name)
driver.restore_all = lambda name: print("restored", name)
"""


def test_rerun_goes_on_from_the_checkpoint_of_the_failed_subtest(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    session = begin(driver_process, terminals)
    for line in CHECKPOINTS.splitlines():
        say(session, line)
    expected = ("saved rerun-1", "saved rerun-2", "still wrong")
    say(session, "test_script()", *expected)
    script = Path(driver_process.document["test_script"])
    say(session, "rerun()", "rerunning from the subtest: two", "restored rerun-2", "still wrong")
    script.write_text(SCRIPT.replace("== 3", "== 2"))
    session.sendline("rerun()")
    session.expect("restored rerun-2")
    session.expect("has passed")
    assert "subtest: one" not in session.before
    assert "saved rerun-3" in session.before
    session.expect(PROMPT)
    # A change above it: from the checkpoint before that.
    script.write_text(SCRIPT.replace("== 3", "== 2").replace("echo one", "echo 1"))
    say(session, "rerun()", "restored rerun-1", "must succeed: echo 1", "has passed")
    leave(session)


def test_one_subtest_alone(driver_process: DriverProcess, terminals: Terminals) -> None:
    session = begin(driver_process, terminals)
    say(session, "run_subtest('three')", "subtest: three", "echo three")
    say(session, "run_subtest('four')", "has no subtest 'four' at its top level; it has there:")
    leave(session)


def test_a_shell_in_a_machine_has_a_terminal(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    session = begin(driver_process, terminals)
    session.sendline("machine1.shell_interact()")
    session.expect("guest# ")
    session.sendline("stty size; sleep 60")
    session.expect("50 150")
    session.send("\x1a")  # job control
    session.expect("Stopped")
    session.setwinsize(40, 100)
    session.sendline("kill %1; until stty size | grep '40 100'; do sleep 0.1; done")
    session.expect("\n40 100")
    session.sendline("echo $((6 * 7))\x02\x02\x02\x02\x02")
    session.expect("42")
    session.sendline("exit")
    session.expect(PROMPT)
    session.sendline("machine1.shell_interact()")
    session.expect("guest# ")
    session.sendline("echo shell $$; exec sleep 300")
    session.expect(r"shell (\d+)\r")
    pid = int(session.match[1])
    session.send(ESCAPE)
    session.expect(PROMPT)
    say(session, "1 + 1", "2")
    leave(session)
    wait_for_death(pid)


def test_a_console_takes_keys(driver_process: DriverProcess, terminals: Terminals) -> None:
    session = begin(driver_process, terminals)
    say(session, "machine1.start()")
    session.sendline("machine1.console_interact()")
    session.expect("leave it with Ctrl-]")
    session.send("to be or not")
    session.expect("to be or not")  # the fake machine's echo
    session.send(ESCAPE)
    session.expect(PROMPT)
    say(session, "machine1.log()", "Linux version 6.12", "to be or not")
    leave(session)


def test_without_a_terminal_there_is_no_shell(driver_process: DriverProcess) -> None:
    result = driver_process.run("machine1.shell_interact()\n")
    assert result.returncode == 1
    assert "machine1: shell_interact needs a terminal, and standard input and " in result.stderr
    result = driver_process.run("machine1.console_interact()\n")
    assert "machine1: console_interact needs a terminal" in result.stderr


def test_what_goes_wrong_at_the_prompt_is_told_without_the_drivers_frames(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    session = begin(driver_process, terminals)
    session.sendline("machine1.succeed('false')")
    session.expect("CommandFailed")
    assert "test_driver/" not in session.before
    session.expect(PROMPT)
    for line, told in {
        "run_subtest('four')": "has no subtest",
        "machine1.wait_for_unit()": "missing 1 required positional",
        "startall()": "Did you mean start_all",
    }.items():
        session.sendline(line)
        session.expect(told)
        assert "test_driver/" not in session.before
        session.expect(PROMPT)
    leave(session)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_session_at_its_prompt(
    driver_process: DriverProcess, terminals: Terminals, number: int
) -> None:
    session = begin(driver_process, terminals)
    pid = int(say(session, "start_all()", QEMU_RUNS))
    session.kill(number)
    session.expect(pexpect.EOF)
    session.wait()
    assert session.exitstatus == 128 + number
    wait_for_death(pid)


def test_a_closed_terminal_leaves_nothing(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    session = begin(driver_process, terminals)
    pid = int(say(session, "start_all()", QEMU_RUNS))
    session.ptyproc.fileobj.close()
    session.closed = True
    session.wait()
    wait_for_death(pid)


def test_two_sessions_do_not_meet(
    driver_process: DriverProcess, terminals: Terminals, tmp_path: Path
) -> None:
    command = [*driver_process.command("", "--interactive")]
    where = command.index("--output_directory")
    del command[where : where + 2]
    sessions = [terminals(command), terminals(command)]
    folders = set()
    for session in sessions:
        session.expect(r"consoles +(\S+)/console/<machine>.log")
        folders.add(session.match[1])
        session.expect(PROMPT)
        say(session, "machine1.succeed('true')")
    assert len(folders) == 2
    for session in sessions:
        leave(session)
    assert all(Path(folder, "console/machine1.log").stat().st_size for folder in folders)
    assert not (tmp_path / "log.txt").exists()


def test_a_script_that_cannot_be_written_is_copied_for_the_session(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    script = Path(driver_process.document["test_script"])
    command = driver_process.command("log.log('as it was')\n", "--interactive")
    script.chmod(0o444)
    session = terminals(command)
    session.expect(r"script +(\S+)")
    copy = Path(session.match[1])
    assert copy != script
    session.expect(PROMPT)
    copy.write_text("log.log('as it is')\n")
    say(session, "test_script()", "as it is")
    leave(session)


def test_the_script_of_the_checkout_is_the_one_to_edit(
    driver_process: DriverProcess, terminals: Terminals, tmp_path: Path
) -> None:
    driver_process.document["test_script_source"] = "tests/web.py"
    project = tmp_path / "project"
    (project / "tests").mkdir(parents=True)
    (project / "flake.nix").touch()
    (project / "tests/web.py").write_text("log.log('of the checkout')\n")
    command = driver_process.command("log.log('as built')\n", "--interactive")
    session = terminals(command, cwd=project / "tests")
    session.expect(r"script +(\S+)")
    assert session.match[1] == str(project / "tests/web.py")
    session.expect(PROMPT)
    say(session, "run_tests()", "of the checkout")
    leave(session)
