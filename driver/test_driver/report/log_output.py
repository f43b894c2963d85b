"""Where the log goes: to the terminal, to a file, to all other listeners."""

import contextlib
import logging
import os
import sys
from pathlib import Path
from typing import TextIO

from ..log import STREAM_LABELS, plain, shown_level
from ..package import PACKAGE
from .github_actions import harmless
from .terminal_log import TerminalHandler, wants_colours

_RESET = "\x1b[0m"
_DIM = "\x1b[2m"
_HEADER = "\x1b[1;32m"
_ERROR = "\x1b[1;31m"


def uncaptured_stderr() -> TextIO:
    """Return a stream to stderr that pytest does not capture while a test runs."""
    return os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace")


class LineFormatter(logging.Formatter):
    """Writes `machine: text`, console lines as `machine # text`, each line with its machine."""

    def __init__(self, *, colours: bool, workflow: bool = False, brief: bool = False) -> None:
        """`brief` is for a terminal, where a long command is not shown whole."""
        super().__init__()
        self._brief = brief
        self._colours = colours
        self._workflow = workflow

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one or more whole lines."""
        if getattr(record, "workflow", False):
            return record.getMessage()
        machine = getattr(record, "machine", None)
        console = getattr(record, "console", False)
        prefix = "" if machine is None else f"{machine} # " if console else f"{machine}: "
        prefix += STREAM_LABELS.get(getattr(record, "stream", ""), "")
        text = record.getMessage()
        if self._brief:
            text = getattr(record, "brief", text)
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        colour = self._colour(record, console=console)
        end = _RESET if colour else ""
        lines = [f"{prefix}{plain(line)}" for line in text.split("\n")]
        if self._workflow:
            lines = [harmless(line) for line in lines]
        return "\n".join(f"{colour}{line}{end}" for line in lines)

    def _colour(self, record: logging.LogRecord, *, console: bool) -> str:
        if not self._colours:
            return ""
        if record.levelno >= logging.ERROR:
            return _ERROR
        if getattr(record, "header", False):
            return _HEADER
        return _DIM if console or record.levelno <= logging.DEBUG else ""


class _FileHandler(logging.FileHandler):
    """A log file that may become unwritable: that is told once, and the log goes on without."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Write nothing more, instead of a traceback for each line."""
        self.acquire()
        try:
            stream, self.stream = self.stream, open(os.devnull, "w", encoding="utf-8")
        finally:
            self.release()
        with contextlib.suppress(OSError):
            if stream is not None:
                stream.close()  # what could not be written is flushed once more, and fails again


class LogOutput:
    """The handlers of the package, for as long as the driver runs."""

    def __init__(
        self, stream: TextIO, level: int, *, verbose: bool = False, workflow: bool = False
    ) -> None:
        shown_level.set(level)
        self._handlers: list[logging.Handler] = []
        self._root = logging.getLogger(PACKAGE)
        self._root.setLevel(logging.DEBUG)
        # A script that calls logging.basicConfig() would log each line twice.
        self._root.propagate = False
        self.terminal = TerminalHandler(stream, verbose=verbose)
        self._add(
            self.terminal,
            LineFormatter(colours=wants_colours(stream), workflow=workflow, brief=True),
        )

    def write_to(self, path: Path) -> None:
        """Keep the log in a file, too."""
        path.write_text("")
        # `logging.config` of a script closes all handlers; one that appends opens its file again.
        handler = _FileHandler(path, mode="a", encoding="utf-8")
        handler.addFilter(lambda record: not hasattr(record, "workflow"))
        self._add(handler, LineFormatter(colours=False))

    def add(self, handler: logging.Handler) -> None:
        """Give all lines to one more handler, also those that the log level hides."""
        self._root.addHandler(handler)
        self._handlers.append(handler)

    def close(self) -> None:
        """Flush and close everything."""
        for handler in self._handlers:
            self._root.removeHandler(handler)
            handler.close()
        self._handlers.clear()
        self._root.propagate = True

    def _add(self, handler: logging.Handler, formatter: LineFormatter) -> None:
        handler.setFormatter(formatter)
        handler.addFilter(self._passes)
        self.add(handler)

    def _passes(self, record: logging.LogRecord) -> bool:
        if hasattr(record, "event"):
            return False
        return record.levelno >= shown_level.level or getattr(record, "always", False)
