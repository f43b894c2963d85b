"""A machine that is a container, as scripts know it."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ..backend.base import Backend
from ..backend.boot import boot
from ..backend.nspawn.boot import ContainerBoot
from ..backend.nspawn.instance import REFUSAL
from ..backend.nspawn.ssh_port import SshPort
from ..errors import MachineError
from ..process_state import first_in_namespace
from ..public_names import public
from .base import BaseMachine
from .container_limits import ContainerLimitMethods
from .file_snapshot import FileSnapshotMethods
from .qemu import QemuMachine

_PROGRAM = re.compile("run-(.+)-nspawn")


class NspawnMachine(BaseMachine, ContainerLimitMethods, FileSnapshotMethods):
    """A machine of the test that is a container of systemd-nspawn.

    It has the methods of all machines. Those for what a container lacks (keyboard, screen) raise
    MonitorError.
    """

    reaches_cards = True

    if not TYPE_CHECKING:  # a type checker finds such a call in the script

        def __getattr__(self, name: str) -> NoReturn:
            """Say why a container does not have a method of machines in QEMU."""
            if hasattr(QemuMachine, name):
                raise AttributeError(f"{self.name}: no method {name}: {REFUSAL}")
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @staticmethod
    def machine_name_from_start_command(start_command: str) -> str:
        """Return the name in a program that is called `run-NAME-nspawn`.

        Raises ValueError if the program has another name.
        """
        if not (match := _PROGRAM.search(start_command.rpartition("/")[2])):
            raise ValueError(f"{start_command}: expected a program with the name run-NAME-nspawn")
        return match[1]

    @property
    @public
    def get_systemd_process(self) -> int:
        """The process id, on the host, of the first process in the container.

        The container is started if it is off. Raises MachineError if it has just ended.

        >>> assert machine.get_systemd_process > 1
        """
        container = self.reach_guest()
        if (first := first_in_namespace(container.process.pid)) is None:
            raise MachineError(self.name, "the container has no process")
        return first

    def ssh_port(self) -> int:
        """Return a port of the host that leads to the container's SSH server."""
        port = self.instance.attachments.get(SshPort)
        return self.in_loop(port.lead_to(self._channel))

    @property
    def _channel(self) -> Path:
        """The folder of the agent's socket, which is bound into the container."""
        return self.context.socket_folder / f"c{self.index}"

    async def boot(self, *, allow_reboot: bool) -> Backend:
        """Start the container unless it runs already."""
        async with self.starting:
            if self.backend is not None and self.backend.alive():
                return self.backend
            plan = ContainerBoot(self, self._channel, allow_reboot=allow_reboot)
            started = await boot(self, plan, self.context.pre_launch_hooks)
            return started
