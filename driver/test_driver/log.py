"""The driver's log: whole lines, each saying which machine it is about."""

import logging
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from .hints import hint
from .package import PACKAGE

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


@dataclass
class ShownLevel:
    """The lowest level of the lines that the terminal and the log file show."""

    level: int = logging.INFO

    def set(self, level: int | str) -> None:
        """Set it by its name or its number in `logging`. Raises ValueError for another level."""
        number = LEVELS.get(level) if isinstance(level, str) else level
        if number is None or number not in LEVELS.values():
            names = ", ".join(LEVELS)
            raise ValueError(f"log level: expected one of {names}, got {level!r}")
        self.level = number


shown_level = ShownLevel()

# What stands before a line that a program wrote, for people: by its stream.
STREAM_LABELS = {"stdout": "stdout: ", "stderr": "stderr: ", "qemu": "QEMU: "}

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def plain(text: str) -> str:
    """Return text without control characters, those between lines excepted."""
    return _CONTROLS.sub("", text)


class MachineLog(logging.LoggerAdapter[logging.Logger]):
    """A logger whose lines begin with the name of a machine."""

    def __init__(self, machine: str) -> None:
        super().__init__(logging.getLogger(f"{PACKAGE}.machines.{machine}"), {"machine": machine})

    def process(
        self, msg: object, kwargs: MutableMapping[str, Any]
    ) -> tuple[object, MutableMapping[str, Any]]:
        """Add the machine to what the caller says about the record."""
        kwargs["extra"] = {**(self.extra or {}), **kwargs.get("extra", {})}
        return msg, kwargs

    def say(self, message: str, **marks: object) -> None:
        """Log a line that no log level hides, and a hint if it names a limit of the machine."""
        self.info("%s", message, extra={"always": True, **marks})
        if advice := hint(message):
            self.warning("hint: %s", advice)

    def record(self, kind: str, **details: object) -> None:
        """Write an event of the machine that no log shows."""
        record(kind, {"machine": self.extra["machine"] if self.extra else None}, **details)


def say(message: str, **marks: object) -> None:
    """Log a line about no machine in particular that no log level hides."""
    logging.getLogger(PACKAGE).info("%s", message, extra={"always": True, **marks})


def record(kind: str, marks: Mapping[str, object] | None = None, **details: object) -> None:
    """Write an event that no log shows: `report/events.py` lists the kinds and their details."""
    extra = {**(marks or {}), "event": kind, "details": details}
    logging.getLogger(PACKAGE).info("%s", kind, extra=extra)


@dataclass
class ConsoleEcho:
    """Whether the terminal shows what machines write on their consoles. Files have it anyway."""

    on: bool = False
