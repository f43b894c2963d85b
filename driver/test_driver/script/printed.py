"""What a script prints and logs by itself: a part of the log, as well as of the terminal."""

import contextlib
import io
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any, BinaryIO

from ..log import say
from ..package import PACKAGE
from .replaced import replaced

LONGEST_LINE = 65536


@contextlib.contextmanager
def printed_to_log() -> Iterator[None]:
    """In the body, write to the log what Python prints, and what loggers without handlers log."""
    with contextlib.ExitStack() as stack:
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if (buffer := getattr(stream, "buffer", None)) is None:
                continue  # a stream of pytest or of another caller
            tee = _Tee(buffer)
            text = io.TextIOWrapper(
                tee,  # type: ignore[type-var]  # its type wants more than it uses
                stream.encoding,
                stream.errors,
                line_buffering=True,
                write_through=True,
            )
            stream.flush()
            stack.callback(tee.finish)
            stack.enter_context(replaced(sys, name, text))
        stack.enter_context(replaced(logging, "lastResort", _ToLog()))
        yield


class _Tee(io.BufferedIOBase):
    """Writes bytes to a stream, and whole lines of them to the log, but not to its terminal."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._partial = b""
        self._logging = threading.local()

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer of bytes
        """Write to both."""
        written = bytes(data)
        self._stream.write(written)
        self._stream.flush()
        *lines, self._partial = (self._partial + written).split(b"\n")
        for line in lines:
            self._log(line)
        if len(self._partial) > LONGEST_LINE:
            self.finish()
        return len(written)

    def finish(self) -> None:
        """Log the line that has no end."""
        if self._partial:
            line, self._partial = self._partial, b""
            self._log(line)

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()

    def writable(self) -> bool:
        """Tell that this is for writing."""
        return True

    def fileno(self) -> int:
        """Return the descriptor of the stream."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Tell whether the stream is a terminal."""
        return self._stream.isatty()

    def _log(self, line: bytes) -> None:
        if getattr(self._logging, "now", False):
            return  # a handler of the script's writes here what the driver logs
        self._logging.now = True
        try:
            say(line.decode(errors="replace"), only_in_files=True)
        finally:
            self._logging.now = False


class _ToLog(logging.Handler):
    """Takes the place of the handler that Python uses for loggers without any."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record to the driver's log, where each handler decides about its level."""
        try:
            record.getMessage()
        except Exception:  # noqa: BLE001 - as each handler of Python's does
            self.handleError(record)
        else:
            logging.getLogger(PACKAGE).handle(record)
