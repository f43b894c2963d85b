"""Measure pytest over a testbed: collection, the first test, restores, --live, and 200 tests.

    python3 benchmarks/testbed.py [ROUNDS]

Run it in the checkout, with nix on PATH, after `./check debian-warm` has fetched what the machine
takes. Nothing else should run on the computer. Seconds; memory in KiB, disk in MiB.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
TESTS = 200
COLLECTED = 1000
ONE = "import time\n\ndef test_one(server):\n    print('BEGAN', time.time())\n"
# What the process of pytest, and the disk with the state of machines, have at the end of a test.
MANY = """
import os
import pathlib

import pytest

def left():
    status = pathlib.Path("/proc/self/status").read_text()
    memory = int(status.split("VmRSS:")[1].split()[0])
    files = pathlib.Path(os.environ["TMPDIR"]).rglob("*")
    disk = sum(one.stat().st_blocks for one in files if one.is_file()) >> 11
    return memory, len(os.listdir("/proc/self/fd")), disk

@pytest.mark.parametrize("number", range({tests}))
def test_many(server, number, record_property):
    server.succeed("echo {{}} >/root/number".format(number))
    for name, value in zip(("memory", "descriptors", "disk"), left()):
        record_property(name, value)
"""


def build(what: str) -> Path:
    """Build the testbed, or the driver with the program `rehearse`, and return the folder."""
    expression = f"(import {CHECKOUT}/benchmarks/testbed.nix {{ checkout = {CHECKOUT}; }}).{what}"
    arguments = ["--impure", "--no-link", "--print-out-paths", "--option", "substitute", "false"]
    command = ["nix", "build", *arguments, "--expr", expression]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Path(done.stdout.strip())


def run(testbed: Path, folder: Path, *arguments: str) -> tuple[float, str]:
    """Run the tests of a folder. Return the seconds of the whole process, and what it said."""
    command = [f"{testbed}/bin/pytest", "-p", "no:cacheprovider", *arguments, str(folder)]
    began = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, cwd=folder)
    seconds = time.monotonic() - began
    if done.returncode != 0:
        sys.exit(f"pytest ended with {done.returncode}:\n{done.stdout}")
    return seconds, done.stdout


def measure(testbed: Path, folder: Path, rounds: int) -> dict[str, list[float]]:
    """Return samples of each figure."""
    samples = defaultdict(list)
    functions = "".join(f"def test_{n}(server):\n    pass\n" for n in range(COLLECTED // 10))
    for number in range(10):
        write(folder / "collect", f"test_{number}.py", functions)
    one = write(folder / "one", "test_one.py", ONE)
    for _ in range(rounds):
        seconds, _ = run(testbed, folder / "collect", "--collect-only", "-q")
        samples[f"collection of {COLLECTED} tests"].append(seconds)
        began = time.time()
        _, said = run(testbed, one, "-s")
        samples["start of pytest to the first test"].append(beginning(said) - began)
    live(testbed, one, rounds, samples)
    return samples


def live(testbed: Path, one: Path, rounds: int, samples: dict[str, list[float]]) -> None:
    """Measure a test with machines that run already; the test itself takes no time."""
    with subprocess.Popen([f"{build('driver')}/bin/rehearse", "up", str(testbed)]) as server:
        time.sleep(10)
        try:
            for _ in range(rounds):
                samples["one test with --live"].append(run(testbed, one, "--live")[0])
        finally:
            server.send_signal(signal.SIGINT)


def many(testbed: Path, folder: Path) -> tuple[list[float], list[dict[str, float]]]:
    """Run many tests. Return the seconds of restores, and what was left after each test."""
    place = write(folder / "many", "test_many.py", MANY.format(tests=TESTS))
    run(testbed, place, "-q", "--machine-output", str(folder / "output"))
    lines = (folder / "output" / "events.jsonl").read_text().splitlines()
    ends = [event for event in map(json.loads, lines) if event.get("outcome") == "passed"]
    ends = [event for event in ends if event["kind"] == "step-end"]
    restores = [end["phases"]["restore"] for end in ends if "restore" in end["phases"]]
    left = [{name: float(value) for name, value in end["properties"].items()} for end in ends]
    return restores, left


def beginning(said: str) -> float:
    """Return the time that the test has printed."""
    return float(said.split("BEGAN ")[1].split()[0])


def write(folder: Path, name: str, text: str) -> Path:
    """Write a test file, and return its folder."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return folder


def main() -> None:
    """Measure, and print medians with the least and the most."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    testbed = build("testbed")
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["TMPDIR"] = temporary  # where folders for output go
        samples = measure(testbed, Path(temporary), rounds)
        restores, left = many(testbed, Path(temporary))
    samples["restore between tests, 512 MiB"] = restores
    for name, values in samples.items():
        middle = statistics.median(values)
        spread = f"({min(values):.2f} to {max(values):.2f})"
        sys.stdout.write(f"{name:40} {middle:7.2f} {spread}\n")
    for name in ("memory", "descriptors", "disk"):
        values = [each[name] for each in left]
        some = ", ".join(f"{values[place]:g}" for place in (9, 99, -1))
        sys.stdout.write(f"{name} after test 10, 100, {TESTS}: {some}\n")


if __name__ == "__main__":
    main()
