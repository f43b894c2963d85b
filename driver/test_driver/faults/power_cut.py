"""The power cut: what a guest has not flushed to its disks is gone.

From the start of QEMU, each disk is kept as it was then, and what the guest writes and flushes is
logged. When the power goes out, the disk becomes what it was, with all that was flushed.
"""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..backend.attachment import Attachment
from ..backend.base import Backend
from ..backend.boot import Bootable
from ..backend.qemu.disks import (
    COMMAND_SECONDS,
    AttachedDisk,
    activate,
    attached_disks,
    replace_node,
)
from ..backend.qemu.instance import QemuInstance
from ..deadline import Deadline
from ..errors import HostError
from ..process_state import process_stands_still
from .nbd_client import DiskImage
from .write_log import SECTOR, LoggedWrite, flushed, pieces, read_log

if TYPE_CHECKING:
    from ..machine.core import MachineCore

FOLDER = "power-cut"
STANDSTILL_SECONDS = 20.0
LOOK_SECONDS = 0.001
# What QEMU is given to write what it was at.
ONWARD_SECONDS = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedDisk:
    """A disk's image, what was in it when QEMU started, and the log of the writes since.

    `corruptions` has the places, as offset and length, of what was not written by the guest.
    """

    device: str
    file: Path
    driver: str
    start: Path
    log: Path
    corruptions: set[tuple[int, int]] = field(default_factory=set)


def cut_power(machine: "MachineCore", qemu: QemuInstance) -> None:
    """Stop QEMU at once, and make the disks what they were with all that was flushed."""
    machine.lines.say("power cut")
    machine.in_loop(_cut(machine, qemu))


class PowerCutLog(Attachment):
    """The disks whose writes are logged in one run of a machine."""

    def __init__(self) -> None:
        self.disks: Sequence[LoggedDisk] = ()


class LogWrites:
    """The pre-launch hook that begins to log what a guest writes, if its power is to be cut."""

    def delays_start(self, machine: Bootable) -> bool:
        """Tell whether the guest's power is to be cut."""
        return machine.configuration.power_cuts

    async def before_launch(self, machine: Bootable, backend: Backend) -> None:
        """Begin the log. Raises MachineError and HostError."""
        if machine.configuration.power_cuts and isinstance(backend, QemuInstance):
            await _log_writes(machine, backend)


async def _log_writes(machine: Bootable, qemu: QemuInstance) -> None:
    folder = machine.state_dir
    place = folder / FOLDER
    try:
        place.mkdir(exist_ok=True)
        await activate(qemu)
        qemu.attachments.get(PowerCutLog).disks = [
            await _log_disk(qemu, disk, folder, place / str(number))
            for number, disk in enumerate(await attached_disks(qemu))
        ]
    except OSError as error:
        raise HostError(f"{qemu.machine}: cannot log its writes in {place}: {error}") from error


def note_corruption(qemu: QemuInstance, device: str, offset: int, length: int) -> None:
    """Take note of a write by the driver itself, which no power cut undoes."""
    first, last = offset // SECTOR, -(-(offset + length) // SECTOR)
    for disk in qemu.attachments.get(PowerCutLog).disks:
        if disk.device == device:
            disk.corruptions.add((first * SECTOR, (last - first) * SECTOR))


async def _log_disk(qemu: QemuInstance, disk: AttachedDisk, folder: Path, stem: Path) -> LoggedDisk:
    logged = LoggedDisk(
        device=disk.device,
        file=folder / disk.file,
        driver=disk.driver,
        start=stem.with_suffix(".start"),
        log=stem.with_suffix(".log"),
    )
    await asyncio.to_thread(shutil.copyfile, logged.file, logged.start)
    logged.log.write_bytes(b"")
    node = f"rehearse-log-{stem.name}"
    log = {"driver": "file", "filename": str(logged.log), "cache": {"no-flush": True}}
    # It must see discards and flushes itself, whatever those below it do with them.
    options = {"driver": "blklogwrites", "node-name": node, "discard": "unmap"}
    await qemu.execute(
        "blockdev-add", {**options, "file": disk.node, "log": log}, Deadline.after(COMMAND_SECONDS)
    )
    await replace_node(qemu, disk, node)
    return logged


async def _cut(machine: "MachineCore", qemu: QemuInstance) -> None:
    qemu.attachments.end()
    qemu.exit_expected = True
    entries = await _freeze(qemu)
    # It is killed, because it stands still: it cannot flush anything any more.
    await machine.end()
    if entries is None:
        machine.lines.say("it has ended by itself before")
        return
    started = asyncio.get_running_loop().time()
    for disk, logged in zip(qemu.attachments.get(PowerCutLog).disks, entries, strict=True):
        kept = flushed(logged, disk.corruptions)
        lost = sum(entry.length > 0 for entry in logged) - len(kept)
        await asyncio.to_thread(_replay, machine.context.storage_daemon, disk, kept)
        machine.lines.say(f"{disk.file.name}: {len(kept)} writes kept, {lost} lost")
    seconds = asyncio.get_running_loop().time() - started
    machine.lines.debug("replayed in %.3f s", seconds)


async def _freeze(qemu: QemuInstance) -> list[list[LoggedWrite]] | None:
    """Stop the process at a moment when its logs are whole, and return what is in them.

    An entry has its place in a log before it is written, and one behind it may be written and
    flushed meanwhile. Where such an entry is missing, QEMU goes on for a moment. `None` if it has
    ended by itself.
    """
    pid = qemu.process.pid
    deadline = Deadline.after(STANDSTILL_SECONDS)
    while not deadline.expired():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
        while not process_stands_still(pid) and qemu.alive() and not deadline.expired():
            await asyncio.sleep(LOOK_SECONDS)
        if not qemu.alive():
            return None
        logs = await asyncio.to_thread(_read_logs, qemu.attachments.get(PowerCutLog).disks)
        if all(log is not None for log in logs):
            return [log for log in logs if log is not None]
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
        await asyncio.sleep(ONWARD_SECONDS)
    raise HostError(
        f"{qemu.machine}: its power cannot be cut: the logs of what its guest writes were "
        f"not whole within {STANDSTILL_SECONDS:g} s"
    )


def _read_logs(disks: Sequence[LoggedDisk]) -> list[list[LoggedWrite] | None]:
    logs = []
    for disk in disks:
        with disk.log.open("rb") as log:
            logs.append(read_log(log))
    return logs


def _replay(daemon: Path, disk: LoggedDisk, kept: Sequence[LoggedWrite]) -> None:
    """Make the disk what it was at the start with some writes, all of them or none."""
    try:
        with disk.log.open("rb") as log, DiskImage(daemon, disk.start, disk.driver) as image:
            for entry in kept:
                if entry.is_discard:
                    image.discard(entry.offset, entry.length)
                    continue
                for offset, data in pieces(log, entry):
                    image.write(offset, data)
        disk.start.replace(disk.file)
    except OSError as error:
        raise HostError(f"{disk.file} cannot be put back: {error}") from error
