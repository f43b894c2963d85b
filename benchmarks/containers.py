"""Measure containers: the build of an edited test, starts, and the speed of programs in them.

    python3 benchmarks/containers.py [ROUNDS]

Run it as root in the checkout, with nix on PATH and the settings of docs/containers.md for tests of
containers, after `./check debian-containers` has fetched what the tests take. Nothing else should
run on the computer. Seconds, but for loop, sha256 and zlib: the time in a container to that
outside. A hundred starts and ends must leave nothing: no process, mount, namespace, cgroup or open
file.
"""

import re
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
SAMPLE = re.compile(r"SAMPLE (\S+) ([0-9.]+)")


def build(test: str) -> str:
    """Build a test that was never built, and return its log."""
    number = time.time_ns()
    arguments = f'{{ checkout = {CHECKOUT}; number = "{number}"; }}'
    tests = f"import {CHECKOUT}/benchmarks/containers.nix {arguments}"
    command = [
        "nix",
        "build",
        "--impure",
        "--no-link",
        "--print-build-logs",
        "--option",
        "substitute",
        "false",
        "--expr",
        f"({tests}).{test}",
    ]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"the test {test} did not pass:\n{done.stderr}")
    return done.stderr


def main() -> None:
    """Measure, and print medians with the least and the most."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    samples = defaultdict(list)
    build("edited")  # builds the driver and the images
    for number in range(rounds):
        begin = time.monotonic()
        build("edited")
        samples["build of an edited test of two containers"].append(time.monotonic() - begin)
        for test in ("starts", "compute", *(["leftovers"] if number == 0 else [])):
            for name, value in SAMPLE.findall(build(test)):
                samples[name].append(float(value))
    for name, values in samples.items():
        middle = statistics.median(values)
        spread = f"({min(values):.3f} to {max(values):.3f}, {len(values)})"
        sys.stdout.write(f"{name:45} {middle:6.3f}  {spread}\n")


main()
