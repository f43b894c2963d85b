"""The global `log` of a script."""

import logging
from contextlib import AbstractContextManager

from .errors import AssertionFailed
from .log import ConsoleEcho, MachineLog, say, shown_level
from .loggers import AbstractLogger, Attributes, LogLevel
from .public_names import public
from .steps import Step, Steps

logger = logging.getLogger(__name__)


class ScriptLog(AbstractLogger):
    """The log, for scripts.

    A message whose attributes have a machine begins with the name of the machine. Other attributes
    are accepted and not shown.

    >>> log.info("the cluster has elected its leader")
    >>> log.info("is the leader", {"machine": "server"})
    """

    def __init__(self, steps: Steps, echo: ConsoleEcho | None = None) -> None:
        self._steps = steps
        self._echo = echo or ConsoleEcho()

    @public
    def log(self, message: str, attributes: Attributes = None) -> None:
        """Write a line that no log level hides."""
        if (machine := _machine(attributes)) is None:
            say(message)
        else:
            MachineLog(machine).say(message)

    @public
    def debug(self, message: str, attributes: Attributes = None) -> None:
        """Write a line for the log level debug."""
        _logger(attributes).debug("%s", message)

    @public
    def info(self, message: str, attributes: Attributes = None) -> None:
        """Write a line for the log levels info and below."""
        _logger(attributes).info("%s", message)

    @public
    def warning(self, message: str, attributes: Attributes = None) -> None:
        """Write a line for the log levels warning and below."""
        _logger(attributes).warning("%s", message)

    @public
    def error(self, message: str, attributes: Attributes = None) -> None:
        """Fail the test with this message."""
        machine = _machine(attributes)
        raise AssertionFailed(message if machine is None else f"{machine}: {message}")

    @public
    def log_test_error(self, message: str, attributes: Attributes = None) -> None:
        """Write a line for all log levels. The test does not fail by it."""
        _logger(attributes).error("%s", message)

    @public
    def log_serial(self, message: str, machine: str) -> None:
        """Write a line to the log as if it came from the serial console of a machine."""
        MachineLog(machine).say(message, console=True, only_in_files=not self._echo.on)

    @public
    def print_serial_logs(self, enable: bool) -> None:
        """Show what machines write on their consoles on the terminal, or stop to show it."""
        self._echo.on = enable

    @public
    def set_log_level(self, level: LogLevel | int | str) -> None:
        """Show lines of this level and above from now on: "debug", "info", "warning", "error".

        It may be a `LogLevel` of `test_driver.logger`, too, or a number of Python's `logging`.
        Raises ValueError for another level.
        """
        shown_level.set(level.name.lower() if isinstance(level, LogLevel) else level)

    @public
    def nested(self, message: str, attributes: Attributes = None) -> AbstractContextManager[Step]:
        """Make a step of the log: a heading, what happens inside, and how long it took."""
        return self._steps.step(message, machine=_machine(attributes))

    @public
    def subtest(self, name: str, attributes: Attributes = None) -> AbstractContextManager[Step]:
        """Make a subtest, as the global `subtest` does."""
        return self._steps.step(name, machine=_machine(attributes), subtest=True)


def _machine(attributes: Attributes) -> str | None:
    return attributes.get("machine") if attributes else None


def _logger(attributes: Attributes) -> logging.Logger | logging.LoggerAdapter[logging.Logger]:
    return logger if (machine := _machine(attributes)) is None else MachineLog(machine)
