"""Unix sockets that QEMU connects to."""

import asyncio
import os
import shutil
import socket
import tempfile
from pathlib import Path

# The kernel allows 107 bytes; the vde library appends a few of its own.
LONGEST_FOLDER = 70


def make_socket_folder() -> Path:
    """Make a private folder whose path is short enough for the sockets in it."""
    folder = Path(tempfile.mkdtemp(prefix="td-"))
    if len(os.fsencode(folder)) <= LONGEST_FOLDER:
        return folder
    shutil.rmtree(folder)
    return Path(tempfile.mkdtemp(prefix="td-", dir="/tmp"))


class Listener:
    """A listening unix socket that takes one connection, so that nobody has to poll for it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: socket.socket | None = None
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.bind(str(path))
        self._socket.listen(1)

    async def accept(self) -> None:
        """Wait for the connection. `take` hands it out."""
        loop = asyncio.get_running_loop()
        self._connection, _ = await loop.sock_accept(self._socket)

    def take(self) -> socket.socket:
        """Return the connection, non-blocking. It is the caller's to close from now on."""
        if self._connection is None:
            raise RuntimeError(f"nothing has connected to {self.path}: await accept() first")
        connection, self._connection = self._connection, None
        return connection

    def close(self) -> None:
        """Stop listening, and close a connection that nobody took."""
        self._socket.close()
        self.path.unlink(missing_ok=True)
        if self._connection is not None:
            self._connection.close()
