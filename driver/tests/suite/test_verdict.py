"""Verdicts from runs: above all, that nothing passes that did not."""

from dataclasses import replace
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
RUNS["k"] = Run(folder=Path("/k"), outcome=Outcome.ERROR, exit_status=137, headline="killed")
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
        ("kp", "passed", "", 1),
        ("kkp", "error", "killed", 0),
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


@pytest.mark.parametrize(
    ("repetitions", "said", "retried"),
    [
        (("ep", "ep", "p"), "passed", 2),
        (("ep", "p", "ef"), "flaky (passed 2 of 3)", 2),
        (("e", "p"), "error", 0),
        (("p", "e"), "error", 0),
        (("eep", "p"), "error", 0),
        (("ep", "pe"), "error", 0),
        (("ep", "up"), "error", 0),
    ],
)
def test_each_repetition_is_forgiven_one_error(
    repetitions: tuple[str, ...], said: str, retried: int
) -> None:
    runs = [
        replace(RUNS[one], repetition=number)
        for number, ends in enumerate(repetitions)
        for one in ends
    ]
    verdict = judge(runs)
    assert (verdict.describe(), verdict.retried) == (said, retried)
    split = [
        Run(
            folder=run.folder,
            outcome=run.outcome,
            repetition=run.repetition,
            parts={"test_a": replace(run, folder=Path(f"/{place}"), repetition=0)},
        )
        for place, run in enumerate(runs)
    ]
    verdict = judge(split)
    assert (verdict.describe(), verdict.retried) == (said, retried)


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


def split(outcome: str, **parts: str) -> Run:
    """Return a run of a test that ran each of its files by itself."""
    runs = {name: RUNS[one] for name, one in parts.items()}
    return replace(RUNS[outcome], folder=Path("/split"), parts=runs)


@pytest.mark.parametrize(
    ("runs", "said", "headline", "retried"),
    [
        ([split("p", a="p", b="p")], "passed", "", 0),
        ([split("f", a="p", b="f")], "failed", "b: it is closed", 0),
        # The file that failed was not run again: what passed later is another one.
        ([split("e", a="e", b="f"), split("p", a="p")], "failed", "b: it is closed", 1),
        ([split("e", a="e", b="u"), split("p", a="p")], "error", "b: wrong usage", 1),
        ([split("e", a="e", b="p"), split("p", a="p")], "passed", "", 1),
        (
            [split("f", a="f", b="p"), split("p", a="p")],
            "flaky (passed 1 of 2)",
            "a: it is closed",
            0,
        ),
        # The same run of the file again.
        ([split("f", a="p", b="f"), split("f", a="p", b="f")], "failed", "b: it is closed", 0),
        (
            [split("f", a="f", b="p"), split("p", a="p", b="p")],
            "flaky (passed 1 of 2)",
            "a: it is closed",
            0,
        ),
        # No test was selected in any file.
        ([split("f", a="p", b="p")], "failed", "it is closed", 0),
        ([split("c", a="p", b="p"), split("p", a="p")], "error", "", 0),
    ],
)
def test_each_file_of_a_split_test_is_judged(
    runs: list[Run], said: str, headline: str, retried: int
) -> None:
    verdict = judge(runs)
    assert (verdict.describe(), verdict.headline) == (said, headline)
    assert verdict.retried == retried
