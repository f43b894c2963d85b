"""A port of the host that leads to the SSH server of a container."""

import asyncio
import contextlib
from pathlib import Path

from ...given_up import give_up
from ..attachment import Attachment

# In the folder of the agent's socket: systemd of the container listens there.
SOCKET = "ssh"


class SshPort(Attachment):
    """The port, which only the host itself can reach, in one run of a container.

    Methods belong to the thread of the loop.
    """

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None

    async def lead_to(self, folder: Path) -> int:
        """Return the port, which leads to the socket in the folder."""
        if self._server is None:

            async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await _connect(folder / SOCKET, reader, writer)

            self._server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def end(self) -> None:
        """Close the port."""
        if self._server is not None:
            self._server.close()


async def _connect(path: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on between a connection and the socket until one of them ends."""
    with contextlib.closing(writer), contextlib.suppress(OSError):
        guest_reader, guest_writer = await asyncio.open_unix_connection(path)
        with contextlib.closing(guest_writer):
            ways = {
                asyncio.ensure_future(_copy(reader, guest_writer)),
                asyncio.ensure_future(_copy(guest_reader, writer)),
            }
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                await give_up(way)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
