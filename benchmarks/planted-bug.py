"""Look for the planted bug with ten seeds, and see whether each of them shows it in three steps.

A test script for the machines of a check; SEEDS can be fewer or others:

    nix build .#checks.x86_64-linux.debian-stateful-planted.driver
    SEEDS="0 1 2" result/bin/nixos-test-driver --test-script benchmarks/planted-bug.py --output_directory /tmp/bench
"""

import re
import time
from pathlib import Path

from test_driver.stateful import PropertyFailed

tutorial = Path(__file__).parent.parent / "templates" / "tutorial-random-network"
exec((tutorial / "network.py").read_text())

# A failure leaves the machines as they are then.
checkpoint_all("all off")
Network.start = "all off"
missed = []
for number in os.environ.get("SEEDS", "0 1 2 3 4 5 6 7 8 9").split():
    began = time.monotonic()
    try:
        Network.run(max_examples=200, steps=10, seed=int(number))
        missed.append(number)
    except PropertyFailed as failure:
        example = re.search(r"example (\d+)", str(failure))[1]
        log.log(
            f"FIGURE seed {number}: example {example}, {len(failure.steps)} steps, "
            f"{time.monotonic() - began:.0f} s: {'; '.join(failure.steps)}"
        )
        if len(failure.steps) > 3:
            missed.append(number)
assert not missed, f"not found, or not in three steps, with the seeds {', '.join(missed)}"
