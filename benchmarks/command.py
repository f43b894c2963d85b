"""Measure what `rehearse test` adds to a bare `nix build`, and how long it takes if nothing is new.

    python3 benchmarks/command.py [--tests N] [--seconds S] [--jobs J] [--rounds R]

The tests are derivations that sleep and leave a report as a test does. No machine runs, so that
only the command and Nix are measured. `nix` and `rehearse` are on PATH, or `--rehearse` names the
program. Nothing else should run on the computer.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
FLAKE = CHECKOUT / "benchmarks" / "command-suite"
CHECKS = ".#checks.x86_64-linux"


def make_flake(folder: Path) -> None:
    """Copy the flake, and what its derivations are made with."""
    shutil.copytree(FLAKE, folder, dirs_exist_ok=True)
    shutil.copytree(CHECKOUT / "lib", folder / "lib")
    run(["git", "init", "-q", "."], folder)


def renew(folder: Path, options: argparse.Namespace) -> None:
    """Make all tests new."""
    values = {"seconds": options.seconds, "tests": options.tests, "salt": str(time.time_ns())}
    (folder / "values.json").write_text(json.dumps(values))
    run(["git", "add", "."], folder)


def run(command: Sequence[str], folder: Path) -> float:
    """Run a program, and return its seconds. Raises SystemExit if it fails."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / ".git" / "cache")}
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = f"{done.stdout}{done.stderr}"
        sys.exit(f"{' '.join(command)[:200]} failed ({done.returncode}):\n{said}")
    return time.monotonic() - began


def main() -> None:
    """Measure in turn, and print each round and the medians."""
    parser = argparse.ArgumentParser(description="Measure `rehearse test`.")
    parser.add_argument("--tests", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rehearse", default="rehearse")
    options = parser.parse_args()
    jobs = ["--max-jobs", str(options.jobs)]
    names = [f"{CHECKS}.t{number}.report" for number in range(options.tests)]
    commands = {
        "nix build": ["nix", "build", "--no-link", "--keep-going", *jobs, *names],
        "rehearse test": [options.rehearse, "test", CHECKS, *jobs],
        "nothing new": [options.rehearse, "test", CHECKS, *jobs],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_flake(folder)
        for number in range(options.rounds):
            for what, command in commands.items():
                if what != "nothing new":
                    renew(folder, options)
                seconds[what].append(run(command, folder))
                sys.stdout.write(f"round {number + 1}: {what} {seconds[what][-1]:.2f} s\n")
                sys.stdout.flush()
    middle = {what: statistics.median(found) for what, found in seconds.items()}
    least = options.tests * options.seconds / options.jobs
    ratio = middle["rehearse test"] / middle["nix build"]
    sys.stdout.write(f"{options.tests} tests of {options.seconds} s, {options.jobs} at once: ")
    sys.stdout.write(f"at least {least:.1f} s\n")
    for what, value in middle.items():
        sys.stdout.write(f"{what:14} {value:7.2f} s\n")
    sys.stdout.write(f"rehearse test / nix build: {ratio:.3f}\n")


main()
