"""Start a machine from a saved one."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from ..configuration import WarmStart
from ..errors import DriverError, HostError
from ..qemu.run import Qemu
from .migration import facts, load
from .prelude import run_prelude
from .saved_state import (
    CAPABILITIES,
    DEVICES,
    MEMORY,
    SavedMachine,
    StateUnusable,
    copy_overlays,
    memory_arguments,
    read_saved_machine,
    remove_disks,
)


def begins_anew(machine_folder: Path) -> bool:
    """Tell whether a machine has no disk yet: one that has goes on from that."""
    return not any(machine_folder.glob("*.qcow2"))


class WarmStarter:
    """Starts one machine from a saved state."""

    def __init__(self, warm: WarmStart, machine_folder: Path, accelerator: str) -> None:
        self._folder = Path(warm.folder)
        self._warm = warm
        self._machine_folder = machine_folder
        self._accelerator = accelerator

    def prepare(self) -> SavedMachine:
        """Check the saved state and take its disks. Raises StateUnusable."""
        saved = read_saved_machine(self._folder)
        if difference := saved.difference({"accelerator": self._accelerator}):
            raise StateUnusable(difference)
        copy_overlays(self._folder, saved, self._machine_folder)
        return saved

    def arguments(self, saved: SavedMachine) -> list[str]:
        """Return what QEMU needs to wait for the state."""
        memory = memory_arguments(self._folder / MEMORY, saved.memory_bytes, shared=False)
        return ["-incoming", "defer", *memory]

    async def resume(
        self, qemu: Qemu, saved: SavedMachine, go_on: Callable[[Qemu], Awaitable[None]]
    ) -> None:
        """Start QEMU, load the state, let it go on.

        Raises StateUnusable if QEMU refuses the state, and what else has gone wrong. QEMU has ended
        then.
        """
        try:
            await qemu.start()
            await qemu.commands.reach_guest(saved.shells)
            if difference := saved.difference(await facts(qemu, self._accelerator)):
                raise StateUnusable(difference)
            await load(qemu, self._folder / DEVICES, CAPABILITIES)
            run_prelude(qemu, self._warm.script, saved.shells, self._warm.identity)
            await go_on(qemu)
        except (OSError, StateUnusable, DriverError) as error:
            lost = qemu.lifeline.error() if isinstance(error, OSError) else None
            await qemu.quit()
            remove_disks(self._machine_folder)
            if isinstance(error, OSError):
                what = f"{qemu.machine}: its saved state cannot be loaded: {error}"
                raise lost or HostError(what) from error
            raise
