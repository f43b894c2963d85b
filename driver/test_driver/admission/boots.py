"""Which machines of a driver boot, or will soon: what other drivers of the host hold back for.

Guests whose boots share a processor with many others fail by time limits of their own: a device
must be there within 90 s, by systemd's default. Boots one after the other are over as soon.
"""

import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from .claim import Claim

# Virtual processors that boot at once, in one test and in all tests of a host, for each of its
# processors.
EMULATED_PER_CORE = 2
ACCELERATED_PER_CORE = 8
# A machine that no script starts, or whose guest is never up, must not hold others back for ever.
UNSTARTED_SECONDS = 30.0
BOOT_SECONDS = 120.0


def most_booting(*, emulated: bool) -> int:
    """Return how many virtual processors may boot at once on this host."""
    per_core = EMULATED_PER_CORE if emulated else ACCELERATED_PER_CORE
    return per_core * len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Boot:
    """A machine that is to boot, or boots, and when it counts as booted at the latest."""

    cores: int
    until: float
    has_started: bool = False


class Boots:
    """The machines of one driver that are to boot.

    One thread may expect boots while another counts them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._boots: dict[str, _Boot] = {}

    def expect(self, claim: Claim) -> None:
        """Take note that machines have been admitted: they boot now."""
        for name, need in claim.machines.items():
            if need.boots:
                until = self._clock() + UNSTARTED_SECONDS
                self._boots[name] = _Boot(cores=need.cores, until=until)

    def cores(self, running: Collection[str], up: Collection[str]) -> int:
        """Return the processors that boot. `running` are the machines that are on.

        `up` are those of them whose guests take commands: these have booted.
        """
        now = self._clock()
        for name, boot in list(self._boots.items()):
            if name in up or now >= boot.until:
                self._boots.pop(name, None)
            elif name in running and not boot.has_started:
                until = now + BOOT_SECONDS
                self._boots[name] = _Boot(cores=boot.cores, until=until, has_started=True)
        return sum(boot.cores for boot in list(self._boots.values()))
