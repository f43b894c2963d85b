"""Which machines of a driver boot, or will soon: what other drivers of the host hold back for.

Guests whose boots share a processor with many others fail by time limits of their own: a device
must be there within 90 s, by systemd's default. Boots one after the other are over as soon.
"""

import os
import time
from collections.abc import Callable, Collection

from .claim import Claim

# Virtual processors that boot at once on a host, in all its tests, for each processor of the host.
EMULATED_PER_CORE = 2
ACCELERATED_PER_CORE = 8
# A machine that no script starts, or whose guest is never up, must not hold others back for ever.
UNSTARTED_SECONDS = 30.0
BOOT_SECONDS = 120.0


def most_booting(*, emulated: bool) -> int:
    """Return how many virtual processors may boot at once on this host."""
    per_core = EMULATED_PER_CORE if emulated else ACCELERATED_PER_CORE
    return per_core * len(os.sched_getaffinity(0))


class Boots:
    """The machines of one driver that are to boot."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._cores: dict[str, int] = {}
        self._until: dict[str, float] = {}
        self._started: set[str] = set()

    def expect(self, claim: Claim) -> None:
        """Take note that machines have been admitted: they boot now."""
        for name, need in claim.machines.items():
            if need.boots:
                self._cores[name] = need.cores
                self._until[name] = self._clock() + UNSTARTED_SECONDS

    def cores(self, running: Collection[str], up: Collection[str]) -> int:
        """Return the processors that boot. `running` are the machines that are on.

        `up` are those of them whose guests take commands: these have booted.
        """
        now = self._clock()
        for name in list(self._cores):
            if name in running and name not in self._started:
                self._started.add(name)
                self._until[name] = now + BOOT_SECONDS
            if name in up or now >= self._until[name]:
                del self._cores[name]
        return sum(self._cores.values())
