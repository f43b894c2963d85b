"""The global `log` of a script."""

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager

from .errors import AssertionFailed
from .log import ConsoleEcho, MachineLog, say, shown_level
from .public_names import public
from .steps import Step, Steps

logger = logging.getLogger(__name__)


class ScriptLog:
    """The log, for scripts.

    >>> log.info("the cluster has elected its leader")
    """

    def __init__(self, steps: Steps, echo: ConsoleEcho | None = None) -> None:
        self._steps = steps
        self._echo = echo or ConsoleEcho()

    @public
    def log(self, message: str, attributes: Mapping[str, str] | None = None) -> None:
        """Write a line that no log level hides. Attributes are accepted and not shown."""
        say(message)

    @public
    def debug(self, message: str) -> None:
        """Write a line for the log level debug."""
        logger.debug("%s", message)

    @public
    def info(self, message: str) -> None:
        """Write a line for the log levels info and below."""
        logger.info("%s", message)

    @public
    def warning(self, message: str) -> None:
        """Write a line for the log levels warning and below."""
        logger.warning("%s", message)

    @public
    def error(self, message: str) -> None:
        """Fail the test with this message."""
        raise AssertionFailed(message)

    @public
    def log_test_error(self, message: str, attributes: Mapping[str, str] | None = None) -> None:
        """Write a line for all log levels. The test does not fail by it."""
        logger.error("%s", message)

    @public
    def log_serial(self, message: str, machine: str) -> None:
        """Write a line to the log as if it came from the serial console of a machine."""
        MachineLog(machine).say(message, console=True, only_in_files=not self._echo.on)

    @public
    def print_serial_logs(self, enable: bool) -> None:
        """Show what machines write on their consoles on the terminal, or stop to show it."""
        self._echo.on = enable

    @public
    def set_log_level(self, level: int | str) -> None:
        """Show lines of this level and above from now on: "debug", "info", "warning", "error".

        A number is one of Python's `logging`. Raises ValueError for another level.
        """
        shown_level.set(level)

    @public
    def nested(
        self, message: str, attributes: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Step]:
        """Make a step of the log: a heading, what happens inside, and how long it took."""
        return self._steps.step(message)

    @public
    def subtest(self, name: str) -> AbstractContextManager[Step]:
        """Make a subtest, as the global `subtest` does."""
        return self._steps.step(name, subtest=True)
