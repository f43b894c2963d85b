"""The ways by which frames come into the hub of a network with faults, and leave it.

Part of the program in `frame_hub.py`, which starts in a moment because it imports little.
"""

import os
import signal
import socket
import struct
from collections.abc import Callable
from pathlib import Path

READ_BYTES = 2**18
# A card that takes no frames is given no more than these, as a switch does.
LONGEST_BACKLOG_BYTES = 4 * 2**20
ANSWER_SECONDS = 30.0


class FrameStream:
    """Frames on a stream, each after its length, as QEMU's filters and vde_plug have them.

    `on_waiting` is told whether there are frames that could not be written yet.
    """

    def __init__(
        self, *, read: int, write: int, length: str, on_waiting: Callable[[bool], None]
    ) -> None:
        self.read_descriptor = read
        self.write_descriptor = write
        self._length = struct.Struct(length)
        self._on_waiting = on_waiting
        self._incoming = bytearray()
        self._outgoing = bytearray()
        for descriptor in (read, write):
            os.set_blocking(descriptor, False)

    def frames(self) -> list[bytes]:
        """Return the frames that have come. Raises EOFError when no more will."""
        try:
            data = os.read(self.read_descriptor, READ_BYTES)
        except BlockingIOError:
            return []
        except OSError as error:
            raise EOFError from error
        if not data:
            raise EOFError
        incoming = self._incoming
        incoming += data
        found = []
        position, header = 0, self._length.size
        while len(incoming) - position >= header:
            (size,) = self._length.unpack_from(incoming, position)
            end = position + header + size
            if len(incoming) < end:
                break
            found.append(bytes(incoming[position + header : end]))
            position = end
        del incoming[:position]
        return found

    def send(self, frame: bytes) -> None:
        """Write a frame as soon as it can be. Raises EOFError if nobody reads."""
        if len(self._outgoing) > LONGEST_BACKLOG_BYTES:
            return
        self._outgoing += self._length.pack(len(frame)) + frame
        self.flush()

    def flush(self) -> None:
        """Write what is to be written, as far as it goes. Raises EOFError if nobody reads."""
        try:
            written = os.write(self.write_descriptor, self._outgoing)
        except BlockingIOError:
            written = 0
        except OSError as error:
            raise EOFError from error
        del self._outgoing[:written]
        self._on_waiting(bool(self._outgoing))


class CardPort:
    """A network card of a QEMU, whose filters have two sockets: from the card, and to it."""

    def __init__(self, machine: str, from_card: str, to_card: str) -> None:
        self.machine = machine
        self.stream: FrameStream | None = None
        self._listeners = [_listener(path) for path in (from_card, to_card)]
        self._connections: list[socket.socket] = []

    def open(self, on_waiting: Callable[[bool], None]) -> FrameStream:
        """Take the connections that QEMU has made."""
        for listener in self._listeners:
            self._connections.append(listener.accept()[0])
        self._close_listeners()
        read, write = (connection.fileno() for connection in self._connections)
        self.stream = FrameStream(read=read, write=write, length=">I", on_waiting=on_waiting)
        return self.stream

    def close(self) -> None:
        """Close what is open."""
        self._close_listeners()
        for connection in self._connections:
            connection.close()

    def _close_listeners(self) -> None:
        for listener in self._listeners:
            Path(listener.getsockname()).unlink(missing_ok=True)
            listener.close()
        self._listeners = []


class SwitchPort:
    """The network's switch, where those are that have no filters: containers, for one."""

    def __init__(self, program: str, folder: str) -> None:
        # Not by `subprocess`, whose import takes as long as all others.
        self._read, plug_writes = os.pipe()
        plug_reads, self._write = os.pipe()
        actions = [(os.POSIX_SPAWN_DUP2, plug_reads, 0), (os.POSIX_SPAWN_DUP2, plug_writes, 1)]
        # The kernel buries it, because this program ignores its end; the plug does not.
        os.posix_spawn(
            program,
            [program, folder],
            os.environ,
            file_actions=actions,
            setsigdef=[signal.SIGCHLD],
        )
        os.close(plug_reads)
        os.close(plug_writes)

    def open(self, on_waiting: Callable[[bool], None]) -> FrameStream:
        """Return its frames."""
        return FrameStream(read=self._read, write=self._write, length=">H", on_waiting=on_waiting)

    def close(self) -> None:
        """Leave the network. The plug ends when its input does."""
        os.close(self._read)
        os.close(self._write)


def _listener(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(1)
    listener.settimeout(ANSWER_SECONDS)
    return listener
