"""Checkpoints of one machine: its memory, devices and disks, in a folder of its own."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..backend.qemu.disks import image_of
from ..configuration import MachineConfiguration
from .mapped_memory import MappedMemory
from .state import memory_arguments

# Pages have their places in the file, zero ones are holes, and several threads write and read.
CAPABILITIES = ("mapped-ram", "multifd")
STATE = "state"


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
