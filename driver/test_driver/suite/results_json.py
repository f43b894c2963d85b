"""The results of a suite for programs: `suite.json`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

# pydantic makes schemas of this class alone before Python 3.12.
from typing_extensions import TypedDict

from .exit_status import suite_status
from .model import Flaky, Outcome, Resources, Run, Source, Suite, SuiteTest
from .summary import summary_line

VERSION = 1

OutcomeName = Literal["passed", "failed", "flaky", "error"]
OUTCOMES: Mapping[Outcome, OutcomeName] = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.FLAKY: "flaky",
    Outcome.ERROR: "error",
}


class RunResults(TypedDict):
    """One run of a test."""

    report: str | None
    """The folder of the report; null if the run left none."""
    place: str | None
    """Where the report is in the folder of the suite; null if it is not there."""
    outcome: OutcomeName
    exit_status: int | None
    """The exit status of the driver."""
    began: float | None
    """When it began, in seconds since 1970."""
    seconds: float
    """How long it took, with the time that it waited for the host."""
    waited: float
    """How many of the seconds the driver waited for the host."""
    phases: Mapping[str, float]
    """Seconds by phase, as the event `time-spent` names them."""
    headline: str
    """Why the run did not pass, in one line."""
    cases: int
    """How many cases `junit.xml` has."""
    failed_cases: Sequence[str]
    troubles: Mapping[str, int]
    """How often there was trouble in machines, by kind."""
    seed: str | None
    """What Python's `random` was seeded with."""


class ResourcesResults(TypedDict):
    """What a test needs."""

    memory: int
    """MiB."""
    cores: int
    disk: int
    """MiB."""
    machines: int


class FlakyResults(TypedDict):
    """The option `flaky` of a test."""

    reason: str
    until: str
    """The last day on which it is tolerated, YYYY-MM-DD."""
    retries: int


class TestResults(TypedDict):
    """One test."""

    name: str
    verdict: OutcomeName | Literal["not run"]
    passed: int
    """How many of its runs passed."""
    runs_counted: int
    """How many runs count: all but those that `errors_retried` counts."""
    errors_retried: int
    """How many runs were errors of the infrastructure that a later run made good."""
    headline: str
    """Why the test did not pass, in one line."""
    report: str | None
    """The folder of the report that decides."""
    source: Source | None
    """Whether the test ran, or its result came from the store; null if that is not known."""
    builder: str | None
    """The address of the builder; null for this host."""
    note: str
    """Why the test was not run, for example."""
    resources: ResourcesResults | None
    flaky: FlakyResults | None
    derivation: str | None
    runs: Sequence[RunResults]


class SuiteResults(TypedDict):
    """The results of a suite."""

    version: int
    name: str
    exit_status: int
    """0 all passed, 1 a test failed, 3 errors or tests that were not run, 5 flaky only."""
    summary: str
    """The counts, in one line."""
    seconds: float | None
    """How long the whole took; null if that is not known."""
    note: str
    """What concerns the whole, such as that the command was interrupted."""
    tests: Sequence[TestResults]


def results(suite: Suite, places: Mapping[Path, str]) -> SuiteResults:
    """Return the results as a JSON document. `places` are those of reports in the suite's folder.

    Times are seconds, moments seconds since 1970; what is not known is null.
    """
    return {
        "version": VERSION,
        "name": suite.name,
        "exit_status": int(suite_status(suite)),
        "summary": summary_line(suite),
        "seconds": suite.seconds,
        "note": suite.note,
        "tests": [_test(test, places) for test in suite.tests],
    }


def _test(test: SuiteTest, places: Mapping[Path, str]) -> TestResults:
    verdict, decisive = test.verdict, test.decisive_run
    return {
        "name": test.name,
        "verdict": "not run" if verdict is None else OUTCOMES[verdict.outcome],
        "passed": verdict.passed if verdict else 0,
        "runs_counted": verdict.runs if verdict else 0,
        "errors_retried": verdict.retried if verdict else 0,
        "headline": verdict.headline if verdict else "",
        "report": decisive.report or None if decisive else None,
        "source": test.source or None,
        "builder": test.builder or None,
        "note": test.note,
        "resources": _resources(test.resources) if test.resources else None,
        "flaky": _flaky(test.flaky) if test.flaky else None,
        "derivation": test.derivation or None,
        "runs": [_run(run, places) for run in test.runs],
    }


def _resources(needs: Resources) -> ResourcesResults:
    return {
        "memory": needs.memory,
        "cores": needs.cores,
        "disk": needs.disk,
        "machines": needs.machines,
    }


def _flaky(flaky: Flaky) -> FlakyResults:
    return {"reason": flaky.reason, "until": flaky.until, "retries": flaky.retries}


def _run(run: Run, places: Mapping[Path, str]) -> RunResults:
    return {
        "report": run.report or None,
        "place": places.get(run.folder),
        "outcome": OUTCOMES[run.outcome],
        "exit_status": run.exit_status,
        "began": run.began,
        "seconds": round(run.seconds, 3),
        "waited": round(run.waited, 3),
        "phases": dict(run.phases),
        "headline": run.headline,
        "cases": run.cases,
        "failed_cases": list(run.failed_cases),
        "troubles": dict(run.troubles),
        "seed": run.seed or None,
    }
