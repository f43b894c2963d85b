"""What a suite came to, as data: runs of tests, verdicts on tests, and all of them together.

`read_attempts` makes runs out of report folders, `judge` a verdict out of the runs of one test, and
`write_suite` page, JUnit and the other files out of a suite.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Literal

# Where the runs of a test come from: run now, found in the store, or not known.
Source = Literal["ran", "store", ""]


class Outcome(Enum):
    """How a run, or a test with all its runs, ended. A single run is never flaky."""

    FAILED = "failed"
    ERROR = "error"
    FLAKY = "flaky"
    PASSED = "passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a test, as its report folder tells it.

    `began` is seconds since 1970, None if not known. `waited` is the part of `seconds` that the
    driver waited for the host. `phases` are seconds by the names that events give them.
    `exit_status` is that of the driver, None if not known. `page` is the file of the folder that
    people read, empty if there is none. `parts` are the runs of its files by name, of a test that
    runs each of its files by itself. `problem` says why the folder could not be read, or
    contradicts itself. A run that left no report, because its build failed or was lost, has the
    folder `Path()`. `repetition` is the number of the repetition, from 1; 0 if the test is not
    repeated.
    """

    folder: Path
    outcome: Outcome
    repetition: int = 0
    exit_status: int | None = None
    began: float | None = None
    seconds: float = 0.0
    waited: float = 0.0
    phases: Mapping[str, float] = field(default_factory=dict)
    headline: str = ""
    cases: int = 0
    failed_cases: tuple[str, ...] = ()
    troubles: Mapping[str, int] = field(default_factory=dict)
    machines: tuple[str, ...] = ()
    seed: str = ""
    page: str = ""
    parts: Mapping[str, "Run"] = field(default_factory=dict)
    problem: str = ""

    @property
    def report(self) -> str:
        """The report folder as a text, empty if the run left none."""
        return "" if self.folder == Path() else str(self.folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the runs of a test come to.

    `passed` of `runs` runs passed; runs that were errors, and that a later run made good, are
    `retried` and not among them. `decisive` is the place of the run that the verdict is read from,
    in the runs of the test, None if there is none. `headline` says why the test did not pass.
    """

    outcome: Outcome
    passed: int = 0
    runs: int = 0
    retried: int = 0
    decisive: int | None = None
    headline: str = ""

    def describe(self) -> str:
        """Return the verdict as text.

        >>> Verdict(outcome=Outcome.FLAKY, passed=2, runs=3).describe()
        'flaky (passed 2 of 3)'
        """
        name: str = self.outcome.value
        if self.outcome is Outcome.FLAKY:
            return f"{name} (passed {self.passed} of {self.runs})"
        return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a test needs: memory and disk in MiB, processors, machines."""

    memory: int = 0
    cores: int = 0
    disk: int = 0
    machines: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaky:
    """What a test says of its flakiness. `until` is the last day it is tolerated, YYYY-MM-DD."""

    reason: str
    until: str
    retries: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteTest:
    """A test of a suite. Its `verdict` is None if it was not run.

    `builder` is where it ran, empty for this machine. `note` is shown with it, such as why it was
    not run.
    """

    name: str
    runs: tuple[Run, ...] = ()
    verdict: Verdict | None = None
    resources: Resources | None = None
    flaky: Flaky | None = None
    source: Source = ""
    builder: str = ""
    note: str = ""
    derivation: str = ""

    @property
    def decisive_run(self) -> Run | None:
        """The run that the verdict is read from."""
        if self.verdict is None or self.verdict.decisive is None:
            return None
        return self.runs[self.verdict.decisive]

    @property
    def seconds(self) -> float:
        """How long all runs took, in seconds, without the time they waited for the host."""
        return sum(max(0.0, run.seconds - run.waited) for run in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Tests that were run together.

    `seconds` is how long the whole took, None where that is not known. `note` is shown at the top,
    such as that the command was interrupted.
    """

    name: str
    tests: tuple[SuiteTest, ...] = ()
    seconds: float | None = None
    note: str = ""

    def with_outcome(self, outcome: Outcome | None) -> list[SuiteTest]:
        """Return the tests with this verdict; with None, those that were not run."""
        return [
            test
            for test in self.tests
            if (None if test.verdict is None else test.verdict.outcome) is outcome
        ]
