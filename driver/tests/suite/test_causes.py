"""Reasons that several tests did not pass for."""

from pathlib import Path

from test_driver.suite.causes import causes_of
from test_driver.suite.model import Outcome, Run, Suite, SuiteTest, Verdict


def suite_test(name: str, headline: str, outcome: Outcome = Outcome.FAILED) -> SuiteTest:
    """Return a test with the machine `web` and one named like the test."""
    run = Run(folder=Path(f"/{name}"), outcome=outcome, machines=("web", name))
    verdict = Verdict(outcome=outcome, decisive=0, headline=headline)
    return SuiteTest(name=name, runs=(run,), verdict=verdict)


def test_headlines_that_differ_by_numbers_and_machines_are_one_cause() -> None:
    tests = (
        suite_test("a", "TimedOut: web: after 60 s"),
        suite_test("b", "1 != 2"),
        suite_test("c", "TimedOut: c: after 61.5 s\nmore"),
        suite_test("d", "TimedOut: web: after 60 s", Outcome.ERROR),
        suite_test("e", "TimedOut: web: after 60 s", Outcome.PASSED),
        SuiteTest(name="f"),
    )
    (cause,) = causes_of(Suite(name="all", tests=tests))
    assert cause.headline == "TimedOut: web: after 60 s"
    assert cause.tests == ("a", "c", "d")


def test_the_causes_of_most_tests_come_first() -> None:
    tests = [suite_test(f"{n}", f"cause {'abcdefg'[n % 7]}") for n in range(22)]
    causes = causes_of(Suite(name="all", tests=tuple(tests)))
    assert [len(cause.tests) for cause in causes] == [4, 3, 3, 3, 3]
    assert causes[0].headline == "cause a"
