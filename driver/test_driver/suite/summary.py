"""What a suite came to, in a line and in a few: the last that a person sees."""

import time
from collections.abc import Iterator

from .model import Outcome, Suite, SuiteTest

MOST_TESTS = 30
MOST_COUNTS = 3
LONGEST_LINE = 200


def summary_line(suite: Suite) -> str:
    """Return the suite in a line, such as

    `312 ran, 688 from the store (oldest 2026-11-02), 2 failed, 1 flaky (passed 2 of 3)`.
    """
    if not suite.tests:
        return "no tests"
    parts = [*_sources(suite), *_outcomes(suite)]
    if all(test.verdict and test.verdict.outcome is Outcome.PASSED for test in suite.tests):
        parts.append("all passed" if len(suite.tests) > 1 else "passed")
    return ", ".join(parts)


def summary_text(suite: Suite) -> str:
    """Return a line for each test that did not pass, and `summary_line` below them."""
    lines = []
    for outcome in (Outcome.FAILED, Outcome.ERROR, Outcome.FLAKY, None):
        found = suite.with_outcome(outcome)
        lines += [_lines_of_test(test) for test in found[:MOST_TESTS]]
        if len(found) > MOST_TESTS:
            what = "not run" if outcome is None else outcome.value
            lines.append(f"and {len(found) - MOST_TESTS} more {what}")
    return "".join(f"{line}\n" for line in [*lines, summary_line(suite)])


def line_of_test(test: SuiteTest) -> str:
    """Return the verdict on a test in a line, with the reason: `failed  web: it is closed`."""
    what = "not run" if test.verdict is None else test.verdict.describe()
    why = test.note or (test.verdict.headline if test.verdict else "")
    return f"{what}  {test.name}{': ' if why else ''}{why}"


def _lines_of_test(test: SuiteTest) -> str:
    line = line_of_test(test).split("\n")[0]
    line = line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 3]}..."
    run = test.decisive_run
    return line if run is None or not run.report else f"{line}\n    {run.folder / run.page}"


def _sources(suite: Suite) -> Iterator[str]:
    ran = [test for test in suite.tests if test.source == "ran"]
    stored = [test for test in suite.tests if test.source == "store"]
    # What could not be built at all, or not be evaluated, is among the errors alone.
    rest = sum(test.source == "" and any(run.report for run in test.runs) for test in suite.tests)
    if ran or not rest:
        yield f"{len(ran)} ran"
    if rest:
        yield f"{rest} test{'s' if rest > 1 else ''}"
    if stored:
        began = [run.began for test in stored for run in test.runs if run.began is not None]
        oldest = f" (oldest {day_text(min(began))})" if began else ""
        yield f"{len(stored)} from the store{oldest}"


def _outcomes(suite: Suite) -> Iterator[str]:
    if failed := suite.with_outcome(Outcome.FAILED):
        yield f"{len(failed)} failed"
    if errors := suite.with_outcome(Outcome.ERROR):
        yield f"{len(errors)} error{'s' if len(errors) > 1 else ''}"
    if flaky := suite.with_outcome(Outcome.FLAKY):
        counts = [f"{test.verdict.passed} of {test.verdict.runs}" for test in flaky if test.verdict]
        more = ", ..." if len(counts) > MOST_COUNTS else ""
        yield f"{len(flaky)} flaky (passed {', '.join(counts[:MOST_COUNTS])}{more})"
    if unrun := suite.with_outcome(None):
        yield f"{len(unrun)} not run"


def day_text(seconds: float) -> str:
    """Return a moment, in seconds since 1970, as a day of UTC.

    >>> day_text(0)
    '1970-01-01'
    """
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
