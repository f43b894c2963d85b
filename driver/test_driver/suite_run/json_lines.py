"""What happens, as lines of JSON for programs: docs/suites.md tells them."""

import json
import sys
import time
from collections.abc import Sequence

from ..suite.model import Outcome, Suite, SuiteTest
from ..suite.summary import summary_line
from .streams import write_to
from .work import Work, WorkEnd


class JsonLines:
    """Writes a line for each thing that happens to standard output."""

    def say(self, text: str) -> None:
        """Write what concerns the whole."""
        self._write("message", text=text)

    def preparing(self, text: str) -> None:
        """Write what is at hand before tests run."""
        self._write("preparing", text=text)

    def selected(self, names: Sequence[str], others: Sequence[str]) -> None:
        """Write which tests are selected, and what is no test."""
        self._write("selected", tests=list(names), others=list(others))

    def started(self, work: Work) -> None:
        """Write that a run is given to Nix."""
        self._write("started", **_of(work), attempt=work.attempt)

    def builds_on(self, work: Work, builder: str) -> None:
        """Write that Nix has begun with a run."""
        self._write("building", **_of(work), builder=builder)

    def at(self, work: Work, text: str) -> None:
        """Write what a run is at."""
        self._write("at", **_of(work), text=text)

    def ended(self, end: WorkEnd) -> None:
        """Write how a run ended."""
        for run in end.runs:
            self._write(
                "ended",
                **_of(end.work),
                outcome=run.outcome.value,
                exit_status=run.exit_status,
                began=run.began,
                seconds=run.seconds,
                source=end.source,
                builder=end.builder,
                report=run.report or None,
                headline=run.headline,
            )

    def finished(self, suite: Suite, files: Sequence[str], status: int) -> None:
        """Write what the whole came to."""
        counts = {one.value: len(suite.with_outcome(one)) for one in Outcome}
        self._write(
            "finished",
            exit_status=status,
            summary=summary_line(suite),
            **counts,
            not_run=len(suite.with_outcome(None)),
            seconds=suite.seconds,
            files=list(files),
            tests=[_test(test) for test in suite.tests],
        )

    def close(self) -> None:
        """Nothing is left to write."""

    def _write(self, event: str, **fields: object) -> None:
        line = json.dumps({"event": event, "time": round(time.time(), 3), **fields})
        # Who reads may have gone; the tests go on.
        write_to(sys.stdout, f"{line}\n")


def _of(work: Work) -> dict[str, object]:
    return {"test": work.test.name, "run": work.number}


def _test(test: SuiteTest) -> dict[str, object]:
    verdict, run = test.verdict, test.decisive_run
    return {
        "name": test.name,
        "outcome": None if verdict is None else verdict.outcome.value,
        "passed": 0 if verdict is None else verdict.passed,
        "runs": 0 if verdict is None else verdict.runs,
        "source": test.source,
        "builder": test.builder,
        "report": run.report or None if run else None,
        "headline": test.note or ("" if verdict is None else verdict.headline),
    }
