"""What evaluating a test costs, under nixpkgs' own framework and under this one, in turn.

NIXPKGS_TREE=/path/to/nixpkgs python3 benchmarks/nixos-evaluation/measure.py [--rounds N] [KIND...]

KIND is a test of `test.nix`; without one, all are measured. Printed are the least processor time of
all rounds, with the memory, the values and the function calls of that round, and the ratios of ours
to theirs. The exit status is 1 if a ratio of processor time, memory or values is above 1.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import astuple, dataclass
from pathlib import Path

TEST = Path(__file__).with_name("test.nix")
KINDS = ("one-node", "three-nodes", "containers", "large")


@dataclass(frozen=True, order=True)
class Cost:
    """What one evaluation has taken, the most important figure first."""

    seconds: float  # of processor time
    resident_mb: float  # at most
    allocated_mb: float
    million_values: float
    million_calls: float

    def line(self, kind: str, framework: str) -> str:
        """Return the figures under the heading of the table."""
        figures = "".join(f"{figure:10.3f}" for figure in astuple(self))
        return f"{kind:12} {framework:9}{figures}\n"

    def over(self, other: Cost) -> Cost:
        """Return the ratio of each figure to another one's."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Cost(*(mine / its for mine, its in pairs))


def cost(tree: str, kind: str, *, ours: bool) -> Cost:
    """Evaluate a test once."""
    with tempfile.NamedTemporaryFile() as statistics:
        environment = {
            **os.environ,
            "NIX_SHOW_STATS": "1",
            "NIX_SHOW_STATS_PATH": statistics.name,
        }
        command = ["nix-instantiate", "--eval", "--read-write-mode", str(TEST)]
        command += ["--arg", "tree", tree, "--argstr", "kind", kind]
        command += ["--arg", "ours", "true" if ours else "false"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{' '.join(command)} failed: exit status {process.returncode}")
        found = json.loads(Path(statistics.name).read_text())
    return Cost(
        seconds=found["cpuTime"],
        resident_mb=usage.ru_maxrss / 1e3,
        allocated_mb=found["gc"]["totalBytes"] / 1e6,
        million_values=found["values"]["number"] / 1e6,
        million_calls=found["nrFunctionCalls"] / 1e6,
    )


def main() -> int:
    """Measure, print a table, and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--rounds", type=int, default=5, help="evaluations by each framework")
    options = parser.parse_args()
    tree = os.environ["NIXPKGS_TREE"]
    sys.stdout.write("test         framework   seconds  MB resid  MB alloc  M values   M calls\n")
    above = False
    for kind in options.kinds or KINDS:
        taken: dict[bool, list[Cost]] = {False: [], True: []}
        for number in range(options.rounds):
            # Whoever is first in one round is second in the next.
            for ours in (number % 2 == 1, number % 2 == 0):
                taken[ours].append(cost(tree, kind, ours=ours))
        theirs, mine = min(taken[False]), min(taken[True])
        ratio = mine.over(theirs)
        above |= max(ratio.seconds, ratio.resident_mb, ratio.million_values) > 1
        sys.stdout.write(theirs.line(kind, "nixpkgs") + mine.line(kind, "rehearse"))
        sys.stdout.write(ratio.line(kind, "ratio"))
        sys.stdout.flush()
    return 1 if above else 0


if __name__ == "__main__":
    sys.exit(main())
