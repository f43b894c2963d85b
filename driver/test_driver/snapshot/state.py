"""A booted machine, kept in a folder: its memory, its devices' state, its disks.

The folder has `machine.json` (what it takes to go on from there), `devices` (QEMU's migration
stream without the memory), `memory` (the guest's memory as it is, with holes where it is zero),
`disks/` and `overlays/`: for each disk an empty one over it, which a machine copies and writes to.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import HostError

FORMAT = 3
METADATA = "machine.json"
DEVICES = "devices"
MEMORY = "memory"
DISKS = "disks"
OVERLAYS = "overlays"
# Without its pages: they are in a file that a new QEMU maps, copied when they are written to.
CAPABILITIES = ("x-ignore-shared",)
PAGE = 4096
PIECE = 256 * PAGE
# The name that the memory has when nobody names it, so that either machine loads the other's state.
BACKEND = "pc.ram"


class Snapshot(BaseModel):
    """What a folder was made with, and what must be there to go on from it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: int
    qemu: str
    machine_type: str
    processor: str
    accelerator: str
    memory_bytes: int
    devices_sha256: str
    disks: dict[str, int]
    # The shells for commands (guest/shell_channel.py) that it was saved with, by their ports.
    shells: dict[str, int]

    def difference(self, found: Mapping[str, str]) -> str:
        """Return in what a QEMU differs from the one that saved the machine; nothing if not."""
        for field, tokens in (
            ("accelerator", "accelerator"),
            ("qemu", "QEMU"),
            ("machine_type", "machine type"),
            ("processor", "processor"),
        ):
            if field in found and found[field] != (ours := getattr(self, field)):
                return f"it was saved with the {tokens} {ours}, and this is {found[field]}"
        return ""


class StateUnusable(Exception):
    """A snapshot that a machine cannot go on from."""


def read_snapshot(folder: Path) -> Snapshot:
    """Return what is in a folder, when its parts are whole. Raises StateUnusable."""
    path = folder / METADATA
    try:
        text = path.read_text()
        document = json.loads(text)
    except (OSError, ValueError) as error:
        raise StateUnusable(f"{path} cannot be read ({error})") from error
    version = document.get("format") if isinstance(document, dict) else None
    if version != FORMAT:
        raise StateUnusable(f"{path} has the format {version}, and this driver knows {FORMAT}")
    try:
        saved = Snapshot.model_validate(document)
        _check_parts(folder, saved)
    except ValidationError as error:
        raise StateUnusable(f"{path} is no description of a snapshot") from error
    except OSError as error:
        raise StateUnusable(f"a part of it cannot be read ({error})") from error
    return saved


def _check_parts(folder: Path, saved: Snapshot) -> None:
    sizes = {MEMORY: saved.memory_bytes}
    sizes |= {f"{DISKS}/{name}": size for name, size in saved.disks.items()}
    for name, size in sizes.items():
        if (found := (folder / name).stat().st_size) != size:
            raise StateUnusable(f"{folder / name} has {found} bytes instead of {size}")
    if _checksum(folder / DEVICES) != saved.devices_sha256:
        raise StateUnusable(f"{folder / DEVICES} is not what was saved: its checksum differs")


def write_snapshot(
    folder: Path,
    facts: Mapping[str, str],
    shells: dict[str, int],
    memory: Path,
    machine_folder: Path,
) -> Snapshot:
    """Complete a folder that has the devices' state. Raises HostError.

    The memory is copied without its zero pages, and the disks of the machine's folder are moved.
    The overlays are made by whoever knows where the folder will lie.
    """
    try:
        (folder / DISKS).mkdir()
        disks = {}
        for disk in sorted(machine_folder.glob("*.qcow2")):
            disks[disk.name] = disk.stat().st_size
            _copy_without_zeros(disk, folder / DISKS / disk.name)
        _copy_without_zeros(memory, folder / MEMORY)
        saved = Snapshot(
            format=FORMAT,
            memory_bytes=memory.stat().st_size,
            devices_sha256=_checksum(folder / DEVICES),
            disks=disks,
            shells=shells,
            **facts,
        )
        (folder / METADATA).write_text(saved.model_dump_json(indent=2) + "\n")
    except OSError as error:
        raise HostError(f"cannot keep the machine in {folder}: {error}") from error
    return saved


def copy_overlays(folder: Path, saved: Snapshot, machine_folder: Path) -> None:
    """Give a machine disks over the saved ones. Raises StateUnusable, and leaves none then."""
    try:
        for name in saved.disks:
            (machine_folder / name).write_bytes((folder / OVERLAYS / name).read_bytes())
    except OSError as error:
        remove_disks(machine_folder)
        raise StateUnusable(f"its disks cannot be used ({error})") from error


def remove_disks(machine_folder: Path) -> None:
    """Remove the disks of a machine that is to begin anew."""
    for disk in machine_folder.glob("*.qcow2"):
        disk.unlink()


def memory_arguments(path: Path, size: int, *, shared: bool, offset: int = 0) -> list[str]:
    """Return the arguments that give a QEMU its memory in a file, from an offset in bytes.

    Shared, the file is made and written to. Otherwise it is only read: pages are the machine's own
    as soon as they are written to, and machines from one file share the rest.
    """
    access = "share=on" if shared else "share=off,readonly=on,rom=off"
    if offset:
        access += f",offset={offset}"
    place = str(path).replace(",", ",,")
    return [
        "-object",
        f"memory-backend-file,id={BACKEND},size={size},mem-path={place},{access}",
        "-machine",
        f"memory-backend={BACKEND}",
    ]


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy_without_zeros(source: Path, target: Path) -> None:
    with source.open("rb") as read, target.open("wb") as written:
        for offset, data in _pieces(read):
            for start in range(0, len(data), PAGE):
                page = data[start : start + PAGE]
                if page.count(0) != len(page):
                    written.seek(offset + start)
                    written.write(page)
        written.truncate(source.stat().st_size)


def _pieces(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Read what is no hole, and is not all zero."""
    end = os.fstat(file.fileno()).st_size
    offset = 0
    while offset < end:
        try:
            offset = os.lseek(file.fileno(), offset, os.SEEK_DATA) // PAGE * PAGE
        except OSError:  # ENXIO: only a hole is left
            return
        file.seek(offset)
        data = file.read(PIECE)
        if any(data):
            yield offset, data
        offset += len(data)
