"""A run that stops for a person, and the command that enters it."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest

from test_driver.interactive.attach_registry import DebugSocket, stops

from ..conftest import At, DriverProcess, Terminals
from ..test_process import wait_for_death
from .test_rehearsal import PROMPT, say
from .test_rehearsal import leave as leave_prompt

ATTACH = [sys.executable, "-m", "test_driver.interactive.attach"]
HOOK = ("--debug-hook-attach", "enter-it", "--debug-hook-timeout", "30")
FAILS = """\
def look():
    found = 42
    machine1.succeed("false")

machine1.succeed("true")
look()
"""


class Stopped:
    """A run that has stopped."""

    def __init__(self, driver: "subprocess.Popen[str]") -> None:
        assert driver.stdout is not None
        self.driver = driver
        self.said = ""
        while not (found := re.search(r"    sudo enter-it (\d{7})\n", self.said)):
            line = driver.stdout.readline()
            assert line, self.said
            self.said += line
        self.number = found[1]

    def end(self) -> str:
        """Wait for the end of the run and return all that was said."""
        self.said += self.driver.communicate(timeout=40)[0]
        return self.said


def enter(terminals: Terminals, stopped: Stopped) -> At:
    """Enter a stopped run and wait for its prompt."""
    person = terminals([*ATTACH, stopped.number])
    person.expect(PROMPT)
    return person


def leave(person: At) -> None:
    """Press Ctrl-D and say yes."""
    leave_prompt(person, "Leave. The run goes on then")


def test_a_failed_run_stops_with_its_machines_and_variables(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    stopped = Stopped(driver_process.spawn(FAILS, *HOOK))
    assert "stopped: CommandFailed: machine1: " in stopped.said
    person = enter(terminals, stopped)
    say(person, "found", "42")
    say(person, "type(error).__name__", "CommandFailed")
    say(person, "machine1.succeed('echo $((40 + 3))')", "must succeed", "43")
    person.sendline("machine1.shell_interact()")
    person.expect("guest# ")
    person.sendline("stty size; exit")
    person.expect("50 150")
    person.expect(PROMPT)
    person.setwinsize(44, 120)
    say(
        person, "import sys; print('now', *os.get_terminal_size(sys.stdout.fileno()))", "now 120 44"
    )
    leave(person)
    assert "machine1: must succeed: echo $((40 + 3))" in stopped.end()
    assert stopped.driver.returncode == 1
    assert "a person has entered the test" in stopped.said
    assert "going on" in stopped.said


def test_a_breakpoint_stops_and_goes_on(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    driver_process.document["global_timeout_seconds"] = 5
    script = "answer = 41\nbreakpoint()\nlog.log(f'the answer is {answer}')\n"
    stopped = Stopped(driver_process.spawn(script, *HOOK))
    assert "stopped: breakpoint at script.py, line 2\n" in stopped.said
    person = enter(terminals, stopped)
    say(person, "answer += 1")
    time.sleep(5)  # the limit of the test does not count here
    leave(person)
    assert "the answer is 42\n" in stopped.end()
    assert stopped.driver.returncode == 0


def test_a_command_at_the_prompt_can_be_interrupted(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    stopped = Stopped(driver_process.spawn("breakpoint()\n", *HOOK))
    person = enter(terminals, stopped)
    person.sendline("machine1.succeed('sleep 60')")
    person.expect("must succeed: sleep 60")
    person.sendintr()
    person.expect("KeyboardInterrupt")
    person.expect(PROMPT)
    leave(person)
    stopped.end()
    assert stopped.driver.returncode == 0


def test_a_terminal_that_goes_away_ends_nothing(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    stopped = Stopped(driver_process.spawn("breakpoint()\n", *HOOK))
    for end in ("hang up", "kill"):
        person = enter(terminals, stopped)
        if end == "kill":
            person.kill(9)
        person.close(force=True)
    person = enter(terminals, stopped)
    say(person, "6 * 7", "42")
    leave(person)
    assert stopped.end().count("that terminal was closed; still waiting for another one") == 2
    assert stopped.driver.returncode == 0


def test_nobody_is_waited_for_for_ever(driver_process: DriverProcess) -> None:
    started = time.monotonic()
    result = driver_process.run(FAILS, *HOOK[:3], "1")
    assert time.monotonic() - started < 20
    assert result.returncode == 1
    assert "enter within 1 s, on the computer that runs this, with\n" in result.stderr
    assert "stopped waiting: 1 s are over\n" in result.stderr
    number = re.findall(r"sudo enter-it (\d+)", result.stderr)[0]
    assert not Path(f"/tmp/nixos-test-debug-{number}").exists()


def test_a_person_is_sent_away_when_the_time_is_over(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    stopped = Stopped(driver_process.spawn(FAILS, *HOOK[:3], "6"))
    person = enter(terminals, stopped)
    person.sendline("machine1.succeed('sleep 60')")
    person.expect(pexpect.EOF)
    assert "stopped waiting: 6 s are over\n" in stopped.end()
    assert stopped.driver.returncode == 1


def test_a_signal_ends_the_waiting(driver_process: DriverProcess) -> None:
    stopped = Stopped(driver_process.spawn(FAILS, *HOOK))
    stopped.driver.terminate()
    assert "stopped waiting: SIGTERM\n" in stopped.end()
    assert stopped.driver.returncode == 1
    found = re.findall(r"QEMU runs \(process (\d+)\)", stopped.said)
    for pid in map(int, found):
        wait_for_death(pid)


def test_without_the_hook_a_breakpoint_is_passed_over(driver_process: DriverProcess) -> None:
    result = driver_process.run("breakpoint()\nlog.log('went on')\n")
    assert result.returncode == 0
    expected = "the breakpoint at script.py, line 1, is skipped: set `enableDebugHook = true`"
    assert expected in result.stderr
    assert "went on" in result.stderr


def test_a_breakpoint_in_another_thread_is_passed_over(driver_process: DriverProcess) -> None:
    script = (
        "import threading\nthread = threading.Thread(target=breakpoint)\n"
        "thread.start()\nthread.join()\n"
    )
    result = driver_process.run(script, *HOOK)
    assert result.returncode == 0
    assert "is skipped: signal only works in main thread" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--debug-hook-timeout", "0"], "invalid _seconds value: '0'"),
        (["--debug-hook-timeout", "soon"], "invalid _seconds value: 'soon'"),
    ],
)
def test_a_wrong_limit_is_told(
    driver_process: DriverProcess, arguments: list[str], message: str
) -> None:
    result = driver_process.run("", *arguments)
    assert result.returncode == 2
    assert message in result.stderr


def attach(driver_process: DriverProcess, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command without a terminal."""
    return subprocess.run(
        [*ATTACH, *arguments],
        env=driver_process.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_command_says_which_tests_wait(driver_process: DriverProcess) -> None:
    if stops():
        pytest.skip("a test of this computer waits for a person")
    result = attach(driver_process)
    assert result.returncode == 1
    assert "no test on this computer waits for a person. One does when" in result.stderr
    with DebugSocket() as place:
        result = attach(driver_process, str((place.number + 1) % 10_000_000))
        assert result.returncode == 1
        assert "waits on this computer; these do:\n" in result.stderr
        assert f"  {place.number:07}  (process " in result.stderr
        result = attach(driver_process)
        assert result.returncode == 2
        assert "standard input and output must be a terminal" in result.stderr
    assert stops() == []
