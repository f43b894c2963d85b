"""What the runs come to: the suite, as far as they have ended."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..nix.evaluate import FoundTest
from ..suite.model import Flaky, Outcome, Resources, Run, Source, Suite, SuiteTest
from ..suite.verdict import judge
from .one_run import NO_FOLDER
from .work import WorkEnd


class Results:
    """Collects the ends of runs, and makes a suite of them at any time."""

    def __init__(self, name: str, tests: Sequence[FoundTest]) -> None:
        self._name = name
        self._tests = tests
        self._ends: dict[str, list[WorkEnd]] = {test.name: [] for test in tests}
        self._planned = {test.name: len(test.runs) for test in tests}

    def add(self, end: WorkEnd) -> None:
        """Take the end of a run."""
        self._ends[end.work.test.name].append(end)

    def plan(self, name: str, runs: int) -> None:
        """Say how many runs of a test there are to be."""
        self._planned[name] = runs

    @property
    def has_failure(self) -> bool:
        """Whether a run has failed."""
        runs = (run for ends in self._ends.values() for end in ends for run in end.runs)
        return any(run.outcome is Outcome.FAILED for run in runs)

    def suite(self, *, seconds: float, note: str = "") -> Suite:
        """Return the suite. Tests of which no run has ended were not run."""
        tests = tuple(self._judged(test, note) for test in self._tests)
        return Suite(name=self._name, tests=tests, seconds=seconds, note=note)

    def _judged(self, test: FoundTest, note: str) -> SuiteTest:
        ends = sorted(self._ends[test.name], key=lambda end: end.work.number)
        runs = [replace(run, repetition=end.work.number) for end in ends for run in end.runs]
        if test.error:
            runs = [_not_evaluated(test)]
        flaky = _flaky(test.flaky)
        missing = self._planned[test.name] - len(ends)
        if not test.error and missing and ends:
            note = f"{len(ends)} of {self._planned[test.name]} runs have ended"
        elif not missing or test.error:
            note = ""
        return SuiteTest(
            name=test.name,
            runs=tuple(runs),
            verdict=judge(runs, flaky) if runs else None,
            resources=_resources(test.resources),
            flaky=flaky,
            source=_source(ends),
            builder=", ".join(sorted({end.builder for end in ends if end.builder})),
            note=note,
            derivation=ends[-1].work.report.derivation if ends else "",
        )


def _source(ends: Sequence[WorkEnd]) -> Source:
    sources = {end.source for end in ends}
    return "ran" if "ran" in sources else "store" if "store" in sources else ""


def _not_evaluated(test: FoundTest) -> Run:
    return Run(folder=NO_FOLDER, outcome=Outcome.ERROR, headline=test.error, problem=test.error)


def _resources(given: Mapping[str, Any] | None) -> Resources | None:
    if given is None:
        return None
    names = ("memory", "cores", "disk", "machines")
    found = {name: given[name] for name in names if isinstance(given.get(name), int)}
    return Resources(**found)


def _flaky(given: Mapping[str, Any] | None) -> Flaky | None:
    if given is None:
        return None
    flaky = Flaky(reason=str(given.get("reason", "")), until=str(given.get("until", "")))
    retries = given.get("retries")
    return replace(flaky, retries=retries) if isinstance(retries, int) else flaky
