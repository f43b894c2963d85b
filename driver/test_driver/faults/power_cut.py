"""The power cut: what a guest has not flushed to its disks is gone.

When the power goes out, each disk becomes what it was when QEMU started, with all that was flushed
since then (logged_disks.py).
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..backend.qemu.instance import QemuInstance
from ..deadline import Deadline
from ..errors import HostError
from ..poll import Pauses, poll_until
from ..process_state import process_stands_still
from .logged_disks import LoggedDisk, LoggedDisks
from .nbd_client import DiskImage
from .write_log import LoggedWrite, flushed, pieces, read_log

if TYPE_CHECKING:
    from ..machine.core import MachineCore

STANDSTILL_SECONDS = 20.0
PAUSES = Pauses(0.001, 0.001)  # QEMU must stand still no longer than it takes
# What QEMU is given to write what it was at.
ONWARD_SECONDS = 0.005


def cut_power(machine: "MachineCore", qemu: QemuInstance) -> None:
    """Stop QEMU at once, and make the disks what they were with all that was flushed."""
    machine.lines.say("power cut")
    machine.in_loop(_cut(machine, qemu))


async def _cut(machine: "MachineCore", qemu: QemuInstance) -> None:
    qemu.attachments.end()
    qemu.exit_expected = True
    entries = await _freeze(qemu)
    # It is killed, because it stands still: it cannot flush anything any more.
    await machine.end()
    if entries is None:
        machine.lines.say("QEMU exited before its power was cut")
        return
    started = asyncio.get_running_loop().time()
    for disk, logged in zip(qemu.attachments.get(LoggedDisks).disks, entries, strict=True):
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
        await poll_until(lambda: process_stands_still(pid) or not qemu.alive(), PAUSES, deadline)
        if not qemu.alive():
            return None
        logs = await asyncio.to_thread(_read_logs, qemu.attachments.get(LoggedDisks).disks)
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
