"""Signals: all builds end, and what has ended before is written."""

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ..support.fake_flake import CHECKS, FakeFlake
from ..support.rehearse_program import start_rehearse


def is_running(pid: int) -> bool:
    """Tell whether a process is there and has not ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


def wait_for_builds(flake: FakeFlake, count: int) -> list[int]:
    """Return the processes of so many builds, when they run."""
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        calls = flake.calls("build")
        if (
            len(calls) >= count
            and sum(flake.runs(name) for name in ("fast", "slow", "other")) >= count
        ):
            return [int(call[1]) for call in calls]
        time.sleep(0.05)
    raise AssertionError(flake.calls())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_builds(flake: FakeFlake, number: signal.Signals) -> None:
    flake.test("fast")
    flake.test("slow", seconds=60)
    flake.test("other", seconds=60)
    page = flake.folder / "page"
    process = start_rehearse(flake, "test", f".#{CHECKS}", "--html", str(page))
    try:
        pids = wait_for_builds(flake, 3)
        process.send_signal(number)
        output, errors = process.communicate(timeout=40)
    finally:
        process.kill()
    assert process.returncode == 128 + number
    assert not [pid for pid in pids if is_running(pid)]
    assert f"{number.name}: ending all builds" in errors
    assert "1 ran, 2 not run" in output
    assert "not run  slow: interrupted by " in output
    results = json.loads((page / "suite.json").read_text())
    assert "passed" in json.dumps(results)


def test_a_command_that_is_killed_leaves_no_build(flake: FakeFlake) -> None:
    flake.test("slow", seconds=60)
    process = start_rehearse(flake, "test", f".#{CHECKS}")
    (pid,) = wait_for_builds(flake, 1)
    process.kill()
    process.communicate(timeout=40)
    deadline = time.monotonic() + 20
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(pid)


def test_who_reads_the_output_goes(flake: FakeFlake) -> None:
    flake.test("web", 1)
    process = start_rehearse(flake, "test", f".#{CHECKS}", "--json")
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=40)
    assert process.returncode == 1, errors
    assert flake.runs("web") == 1


def test_an_evaluation_is_interrupted(flake: FakeFlake) -> None:
    flake.world["evaluation_seconds"] = 60
    flake.test("web")
    process = start_rehearse(flake, "test", f".#{CHECKS}")
    deadline = time.monotonic() + 40
    while not (calls := flake.calls("eval")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=40)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode == 143
    assert not is_running(int(calls[0][1]))
