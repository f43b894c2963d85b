"""The ways by which frames come into the relay of a network with faults, and leave it.

Part of the programs in `frames.py` and `../taps.py`, which start in a moment because they import
little.
"""

import os
import selectors
import socket
import struct
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from ..vde import LONGEST_FRAME_BYTES, Member

LENGTH = struct.Struct(">I")
READ_BYTES = 2**18
# A card that takes no frames is given no more than these, as a switch does.
LONGEST_BACKLOG_BYTES = 4 * 2**20
ANSWER_SECONDS = 30.0
# How many frames of the switch are passed on before others have their turn.
FRAMES_AT_A_TIME = 64


class FrameStream:
    """Frames on a stream, each after its length, as QEMU's filters have them.

    `on_waiting` is told whether there are frames that could not be written yet.
    """

    def __init__(self, *, read: int, write: int, on_waiting: Callable[[bool], None]) -> None:
        self.read_descriptor = read
        self.write_descriptor = write
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
        position, header = 0, LENGTH.size
        while len(incoming) - position >= header:
            (size,) = LENGTH.unpack_from(incoming, position)
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
        self._outgoing += LENGTH.pack(len(frame)) + frame
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
    """A network card of a machine, which leads to two sockets: from the card, and to it."""

    def __init__(self, machine: str, from_card: str, to_card: str) -> None:
        self.machine = machine
        self.stream: FrameStream | None = None
        self._listeners = [_listener(path) for path in (from_card, to_card)]
        self._connections: list[socket.socket] = []

    def open(self, on_waiting: Callable[[bool], None]) -> FrameStream:
        """Take the connections that the card's end has made."""
        for listener in self._listeners:
            self._connections.append(listener.accept()[0])
        self._close_listeners()
        read, write = (connection.fileno() for connection in self._connections)
        self.stream = FrameStream(read=read, write=write, on_waiting=on_waiting)
        return self.stream

    def close(self) -> None:
        """Close what is open."""
        self._close_listeners()
        for connection in self._connections:
            connection.close()

    def _close_listeners(self) -> None:
        for listener in self._listeners:
            with suppress(FileNotFoundError):
                os.unlink(listener.getsockname())
            listener.close()
        self._listeners = []


class DatagramStream:
    """Frames on a datagram socket of a switch, with the methods of a `FrameStream`."""

    def __init__(self, data: socket.socket, on_waiting: Callable[[bool], None]) -> None:
        self._data = data
        # Of its own, because one descriptor is watched for reading and another for writing.
        self._writing = data.dup()
        self._on_waiting = on_waiting
        self._backlog: deque[bytes] = deque()
        self._backlog_bytes = 0
        data.setblocking(False)

    @property
    def read_descriptor(self) -> int:
        """What to wait for until there are frames."""
        return self._data.fileno()

    @property
    def write_descriptor(self) -> int:
        """What to wait for until a frame can be sent."""
        return self._writing.fileno()

    def frames(self) -> list[bytes]:
        """Return the frames that have come."""
        found: list[bytes] = []
        with suppress(BlockingIOError):
            while len(found) < FRAMES_AT_A_TIME:
                found.append(self._data.recv(LONGEST_FRAME_BYTES))
        return found

    def send(self, frame: bytes) -> None:
        """Send a frame as soon as it can be sent. Raises EOFError if the switch has ended."""
        if self._backlog_bytes > LONGEST_BACKLOG_BYTES:
            return
        self._backlog.append(frame)
        self._backlog_bytes += len(frame)
        self.flush()

    def flush(self) -> None:
        """Send what waits, as far as it goes. Raises EOFError if the switch has ended."""
        try:
            while self._backlog:
                self._data.send(self._backlog[0])
                self._backlog_bytes -= len(self._backlog.popleft())
        except BlockingIOError:
            pass
        except OSError as error:
            raise EOFError from error
        self._on_waiting(bool(self._backlog))

    def close(self) -> None:
        """Close the copy of the socket."""
        self._writing.close()


class SwitchPort:
    """The network's switch, where those are whose cards the driver cannot reach."""

    def __init__(self, folder: str) -> None:
        """Join the switch. Raises OSError."""
        self._member = Member(folder, f"relay-{os.getpid()}")
        self._stream: DatagramStream | None = None

    def open(self, on_waiting: Callable[[bool], None]) -> DatagramStream:
        """Return its frames."""
        self._stream = DatagramStream(self._member.data, on_waiting)
        return self._stream

    def close(self) -> None:
        """Leave the network."""
        if self._stream is not None:
            self._stream.close()
        self._member.close()


def watch_writing(
    selector: selectors.BaseSelector,
    stream: FrameStream | DatagramStream,
    flush: Callable[[], None],
    waiting: bool,
) -> None:
    """Flush a stream when it can be written to, as long as frames wait for that."""
    registered = stream.write_descriptor in selector.get_map()
    if waiting and not registered:
        selector.register(stream.write_descriptor, selectors.EVENT_WRITE, lambda _: flush())
    elif registered and not waiting:
        selector.unregister(stream.write_descriptor)


def forget(selector: selectors.BaseSelector, *descriptors: int) -> None:
    """Watch descriptors no more. Nothing happens to those that are not watched."""
    for descriptor in descriptors:
        if descriptor in selector.get_map():
            selector.unregister(descriptor)


def _listener(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(1)
    listener.settimeout(ANSWER_SECONDS)
    return listener
