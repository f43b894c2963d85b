"""A machine that is a container, as scripts know it."""

import re
from dataclasses import replace
from pathlib import Path
from typing import IO

from ..configuration import MachineConfiguration
from ..container import Container
from ..deadline import Deadline, Duration
from ..errors import HostError, MachineError
from ..process_state import child_processes
from ..qemu.arguments import ChannelPaths
from ..qemu.run import Qemu, QemuLaunch
from ..session import Session
from ..state import make_machine_folder
from ..words.power import REBOOT_SECONDS
from ..words.soft_reboot import soft_reboot
from .core import Machine

# Where the container finds the folder in which its guest agent opens a socket.
CHANNEL_FOLDER = "/run/test-driver-channel"
_PROGRAM = re.compile("run-(.+)-nspawn")


def reboot(machine: Machine, timeout: Duration = REBOOT_SECONDS, *, soft: bool = False) -> None:
    """Let the guest power itself off, and start it anew with the same files.

    With `soft`, its systemd starts the user space anew, as in other machines. Raises WaitTimedOut
    if it is not there after `timeout`.

    >>> machine.reboot()
    """
    if soft:
        soft_reboot(machine, Deadline.after(timeout))
        return
    with machine.nested("rebooting the container"):
        machine.shutdown(timeout)
        machine.start()


class NspawnMachine(Machine):
    """A machine of the test that is a container of systemd-nspawn.

    It has the words of all machines. Those for what a container lacks (keyboard, screen, network
    cables, forwarded ports, checkpoints, monitor) raise MonitorError.
    """

    reboot = reboot

    @staticmethod
    def machine_name_from_start_command(start_command: str) -> str:
        """Return the name in a program that is called `run-NAME-nspawn`.

        Raises ValueError if the program has another name.
        """
        if not (match := _PROGRAM.search(start_command.rpartition("/")[2])):
            raise ValueError(f"{start_command}: expected a program with the name run-NAME-nspawn")
        return match[1]

    @property
    def get_systemd_process(self) -> int:
        """The process id, on the host, of the first process in the container.

        The container is started if it is off. Raises MachineError if it has just ended.

        >>> machine.get_systemd_process
        """
        container = self.connected_qemu()
        if not (children := child_processes(container.process.pid)):
            raise MachineError(self.name, "the container has no process")
        return children[0]

    @staticmethod
    def _channel_paths(folder: Path, index: int) -> ChannelPaths:
        # The agent's socket has a folder of its own, which is bound into the container.
        paths = Machine._channel_paths(folder, index)
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
) -> Machine:
    """Return a machine of the kind that its configuration asks for."""
    kind = NspawnMachine if configuration.container else Machine
    return kind(name, configuration, session, index=index, console_file=console_file)
