"""What every machine in QEMU has, below the methods that only QEMU can serve."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..backend.base import Backend
from ..backend.boot import boot
from ..backend.qemu.arguments import ChannelPaths
from ..backend.qemu.cold_boot import ColdBoot
from ..backend.qemu.disks import AttachedDisk
from ..backend.qemu.instance import QemuInstance
from ..backend.qemu.launch import launch_of
from ..backend.qemu.screen_dump import dump_screen
from ..backend.qemu.vsock import usable_vsock_cid
from ..deadline import NEVER, Deadline
from ..public_names import public
from ..snapshot.identity import tell_failure
from ..snapshot.state import StateUnusable, memory_arguments
from ..snapshot.warm_boot import WarmBoot, begins_anew
from .clock import Clock
from .core import MachineCore


class QemuCore(MachineCore):
    """A machine in QEMU, below its methods: clock."""

    reaches_cards = True

    def __init__(self, *arguments: Any, **keywords: Any) -> None:  # noqa: ANN401 - those of MachineCore
        super().__init__(*arguments, **keywords)
        self.known_disks: list[AttachedDisk] = []
        self.vsock_cid = usable_vsock_cid(self.configuration.vsock_number)
        self._clock = Clock(self)
        self._channels = ChannelPaths.in_folder(self.context.socket_folder, f"m{self.index}")

    @property
    @public
    def clock(self) -> Clock:
        """The clock of the guest, which the script can set and let drift.

        >>> machine.clock.set(0)
        """
        return self._clock

    @property
    def qemu(self) -> QemuInstance | None:
        """The run of QEMU, the last one if the machine is off; None before the first start."""
        return self.backend if isinstance(self.backend, QemuInstance) else None

    @property
    def instance(self) -> QemuInstance:
        """The run of QEMU that a method has by its `needs`."""
        return _qemu(super().instance)

    def reach_guest(self, deadline: Deadline = NEVER) -> QemuInstance:
        """Return the run of QEMU when its guest takes commands."""
        return _qemu(super().reach_guest(deadline))

    def reach_machine(self, deadline: Deadline = NEVER) -> QemuInstance:
        """Return the run of QEMU, started if need be."""
        return _qemu(super().reach_machine(deadline))

    async def ensure_started(self) -> QemuInstance:
        """Return the run of QEMU, started if the machine is off."""
        return _qemu(await super().ensure_started())

    async def ensure_connected(self, deadline: Deadline = NEVER) -> QemuInstance:
        """Return the run of QEMU when its guest takes commands."""
        return _qemu(await super().ensure_connected(deadline))

    async def boot(self, *, allow_reboot: bool) -> QemuInstance:
        """Start QEMU unless it runs already: from the snapshot, if there is one that serves."""
        async with self.starting:
            if (qemu := self.qemu) is not None and qemu.alive():
                return qemu
            warm = self.configuration.warm_start
            if warm is None or not begins_anew(self.state_dir):
                return await boot(
                    self, ColdBoot(self, allow_reboot=allow_reboot), self.context.pre_launch_hooks
                )
            try:
                started = await boot(
                    self,
                    WarmBoot(self, warm, allow_reboot=allow_reboot),
                    self.context.pre_launch_hooks,
                )
            except StateUnusable as error:
                self.lines.say(f"boots cold, because its snapshot cannot be used: {error}")
                cold = ColdBoot(self, allow_reboot=allow_reboot, begins_boot=False)
                return await boot(self, cold, self.context.pre_launch_hooks)
            self.trouble.began_warm()
            return started

    def runs(self, backend: Backend) -> None:
        """Take note that QEMU is up."""
        qemu = _qemu(backend)
        self.recording.follow(lambda path: dump_screen(qemu, path))
        tell_failure(qemu, self.lost)
        super().runs(backend)

    async def new_instance(self, *, extra: Sequence[str], **options: bool) -> QemuInstance:
        """Return a QEMU with the machine's devices and more arguments, which was not started."""
        launch = await launch_of(self, self._channels, self.environment(), extra=extra, **options)
        return QemuInstance(launch, self.console, self.on_backend_line)

    @property
    def memory_file(self) -> Path | None:
        """Where its memory lies, if the machine can be saved."""
        return self.state_dir / "memory" if self.configuration.memory_in_file else None

    def memory_arguments(self) -> list[str]:
        """Return what puts the memory of QEMU into a new file, if the machine can be saved."""
        if (file := self.memory_file) is None:
            return []
        file.unlink(missing_ok=True)
        return memory_arguments(file, self.configuration.memory_mib * 2**20, shared=True)


def _qemu(backend: Backend) -> QemuInstance:
    assert isinstance(backend, QemuInstance)
    return backend
