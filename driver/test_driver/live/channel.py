"""Messages between `pytest --live` and `rehearse up`: one JSON object a line.

The client begins with `run`, which carries its standard output and error; the server answers with
`waiting` while it runs the tests of another client, `logstart`, `report`, `logfinish`, `warning`,
and `end`, or with `refused`. A client that closes the connection wants its tests to stop.
"""

import contextlib
import json
import os
import socket
import struct
from collections.abc import Sequence
from typing import Any

VERSION = 1
READ_BYTES = 1 << 18
# How long the other end may not read: a client that was stopped, by Ctrl-Z for one.
SEND_SECONDS = 60
_TIME = struct.Struct("ll")

Message = dict[str, Any]


class Channel:
    """One end of a connection. One thread at a time receives."""

    def __init__(self, connection: socket.socket) -> None:
        self.descriptors: list[int] = []
        self._connection = connection
        self._buffer = bytearray()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _TIME.pack(SEND_SECONDS, 0))

    def send(self, kind: str, descriptors: Sequence[int] = (), **fields: object) -> None:
        """Send a message. Raises OSError if the other end is not there, or does not read."""
        line = json.dumps({"kind": kind, **fields}, default=str).encode() + b"\n"
        if descriptors:
            sent = socket.send_fds(self._connection, [line], list(descriptors))
            line = line[sent:]
        self._connection.sendall(line)

    def receive(self) -> Message | None:
        """Return the next message; None if the other end is not there any more."""
        seen = 0
        while (end := self._buffer.find(b"\n", seen)) < 0:
            seen = len(self._buffer)
            try:
                data, descriptors, _, _ = socket.recv_fds(self._connection, READ_BYTES, 2)
            except OSError:
                return None
            self.descriptors += descriptors
            if not data:
                return None
            self._buffer += data
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        try:
            message = json.loads(line)
        except ValueError:
            return None
        return message if isinstance(message, dict) else None

    def close(self) -> None:
        """End the connection, also for a thread that receives from it."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []
