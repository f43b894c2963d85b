"""What is written down for programs while a test runs, and that it survives."""

import json
import signal
import subprocess
import sys
import time
from typing import Any
from xml.etree import ElementTree

import pytest

from test_driver.report.junit import NOT_ENDED
from test_driver.run.verdict import Verdict
from test_driver.run.watchdog import Watchdog

from ..conftest import DriverProcess

Event = dict[str, Any]


def events_of(driver: DriverProcess) -> list[Event]:
    """Return all events of a run; each line must be whole."""
    text = (driver.output / "events.jsonl").read_text()
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_everything_that_happens_is_an_event(driver_process: DriverProcess) -> None:
    began = time.time()
    result = driver_process.run(
        "with subtest('outer'):\n"
        "    machine1.succeed('echo oops >&2')\n"
        "log.debug('hidden from the terminal')\n"
        "machine1.log('a \\x1b[1mword')\n"
    )
    assert result.returncode == 0, result.stderr
    events = events_of(driver_process)
    times = [event["time"] for event in events]
    assert began <= times[0] <= times[-1] <= time.time()
    texts = {(event["kind"], event["machine"], event.get("text")) for event in events}
    assert ("console", "machine1", "Booting colourfully") in texts
    assert ("log", "machine1", "oops") in texts
    assert ("log", None, "hidden from the terminal") in texts
    assert ("log", "machine1", "a [1mword") in texts
    begun = {event["name"]: event for event in events if event["kind"] == "step-begin"}
    ended = {event["name"]: event for event in events if event["kind"] == "step-end"}
    assert begun.keys() == ended.keys()
    outer, inner = begun["outer"], begun["must succeed: echo oops >&2"]
    assert outer["subtest"]
    assert inner["within"] == outer["step"]
    assert inner["machine"] == "machine1"
    assert ended["outer"]["result"] == "passed"
    assert 0 < ended["outer"]["seconds"] < 30
    assert not any("(finished:" in event.get("text", "") for event in events)
    verdict = events[-1]
    assert verdict["kind"] == "verdict"
    assert (verdict["outcome"], verdict["exit_status"]) == ("passed", 0)


def test_a_failure_is_in_the_events(driver_process: DriverProcess) -> None:
    driver_process.run("with subtest('bad'):\n    t.assertEqual(1, 2)\n")
    events = events_of(driver_process)
    (bad,) = [event for event in events if event["kind"] == "step-end" and event["name"] == "bad"]
    assert (bad["result"], bad["error"]) == ("failed", "AssertionFailed: 1 != 2")
    assert events[-1]["exit_status"] == 1
    assert events[-1]["headline"] == "AssertionFailed: 1 != 2"
    assert "line 2, in <module>" in events[-1]["failure"]


def test_events_and_report_survive_a_driver_that_is_killed(driver_process: DriverProcess) -> None:
    driver = driver_process.spawn(
        "with subtest('done'):\n    machine1.succeed('true')\n"
        "with subtest('under way'):\n    log.log('now')\n    machine1.succeed('sleep 60')\n"
    )
    assert driver.stdout is not None
    assert any(line == "now\n" for line in driver.stdout)
    driver.kill()
    driver.communicate(timeout=20)
    events = events_of(driver_process)
    under_way = {event["name"] for event in events if event["kind"] == "step-begin"}
    under_way -= {event["name"] for event in events if event["kind"] == "step-end"}
    assert {"run the test script", "under way"} <= under_way
    root = ElementTree.parse(driver_process.output / "junit.xml").getroot()
    done, main = root.iter("testcase")
    assert done.attrib["name"] == "done"
    assert done.find("failure") is None
    assert float(done.attrib["time"]) > 0
    assert done.attrib["timestamp"].endswith("Z")
    failure = main.find("failure")
    assert failure is not None
    assert failure.attrib["message"] == NOT_ENDED


def test_a_full_disk_ends_the_test_within_10_s_as_a_error_of_the_host(
    driver_process: DriverProcess,
) -> None:
    driver_process.output.mkdir()
    for name in ("events.jsonl", "log.txt"):
        (driver_process.output / name).symlink_to("/dev/full")
    started = time.monotonic()
    result = driver_process.run("machine1.succeed('sleep 60')\n")
    assert time.monotonic() - started < 10
    assert result.returncode == 3
    expected = (
        f"OutputLost: cannot write to {driver_process.output}: No space left on device; "
        "make room there, or choose another output folder with --output_directory"
    )
    assert expected in result.stderr
    assert "Traceback" not in result.stderr
    assert list(driver_process.temporary.iterdir()) == []


def test_a_disk_that_fills_up_ends_the_test_and_cannot_be_swallowed(
    driver_process: DriverProcess,
) -> None:
    started = time.monotonic()
    result = driver_process.run(
        "import resource\n"
        "machine1.start()\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "try:\n"
        "    while True: log.log('x' * 1000)\n"
        "except Exception:\n"
        "    pass\n"
    )
    assert time.monotonic() - started < 10
    assert result.returncode == 3
    assert "File too large; make room there" in result.stderr
    assert "Traceback" not in result.stderr


def test_events_that_cannot_be_begun_are_told(driver_process: DriverProcess) -> None:
    (driver_process.output / "events.jsonl").mkdir(parents=True)
    result = driver_process.run("")
    assert result.returncode == 2
    assert "cannot be used as the output folder: Is a directory" in result.stderr


@pytest.mark.parametrize(("policy", "status"), [("rehearse", 4), ("nixpkgs", 143)])
def test_a_driver_that_hangs_while_it_stops_is_ended_with_the_status_of_its_policy(
    policy: str, status: int
) -> None:
    program = (
        "import threading, time\n"
        "from test_driver.compatibility import POLICIES\n"
        "from test_driver.run.execution import _with_meaning\n"
        "from test_driver.run.watchdog import Watchdog\n"
        f"meant = lambda verdict: _with_meaning(verdict, POLICIES[{policy!r}])\n"
        "record = lambda verdict: print(verdict.exit_status, verdict.headline)\n"
        "with Watchdog(record, meant) as last:\n"
        "    last.arm(0.1, 0.1)\n"
        "    lock = threading.Lock(); lock.acquire(); lock.acquire()\n"
    )
    result = subprocess.run(
        [sys.executable, "-u", "-c", program], capture_output=True, text=True, timeout=20
    )
    assert result.returncode == status
    assert result.stdout.startswith(
        f"{status} the test did not stop within 0.1 s and its grace period; killing the driver"
    )


def test_the_watchdog_leaves_a_test_alone_that_ended() -> None:
    verdicts: list[Verdict] = []
    with Watchdog(verdicts.append) as watchdog:
        watchdog.arm(0.05, 60)
    time.sleep(0.1)
    assert verdicts == []


def test_the_time_limit_shows_threads_consoles_and_screens(driver_process: DriverProcess) -> None:
    driver_process.document["global_timeout_seconds"] = 3
    started = time.monotonic()
    result = driver_process.run(
        "import threading\n"
        "def beside():\n"
        "    two_2.wait_for_console_text('never comes')\n"
        "threading.Thread(target=beside, name='aside', daemon=True).start()\n"
        "machine1.wait_for_file('/nowhere')\n"
    )
    assert time.monotonic() - started < 60  # the wait alone would take 900 s
    assert result.returncode == 4
    script = driver_process.document["test_script"]
    assert f'File "{script}", line 5, in <module>\n    machine1.wait_for_file' in result.stderr
    assert (
        "when the time was over:\n  thread aside:\n"
        f"    {script}, line 3, in beside: two_2.wait_for_console_text('never comes')\n"
        "    in the step: two-2: waiting for never comes on the console\n"
    ) in result.stderr
    assert "machine1: it runs, and its guest agent is connected\n" in result.stderr
    assert "machine1:     Booting colourfully\n" in result.stderr
    evidence = driver_process.output / "evidence" / "machine1"
    assert (evidence / "screen.png").read_bytes() == b"\x89PNG"
    assert events_of(driver_process)[-1]["exit_status"] == 4


def test_the_time_limit_does_not_wait_for_a_screen_that_does_not_come(
    driver_process: DriverProcess,
) -> None:
    driver_process.document["global_timeout_seconds"] = 2
    started = time.monotonic()
    result = driver_process.run(
        "import signal, time\n"
        "machine1.start()\n"
        f"os.kill(machine1.qemu.process.pid, {int(signal.SIGSTOP)})\n"
        "time.sleep(60)\n"
    )
    assert result.returncode == 4
    machine = (driver_process.output / "evidence" / "machine1" / "machine.txt").read_text()
    assert "the guest was not asked: the process of QEMU is stopped, as by SIGSTOP" in machine
    assert time.monotonic() - started < 20


def test_a_long_command_is_whole_in_files_and_short_on_the_terminal(
    driver_process: DriverProcess,
) -> None:
    result = driver_process.run(
        "long = 'true ' + 'x' * 5000\n"
        "machine1.succeed(long)\n"
        "machine1.succeed('\\n'.join(f'true {n}' for n in range(900)))\n"
        "machine1.wait_until_succeeds(long)\n"
        "with subtest(long): machine1.execute(long, check_output=False)\n"
        "machine1.fail(long)\n"
    )
    assert result.returncode == 1
    assert len(result.stderr) < 8000, result.stderr
    assert "true 2 [897 lines, " in result.stderr
    assert f"must succeed: true {'x' * 281} [4719 characters left out]\n" in result.stderr
    for name in ("events.jsonl", "log.txt", "report.html"):
        assert "x" * 5000 in (driver_process.output / name).read_text(), name
    assert "true 899" in (driver_process.output / "events.jsonl").read_text()
