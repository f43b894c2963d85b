"""The interactive driver, at a terminal, as a person uses it."""

import re
import signal
import stat
import time
from pathlib import Path
from xml.etree import ElementTree

import pexpect
import pytest

from test_driver.report_data import read_report_data

from .conftest import At, DriverProcess, Terminals
from .test_html_report import data_of
from .test_process import wait_for_death

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


def leave(session: At) -> None:
    """Press Ctrl-D, say yes, and wait for the end."""
    session.send(END)
    session.expect("End the session and all its machines")
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
    expected = ("the test script failed:", "line 15, in <module>", "AssertionError: still wrong")
    say(session, "test_script()", *expected, r"and say rerun\(\)")
    say(session, "counted", "2")  # the prompt sees the script's variables
    corrected = SCRIPT.replace("== 3", "== 2")
    Path(driver_process.document["test_script"]).write_text(corrected)
    session.sendline("rerun()")
    session.expect("again from the subtest: two")
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
    say(session, "test_script()", r"QEMU runs \(process \d+\)", "say rerun")
    corrected = script.replace("false", "cat seen")
    Path(driver_process.document["test_script"]).write_text(corrected)
    expected = ("forced crash", "deleting .*vm-state-machine1", r"QEMU runs", "has passed")
    say(session, "rerun()", *expected)
    leave(session)


def test_each_run_of_the_script_is_in_the_reports(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    session = begin(driver_process, terminals)
    output = driver_process.output
    assert not (output / "junit.xml").exists()
    place = r"its report, from now on after each run and at the end: (\S+)"
    assert say(session, "test_script()", "AssertionError: still wrong", place) == str(
        output / "report.html"
    )
    assert verdict(output) == "unit failed"
    page = (output / "report.html").read_text()
    assert "Line 15 of the script" in page
    assert "still wrong" in page
    assert cases(output) == {"one": True, "two": False, "main": False}
    corrected = SCRIPT.replace("== 3", "== 2").replace("three", "drei")
    Path(driver_process.document["test_script"]).write_text(corrected)
    session.sendline("rerun()")
    session.expect("the test script has passed")
    session.expect(PROMPT)
    assert "its report" not in session.before
    assert verdict(output) == "unit passed"
    assert cases(output) == {"one": True, "two": True, "drei": True, "main": True}
    assert "echo drei" in read_report_data(output).test["source"]
    say(session, "run_subtest('drei')")
    say(session, "log.log('a last word')")
    leave(session)
    assert "a last word" in data_of(output / "report.html")["log"]["texts"]


def verdict(folder: Path) -> str:
    """Return the title of the report in a folder."""
    return re.findall("<title>(.*)</title>", (folder / "report.html").read_text())[0]


def cases(folder: Path) -> dict[str, bool]:
    """Return the cases of the JUnit report in a folder, and whether they have passed."""
    found = ElementTree.parse(folder / "junit.xml").iter("testcase")
    return {case.get("name", ""): case.find("failure") is None for case in found}


def test_a_session_without_a_run_says_so_in_its_report(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    session = begin(driver_process, terminals)
    say(session, "machine1.succeed('true')")
    leave(session)
    assert verdict(driver_process.output) == "unit was rehearsed, its script not run"
    assert not (driver_process.output / "junit.xml").exists()


CHECKPOINTS = """\
import test_driver.rehearsal as rehearsal
saved = []
rehearsal_of = subtests.__self__
rehearsal_of.prompt_names["checkpoint_all"] = lambda name: print("saved", name)
rehearsal_of.prompt_names["restore_all"] = lambda name: print("restored", name)
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
    say(session, "rerun()", "again from the subtest: two", "restored rerun-2", "still wrong")
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


@pytest.mark.parametrize(
    ("kinds", "expected"), [("none gtk", "-display gtk "), ("none dbus", "-vnc unix:")]
)
def test_a_graphical_machine_is_seen(
    driver_process: DriverProcess,
    terminals: Terminals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kinds: str,
    expected: str,
) -> None:
    monkeypatch.setenv("DISPLAY", ":7")
    qemu = tmp_path / "qemu"
    qemu.write_text(f"#!/bin/sh\n[ $2 = help ] && echo {kinds}\n")
    qemu.chmod(0o755)
    document = driver_process.document
    document["acceleration"]["qemu"] = str(qemu)
    document["machines"]["machine1"] = {**document["machines"]["machine1"], "graphics": True}
    session = begin(driver_process, terminals)
    runs = r"machine1: QEMU runs \(process (\d+)\)"
    pid = int(say(session, "machine1.start()", runs))
    command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    environment = Path(f"/proc/{pid}/environ").read_text().split("\0")
    assert expected in command
    assert ("DISPLAY=:7" in environment) == ("gtk" in kinds)
    say(session, "two_2.start()", r"two-2: QEMU runs")
    leave(session)


VIEWER = """\
#!/bin/sh
case $1 in
  --help) echo "usage: vncviewer [{kind}]" >&2; exit 1 ;;
  *) echo "$$ $1" >{told}; {then} ;;
esac
"""


def graphical_session(
    process: DriverProcess, terminals: Terminals, folder: Path, kind: str, then: str
) -> At:
    """Begin a session with a screen to see, a display, and a vncviewer of some kind."""
    viewer = folder / "bin/vncviewer"
    viewer.parent.mkdir()
    viewer.write_text(VIEWER.format(kind=kind, told=folder / "told", then=then))
    viewer.chmod(0o755)
    machines = process.document["machines"]
    machines["machine1"] = {**machines["machine1"], "graphics": True}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", ":7")
        patch.setenv("PATH", f"{viewer.parent}:/bin")
        return begin(process, terminals, "")


def test_a_viewer_shows_a_screen_that_qemu_cannot(
    driver_process: DriverProcess, terminals: Terminals, tmp_path: Path
) -> None:
    then = "exec sleep 300"
    session = graphical_session(driver_process, terminals, tmp_path, "unix socket", then)
    seen = rf"its screen: VNC at unix:(\S+), in a window of {tmp_path}/bin/vncviewer"
    address = say(session, "machine1.start()", seen)
    pid, shown = wait_for_text(tmp_path / "told").split()
    assert shown == address
    say(session, "machine1.crash()")
    wait_for_death(int(pid))
    leave(session)


def test_a_viewer_that_ends_tells_why(
    driver_process: DriverProcess, terminals: Terminals, tmp_path: Path
) -> None:
    then = "echo no display; exit 1"
    session = graphical_session(driver_process, terminals, tmp_path, "unix socket", then)
    told = "machine1: its screen is not shown: no display"
    say(session, "machine1.start(); machine1.succeed('sleep 1')", told)
    leave(session)


def test_a_viewer_that_knows_no_unix_sockets_is_not_asked(
    driver_process: DriverProcess, terminals: Terminals, tmp_path: Path
) -> None:
    session = graphical_session(driver_process, terminals, tmp_path, "host:port", "exit 1")
    seen = r"its screen: VNC at unix:(\S+), seen with TigerVNC's: vncviewer (\S+)\r"
    addresses = say(session, "machine1.start()", seen)
    assert addresses[: len(addresses) // 2] == addresses[len(addresses) // 2 :]
    assert not (tmp_path / "told").exists()
    leave(session)


def wait_for_text(file: Path) -> str:
    """Wait until something was written into a file, and return it."""
    for _ in range(200):
        if file.exists() and (text := file.read_text()):
            return text
        time.sleep(0.05)
    raise AssertionError(f"{file} is empty")


def test_nobody_sees_the_screens_of_a_run(driver_process: DriverProcess) -> None:
    document = driver_process.document
    document["machines"]["machine1"] = {**document["machines"]["machine1"], "graphics": True}
    script = (
        "machine1.start()\n"
        "command = open(f'/proc/{machine1.qemu.process.pid}/cmdline').read().split('\\0')\n"
        "assert '-vnc' not in command\n"
        "assert command.count('-display') == 1\n"
    )
    assert driver_process.run(script).returncode == 0


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
