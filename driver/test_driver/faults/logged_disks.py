"""The disks of a machine whose guest's writes are logged, so that they can be taken back.

From the start of QEMU, each disk is kept as it was then, and what the guest writes and flushes is
logged.
"""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

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
from .write_log import SECTOR

FOLDER = "write-log"


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


class LoggedDisks(Attachment):
    """The disks whose writes are logged in one run of a machine."""

    def __init__(self) -> None:
        self.disks: Sequence[LoggedDisk] = ()


class LogWrites:
    """The pre-launch hook that begins to log what a guest writes, if it is to be logged."""

    def delays_start(self, machine: Bootable) -> bool:
        """Tell whether the guest's writes are to be logged."""
        return machine.configuration.logs_writes

    async def before_launch(self, machine: Bootable, backend: Backend) -> None:
        """Begin the log. Raises MachineError and HostError."""
        if machine.configuration.logs_writes and isinstance(backend, QemuInstance):
            await _log_writes(machine, backend)


async def _log_writes(machine: Bootable, qemu: QemuInstance) -> None:
    folder = machine.state_dir
    place = folder / FOLDER
    try:
        place.mkdir(exist_ok=True)
        await activate(qemu)
        qemu.attachments.get(LoggedDisks).disks = [
            await _log_disk(qemu, disk, folder, place / str(number))
            for number, disk in enumerate(await attached_disks(qemu))
        ]
    except OSError as error:
        raise HostError(f"{qemu.machine}: cannot log its writes in {place}: {error}") from error


def note_corruption(qemu: QemuInstance, device: str, offset: int, length: int) -> None:
    """Take note of a write by the driver itself, which stays whatever is taken back."""
    first, last = offset // SECTOR, -(-(offset + length) // SECTOR)
    for disk in qemu.attachments.get(LoggedDisks).disks:
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
