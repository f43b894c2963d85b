"""The verdict on a test from its runs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from .model import Flaky, Outcome, Run, Verdict

NO_RUN = "no run of this test has left a report"


def judge(runs: Sequence[Run], flaky: Flaky | None = None, today: date | None = None) -> Verdict:
    """Return the verdict on a test from its runs, in the order in which they took place.

    One error of the infrastructure (status 3) that a later run made good is forgiven, and told as
    `retried`; any other error counts. `today` is the day on which `flaky.until` is looked at
    (default: today, UTC).
    """
    tried = [run for run in runs if run.outcome is not Outcome.ERROR]
    errors = [run for run in runs if run.outcome is Outcome.ERROR]
    passed = sum(run.outcome is Outcome.PASSED for run in tried)
    failed = len(tried) - passed
    counted = Verdict(outcome=Outcome.PASSED, passed=passed, runs=len(tried), retried=len(errors))
    if not runs:
        return replace(counted, outcome=Outcome.ERROR, headline=NO_RUN)
    if failed and not passed:
        return _decided(counted, Outcome.FAILED, runs, Outcome.FAILED)
    if errors and not _is_forgiven(runs):
        return _decided(replace(counted, retried=0), Outcome.ERROR, runs, Outcome.ERROR)
    if flaky is not None and (today or datetime.now(UTC).date()) > date.fromisoformat(flaky.until):
        headline = (
            f"tolerated as flaky only until {flaky.until} ({flaky.reason}): "
            "fix the test, or give another date in its option `flaky`"
        )
        last = _last(runs, Outcome.PASSED)
        return replace(counted, outcome=Outcome.ERROR, decisive=last, headline=headline)
    if failed:
        return _decided(counted, Outcome.FLAKY, runs, Outcome.FAILED)
    return _decided(counted, Outcome.PASSED, runs, Outcome.PASSED)


def _decided(counted: Verdict, outcome: Outcome, runs: Sequence[Run], by: Outcome) -> Verdict:
    """Return the verdict, with the last run that ended so as the reason."""
    place = _last(runs, by)
    return replace(counted, outcome=outcome, decisive=place, headline=runs[place].headline)


def _last(runs: Sequence[Run], outcome: Outcome) -> int:
    return max(index for index, run in enumerate(runs) if run.outcome is outcome)


def _is_forgiven(runs: Sequence[Run]) -> bool:
    """Whether the only error is one of the infrastructure, and a run came after it."""
    places = [index for index, run in enumerate(runs) if run.outcome is Outcome.ERROR]
    error = runs[places[0]]
    is_retried = len(places) == 1 and places[0] < len(runs) - 1
    return is_retried and error.exit_status == 3 and not error.problem
