"""A machine that is a container, as scripts know it."""

from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

from ..configuration import MachineConfiguration
from ..container import REFUSAL, Container
from ..deadline import Deadline, Duration
from ..errors import HostError
from ..qemu.arguments import ChannelPaths
from ..qemu.run import Qemu, QemuLaunch
from ..session import Session
from ..state import make_machine_folder
from ..time_budget import Phase
from .base import BaseMachine
from .method import method
from .power import REBOOT_SECONDS
from .qemu import QemuMachine
from .soft_reboot import soft_reboot

# Where the container finds the folder in which its guest agent opens a socket.
CHANNEL_FOLDER = "/run/test-driver-channel"


class NspawnMachine(BaseMachine):
    """A machine of the test that is a container of systemd-nspawn.

    It has the methods of all machines. Those for what a container lacks (keyboard, screen) raise
    MonitorError.
    """

    if not TYPE_CHECKING:  # a type checker finds such a call in the script

        def __getattr__(self, name: str) -> NoReturn:
            """Say why a container does not have a method of machines in QEMU."""
            if hasattr(QemuMachine, name):
                raise AttributeError(f"{self.name}: no method {name}: {REFUSAL}")
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @method(phase=Phase.BOOT)
    def reboot(self, timeout: Duration = REBOOT_SECONDS, *, soft: bool = False) -> None:
        """Let the guest power itself off, and start it again with the same files.

        With `soft`, its systemd starts the user space again, as in other machines. Raises
        WaitTimedOut if the guest is not there after `timeout`.

        >>> machine.reboot()
        """
        if soft:
            soft_reboot(self, Deadline.after(timeout))
            return
        with self.nested("rebooting the container"):
            self.shutdown(timeout)
            self.start()

    @staticmethod
    def _channel_paths(folder: Path, index: int) -> ChannelPaths:
        # The agent's socket has a folder of its own, which is bound into the container.
        paths = BaseMachine._channel_paths(folder, index)
        return replace(paths, agent=folder / f"c{index}" / "agent")

    async def start_qemu(self, *, allow_reboot: bool) -> Qemu:
        """Start the container unless it runs already."""
        async with self._starting:
            if self.qemu is not None and self.qemu.alive():
                return self.qemu
            make_machine_folder(self.name, self.state_dir)
            self.console.new_boot()
            self.lines.say("starting")
            container = Container(self._container_launch(), self.console, self._on_qemu_line)
            self.qemu = container
            await container.start()
            self.lines.say(f"the container runs (process {container.process.pid})")
            return container

    def _container_launch(self) -> QemuLaunch:
        channel = self._channels.agent.parent
        try:
            channel.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise HostError(
                f"{self.name}: cannot make the folder of its socket: {error}"
            ) from error
        return QemuLaunch(
            machine=self.name,
            command=(
                *self.configuration.start_command,
                f"--bind={channel}:{CHANNEL_FOLDER}",
            ),
            cwd=self.state_dir,
            environment=self._environment(),
            channels=self._channels,
            allow_reboot=True,
            on_loss=self.lost,
        )


def machine_of(
    name: str,
    configuration: MachineConfiguration,
    session: Session,
    *,
    index: int,
    console_file: IO[bytes] | None,
) -> BaseMachine:
    """Return a machine of the kind that its configuration asks for."""
    kind: type[BaseMachine] = NspawnMachine if configuration.container else QemuMachine
    return kind(name, configuration, session, index=index, console_file=console_file)
