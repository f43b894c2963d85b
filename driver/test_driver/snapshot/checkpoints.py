"""Checkpoints of one machine: its memory, devices and disks in a folder, and its start there."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..backend.boot import PreLaunchHook, run_hooks
from ..backend.qemu.bootable import QemuBootable
from ..backend.qemu.disks import image_of
from ..backend.qemu.instance import QemuInstance
from ..configuration import Identity, MachineConfiguration
from ..errors import CheckpointError
from .identity import take_identity
from .mapped_memory import MappedMemory
from .migration import load
from .state import StateUnusable, memory_arguments

# Pages have their places in the file, zero ones are holes, and several threads write and read.
CAPABILITIES = ("mapped-ram", "multifd")
STATE = "state"
SET_CLOCK = 'date -s "@$1"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A machine as it was.

    `disks` has the place of each disk and its copy, and `shells` those for commands
    (guest/shell_channel.py), by the names of their ports. `configuration` is that of the variant it
    was then, and `memory` is the part of the state that a new QEMU maps, if it can.
    """

    folder: Path
    configuration: MachineConfiguration
    running: bool
    disks: Mapping[Path, Path]
    shells: Mapping[str, int]
    memory: MappedMemory | None
    corrupted: bool  # whether the script had corrupted a disk
    root_console: bool  # whether it had that (qemu/root_console.py)

    @property
    def state(self) -> Path:
        """The file with memory and devices of a machine that was running."""
        return self.folder / STATE

    def qemu_arguments(self) -> list[str]:
        """Return what QEMU needs to wait for the state."""
        memory: list[str] = []
        if (mapped := self.memory) is not None:
            place, size, offset = mapped.file, mapped.size, mapped.offset
            memory = memory_arguments(place, size, shared=False, offset=offset)
        return ["-incoming", "defer", *memory]

    def restore_disks(self, machine_folder: Path) -> None:
        """Put the disks back as they were. A disk that was not there then is removed."""
        for disk in disks_in(machine_folder):
            if disk not in self.disks:
                disk.unlink()
        for disk, copy in self.disks.items():
            shutil.copyfile(copy, disk)

    def discard(self) -> None:
        """Remove what was kept."""
        shutil.rmtree(self.folder, ignore_errors=True)


class RestoredBoot:
    """Starts QEMU with the state of a checkpoint. The guest stands still then."""

    title = ""
    begins_boot = False
    loads_snapshot = False

    def __init__(self, machine: QemuBootable, kept: Checkpoint) -> None:
        self._machine = machine
        self._kept = kept

    async def prepare(self) -> QemuInstance:
        """Return a QEMU that waits for the state."""
        before = self._machine.qemu
        return await self._machine.new_instance(
            allow_reboot=before is not None and before.allow_reboot,
            root_console=self._kept.root_console,
            extra=self._kept.qemu_arguments(),
        )

    async def begin(self, backend: QemuInstance, hooks: Sequence[PreLaunchHook]) -> None:
        """Start QEMU and load the state. Raises CheckpointError if that cannot be."""
        machine, kept = self._machine, self._kept
        try:
            await backend.start()
            await backend.commands.reach_guest(kept.shells)
            await load(backend, kept.state, CAPABILITIES)
            await run_hooks(machine, backend, hooks, resume=False)
        except (OSError, StateUnusable) as error:
            await backend.quit()
            raise CheckpointError(machine.name, f"it cannot be restored: {error}") from error
        except BaseException:
            await backend.quit()
            raise
        take_identity(backend, SET_CLOCK, kept.shells, Identity())


def copy_disks(disks: Iterable[Path], folder: Path) -> dict[Path, Path]:
    """Copy disks into a folder. Raises OSError."""
    copies = {disk: folder / f"disk{number}" for number, disk in enumerate(disks)}
    for disk, copy in copies.items():
        shutil.copyfile(disk, copy)
    return copies


def disks_in(machine_folder: Path) -> list[Path]:
    """Return the disks that lie in the folder of a machine that is off."""
    return sorted(
        file for file in machine_folder.glob("*") if file.suffix in (".qcow2", ".fd", ".raw")
    )


def disks_of(blocks: Sequence[Mapping[str, Any]], machine_folder: Path) -> list[Path]:
    """Return the files that a running machine writes its disks to, from `query-block`."""
    inserted = [block["inserted"] for block in blocks if block.get("inserted")]
    files = [machine_folder / image_of(disk)[0] for disk in inserted if not disk["ro"]]
    return sorted({file for file in files if file.is_file()})
