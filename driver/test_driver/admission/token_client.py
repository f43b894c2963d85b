"""The connection of a driver to the daemon of the token socket."""

import contextlib
import select
import socket
from pathlib import Path

from .token_messages import LONGEST_LINE, Answer, BadMessage, Request, read_answer

CONNECT_SECONDS = 5.0


class TokensLost(OSError):
    """The daemon has ended, or does not speak as this driver does."""


class TokenConnection:
    """Holds what the daemon has granted, until it is closed. Raises OSError if nobody listens."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._received = b""
        try:
            self._socket.settimeout(CONNECT_SECONDS)
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise

    def close(self) -> None:
        """Give back what was granted."""
        self._socket.close()

    def send(self, request: Request) -> None:
        """Send a request. Raises TokensLost."""
        try:
            self._socket.sendall(request.line())
        except OSError as error:
            raise TokensLost(f"it cannot be written to: {error.strerror or error}") from error

    def receive(self, seconds: float) -> Answer | None:
        """Return the next answer; None if there is none within so many seconds.

        Raises TokensLost.
        """
        if b"\n" not in self._received:
            if not self._readable(seconds):
                return None
            self._read()
        line, end, rest = self._received.partition(b"\n")
        if not end:
            return None
        self._received = rest
        try:
            return read_answer(line)
        except BadMessage as error:
            raise TokensLost(f"its daemon gave an answer that is none: {error}") from error

    def check(self) -> None:
        """Look whether the daemon is there. Raises TokensLost."""
        with contextlib.suppress(BlockingIOError):
            while self.receive(0) is not None:
                pass

    def _readable(self, seconds: float) -> bool:
        poller = select.poll()  # unlike select(), for descriptors of any number
        poller.register(self._socket, select.POLLIN)
        return bool(poller.poll(seconds * 1000))

    def _read(self) -> None:
        try:
            data = self._socket.recv(LONGEST_LINE)
        except OSError as error:
            raise TokensLost(f"it cannot be read from: {error.strerror or error}") from error
        self._received += data
        if not data:
            raise TokensLost("its daemon has ended")
        if len(self._received) > LONGEST_LINE:
            raise TokensLost("its daemon sends a line without an end")
