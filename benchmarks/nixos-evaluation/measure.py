"""What evaluating a test costs, under nixpkgs' own framework and under this one, in turn.

NIXPKGS_TREE=/path/to/nixpkgs python3 benchmarks/nixos-evaluation/measure.py [ROUNDS]

Prints the least processor time of all rounds, with the memory, the values and the function calls of
that round, and the ratio of ours to theirs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

TEST = Path(__file__).with_name("test.nix")
MACHINES = (1, 2, 8)


def cost(tree: str, machines: int, *, ours: bool) -> tuple[float, ...]:
    """Return seconds of processor time, MB of memory, millions of values and of function calls."""
    with tempfile.NamedTemporaryFile() as statistics:
        environment = {
            **os.environ,
            "NIX_SHOW_STATS": "1",
            "NIX_SHOW_STATS_PATH": statistics.name,
        }
        command = ["nix-instantiate", "--eval", "--read-write-mode", str(TEST)]
        command += ["--arg", "tree", tree, "--arg", "machines", str(machines)]
        command += ["--arg", "ours", "true" if ours else "false"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
        found = json.loads(Path(statistics.name).read_text())
    counts = found["gc"]["totalBytes"], found["values"]["number"], found["nrFunctionCalls"]
    return found["cpuTime"], *(count / 1e6 for count in counts)


def main() -> None:
    """Measure, and print a table."""
    tree = os.environ["NIXPKGS_TREE"]
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    sys.stdout.write("machines            seconds       MB  M values   M calls\n")
    for machines in MACHINES:
        taken: dict[bool, list[tuple[float, ...]]] = {False: [], True: []}
        for _ in range(rounds):
            for ours in (False, True):
                taken[ours].append(cost(tree, machines, ours=ours))
        theirs, ours_ = min(taken[False]), min(taken[True])
        for name, row in (("nixpkgs", theirs), ("rehearse", ours_)):
            seconds, memory, values, calls = row
            sys.stdout.write(
                f"{machines:8} {name:9} {seconds:8.2f} {memory:8.0f} {values:9.2f} {calls:9.2f}\n"
            )
        ratio = [mine / other for mine, other in zip(ours_, theirs, strict=True)]
        sys.stdout.write(
            f"{machines:8} ratio     {ratio[0]:8.3f} {ratio[1]:8.3f} {ratio[2]:9.3f} {ratio[3]:9.3f}\n"
        )


if __name__ == "__main__":
    main()
