"""The driver's log: whole lines, each saying which machine it is about."""

import contextlib
import logging
import os
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_PACKAGE = __name__.partition(".")[0]
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_RESET = "\x1b[0m"
_DIM = "\x1b[2m"
_HEADER = "\x1b[1;32m"
_ERROR = "\x1b[1;31m"


def plain(text: str) -> str:
    """Return text without control characters, those between lines excepted."""
    return _CONTROLS.sub("", text)


class LineFormatter(logging.Formatter):
    """Writes `machine: text`, console lines as `machine # text`, each line with its machine."""

    def __init__(self, *, colours: bool) -> None:
        super().__init__()
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one or more whole lines."""
        machine = getattr(record, "machine", None)
        console = getattr(record, "console", False)
        prefix = "" if machine is None else f"{machine} # " if console else f"{machine}: "
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        colour = self._colour(record, console=console)
        return "\n".join(
            f"{colour}{prefix}{plain(line)}{_RESET if colour else ''}" for line in text.split("\n")
        )

    def _colour(self, record: logging.LogRecord, *, console: bool) -> str:
        if not self._colours:
            return ""
        if record.levelno >= logging.ERROR:
            return _ERROR
        if getattr(record, "header", False):
            return _HEADER
        return _DIM if console or record.levelno <= logging.DEBUG else ""


class MachineLog(logging.LoggerAdapter[logging.Logger]):
    """A logger whose lines begin with the name of a machine."""

    def __init__(self, machine: str) -> None:
        super().__init__(logging.getLogger(f"{_PACKAGE}.machines.{machine}"), {"machine": machine})

    def process(
        self, msg: object, kwargs: MutableMapping[str, Any]
    ) -> tuple[object, MutableMapping[str, Any]]:
        """Add the machine to what the caller says about the record."""
        kwargs["extra"] = {**(self.extra or {}), **kwargs.get("extra", {})}
        return msg, kwargs

    def say(self, message: str, **marks: bool) -> None:
        """Log a line that no log level hides."""
        self.info("%s", message, extra={"always": True, **marks})

    def record(self, kind: str, **details: object) -> None:
        """Write an event of the machine that no log shows."""
        record(kind, {"machine": self.extra["machine"] if self.extra else None}, **details)


def say(message: str, **marks: bool) -> None:
    """Log a line about no machine in particular that no log level hides."""
    logging.getLogger(_PACKAGE).info("%s", message, extra={"always": True, **marks})


def record(kind: str, marks: Mapping[str, object] | None = None, **details: object) -> None:
    """Write an event that no log shows: `events.py` lists the kinds and their details."""
    extra = {**(marks or {}), "event": kind, "details": details}
    logging.getLogger(_PACKAGE).info("%s", kind, extra=extra)


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
                stream.close()  # what could not be written is flushed in vain once more


@dataclass
class ConsoleEcho:
    """Whether the terminal shows what machines write on their consoles. Files have it anyway."""

    on: bool = True


class LogOutput:
    """The handlers of the package, for as long as the driver runs."""

    def __init__(self, stream: TextIO, level: int) -> None:
        self._level = level
        self._handlers: list[logging.Handler] = []
        self._root = logging.getLogger(_PACKAGE)
        self._root.setLevel(logging.DEBUG)
        terminal = logging.StreamHandler(stream)
        terminal.addFilter(_is_for_terminal)
        self._add(terminal, colours=stream.isatty())

    def write_to(self, path: Path) -> None:
        """Keep the log in a file, too."""
        self._add(_FileHandler(path, mode="w", encoding="utf-8"), colours=False)

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

    def _add(self, handler: logging.Handler, *, colours: bool) -> None:
        handler.setFormatter(LineFormatter(colours=colours))
        handler.addFilter(self._passes)
        self.add(handler)

    def _passes(self, record: logging.LogRecord) -> bool:
        if hasattr(record, "event"):
            return False
        return record.levelno >= self._level or getattr(record, "always", False)


def _is_for_terminal(record: logging.LogRecord) -> bool:
    return not getattr(record, "only_in_files", False)
