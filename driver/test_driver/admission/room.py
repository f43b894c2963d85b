"""Whether the host has room for a claim, and if not, why."""

from dataclasses import dataclass

from .host_memory import HostMemory
from .ledger import Others

# What is left to the host: a share of its memory, within bounds.
RESERVED_SHARE = 0.05
LEAST_RESERVED_MIB, MOST_RESERVED_MIB = 128, 2048
MOST_PRESSURE = 10.0  # per cent of the time


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What was found when the host was looked at."""

    needed_mib: int
    free_mib: float
    whole_mib: float
    pressure: float
    others: Others
    boot_cores: int = 0  # processors of the machines that will boot
    most_booting: int | None = None  # processors that may boot at once on the host, if others do
    before: int = 0  # drivers that wait for longer
    over_quota: bool = False  # whether it is the quota that leaves no room

    @property
    def fits(self) -> bool:
        """Whether machines that need so much can start now."""
        calm = self.before == 0 and self._has_memory and self.pressure <= MOST_PRESSURE
        return calm and self.has_processors

    @property
    def has_processors(self) -> bool:
        """Whether so many may boot beside those of other drivers. One that is alone always may."""
        if self.most_booting is None or not (self.boot_cores and self.others.booting_cores):
            return True
        return self.boot_cores + self.others.booting_cores <= self.most_booting

    @property
    def _has_memory(self) -> bool:
        return self.needed_mib <= self.free_mib

    def describe(self) -> str:
        """Return what they wait for, and why they cannot start, for people."""
        if self._has_memory and not self.has_processors:
            return (
                f"processors: machines with {self.boot_cores} are to boot, and those of other "
                f"tests boot on {self.others.booting_cores}; on this host {self.most_booting} boot "
                "at once, because a guest that boots too slowly fails"
            )
        text = (
            f"memory: needs {self.needed_mib} MiB, {max(self.free_mib, 0):.0f} MiB of "
            f"{self.whole_mib:.0f} MiB free"
        )
        if self.others.count:
            drivers = (
                "1 other test" if self.others.count == 1 else f"{self.others.count} other tests"
            )
            verb = "claims" if self.others.count == 1 else "claim"
            text += f"; {drivers} of this host {verb} {self.others.claimed_mib} MiB"
        if self.before:
            text += f"; {self.before} that came earlier wait, too"
        elif self._has_memory:
            text += (
                f"; memory pressure is {self.pressure:.0f} % (some avg10), "
                f"and tests start at {MOST_PRESSURE:.0f} % or less"
            )
        return text


def reserved_mib(total_mib: float) -> float:
    """Return how much memory admission leaves to the host."""
    return min(max(total_mib * RESERVED_SHARE, LEAST_RESERVED_MIB), MOST_RESERVED_MIB)


def room_for(
    needed_mib: int,
    host: HostMemory,
    others: Others,
    *,
    before: int = 0,
    quota_mib: int | None = None,
    own_mib: int = 0,
    own_outstanding_mib: int = 0,
    boot_cores: int = 0,
    most_booting: int | None = None,
) -> Room:
    """Return whether there is room for so much more, with what this driver has claimed before.

    What other drivers have claimed and do not use yet is not free, though the host says so. A
    quota is for the claims of all drivers together, however much of them is in use.
    """
    promised = others.outstanding_mib + own_outstanding_mib
    free = host.available_mib - reserved_mib(host.total_mib) - promised
    whole, over_quota = host.total_mib, False
    if quota_mib is not None:
        whole, left = min(whole, quota_mib), quota_mib - others.claimed_mib - own_mib
        free, over_quota = min(free, left), needed_mib > left
    return Room(
        needed_mib=needed_mib,
        free_mib=free,
        whole_mib=whole,
        pressure=host.pressure,
        others=others,
        boot_cores=boot_cores,
        most_booting=most_booting,
        before=before,
        over_quota=over_quota,
    )
