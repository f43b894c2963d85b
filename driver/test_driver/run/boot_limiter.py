"""How many machines boot at the same time: as many as the host can bear.

Together they are up as soon as one after the other; docs/decisions/0056-boot-limiter.md has the
figures. But the more of them share a processor, the longer each takes, and guests have time limits
of their own: a unit must start within 90 seconds, by systemd's default.
"""

import asyncio
import contextlib
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..admission.boots import most_booting
from ..backend.base import Backend
from ..deadline import Deadline
from ..errors import DriverError
from ..log import say

if TYPE_CHECKING:
    from ..machine.core import MachineCore

logger = logging.getLogger(__name__)

# A guest without an agent must not keep the others from starting.
LONGEST_BOOT_SECONDS = 60.0


class BootLimiter:
    """Processors of the host, shared out to machines while they boot. It belongs to the loop."""

    def __init__(self, processors: int) -> None:
        self._all = self._free = processors
        self._freed = asyncio.Condition()
        self._booting: set[asyncio.Task[None]] = set()

    async def start(self, machine: "MachineCore") -> None:
        """Start a machine when there is room for it, and return while it boots."""
        cores = min(machine.configuration.cores, self._all)
        async with self._freed:
            await self._freed.wait_for(lambda: self._free >= cores)
            self._free -= cores
        try:
            qemu = await machine.boot(allow_reboot=False)
        except BaseException:
            await self._release(cores)
            raise
        task = asyncio.ensure_future(self._boot(qemu, cores))
        self._booting.add(task)
        task.add_done_callback(self._booting.discard)

    async def _boot(self, qemu: Backend, cores: int) -> None:
        limit = Deadline.after(LONGEST_BOOT_SECONDS)
        try:
            with contextlib.suppress(DriverError, TimeoutError):
                await qemu.liveness.run(qemu.wait_for_guest(), limit)
        finally:
            await self._release(cores)

    async def _release(self, cores: int) -> None:
        async with self._freed:
            self._free += cores
            self._freed.notify_all()


def boot_limiter(machines: Sequence["MachineCore"], *, emulated: bool) -> BootLimiter:
    """Return the limiter for starting these machines, and say so if they do not fit at once."""
    off = [machine for machine in machines if not machine.booted]
    most = most_booting(emulated=emulated)
    wanted = sum(machine.configuration.cores for machine in off)
    if wanted > most:
        say(
            f"the machines have {wanted} processors: on this host, no more than {most} of theirs "
            "boot at the same time"
        )
    memory = sum(machine.configuration.memory_mib for machine in off)
    available = available_memory_mib(Path("/proc/meminfo").read_text())
    if memory > available:
        logger.warning(
            "the machines may use %d MiB of memory and this host has %d MiB left: if they do, it "
            "will swap, or end some of them; give them less memory, or start fewer",
            memory,
            available,
        )
    return BootLimiter(most)


def available_memory_mib(meminfo: str) -> float:
    """Return what can be had without swapping, as the kernel estimates it in /proc/meminfo."""
    for line in meminfo.splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) / 1024
    return math.inf
