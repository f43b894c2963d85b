"""The history of a suite: how long the tests took in earlier runs, and how these ended.

The file is `timings.json` of a suite, and what `rehearse test --timings` reads and writes.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..configuration_errors import describe_problems
from ..errors import ConfigurationError, HostError
from .model import Outcome, Run, Suite

VERSION = 1
MOST_RUNS = 50
# Of so many runs, the last ones, the expected duration is the median.
EXPECTED_RUNS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A run of a test. `began` is seconds since 1970; `seconds` include those it `waited`."""

    began: float
    seconds: float
    waited: float
    outcome: Outcome
    report: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flakiness:
    """How many of the runs of a test passed and failed; errors are not among them."""

    passed: int
    failed: int

    @property
    def runs(self) -> int:
        """How many runs there were."""
        return self.passed + self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Earlier runs of tests by name, the oldest first."""

    tests: Mapping[str, tuple[PastRun, ...]] = field(default_factory=dict)

    def runs(self, name: str) -> tuple[PastRun, ...]:
        """Return the runs of a test, none if it is not known."""
        return self.tests.get(name, ())

    def last(self, name: str) -> PastRun | None:
        """Return the last run of a test."""
        runs = self.runs(name)
        return runs[-1] if runs else None

    def expected_seconds(self, name: str) -> float | None:
        """Return how long a test takes, in seconds without waiting; None if that is not known.

        That is the median of its last runs: of those that passed, else of those that failed.
        """
        for outcomes in ((Outcome.PASSED,), (Outcome.FAILED, Outcome.ERROR)):
            found = [run for run in self.runs(name) if run.outcome in outcomes]
            if found:
                last = found[-EXPECTED_RUNS:]
                return median(max(0.0, run.seconds - run.waited) for run in last)
        return None

    def flakiness(self, name: str) -> Flakiness | None:
        """Return how many runs passed and failed; None if the test did not do both."""
        outcomes = [run.outcome for run in self.runs(name)]
        found = Flakiness(
            passed=outcomes.count(Outcome.PASSED), failed=outcomes.count(Outcome.FAILED)
        )
        return found if found.passed and found.failed else None


class _PastRun(BaseModel):
    """One run of a test."""

    model_config = ConfigDict(frozen=True, strict=True)
    began: float
    """When it began, in seconds since 1970."""
    seconds: Annotated[float, Field(ge=0)]
    """How long it took, with the time that it waited for the host."""
    waited: Annotated[float, Field(ge=0)] = 0.0
    """How many of the seconds the driver waited for the host."""
    outcome: Literal["passed", "failed", "error"]
    report: str = ""
    """The folder of the report; empty if the run left none."""


class _Test(BaseModel):
    """One test."""

    model_config = ConfigDict(frozen=True)
    runs: list[_PastRun]
    """The last runs, the oldest first."""


class TimingsFile(BaseModel):
    """The file: earlier runs of tests."""

    model_config = ConfigDict(frozen=True)
    version: int
    tests: dict[str, _Test]
    """The tests by name."""


def load_history(path: Path) -> History:
    """Read a history; one that does not exist yet is empty.

    Raises ConfigurationError, which names the file and each wrong place in it.
    """
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return History()
    except OSError as error:
        raise ConfigurationError(str(path), [f"cannot be read: {error.strerror}"]) from error
    except (RecursionError, ValueError) as error:
        problem = f"is not JSON: {error}; remove the file, or give another one"
        raise ConfigurationError(str(path), [problem]) from error
    found = document.get("version") if isinstance(document, dict) else None
    if isinstance(found, bool) or found != VERSION:
        problem = (
            f"has timings of version {json.dumps(found)[:60]}, and this program reads version "
            f"{VERSION}: use the program that wrote the file, or give another file"
        )
        raise ConfigurationError(str(path), [problem])
    try:
        file = TimingsFile.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError(str(path), describe_problems(error, TimingsFile)) from error
    tests = {name: tuple(map(_past_run, test.runs)) for name, test in file.tests.items()}
    return History(tests=tests)


def merge(history: History, suite: Suite) -> History:
    """Return the history with the runs of a suite. A run that it has already is not added."""
    tests = dict(history.tests)
    for test in suite.tests:
        made = [_of_run(run) for run in test.runs if run.began is not None]
        if runs := _united(tests.get(test.name, ()), made):
            tests[test.name] = runs
    return History(tests=tests)


def united(histories: Sequence[History]) -> History:
    """Return the runs of several histories, such as those of all shards, as one."""
    tests: dict[str, tuple[PastRun, ...]] = {}
    for history in histories:
        for name, runs in history.tests.items():
            tests[name] = _united(tests.get(name, ()), runs)
    return History(tests=tests)


def save_history(history: History, path: Path) -> None:
    """Write a history in place of the file that is there. Raises HostError."""
    tests = {
        name: {"runs": [_document(run) for run in runs[-MOST_RUNS:]]}
        for name, runs in sorted(history.tests.items())
    }
    text = json.dumps({"version": VERSION, "tests": tests}, indent=1, ensure_ascii=True)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = Path(file.name)
            try:
                file.write(text + "\n")
                file.flush()
                os.fchmod(file.fileno(), 0o644)
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise HostError(f"cannot write the timings {path}: {error.strerror}") from error


def update_history(path: Path, suite: Suite) -> History:
    """Add the runs of a suite to a file, also while other programs do so, and return what it has.

    Raises ConfigurationError if the file cannot be used, and HostError if it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.parent):
            history = merge(load_history(path), suite)
            save_history(history, path)
            return history
    except OSError as error:
        raise HostError(f"cannot write the timings {path}: {error.strerror}") from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _past_run(run: _PastRun) -> PastRun:
    return PastRun(
        began=run.began,
        seconds=run.seconds,
        waited=run.waited,
        outcome=Outcome(run.outcome),
        report=run.report,
    )


def _of_run(run: Run) -> PastRun:
    return PastRun(
        began=round(run.began or 0.0, 6),
        seconds=round(run.seconds, 3),
        waited=round(run.waited, 3),
        outcome=run.outcome,
        report=run.report,
    )


def _united(one: Sequence[PastRun], other: Sequence[PastRun]) -> tuple[PastRun, ...]:
    """Return the runs of both by time. Runs that began at the same moment are one run."""
    found = {run.began: run for run in [*other, *one]}
    return tuple(sorted(found.values(), key=lambda run: run.began))[-MOST_RUNS:]


def _document(run: PastRun) -> dict[str, object]:
    return {
        "began": run.began,
        "seconds": run.seconds,
        "waited": run.waited,
        "outcome": run.outcome.value,
        "report": run.report,
    }
