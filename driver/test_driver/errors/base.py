"""The roots of the tree, and errors about no machine alone."""

from collections.abc import Sequence
from typing import ClassVar

__all__ = [
    "ConfigurationError",
    "DriverError",
    "NetworkFaultRefused",
    "RequestedAssertionFailed",
    "SeveralErrors",
]


class DriverError(Exception):
    """The root of what the driver reports about itself, the host, or a machine.

    With `ends_search`, it is no finding of a random test about the machines: the search ends.
    """

    ends_search: ClassVar[bool] = False


class RequestedAssertionFailed(AssertionError):
    """What the script demanded is not so. By this name, scripts catch all errors of that kind."""


class ConfigurationError(DriverError):
    """The configuration document or the command line cannot be used."""

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        self.where = where
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{where}: {problem}" for problem in self.problems))


class SeveralErrors(DriverError):
    """Several machines failed at once."""

    def __init__(self, errors: Sequence[Exception]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in errors))


class NetworkFaultRefused(DriverError):
    """A fault of a network makes no sense, or cannot be had."""
