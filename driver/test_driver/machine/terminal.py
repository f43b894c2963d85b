"""A person's terminal, and the connection of it to something else that has a prompt."""

import contextlib
import os
import select
import signal
import socket
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass

ESCAPE = b"\x1d"
ESCAPE_NAME = "Ctrl-]"
READ_BYTES = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherEnd:
    """What a terminal is connected to: output comes from a socket, and keys are sent."""

    output: socket.socket
    send: Callable[[bytes], object]
    # What the output ends with, if it does not end with the connection.
    last: bytes = b""
    resize: Callable[[os.terminal_size], object] = lambda size: None


class Terminal:
    """The terminal that standard input and output are."""

    def __init__(self, keys: int, screen: int) -> None:
        self._keys = keys
        self._screen = screen

    @classmethod
    def of_person(cls) -> "Terminal | None":
        """Return the terminal; `None` if nobody sits at one."""
        try:
            keys, screen = sys.stdin.fileno(), sys.stdout.fileno()
        except (OSError, ValueError, AttributeError):
            return None
        return cls(keys, screen) if os.isatty(keys) and os.isatty(screen) else None

    @property
    def size(self) -> os.terminal_size:
        """Its columns and lines."""
        return os.get_terminal_size(self._screen)

    def connect(self, other: OtherEnd) -> None:
        """Pass keys and output on until the other end is gone or Ctrl-] is pressed."""
        held = b""
        sources: list[int | socket.socket]
        with self._raw(), _size_changes() as changes:
            sources = [self._keys, other.output, changes]
            while True:
                ready, _, _ = select.select(sources, [], [])
                if changes in ready:
                    os.read(changes, READ_BYTES)
                    other.resize(self.size)
                if other.output in ready:
                    data = other.output.recv(READ_BYTES)
                    shown, held, over = _until(other.last, held + data)
                    self._show(shown)
                    if over or not data:
                        return
                if self._keys in ready:
                    keys = os.read(self._keys, READ_BYTES)
                    before, escape, _ = keys.partition(ESCAPE)
                    if before:
                        other.send(before)
                    if escape or not keys:
                        return

    def _show(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._screen, data) :]

    @contextlib.contextmanager
    def _raw(self) -> Iterator[None]:
        """Let every key through, also those that would stop or interrupt the driver."""
        before = termios.tcgetattr(self._keys)
        tty.setraw(self._keys)
        try:
            yield
        finally:
            # The terminal may be gone.
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._keys, termios.TCSADRAIN, before)


def _until(last: bytes, data: bytes) -> tuple[bytes, bytes, bool]:
    """Return what comes before `last`, what may be the beginning of it, and if it has come."""
    if not last:
        return data, b"", False
    before, found, _ = data.partition(last)
    if found:
        return before, b"", True
    lengths = range(min(len(last) - 1, len(data)), 0, -1)
    held = next((length for length in lengths if data.endswith(last[:length])), 0)
    return data[: len(data) - held], data[len(data) - held :], False


@contextlib.contextmanager
def _size_changes() -> Iterator[int]:
    """Give a descriptor that can be read when the size of the terminal has changed."""
    read_end, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def changed(number: int, frame: object) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(write_end, b"x")

    former = signal.signal(signal.SIGWINCH, changed)
    try:
        yield read_end
    finally:
        signal.signal(signal.SIGWINCH, former)
        os.close(read_end)
        os.close(write_end)
