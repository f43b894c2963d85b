"""Measure suites: many short tests on two remote builders, and tests of machines that compete.

    python3 benchmarks/builders.py builders [TESTS]
    python3 benchmarks/builders.py contention [TESTS [ROUNDS]]

Run it in the checkout, with nix on PATH, after `./check debian-ping` has fetched what tests take.
Nothing else should run on the computer.

`builders` runs TESTS (default: 200) tests on two builders on loopback, with one slot each: drivers
that start no machine, and whose scripts wait for 5 seconds. The builders have the closures, because
a smaller suite runs before. Bound: 1.15 times the half of the sum of the drivers' own durations.

`contention` runs TESTS (default: 30) tests of two machines with `--max-jobs 10` and with
`--max-jobs 2`, ROUNDS (default: 3) times. None may fail. Bound: 1.1 times the time of 2 at once.
"""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
BUILDERS_BOUND = 1.15
CONTENTION_BOUND = 1.1
FLAKE = """{
  inputs.rehearse.url = "path:%(checkout)s";
  outputs = { rehearse, ... }: {
    tests = (import ./builders.nix { inherit rehearse; number = "%(number)s"; }).%(tests)s;
  };
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A run of a suite: its seconds, those of its drivers, and what did not pass."""

    seconds: float
    drivers_seconds: float
    not_passed: list[str]


def program(package: str, name: str) -> str:
    """Build a program of the checkout, and return its path."""
    command = ["nix", "build", "--no-link", "--print-out-paths", "--no-write-lock-file"]
    done = subprocess.run(
        [*command, f"{CHECKOUT}#{package}"], stdout=subprocess.PIPE, text=True, check=True
    )
    return f"{done.stdout.strip()}/bin/{name}"


def run_suite(tests: str, *, options: tuple[str, ...] = ()) -> Result:
    """Run tests that were never run, and return what they took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = FLAKE % {"checkout": CHECKOUT, "number": time.time_ns(), "tests": tests}
        (folder / "flake.nix").write_text(text)
        (folder / "builders.nix").write_text((CHECKOUT / "benchmarks/builders.nix").read_text())
        rehearse = program("test-driver", "rehearse")
        command = [rehearse, "test", f"path:{folder}#tests", "--json", *options]
        command += ["--timings", str(folder / "timings.json")]
        began = time.monotonic()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        seconds = time.monotonic() - began
    events = [json.loads(line) for line in done.stdout.splitlines()]
    if not events or events[-1]["event"] != "finished":
        sys.exit(f"the suite ended with status {done.returncode} and gave no results")
    ends = [event for event in events if event["event"] == "ended"]
    results = events[-1]["tests"]
    return Result(
        seconds=seconds,
        drivers_seconds=sum(end["seconds"] for end in ends),
        not_passed=[
            f"{test['name']}: {test['outcome']}: {test['headline']}"
            for test in results
            if test["outcome"] != "passed"
        ],
    )


def say(text: str) -> None:
    """Write a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def report(name: str, result: Result, figure: float, bound: float) -> bool:
    """Write a result, and return whether it is within its bound and all tests passed."""
    for one in result.not_passed:
        say(f"  {one}")
    good = figure <= bound and not result.not_passed
    say(
        f"{name}: {result.seconds:.1f} s; {figure:.3f} (at most {bound}): {'yes' if good else 'NO'}"
    )
    return good


def builders(count: int) -> bool:
    """Measure short tests on two builders."""
    loopback = program("loopback-builders", "loopback-builders")
    # The suites before copy the closures. They are in the same environment, whose builders are new.
    inside = ("--inside", str(count))
    return (
        subprocess.run([loopback, sys.executable, __file__, *inside], check=False).returncode == 0
    )


def inside(count: int) -> bool:
    """Measure on the builders of the environment, which are new."""
    run_suite("sleepers 4")  # copies the closures
    result = run_suite(f"sleepers {count}")
    half = result.drivers_seconds / 2
    say(f"{count} tests: the drivers took {result.drivers_seconds:.1f} s, half is {half:.1f} s")
    return report(f"{count} tests on two builders", result, result.seconds / half, BUILDERS_BOUND)


def contention(count: int, rounds: int) -> bool:
    """Measure tests of two machines, ten and two at once."""
    run_suite("pairs 1")  # builds the machines
    good = True
    for number in range(1, rounds + 1):
        two, ten = (
            run_suite(f"pairs {count}", options=("--max-jobs", jobs, "--builders", ""))
            for jobs in ("2", "10")
        )
        good &= report(f"round {number}, 2 at once", two, 1.0, 1.0)
        good &= report(f"round {number}, 10", ten, ten.seconds / two.seconds, CONTENTION_BOUND)
    return good


def main() -> int:
    """Measure what the arguments name; the exit status is 0 if all is within the bounds."""
    match sys.argv[1:]:
        case ["builders", *rest] if len(rest) <= 1:
            return 0 if builders(*(int(one) for one in rest or ["200"])) else 1
        case ["--inside", count]:
            return 0 if inside(int(count)) else 1
        case ["contention", *rest] if len(rest) <= 2:
            tests, rounds = [*map(int, rest), *(30, 3)[len(rest) :]]
            return 0 if contention(tests, rounds) else 1
    sys.stderr.write(__doc__ or "")
    return 2


sys.exit(main())
