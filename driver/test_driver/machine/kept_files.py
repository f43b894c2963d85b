"""The files of containers, kept to return to."""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..backend.base import Backend
from ..backend.nspawn.file_copies import copy_files, replace_files
from ..faults.machine_faults import PAUSE
from .core import MachineCore


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFiles:
    """The files of a container as they were. `running` says whether it was on."""

    folder: Path
    running: bool


async def keep_files(machine: MachineCore, folder: Path) -> KeptFiles:
    """Copy the files of a container, which stands still meanwhile. Raises OSError and HostError."""
    run = machine.backend
    if run is None or not run.alive():
        await asyncio.to_thread(_copy, machine.state_dir, folder, _below(machine))
        return KeptFiles(folder=folder, running=False)
    await _copy_still(machine, run, folder)
    return KeptFiles(folder=folder, running=True)


async def put_files_back(machine: MachineCore, kept: KeptFiles) -> None:
    """End a container, and start it with files as they were, if it was on. Raises OSError."""
    run = machine.backend
    if run is not None:
        await run.quit()
    await asyncio.to_thread(replace_files, kept.folder, machine.state_dir, _below(machine))
    if kept.running:
        await machine.boot(allow_reboot=run is not None and run.allow_reboot)
        await machine.ensure_connected()


async def _copy_still(machine: MachineCore, run: Backend, folder: Path) -> None:
    paused = bool(machine.faults.of(PAUSE))
    if not paused:
        await run.stand_still(True)
    try:
        await asyncio.to_thread(_copy, machine.state_dir, folder, _below(machine))
    finally:
        if not paused and run.alive():
            await run.stand_still(False)


def _copy(source: Path, target: Path, below: Sequence[Path]) -> None:
    try:
        if source.is_dir():
            copy_files(source, target, below)
        else:  # it was never started
            target.mkdir()
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def _below(machine: MachineCore) -> list[Path]:
    return machine.context.container_images.roots()
