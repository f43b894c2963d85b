"""What happens, as lines of JSON for programs: docs/command.md describes them."""

import json
import sys
import time
from collections.abc import Sequence

from ..suite.model import Outcome, Suite, SuiteTest
from ..suite.results_json import OUTCOMES
from ..suite.summary import summary_line
from .json_events import (
    AnyEvent,
    AtEvent,
    BuildingEvent,
    EndedEvent,
    FinishedEvent,
    FinishedTest,
    MessageEvent,
    PreparingEvent,
    SelectedEvent,
    StartedEvent,
)
from .streams import write_to
from .work import Work, WorkEnd


class JsonLines:
    """Writes a line for each thing that happens to standard output."""

    def say(self, text: str) -> None:
        """Write what concerns the whole."""
        _write(MessageEvent(event="message", time=_now(), text=text))

    def preparing(self, text: str) -> None:
        """Write what is at hand before tests run."""
        _write(PreparingEvent(event="preparing", time=_now(), text=text))

    def selected(self, names: Sequence[str], others: Sequence[str]) -> None:
        """Write which tests are selected, and what is no test."""
        _write(SelectedEvent(event="selected", time=_now(), tests=list(names), others=list(others)))

    def started(self, work: Work) -> None:
        """Write that a run is given to Nix."""
        _write(
            StartedEvent(
                event="started",
                time=_now(),
                test=work.test.name,
                run=work.number,
                attempt=work.attempt,
            )
        )

    def builds_on(self, work: Work, builder: str) -> None:
        """Write that Nix has begun with a run."""
        _write(
            BuildingEvent(
                event="building",
                time=_now(),
                test=work.test.name,
                run=work.number,
                builder=builder,
            )
        )

    def at(self, work: Work, text: str) -> None:
        """Write what a run is at."""
        _write(AtEvent(event="at", time=_now(), test=work.test.name, run=work.number, text=text))

    def ended(self, end: WorkEnd) -> None:
        """Write how a run ended."""
        for run in end.runs:
            _write(
                EndedEvent(
                    event="ended",
                    time=_now(),
                    test=end.work.test.name,
                    run=end.work.number,
                    outcome=OUTCOMES[run.outcome],
                    exit_status=run.exit_status,
                    began=run.began,
                    seconds=run.seconds,
                    source=end.source,
                    builder=end.builder,
                    report=run.report or None,
                    headline=run.headline,
                )
            )

    def finished(self, suite: Suite, files: Sequence[str], status: int) -> None:
        """Write what the whole came to."""
        counts = {one: len(suite.with_outcome(one)) for one in Outcome}
        _write(
            FinishedEvent(
                event="finished",
                time=_now(),
                exit_status=status,
                summary=summary_line(suite),
                failed=counts[Outcome.FAILED],
                error=counts[Outcome.ERROR],
                flaky=counts[Outcome.FLAKY],
                passed=counts[Outcome.PASSED],
                not_run=len(suite.with_outcome(None)),
                seconds=suite.seconds,
                files=list(files),
                tests=[_test(test) for test in suite.tests],
            )
        )

    def close(self) -> None:
        """Nothing is left to write."""


def _write(event: AnyEvent) -> None:
    # Who reads may have gone; the tests go on.
    write_to(sys.stdout, f"{json.dumps(event)}\n")


def _now() -> float:
    return round(time.time(), 3)


def _test(test: SuiteTest) -> FinishedTest:
    verdict, run = test.verdict, test.decisive_run
    return {
        "name": test.name,
        "outcome": None if verdict is None else OUTCOMES[verdict.outcome],
        "passed": 0 if verdict is None else verdict.passed,
        "runs": 0 if verdict is None else verdict.runs,
        "source": test.source,
        "builder": test.builder,
        "report": run.report or None if run else None,
        "headline": test.note or ("" if verdict is None else verdict.headline),
    }
