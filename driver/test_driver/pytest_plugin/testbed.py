"""The testbed of a session of pytest: its document, and its driver as soon as a test needs it."""

import abc
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..test_result import TestResult
from .stopwatch import Stopwatch

if TYPE_CHECKING:
    from ..configuration import Configuration
    from ..driver import Driver
    from ..report.sinks import Records
    from .isolation import Isolation

# Lets a person in after a failure, which is told in a line.
Stop = Callable[[str, BaseException], None]


@dataclass(kw_only=True, eq=False)
class OpenTestbed:
    """A driver with its records, and what keeps its tests apart.

    `stop` is None where nobody waits for a person.
    """

    driver: "Driver"
    records: "Records"
    isolation: "Isolation"
    stopwatch: Stopwatch
    stop: Stop | None = None
    attended: bool = False  # whether a person sits at the machines, and looks by themselves


@dataclass(kw_only=True, eq=False)
class Testbed(abc.ABC):
    """What a session of pytest knows of its testbed."""

    configuration: "Configuration"
    opened: OpenTestbed | None = None
    selected: int | None = None  # how many tests were to be run; None until they begin
    results: dict[str, TestResult] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)  # files that could not be collected
    error: BaseException | None = None  # what has failed a test first
    statuses: set[int] = field(
        default_factory=set
    )  # what failures of tests would end a script with
    ended_by: BaseException | None = None  # what has ended all of them
    # Called with the driver as soon as it is there, which may be in the middle of a test.
    when_opened: Callable[[OpenTestbed], None] = lambda opened: None

    @abc.abstractmethod
    def open(self) -> OpenTestbed:
        """Return the driver, which is made at the first call."""

    @abc.abstractmethod
    def close(self) -> None:
        """End what `open` has begun."""


@dataclass(kw_only=True, eq=False)
class GivenTestbed(Testbed):
    """A testbed that whoever runs pytest in this process has opened, and closes."""

    def open(self) -> OpenTestbed:
        """Return the driver."""
        assert self.opened is not None
        return self.opened

    def close(self) -> None:
        """Leave the machines as they are."""


def open_testbed(
    driver: "Driver",
    records: "Records",
    mode: str,
    stop: Stop | None = None,
) -> OpenTestbed:
    """Return a testbed over a driver that was entered."""
    from ..script.script import provide_names
    from .isolation import Isolation

    # For what takes names from the driver wherever it is: state machines.
    provide_names(driver.script_names())
    stopwatch = Stopwatch()
    isolation = Isolation(driver, mode, stopwatch)
    return OpenTestbed(
        driver=driver, records=records, isolation=isolation, stopwatch=stopwatch, stop=stop
    )
