"""A port of a machine that is plugged in for one shell, and pulled out after it."""

import asyncio
import logging
import socket
from pathlib import Path

from ...deadline import Deadline
from ...errors import MachineError, MonitorError
from ..person_shell import SECONDS, CallAgent, PersonShell
from .root_console import Execute, plug

logger = logging.getLogger(__name__)

# A port can be opened once only.
_OPENING = """\
for try in 1 2 3 4 5 6 7 8 9; do
  for port in /sys/class/virtio-ports/*; do
    if read -r name <"$port/name" && [ "$name" = {name} ]; then break 2; fi
  done
  sleep 0.2
done
exec 0<>"/dev/${{port##*/}}" 1>&0 2>&1"""


class ShellPort(PersonShell):
    """A virtio port, whose other end is a socket."""

    def __init__(self, machine: str, path: Path, execute: Execute, call: CallAgent) -> None:
        super().__init__(machine, path.name, call)
        self.path = path
        self._execute = execute

    @property
    def opening(self) -> str:
        """What sh in the guest does to have the port as its standard input and outputs."""
        return _OPENING.format(name=self.name)

    async def plug_in(self) -> socket.socket:
        """Make the port, and return the driver's end. Raises MachineError if QEMU does not."""
        await plug(self._execute, self.path, driver="virtserialport", chardev=self.name)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.setblocking(False)
            await asyncio.get_running_loop().sock_connect(connection, str(self.path))
            connection.setblocking(True)
        except BaseException:
            connection.close()
            raise
        return connection

    async def pull_out(self) -> None:
        """Pull the port out. It never raises."""
        for command, name in (("device_del", f"{self.name}-port"), ("chardev-remove", self.name)):
            try:
                await self._execute(command, {"id": name}, Deadline.after(SECONDS))
            except (MachineError, MonitorError) as error:
                logger.debug("%s", error)
        self.path.unlink(missing_ok=True)
