"""Loggers that scripts for nixpkgs' driver make: to the terminal, and to several others."""

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from enum import IntEnum

Attributes = Mapping[str, str] | None


class LogLevel(IntEnum):
    """The levels of the log."""

    DEBUG = 1
    INFO = 2
    WARNING = 3
    ERROR = 4


class AbstractLogger(ABC):
    """What every logger can do. The global `log` is one.

    A message belongs to a machine if its attributes have one: `{"machine": "server"}`.
    """

    @abstractmethod
    def log(self, message: str, attributes: Attributes = None) -> None:
        """Write a line that no log level hides."""

    @abstractmethod
    def nested(self, message: str, attributes: Attributes = None) -> AbstractContextManager[object]:
        """Make a heading for what happens inside."""

    @abstractmethod
    def subtest(self, name: str, attributes: Attributes = None) -> AbstractContextManager[object]:
        """Make a subtest of what happens inside."""

    @abstractmethod
    def debug(self, message: str, attributes: Attributes = None) -> None:
        """Write a line for the log level debug."""

    @abstractmethod
    def info(self, message: str, attributes: Attributes = None) -> None:
        """Write a line for the log levels info and below."""

    @abstractmethod
    def warning(self, message: str, attributes: Attributes = None) -> None:
        """Write a line for the log levels warning and below."""

    @abstractmethod
    def error(self, message: str, attributes: Attributes = None) -> None:
        """Write a line for all log levels."""

    @abstractmethod
    def log_test_error(self, message: str, attributes: Attributes = None) -> None:
        """Write a line about a failure of the test."""

    @abstractmethod
    def log_serial(self, message: str, machine: str) -> None:
        """Write a line as if it came from the serial console of a machine."""

    @abstractmethod
    def print_serial_logs(self, enable: bool) -> None:
        """Show lines of serial consoles, or stop to show them."""

    @abstractmethod
    def set_log_level(self, level: LogLevel) -> None:
        """Show lines of this level and above from now on."""


class LeveledLogger(AbstractLogger):
    """A logger that has one way to write a line, and asks for nothing else."""

    def __init__(self) -> None:
        self._serial = True
        self._level = LogLevel.INFO

    def subtest(self, name: str, attributes: Attributes = None) -> AbstractContextManager[object]:
        """Make a heading."""
        return self.nested(f"subtest: {name}", attributes)

    @contextmanager
    def nested(self, message: str, attributes: Attributes = None) -> Iterator[None]:
        """Write the message, and how long it took."""
        self.log(message, attributes)
        began = time.monotonic()
        yield
        seconds = time.monotonic() - began
        self.log(f"(finished: {message}, in {seconds:.2f} seconds)", attributes)

    def debug(self, message: str, attributes: Attributes = None) -> None:
        """Write a line for the log level debug."""
        self._log_at(LogLevel.DEBUG, message, attributes)

    def info(self, message: str, attributes: Attributes = None) -> None:
        """Write a line for the log levels info and below."""
        self._log_at(LogLevel.INFO, message, attributes)

    def warning(self, message: str, attributes: Attributes = None) -> None:
        """Write a line for the log levels warning and below."""
        self._log_at(LogLevel.WARNING, message, attributes)

    def error(self, message: str, attributes: Attributes = None) -> None:
        """Write a line for all log levels."""
        self._log_at(LogLevel.ERROR, message, attributes)

    def log_test_error(self, message: str, attributes: Attributes = None) -> None:
        """Write a line about a failure of the test."""
        self.log(f"!!! {message}", attributes)

    def log_serial(self, message: str, machine: str) -> None:
        """Write a line of a serial console, unless that is switched off."""
        if self._serial:
            self.log(f"{machine} # {message}")

    def print_serial_logs(self, enable: bool) -> None:
        """Show lines of serial consoles, or stop to show them."""
        self._serial = enable

    def set_log_level(self, level: LogLevel) -> None:
        """Show lines of this level and above from now on."""
        self._level = LogLevel(level)

    def _log_at(self, level: LogLevel, message: str, attributes: Attributes) -> None:
        if level >= self._level:
            self.log(message, attributes)


class TerminalLogger(LeveledLogger):
    """Writes to stderr.

    >>> TerminalLogger().info("begins", {"machine": "server"})
    """

    def log(self, message: str, attributes: Attributes = None) -> None:
        """Write a line, with its machine in front."""
        sys.stderr.write(f"{with_machine(message, attributes)}\n")


class CompositeLogger(AbstractLogger):
    """Passes all on to other loggers, in their order.

    >>> logger = CompositeLogger([TerminalLogger()])
    """

    def __init__(self, logger_list: Sequence[AbstractLogger]) -> None:
        self.logger_list = list(logger_list)

    def add_logger(self, logger: AbstractLogger) -> None:
        """Pass all on to one more logger."""
        self.logger_list.append(logger)

    def log(self, message: str, attributes: Attributes = None) -> None:
        """Write a line that no log level hides."""
        self._each("log", message, attributes)

    def nested(self, message: str, attributes: Attributes = None) -> AbstractContextManager[object]:
        """Make a heading in each."""
        return self._in_each("nested", message, attributes)

    def subtest(self, name: str, attributes: Attributes = None) -> AbstractContextManager[object]:
        """Make a subtest in each."""
        return self._in_each("subtest", name, attributes)

    def debug(self, message: str, attributes: Attributes = None) -> None:
        """Write a line for the log level debug."""
        self._each("debug", message, attributes)

    def info(self, message: str, attributes: Attributes = None) -> None:
        """Write a line for the log levels info and below."""
        self._each("info", message, attributes)

    def warning(self, message: str, attributes: Attributes = None) -> None:
        """Write a line for the log levels warning and below."""
        self._each("warning", message, attributes)

    def error(self, message: str, attributes: Attributes = None) -> None:
        """Write a line for all log levels, and end the program with status 1."""
        self._each("error", message, attributes)
        sys.exit(1)

    def log_test_error(self, message: str, attributes: Attributes = None) -> None:
        """Write a line about a failure of the test."""
        self._each("log_test_error", message, attributes)

    def log_serial(self, message: str, machine: str) -> None:
        """Write a line as if it came from the serial console of a machine."""
        self._each("log_serial", message, machine)

    def print_serial_logs(self, enable: bool) -> None:
        """Show lines of serial consoles, or stop to show them."""
        self._each("print_serial_logs", enable)

    def set_log_level(self, level: LogLevel) -> None:
        """Show lines of this level and above from now on."""
        self._each("set_log_level", level)

    def _each(self, method: str, *arguments: object) -> None:
        for logger in self.logger_list:
            getattr(logger, method)(*arguments)

    @contextmanager
    def _in_each(self, method: str, *arguments: object) -> Iterator[None]:
        with ExitStack() as stack:
            for logger in self.logger_list:
                stack.enter_context(getattr(logger, method)(*arguments))
            yield


def with_machine(message: str, attributes: Attributes) -> str:
    """Return a message with the machine that its attributes name in front."""
    return (
        f"{attributes['machine']}: {message}" if attributes and "machine" in attributes else message
    )
