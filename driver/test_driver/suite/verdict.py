"""The verdict on a test from its runs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from ..run.exit_status import ExitStatus
from .model import Flaky, Outcome, Run, Verdict
from .report_folder import SIGNALS

NO_RUN = "no run of this test has left a report"


def judge(runs: Sequence[Run], flaky: Flaky | None = None, today: date | None = None) -> Verdict:
    """Return the verdict on a test from its runs, in the order in which they took place.

    One error of the infrastructure of each repetition that a later run of it made good is
    forgiven, and told as `retried`: exit status 3, or a driver that was killed. Any other error
    counts. `today` is the day on which `flaky.until` is looked at (default: today, UTC).

    Of a test that runs each of its files by itself, each file is judged, because not all files are
    run again; the worst verdict on a file is that on the test.
    """
    if any(run.parts for run in runs):
        return _judge_parts(runs, flaky, today)
    return _judge(runs, flaky, today)


def _judge_parts(runs: Sequence[Run], flaky: Flaky | None, today: date | None) -> Verdict:
    verdicts = []
    for name in dict.fromkeys(name for run in runs for name in run.parts):
        # A later run has the same run of a file again if it was not needed once more.
        found = {
            run.parts[name].folder.resolve(): index
            for index, run in reversed(list(enumerate(runs)))
            if name in run.parts
        }
        places = sorted(found.values())
        parts = [replace(runs[i].parts[name], repetition=runs[i].repetition) for i in places]
        verdict = _judge(parts, flaky, today)
        decisive = None if verdict.decisive is None else places[verdict.decisive]
        headline = f"{name}: {verdict.headline}" if verdict.headline else ""
        verdicts.append(replace(verdict, decisive=decisive, headline=headline))
    # What is wrong with a run although none of its files is, such as that no test was selected.
    if any(_is_worse_than_its_parts(run) for run in runs):
        verdicts.append(_judge(runs, flaky, today))
    order = list(Outcome)
    worst = min(verdicts, key=lambda one: order.index(one.outcome))
    return replace(worst, retried=max(one.retried for one in verdicts))


def _is_worse_than_its_parts(run: Run) -> bool:
    parts_passed = all(part.outcome is Outcome.PASSED for part in run.parts.values())
    return bool(run.problem) or (run.outcome is not Outcome.PASSED and parts_passed)


def _judge(runs: Sequence[Run], flaky: Flaky | None, today: date | None) -> Verdict:
    tried = [run for run in runs if run.outcome is not Outcome.ERROR]
    errors = [run for run in runs if run.outcome is Outcome.ERROR]
    passed = sum(run.outcome is Outcome.PASSED for run in tried)
    failed = len(tried) - passed
    counted = Verdict(outcome=Outcome.PASSED, passed=passed, runs=len(tried), retried=len(errors))
    if not runs:
        return replace(counted, outcome=Outcome.ERROR, headline=NO_RUN)
    if failed and not passed:
        return _decided(counted, Outcome.FAILED, runs, Outcome.FAILED)
    if not _are_forgiven(runs):
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


def _are_forgiven(runs: Sequence[Run]) -> bool:
    """Whether each repetition has one error at most, which is run again, and a run came after."""
    repetitions = {run.repetition for run in runs}
    groups = ([run for run in runs if run.repetition == number] for number in repetitions)
    return all(_is_forgiven(group) for group in groups)


def _is_forgiven(runs: Sequence[Run]) -> bool:
    places = [index for index, run in enumerate(runs) if run.outcome is Outcome.ERROR]
    if not places:
        return True
    error = runs[places[0]]
    is_retried = len(places) == 1 and places[0] < len(runs) - 1
    status = error.exit_status
    is_infrastructure = status == ExitStatus.HOST_FAULT or (status is not None and status > SIGNALS)
    return is_retried and is_infrastructure and not error.problem
