"""Start a machine from a snapshot."""

from collections.abc import Sequence
from pathlib import Path

from ..backend.boot import PreLaunchHook, run_hooks
from ..backend.qemu.bootable import QemuBootable
from ..backend.qemu.instance import QemuInstance
from ..configuration import WarmStart
from ..errors import HostError
from .identity import take_identity
from .migration import facts, load
from .state import (
    CAPABILITIES,
    DEVICES,
    MEMORY,
    Snapshot,
    StateUnusable,
    copy_overlays,
    memory_arguments,
    read_snapshot,
    remove_disks,
)


def begins_anew(machine_folder: Path) -> bool:
    """Tell whether a machine has no disk yet: one that has goes on from that."""
    return not any(machine_folder.glob("*.qcow2"))


class WarmBoot:
    """Starts QEMU from a snapshot: the guest goes on from there."""

    title = "starting from its snapshot"
    begins_boot = True
    loads_snapshot = True

    def __init__(self, machine: QemuBootable, warm: WarmStart, *, allow_reboot: bool) -> None:
        self._machine = machine
        self._folder = Path(warm.folder)
        self._warm = warm
        self._allow_reboot = allow_reboot
        self._accelerator = ""
        self._saved: Snapshot | None = None

    async def prepare(self) -> QemuInstance:
        """Check the snapshot, take its disks, and return a QEMU for it. Raises StateUnusable."""
        self._accelerator = (await self._machine.context.acceleration()).accelerator
        self._saved = saved = read_snapshot(self._folder)
        if difference := saved.difference({"accelerator": self._accelerator}):
            raise StateUnusable(difference)
        copy_overlays(self._folder, saved, self._machine.state_dir)
        memory = memory_arguments(self._folder / MEMORY, saved.memory_bytes, shared=False)
        extra = ["-incoming", "defer", *memory]
        return await self._machine.new_instance(allow_reboot=self._allow_reboot, extra=extra)

    async def begin(self, backend: QemuInstance, hooks: Sequence[PreLaunchHook]) -> None:
        """Start QEMU, load the state, let the guest go on.

        Raises StateUnusable if QEMU refuses the state, and what else has gone wrong. QEMU has ended
        then, and the machine has no disks.
        """
        try:
            await self._load(backend)
            await run_hooks(self._machine, backend, hooks, resume=True)
        except BaseException as error:
            lost = backend.liveness.error() if isinstance(error, OSError) else None
            await backend.quit()
            remove_disks(self._machine.state_dir)
            if isinstance(error, OSError):
                what = f"{backend.machine}: its snapshot cannot be loaded: {error}"
                raise lost or HostError(what) from error
            raise
        self._machine.lines.say(f"QEMU runs (process {backend.process.pid})")

    async def _load(self, qemu: QemuInstance) -> None:
        saved = self._saved
        assert saved is not None, "the snapshot was not prepared"
        await qemu.start()
        await qemu.commands.reach_guest(saved.shells)
        if difference := saved.difference(await facts(qemu, self._accelerator)):
            raise StateUnusable(difference)
        await load(qemu, self._folder / DEVICES, CAPABILITIES)
        take_identity(qemu, self._warm.script, saved.shells, self._warm.identity)
