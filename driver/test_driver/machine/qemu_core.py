"""How a machine in QEMU starts: cold, from a snapshot, or from a checkpoint."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..faults import held_guest
from ..qemu.disks import AttachedDisk
from ..qemu.launch import launch_of
from ..qemu.run import Qemu, QemuLaunch
from ..qemu.screen_dump import dump_screen
from ..qemu.vsock import usable_vsock_cid
from ..saved.checkpoints import Checkpoint
from ..saved.prelude import tell_failure
from ..saved.saved_state import StateUnusable, memory_arguments
from ..saved.warm_start import WarmStarter, begins_anew
from ..state import make_machine_folder
from .clock import Clock
from .core import MachineCore


class QemuCore(MachineCore):
    """What every machine in QEMU has, below the methods that only QEMU can serve."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:  # noqa: ANN401 - those of MachineCore
        super().__init__(*arguments, **keywords)
        self.checkpoints: dict[str, Checkpoint] = {}
        self.known_disks: list[AttachedDisk] = []
        self.vsock_cid = usable_vsock_cid(self.configuration.vsock_number)
        self.clock = Clock(self)

    async def start_qemu(self, *, allow_reboot: bool) -> Qemu:
        """Start QEMU unless it runs already."""
        async with self._starting:
            if self.qemu is not None and self.qemu.alive():
                return self.qemu
            make_machine_folder(self.name, self.state_dir)
            self.console.new_boot()
            if warm := await self._start_warm(allow_reboot):
                return warm
            waits = held_guest.must_wait(self)
            extra = [*self._memory_arguments(), *(["-S"] if waits else [])]
            launch = await self._launch(allow_reboot=allow_reboot, extra=extra)
            self.lines.say("starting")
            self.qemu = qemu = Qemu(launch, self.console, self._on_qemu_line)
            await qemu.start()
            await held_guest.let_go(self, qemu, resume=waits)
            return self._runs(qemu)

    def _runs(self, qemu: Qemu) -> Qemu:
        """Take note that QEMU is up."""
        self.recording.follow(lambda path: dump_screen(qemu, path))
        self.lines.say(f"QEMU runs (process {qemu.process.pid})")
        tell_failure(qemu, self.lost)
        if error := self._broken_network:  # it broke before there was somebody to tell
            qemu.lifeline.cut(lambda: error)
        return qemu

    async def _start_warm(self, allow_reboot: bool) -> Qemu | None:
        """Start QEMU from the saved machine, if there is one that serves."""
        warm = self.configuration.warm_start
        if warm is None or not begins_anew(self.state_dir):
            return None
        acceleration = await self.session.acceleration()
        starter = WarmStarter(warm, self.state_dir, acceleration.accelerator)
        try:
            saved = starter.prepare()
            launch = await self._launch(allow_reboot=allow_reboot, extra=starter.arguments(saved))
            self.lines.say("starting from its saved state")
            qemu = Qemu(launch, self.console, self._on_qemu_line)
            await starter.resume(qemu, saved, partial(held_guest.let_go, self))
        except StateUnusable as error:
            self.lines.say(f"boots cold, because its saved state cannot be used: {error}")
            return None
        self.qemu = qemu
        self.trouble.began_warm()
        return self._runs(qemu)

    async def start_waiting(self, arguments: Sequence[str], *, root_console: bool) -> Qemu:
        """Start QEMU anew with the same machine, which waits for the state of the last one."""
        async with self._starting:
            allow_reboot = self.qemu is not None and self.qemu.allow_reboot
            options = {"allow_reboot": allow_reboot, "root_console": root_console}
            launch = await self._launch(extra=arguments, **options)
            self.qemu = qemu = Qemu(launch, self.console, self._on_qemu_line)
            await qemu.start()
            return qemu

    def checkpoint_folder(self, number: int) -> Path:
        """Return where a checkpoint is kept, beside the folder of the machine."""
        folder = self.state_dir
        return folder.with_name(f"{folder.name}-checkpoint{number}")

    @property
    def memory_file(self) -> Path | None:
        """Where its memory lies, if the machine can be saved."""
        return self.state_dir / "memory" if self.configuration.savable else None

    def _memory_arguments(self) -> list[str]:
        if (file := self.memory_file) is None:
            return []
        file.unlink(missing_ok=True)
        return memory_arguments(file, self.configuration.memory_mib * 2**20, shared=True)

    async def _launch(self, *, extra: Sequence[str], **options: bool) -> QemuLaunch:
        return await launch_of(self, self._channels, self._environment(), extra=extra, **options)
