"""Verdicts from runs: above all, that nothing passes that did not."""

from datetime import date
from pathlib import Path

import pytest

from test_driver.suite.model import Flaky, Outcome, Run
from test_driver.suite.verdict import judge

RUNS = {
    "p": Run(folder=Path("/p"), outcome=Outcome.PASSED, exit_status=0),
    "f": Run(folder=Path("/f"), outcome=Outcome.FAILED, exit_status=1, headline="it is closed"),
    "e": Run(folder=Path("/e"), outcome=Outcome.ERROR, exit_status=3, headline="no memory"),
    "u": Run(folder=Path("/u"), outcome=Outcome.ERROR, exit_status=2, headline="wrong usage"),
    "c": Run(folder=Path("/c"), outcome=Outcome.ERROR, exit_status=3, problem="contradicts itself"),
}
FLAKY = Flaky(reason="slow disks", until="2026-11-30")
BEFORE = date(2026, 11, 30)
AFTER = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("runs", "said", "headline", "retried"),
    [
        ("p", "passed", "", 0),
        ("ppp", "passed", "", 0),
        ("f", "failed", "it is closed", 0),
        ("ff", "failed", "it is closed", 0),
        ("fp", "flaky (passed 1 of 2)", "it is closed", 0),
        ("pfp", "flaky (passed 2 of 3)", "it is closed", 0),
        ("e", "error", "no memory", 0),
        ("ee", "error", "no memory", 0),
        ("ep", "passed", "", 1),
        ("ef", "failed", "it is closed", 1),
        ("efp", "flaky (passed 1 of 2)", "it is closed", 1),
        ("pe", "error", "no memory", 0),
        ("eep", "error", "no memory", 0),
        ("u", "error", "wrong usage", 0),
        ("up", "error", "wrong usage", 0),
        ("cp", "error", "", 0),
        ("", "error", "no run of this test has left a report", 0),
    ],
)
def test_the_verdict_on_a_test(runs: str, said: str, headline: str, retried: int) -> None:
    verdict = judge([RUNS[one] for one in runs])
    assert (verdict.describe(), verdict.headline) == (said, headline)
    assert verdict.retried == retried


def test_the_run_that_decides_is_told() -> None:
    assert judge([RUNS[one] for one in "pfp"]).decisive == 1
    assert judge([RUNS[one] for one in "ep"]).decisive == 1
    assert judge([]).decisive is None


def test_a_test_is_tolerated_as_flaky_until_its_day_is_over() -> None:
    runs = [RUNS["f"], RUNS["p"]]
    assert judge(runs, FLAKY, BEFORE).outcome is Outcome.FLAKY
    verdict = judge(runs, FLAKY, AFTER)
    assert verdict.outcome is Outcome.ERROR
    assert "tolerated as flaky only until 2026-11-30 (slow disks): fix the test" in verdict.headline
    assert judge([RUNS["p"]], FLAKY, AFTER).outcome is Outcome.ERROR
    assert judge([RUNS["f"]], FLAKY, AFTER).outcome is Outcome.FAILED
