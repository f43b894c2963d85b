"""What becomes of the output of a command in a guest, which may be of any length."""

from typing import Protocol

SLACK_BYTES = 1024 * 1024
OUTPUT_LIMIT_BYTES = 16 * 1024 * 1024  # of one stream of a command


class Sink(Protocol):
    """Takes output piece by piece: a file, for instance."""

    def write(self, data: bytes, /) -> object:
        """Take a piece."""


class ClosingSink(Sink, Protocol):
    """A sink that is told when nothing more comes."""

    def close(self) -> None:
        """Do what is left to do."""


class Nowhere:
    """Takes output that nobody wants."""

    def write(self, data: bytes, /) -> None:
        """Take a piece."""


NOWHERE = Nowhere()


class Both:
    """Gives output to two sinks."""

    def __init__(self, first: Sink, second: Sink) -> None:
        self._sinks = (first, second)

    def write(self, data: bytes, /) -> None:
        """Take a piece."""
        for sink in self._sinks:
            sink.write(data)


class Capture:
    """Keeps output in memory: all of it up to a limit, the two ends of it beyond that."""

    def __init__(self, limit_bytes: int, also: Sink = NOWHERE) -> None:
        self._room = limit_bytes // 2
        self._also = also
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    @property
    def left_out(self) -> int:
        """How many bytes in the middle were not kept."""
        return self._dropped + max(0, len(self._tail) - self._room)

    def write(self, data: bytes, /) -> None:
        """Take a piece."""
        self._also.write(data)
        if room := self._room - len(self._head):
            self._head += data[:room]
            data = data[room:]
        self._tail += data
        if (excess := len(self._tail) - self._room) > SLACK_BYTES:
            del self._tail[:excess]
            self._dropped += excess

    def last(self, count: int) -> bytes:
        """Return the last bytes that were kept, as many as that, or all if there are fewer."""
        tail = self._tail[max(0, len(self._tail) - count) :]
        missing = 0 if self._dropped else count - len(tail)
        return bytes(self._head[max(0, len(self._head) - missing) :] + tail)

    def take(self) -> bytes:
        """Return what was kept, with a line in place of what was not, and forget it."""
        if left_out := self.left_out:
            del self._tail[: len(self._tail) - self._room]
            self._head += b"\n[%d bytes left out]\n" % left_out
        self._head += self._tail
        self._tail.clear()
        self._dropped = 0
        taken = bytes(self._head)
        self._head.clear()
        return taken
