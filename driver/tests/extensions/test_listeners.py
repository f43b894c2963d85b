"""Listeners and diagnostics of extensions that fail: the test fails, and its own failure stays."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from ..conftest import DriverProcess
from .packages import make_package

MODULE = "listening"
TITLE = "extension rehearse-listening, entry point own"


def hook(name: str, argument: str, body: str) -> str:
    """Return the source of an extension with one hook."""
    return f"@hookimpl\ndef {name}({argument}):\n    {body}\n"


def use(driver: DriverProcess, folder: Path, source: str) -> None:
    """Let the driver find an extension."""
    driver.document["python_path"] = [str(make_package(folder / "packages", MODULE, source))]


def verdict(driver: DriverProcess) -> dict[str, Any]:
    """Return the last verdict among the events."""
    lines = (driver.output / "events.jsonl").read_text().splitlines()
    found: dict[str, Any] = [json.loads(one) for one in lines if '"kind": "verdict"' in one][-1]
    return found


@pytest.mark.parametrize(
    ("source", "failed"),
    [
        (hook("step_started", "step", "1 / 0"), "step_started failed: ZeroDivisionError: division"),
        (hook("step_finished", "step", "raise SystemExit(0)"), "step_finished failed: SystemExit"),
        (
            hook("step_finished", "step", "step.nothing()"),
            "'Step' object has no attribute 'nothing'",
        ),
        (hook("event_recorded", "event", "event['x']"), "event_recorded failed: KeyError: 'x'"),
        (
            hook("event_recorded", "event", "1 / (event['kind'] != 'time-spent')"),
            "event_recorded failed: ZeroDivisionError",
        ),
        (
            hook("event_recorded", "event", "1 / (event['kind'] != 'verdict')"),
            "event_recorded failed: ZeroDivisionError",
        ),
        (
            hook("event_recorded", "event", "1 / ('hello' not in event.get('text', ''))"),
            "event_recorded failed: ZeroDivisionError",
        ),
    ],
)
def test_a_listener_that_fails_fails_a_test_that_would_pass(
    driver_process: DriverProcess, tmp_path: Path, source: str, failed: str
) -> None:
    use(driver_process, tmp_path, source)
    script = "machine1.succeed('echo hello')\nlog.info('hello')\nprint('to the end')\n"
    result = driver_process.run(script)
    assert result.returncode == 1, result.stderr
    assert "to the end" in result.stdout + result.stderr
    message = f"{TITLE}: "
    assert message in result.stderr
    assert failed in result.stderr
    assert "listening.py, line 4)" in result.stderr
    assert "gets no more events, and the test will fail" in result.stderr
    found = verdict(driver_process)
    assert found["outcome"] == "failed"
    assert TITLE in found["headline"]
    assert TITLE in (driver_process.output / "junit.xml").read_text()
    assert TITLE in (driver_process.output / "report.html").read_text()
    assert "\ntest unit failed, in" in f"\n{result.stderr}"


@pytest.mark.parametrize("body", ["1 / 0", "raise SystemExit(0)", "step.error = None"])
def test_the_failure_of_the_test_stays_and_comes_first(
    driver_process: DriverProcess, tmp_path: Path, body: str
) -> None:
    use(driver_process, tmp_path, hook("step_finished", "step", body))
    result = driver_process.run("with subtest('a'):\n    machine1.succeed('exit 3')\n")
    assert result.returncode == 1
    found = verdict(driver_process)
    assert "CommandFailed" in found["headline"]
    assert "exit 3" in found["headline"]
    report = (driver_process.output / "junit.xml").read_text()
    assert "CommandFailed" in report
    if "step.error" not in body:
        assert f"{TITLE}: step_finished failed" in found["failure"]
        assert found["failure"].index("CommandFailed") < found["failure"].index(TITLE)


def test_a_script_cannot_swallow_it(driver_process: DriverProcess, tmp_path: Path) -> None:
    use(driver_process, tmp_path, hook("step_started", "step", "1 / 0"))
    script = "try:\n    machine1.succeed('true')\nexcept BaseException:\n    pass\n"
    assert driver_process.run(script).returncode == 1
    assert TITLE in verdict(driver_process)["headline"]


def test_what_a_listener_does_itself_is_not_told(
    driver_process: DriverProcess, tmp_path: Path
) -> None:
    source = (
        "import logging\nsaid = []\n@hookimpl\ndef script_globals(driver):\n"
        "    return {'said': said}\n"
        "@hookimpl\ndef step_started(step):\n    said.append(step.name)\n"
        "@hookimpl\ndef event_recorded(event):\n"
        "    logging.getLogger('test_driver').warning('about %s', event.get('text'))\n"
    )
    use(driver_process, tmp_path, source)
    result = driver_process.run("machine1.start()\nassert 'start machine1' not in said, said\n")
    assert result.returncode == 0, result.stderr
    assert "about acceleration: " in result.stderr
    assert "about about" not in result.stderr


def test_a_time_limit_ends_a_listener_that_waits(
    driver_process: DriverProcess, tmp_path: Path
) -> None:
    use(driver_process, tmp_path, "import time\n" + hook("step_started", "step", "time.sleep(600)"))
    driver_process.document["global_timeout_seconds"] = 2
    began = time.monotonic()
    result = driver_process.run("machine1.start()")
    assert result.returncode == 4
    assert time.monotonic() - began < 40
    assert "GlobalTimeout" in verdict(driver_process)["headline"]


@pytest.mark.parametrize(
    ("collect", "problem"),
    [
        ("1 / 0", r"failed: ZeroDivisionError: division by zero \(.*listening.py, line \d+\)"),
        ("{}[0]", r"failed: KeyError: 0 \("),
        ("open('/nowhere')", r"failed: FileNotFoundError: .*/nowhere"),
        ("socket.socket().settimeout(-1)", r"failed: ValueError: Timeout value out of range"),
        ("queue.Queue().get(timeout=0) or 1", r"failed: Empty"),
        ("(_ for _ in ()).throw(TimeoutError('own'))", r"failed: TimeoutError: own \("),
        ("sys.exit(0)", r"failed: .*SystemExit\(0\)"),
        ("b'x'", r"failed: TypeError: expected a text or None, got b'x'"),
        ("time.sleep(60)", r"timed out after 12 s"),
    ],
)
def test_a_diagnostic_that_fails_hides_nothing(
    driver_process: DriverProcess, tmp_path: Path, collect: str, problem: str
) -> None:
    source = (
        "import queue, socket, sys, time\n@hookimpl\ndef diagnostics():\n    return [\n"
        f"        HostDiagnostic(file='bad.txt', title='bad', collect=lambda machine: {collect}),\n"
        "        HostDiagnostic(file='good.txt', title='good', collect=lambda machine: 'here'),\n"
        "        HostDiagnostic(file='none.txt', title='none', collect=lambda machine: None)]\n"
    )
    use(driver_process, tmp_path, source)
    result = driver_process.run("machine1.succeed('exit 3')\n")
    assert result.returncode == 1
    assert re.search(f"{TITLE}: collecting bad.txt {problem}", result.stderr), result.stderr
    assert "exit 3" in verdict(driver_process)["headline"]
    folder = driver_process.output / "evidence" / "machine1"
    assert (folder / "good.txt").read_text() == "here\n"
    assert not (folder / "none.txt").exists()
    assert f"{TITLE}: collecting bad.txt" in (folder / "machine.txt").read_text()
    assert (folder / "journal.txt").exists() or "journal" in (folder / "machine.txt").read_text()
