"""A cold start: the guest boots from its disks."""

from collections.abc import Sequence

from ..boot import PreLaunchHook, run_hooks
from .bootable import QemuBootable
from .instance import QemuInstance


class ColdBoot:
    """Starts QEMU, which waits before the guest's first instruction if a hook wants that."""

    title = "starting"
    loads_snapshot = False

    def __init__(
        self, machine: QemuBootable, *, allow_reboot: bool, begins_boot: bool = True
    ) -> None:
        self.begins_boot = begins_boot
        self._machine = machine
        self._allow_reboot = allow_reboot
        self._waits = any(hook.delays_start(machine) for hook in machine.context.pre_launch_hooks)

    async def prepare(self) -> QemuInstance:
        """Return a QEMU with its memory in a file, if the machine is to be saved."""
        extra = [*self._machine.memory_arguments(), *(["-S"] if self._waits else [])]
        return await self._machine.new_instance(allow_reboot=self._allow_reboot, extra=extra)

    async def begin(self, backend: QemuInstance, hooks: Sequence[PreLaunchHook]) -> None:
        """Start QEMU. Raises HostError and what hooks raise."""
        await backend.start()
        await run_hooks(self._machine, backend, hooks, resume=self._waits)
        self._machine.lines.say(f"QEMU runs (process {backend.process.pid})")
