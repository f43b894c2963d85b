"""A disk of a machine, as scripts know it, and its faults."""

import errno as error_numbers
import random
from collections.abc import Callable, Coroutine
from typing import TypeVar

from ..backend.qemu.disks import AttachedDisk, attached_disks
from ..backend.qemu.instance import QemuInstance
from ..errors import FaultRefused, HostError
from ..faults.active_fault import ActiveFault, heal
from ..faults.disk_faults import (
    FLUSHES,
    READS,
    WRITES,
    Failing,
    FaultyDisk,
    FaultyDisks,
    Limit,
    apply_failures,
    apply_limits,
    failures_of,
)
from ..faults.logged_disks import note_corruption
from ..faults.machine_faults import MachineFault, in_range, running
from ..faults.nbd_client import DiskImage
from ..faults.write_log import SECTOR
from ..public_names import public
from .monitor import run_monitor_command
from .qemu_core import QemuCore

T = TypeVar("T")

LARGEST = 2**62
# Beyond that, it is no fault but a new disk.
LONGEST_CORRUPTION = 64 * 2**20


class Disk:
    """A disk of a machine, and what can befall it."""

    def __init__(self, machine: QemuCore, attached: AttachedDisk) -> None:
        self.name = attached.name
        self._machine = machine
        self._attached = attached

    def __repr__(self) -> str:
        return f"<disk {self.name} of {self._machine.name}>"

    @public
    def fail(
        self,
        reads: bool = True,
        writes: bool = True,
        flushes: bool = False,
        errno: str = "EIO",
        sector: int | None = None,
        once: bool = False,
    ) -> ActiveFault:
        """Let operations of the disk fail from now on. As a context manager, the result undoes it.

        `sector` (of 512 bytes) limits it to those that touch one, `once` to the first of each kind.
        A write that fails changes nothing. A flush fails only when there is something to flush.
        virtio disks tell the guest of every `errno` as of EIO.

        Raises FaultRefused if the machine is off, and for an errno that is none, or ENOSPC, at
        which QEMU would stop the machine.

        >>> with machine.disk(1).fail(writes=False):
        ...     machine.fail("dd if=/dev/vdb of=/dev/null bs=4096 count=1 iflag=direct")
        """
        qemu = running(self._machine, "a disk that fails")
        kinds = READS * reads + WRITES * writes + FLUSHES * flushes
        if not kinds:
            raise self._refused("fail() needs something that fails: reads, writes or flushes")
        if sector is not None:
            in_range(self._machine, "sector", sector, 0, self._attached.size // SECTOR - 1)
        failing = Failing(
            kinds=kinds,
            error=self._error_number(errno),
            sector=sector,
            once=once,
            failed=self._machine.in_loop(failures_of(qemu, self._attached)),
        )
        faulty = self._faulty(qemu)
        what = f"errors ({', '.join(kinds)}: {errno})"
        return self._last(qemu, faulty, faulty.failing, failing, apply_failures, what)

    @public
    def throttle(
        self, bytes_per_second: int | None = None, operations_per_second: int | None = None
    ) -> ActiveFault:
        """Let the disk be slow from now on. As a context manager, the result undoes it.

        Of several limits the strictest holds. Raises FaultRefused if the machine is off, or for a
        limit below 1.

        >>> with machine.disk(0).throttle(bytes_per_second=100_000):
        ...     machine.succeed("sync")
        """
        qemu = running(self._machine, "a slow disk")
        limits = {
            "bytes_per_second": bytes_per_second,
            "operations_per_second": operations_per_second,
        }
        given = {name: value for name, value in limits.items() if value is not None}
        if not given:
            raise self._refused("throttle() needs bytes_per_second or operations_per_second")
        for name, value in given.items():
            in_range(self._machine, name, value, 1, LARGEST)
        limit = Limit(size=int(bytes_per_second or 0), operations=int(operations_per_second or 0))
        faulty = self._faulty(qemu)
        what = ", ".join(f"{name}={value}" for name, value in given.items())
        return self._last(qemu, faulty, faulty.limits, limit, apply_limits, what)

    @public
    def corrupt(self, offset: int, length: int, seed: int = 0) -> None:
        """Put other bytes in a place of the disk, random ones that the seed decides. For good.

        The machine may be off, if its disk was asked for while it was on. A guest that runs may
        have what was there in its own cache, and put it back. Raises FaultRefused if the place is
        not on the disk, is longer than 64 MiB, or if operations of the disk fail just now.

        >>> machine.disk(1).corrupt(offset=0, length=4096, seed=7)
        """
        machine, size = self._machine, self._attached.size
        in_range(machine, "offset", offset, 0, size - 1)
        in_range(machine, "length", length, 1, min(size - offset, LONGEST_CORRUPTION))
        data = random.Random(seed).randbytes(length)
        machine.lines.say(
            f"fault: {length} bytes of the disk {self.name} at offset {offset} are corrupt now"
        )
        machine.corrupted = True
        if (qemu := machine.qemu) is not None and qemu.alive():
            self._corrupt_running(qemu, offset, data)
            return
        file = machine.state_dir / self._attached.file
        with DiskImage(machine.context.storage_daemon, file, self._attached.driver) as image:
            image.write(offset, data)

    @public
    def heal(self) -> None:
        """Undo all that fails on the disk or slows it down. What is corrupt stays so.

        >>> machine.disk(0).heal()
        """
        heal(self._machine.faults.of(repr(self)))

    def _last(
        self,
        qemu: QemuInstance,
        faulty: FaultyDisk,
        kind: list[T],
        one: T,
        apply: Callable[[QemuInstance, FaultyDisk], Coroutine[None, None, None]],
        what: str,
    ) -> ActiveFault:
        """Put a fault into force beside those of its kind that are."""
        in_loop = self._machine.in_loop

        def undo() -> None:
            kind.remove(one)
            in_loop(apply(qemu, faulty))

        kind.append(one)
        try:
            in_loop(apply(qemu, faulty))
        except BaseException:
            kind.remove(one)
            raise
        return MachineFault(
            self._machine, qemu, f"disk {self.name}: {what}", undo, subject=repr(self)
        )

    def _faulty(self, qemu: QemuInstance) -> FaultyDisk:
        """Return what is wrong with the disk in a QEMU."""
        device = self._attached.device
        faulty = qemu.attachments.get(FaultyDisks).by_device
        if device not in faulty:
            now = self._machine.in_loop(attached_disks(qemu))
            attached = next(disk for disk in now if disk.device == device)
            faulty[device] = FaultyDisk(disk=attached)
        return faulty[device]

    def _error_number(self, name: str) -> int:
        """Return the number of an error that a disk can have."""
        if name == "ENOSPC":
            raise self._refused("errno cannot be ENOSPC, because QEMU stops a machine then")
        number = getattr(error_numbers, name, None) if name.startswith("E") else None
        if number is None:
            raise self._refused(f"errno is the name of an error, such as EIO, and not {name!r}")
        return int(number)

    def _refused(self, reason: str) -> FaultRefused:
        return FaultRefused(self._machine.name, f"disk {self.name}: {reason}")

    def _corrupt_running(self, qemu: QemuInstance, offset: int, data: bytes) -> None:
        """Write past the guest, by the way that its own writes take."""
        machine, device = self._machine, self._attached.device
        if self._faulty(qemu).failing:
            raise self._refused(
                "corrupt() takes the way on which operations fail now; heal() it first"
            )
        # By its name in QEMU's folder: the way to that may have blanks.
        file = machine.state_dir / "corruption"
        try:
            file.write_bytes(data)
            write = f"write -q -s {file.name} {offset} {len(data)}"
            run_monitor_command(machine, f'qemu-io -d {device} "{write}"')
        except OSError as error:
            raise HostError(f"{machine.name}: cannot write {file}: {error}") from error
        finally:
            file.unlink(missing_ok=True)
        note_corruption(qemu, device, offset, len(data))
