"""Faults of a disk in one QEMU: filters between the guest's device and its image."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..backend.attachment import Attachment
from ..backend.qemu.disks import COMMAND_SECONDS, AttachedDisk, replace_node
from ..backend.qemu.instance import QemuInstance
from ..deadline import Deadline

# As blkdebug calls them.
READS = ("read",)
WRITES = ("write", "write-zeroes", "discard")
FLUSHES = ("flush",)
_numbers = itertools.count(1)
UNLIMITED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """Operations of a disk that fail."""

    kinds: Sequence[str]
    error: int
    sector: int | None
    once: bool
    # How many operations of each kind had failed before.
    failed: Mapping[str, int]

    def rules(self, failed: Mapping[str, int]) -> list[dict[str, object]]:
        """Return it as blkdebug wants it, when so many operations have failed.

        What fails once is left out when it has: a new filter does not know of it.
        """
        where = {} if self.sector is None else {"sector": self.sector}
        common = {"event": "none", "errno": self.error, "once": self.once, **where}
        kinds = [kind for kind in self.kinds if not self.once or failed[kind] == self.failed[kind]]
        return [{**common, "iotype": kind} for kind in kinds]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much of a disk's speed is left, per second."""

    size: int
    operations: int


@dataclass(slots=True, kw_only=True)
class FaultyDisk:
    """A disk and what is wrong with it."""

    disk: AttachedDisk
    failing: list[Failing] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    filter: str | None = None


class FaultyDisks(Attachment):
    """What is wrong with the disks in one run of a machine, by the paths of their devices."""

    def __init__(self) -> None:
        self.by_device: dict[str, FaultyDisk] = {}


async def apply_failures(qemu: QemuInstance, faulty: FaultyDisk) -> None:
    """Make those operations of a disk fail that are to fail now, and no others."""
    disk, old = faulty.disk, faulty.filter
    failed = await failures_of(qemu, disk)
    rules = [rule for failing in faulty.failing for rule in failing.rules(failed)]
    new = f"rehearse-faults-{next(_numbers)}" if rules else None
    if new is not None:
        options = {"driver": "blkdebug", "node-name": new, "discard": "unmap"}
        await _ask(qemu, "blockdev-add", **options, image=disk.node, **{"inject-error": rules})
    if new != old:
        await replace_node(qemu, disk, new or disk.node)
    faulty.filter = new
    if old is not None:
        await _ask(qemu, "blockdev-del", **{"node-name": old})


async def apply_limits(qemu: QemuInstance, faulty: FaultyDisk) -> None:
    """Let a disk be as slow as the strictest of its limits."""

    def least(values: Sequence[int]) -> int:
        return min((value for value in values if value), default=UNLIMITED)

    zero = dict.fromkeys(("bps_rd", "bps_wr", "iops_rd", "iops_wr"), UNLIMITED)
    await _ask(
        qemu,
        "block_set_io_throttle",
        id=faulty.disk.device,
        bps=least([limit.size for limit in faulty.limits]),
        iops=least([limit.operations for limit in faulty.limits]),
        **zero,
    )


async def failures_of(qemu: QemuInstance, disk: AttachedDisk) -> dict[str, int]:
    """Return how many operations of a disk have failed, by what blkdebug calls them."""
    every = await _ask(qemu, "query-blockstats")
    stats = next(one["stats"] for one in every if one.get("qdev") == disk.device)
    writes = stats["failed_wr_operations"] + stats["failed_unmap_operations"]
    return {
        **dict.fromkeys(READS, stats["failed_rd_operations"]),
        **dict.fromkeys(WRITES, writes),
        **dict.fromkeys(FLUSHES, stats["failed_flush_operations"]),
    }


async def _ask(qemu: QemuInstance, command: str, **arguments: object) -> Any:  # noqa: ANN401 - JSON, whose shape depends on the command
    return await qemu.execute(command, arguments, Deadline.after(COMMAND_SECONDS))
