"""What a suite came to, in a line and in a few."""

from pathlib import Path

from test_driver.suite.model import Outcome, Run, Source, Suite, SuiteTest, Verdict
from test_driver.suite.summary import summary_line, summary_text

DAY = 86400.0


def some(
    count: int, outcome: Outcome | None, source: Source = "", passed: int = 0, runs: int = 1
) -> list[SuiteTest]:
    """Return tests of one verdict."""
    verdict = None
    if outcome is not None:
        verdict = Verdict(
            outcome=outcome, passed=passed, runs=runs, decisive=0, headline="1 != 2\nmore"
        )
    run = Run(folder=Path("/r"), outcome=Outcome.PASSED, began=20_759 * DAY, page="report.html")
    made = (run,) if outcome is not None else ()
    return [
        SuiteTest(name=f"t{number}", runs=made, verdict=verdict, source=source)
        for number in range(count)
    ]


def line(*groups: list[SuiteTest]) -> str:
    """Return the line of a suite of these tests."""
    return summary_line(Suite(name="all", tests=tuple(test for group in groups for test in group)))


def test_the_line() -> None:
    assert line() == "no tests"
    assert line(some(1, Outcome.PASSED)) == "1 test, passed"
    assert line(some(2, Outcome.PASSED)) == "2 tests, all passed"
    assert line(some(2, Outcome.PASSED, "ran")) == "2 ran, all passed"
    stored = some(50, Outcome.PASSED, "store")
    assert line(stored) == "0 ran, 50 from the store (oldest 2026-11-02), all passed"
    assert line(some(2, None)) == "0 ran, 2 not run"
    assert (
        line(
            some(309, Outcome.PASSED, "ran"),
            some(2, Outcome.FAILED, "ran"),
            some(1, Outcome.FLAKY, "ran", 2, 3),
            some(688, Outcome.PASSED, "store"),
        )
        == "312 ran, 688 from the store (oldest 2026-11-02), 2 failed, 1 flaky (passed 2 of 3)"
    )
    flaky = some(4, Outcome.FLAKY, "ran", 1, 2)
    assert line(flaky) == "4 ran, 4 flaky (passed 1 of 2, 1 of 2, 1 of 2, ...)"
    assert line(some(1, Outcome.ERROR, "ran"), some(1, None)) == "1 ran, 1 error, 1 not run"
    assert line(some(2, Outcome.ERROR, "ran")) == "2 ran, 2 errors"


def test_each_test_that_did_not_pass_has_its_lines() -> None:
    made = (*some(1, Outcome.PASSED), *some(31, Outcome.FAILED))
    lines = summary_text(Suite(name="all", tests=made)).splitlines()
    assert lines[:2] == ["failed  t0: 1 != 2", "    /r/report.html"]
    assert lines[-2:] == ["and 1 more failed", "32 tests, 31 failed"]
    assert len(lines) == 62
