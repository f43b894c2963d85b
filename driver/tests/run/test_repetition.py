"""What a repetition has besides a plain run: a random seed, and load that ends with the driver."""

import json
import logging
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from test_driver.run.load_worker import BLOCK_BYTES, BLOCKS, write_and_read
from test_driver.run.repetition import WORKER, host_load, repetition

from ..conftest import DriverProcess
from ..test_process import wait_for_death

PROCESSORS = len(os.sched_getaffinity(0))


def workers(driver: int) -> dict[int, str]:
    """Return the kind of each process of the load that a driver has."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_text().split("\0")
        except OSError:  # it has ended
            continue
        if int(state[1]) == driver and state[0] != "Z" and str(WORKER) in command:
            found[int(folder.name)] = command[command.index(str(WORKER)) + 1]
    return found


def wait_for_workers(driver: int) -> dict[int, str]:
    """Wait until all processes of the load run."""
    end = time.monotonic() + 20
    while len(found := workers(driver)) < PROCESSORS + 1:
        assert time.monotonic() < end, found
        time.sleep(0.01)
    return found


def described(driver: DriverProcess) -> dict[str, Any]:
    """Return the event that says what was run."""
    lines = (driver.output / "events.jsonl").read_text().splitlines()
    events: list[dict[str, Any]] = [json.loads(line) for line in lines]
    (found,) = [event for event in events if event["kind"] == "test"]
    return found


def numbers(driver: DriverProcess, *arguments: str) -> str:
    """Return random numbers that a script draws, after all that the driver does before it."""
    script = (
        "import random\nmachine1.start()\nprint('drawn', [random.random() for _ in range(9)])\n"
    )
    done = driver.run(script, *arguments)
    assert done.returncode == 0, done.stderr
    (found,) = re.findall(r"drawn (\[.*\])", done.stdout + done.stderr)
    return str(found)


def test_a_seed_decides_the_random_numbers_of_a_script(driver_process: DriverProcess) -> None:
    first = numbers(driver_process, "--seed", "abc-3")
    random.seed("abc-3")
    assert first == str([random.random() for _ in range(9)])
    assert numbers(driver_process, "--seed", "abc-4") != first
    assert numbers(driver_process) != numbers(driver_process)


def test_log_events_and_report_name_the_seed(driver_process: DriverProcess) -> None:
    done = driver_process.run("pass\n", "--seed", "abc-3")
    assert "Python's random numbers have the seed abc-3" in done.stderr
    assert described(driver_process)["seed"] == "abc-3"
    assert described(driver_process)["load"] is False
    assert "seed abc-3" in (driver_process.output / "report.html").read_text()


def test_a_plain_run_has_neither(driver_process: DriverProcess) -> None:
    done = driver_process.run("pass\n")
    assert "seed" not in done.stderr
    assert "load" not in done.stderr
    assert described(driver_process)["seed"] is None
    assert described(driver_process)["load"] is False
    page = (driver_process.output / "report.html").read_text()
    assert "beside a load" not in page


def test_an_empty_seed_is_one(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), repetition("", load=False):
        first = random.random()
    with repetition("", load=False):
        assert random.random() == first


# A script that prints the processes of the load that its driver has.
SHOW = f"""
import os
from pathlib import Path
found = []
for folder in Path('/proc').glob('[0-9]*'):
    try:
        state = folder.joinpath('stat').read_text().rpartition(')')[2].split()
        command = folder.joinpath('cmdline').read_text().split('\\0')
    except OSError:
        continue
    if state[1] == str(os.getpid()) and {str(WORKER)!r} in command:
        found.append(folder.name)
print('load', found, flush=True)
"""


@pytest.mark.parametrize("end", ["", "assert False\n", "os._exit(0)\n"])
def test_the_load_runs_beside_the_script_and_ends_with_it(
    driver_process: DriverProcess, end: str
) -> None:
    done = driver_process.run(SHOW + end, "--load", "--skip-lint")
    assert f"beside a load: {PROCESSORS} busy processes, and one that" in done.stderr
    (found,) = re.findall(r"load (\[.*\])", done.stdout + done.stderr)
    pids = [int(name) for name in re.findall(r"\d+", found)]
    assert len(pids) == PROCESSORS + 1
    for pid in pids:
        wait_for_death(pid)
    assert (done.returncode == 0) is (end == "")
    assert described(driver_process)["load"] is True
    assert "beside a load" in (driver_process.output / "report.html").read_text()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_load_ends_with_a_driver_that_a_signal_ends(
    driver_process: DriverProcess, number: int
) -> None:
    driver = driver_process.spawn("import time\ntime.sleep(60)\n", "--load")
    with driver:
        found = wait_for_workers(driver.pid)
        assert sorted(found.values()) == ["disk", *["processor"] * PROCESSORS]
        driver.send_signal(number)
        for pid in found:
            wait_for_death(pid)


def test_a_load_that_has_ended_before_the_test_is_told_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with host_load():
        found = wait_for_workers(os.getpid())
        (disk,) = [pid for pid, kind in found.items() if kind == "disk"]
        os.kill(disk, signal.SIGKILL)
        wait_for_death(disk)
    (message,) = [one.message for one in caplog.records if one.levelno == logging.WARNING]
    assert "the load was not there until the end of the test: its process for the disk" in message
    assert "ended with status -9" in message
    assert workers(os.getpid()) == {}


def test_a_load_that_stays_is_not(caplog: pytest.LogCaptureFixture) -> None:
    with host_load():
        wait_for_workers(os.getpid())
    assert [one for one in caplog.records if one.levelno == logging.WARNING] == []
    assert workers(os.getpid()) == {}


def test_the_file_of_the_load_is_bounded_and_has_no_name(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+b") as file:
        for _ in range(2):
            write_and_read(file)
    assert (tmp_path / "file").stat().st_size == BLOCKS * BLOCK_BYTES
    environment = {**os.environ, "TMPDIR": str(tmp_path / "folder")}
    (tmp_path / "folder").mkdir()
    command = [sys.executable, "-P", str(WORKER), "disk"]
    with subprocess.Popen(command, env=environment) as worker:
        end = time.monotonic() + 20
        written = Path(f"/proc/{worker.pid}/io")
        while int(re.findall(r"wchar: (\d+)", written.read_text())[0]) < BLOCK_BYTES:
            assert time.monotonic() < end
            time.sleep(0.01)
        assert list((tmp_path / "folder").iterdir()) == []
        worker.kill()
