"""Two pipes into a container for one shell, in the folder of its agent."""

import asyncio
import os
import socket
from pathlib import Path

from ...errors import MachineError
from ..person_shell import CallAgent, PersonShell

READ_BYTES = 65536
# Where the container finds the folder in which its guest agent opens a socket.
CHANNEL_FOLDER = "/run/test-driver-channel"


class ShellPipes(PersonShell):
    """Two named pipes: one for keys, and one for what the screen shows.

    `ended` is done when the container has ended.
    """

    def __init__(
        self, machine: str, folder: Path, name: str, call: CallAgent, ended: asyncio.Future[int]
    ) -> None:
        super().__init__(machine, name, call)
        self._keys = folder / f"{name}.keys"
        self._screen = folder / f"{name}.screen"
        self._ended = ended
        self._descriptors: list[int] = []
        self._inner: socket.socket | None = None

    @property
    def opening(self) -> str:
        """What sh in the guest does to have the pipes as its standard input and outputs."""
        keys, screen = (f"{CHANNEL_FOLDER}/{path.name}" for path in (self._keys, self._screen))
        return f"exec 0<{keys} 1>{screen} 2>&1"

    async def plug_in(self) -> socket.socket:
        """Make the pipes, and return the driver's end. Raises MachineError."""
        try:
            for path in (self._keys, self._screen):
                os.mkfifo(path, 0o600)
                # Open for both, so that neither end waits for the other one, or ends with it.
                self._descriptors.append(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
        except OSError as error:
            await self.pull_out()
            raise MachineError(self._machine, f"no pipe for a shell: {error}") from error
        keys, screen = self._descriptors
        outer, self._inner = socket.socketpair()
        loop = asyncio.get_running_loop()
        loop.add_reader(screen, self._show, screen, self._inner)
        loop.add_reader(self._inner, self._press, self._inner, keys)
        self._ended.add_done_callback(self._hang_up)
        return outer

    async def pull_out(self) -> None:
        """Remove the pipes. It never raises."""
        self._ended.remove_done_callback(self._hang_up)
        self._hang_up()
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()
        for path in (self._keys, self._screen):
            path.unlink(missing_ok=True)

    def _show(self, screen: int, inner: socket.socket) -> None:
        try:
            inner.sendall(os.read(screen, READ_BYTES))
        except OSError:
            self._hang_up()

    def _press(self, inner: socket.socket, keys: int) -> None:
        try:
            data = inner.recv(READ_BYTES)
            if data:
                os.write(keys, data)
                return
        except BlockingIOError:  # the guest reads no keys: these are dropped
            return
        except OSError:
            pass
        self._hang_up()

    def _hang_up(self, ended: asyncio.Future[int] | None = None) -> None:
        if (inner := self._inner) is None:
            return
        self._inner = None
        loop = asyncio.get_running_loop()
        for watched in (self._descriptors[1], inner):
            loop.remove_reader(watched)
        inner.close()
