"""Run a hundred random networks of up to ten steps, and see that nothing grows meanwhile.

A test script for the machines of a check:

    nix build .#checks.x86_64-linux.seed-random-network.driver
    result/bin/nixos-test-driver --test-script benchmarks/random-networks.py --output_directory /tmp/bench

Resident memory counts from the end of the first twenty examples: until then Python fills its pools.
"""

import time
from pathlib import Path

tutorial = Path(__file__).parent.parent / "templates" / "tutorial-random-network"
exec((tutorial / "network.py").read_text())


def resident() -> int:
    """Return the memory that the driver has, in KiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


def on_disk() -> int:
    """Return what the machines' folders take on the disk, in KiB."""
    folder = machines[0].state_dir.parent
    return sum(file.stat().st_blocks for file in folder.rglob("*") if file.is_file()) // 2


class Counted(Network):
    """Notes how much there is at the beginning of each example."""

    figures = []

    def __init__(self) -> None:
        super().__init__()
        self.figures.append((resident(), on_disk(), len(list(Path("/proc/self/fd").iterdir()))))


began = time.monotonic()
Counted.run(max_examples=100, steps=10, seed=int(os.environ.get("SEED", "0")))
seconds = time.monotonic() - began
first, last = Counted.figures[20], Counted.figures[-1]
log.log(
    f"FIGURE {len(Counted.figures)} examples in {seconds:.0f} s; memory of the driver "
    f"{last[0] - first[0]:+d} KiB, disk {last[1] - first[1]:+d} KiB, files {last[2] - first[2]:+d}"
)
assert last[0] - first[0] < 8 * 1024, "the driver grows"
assert last[1] - first[1] < 1024, "the machines' folders grow"
assert last[2] - first[2] < 5, "files stay open"
