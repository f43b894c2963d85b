"""Reasons that several tests of a suite did not pass for: often one fault is behind many tests."""

import re
from dataclasses import dataclass

from .model import Outcome, Suite, SuiteTest

MOST_CAUSES = 5
_NUMBER = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A headline, of the first test that has it, and the names of the tests that have it."""

    headline: str
    tests: tuple[str, ...]


def causes_of(suite: Suite) -> list[Cause]:
    """Return the headlines that several tests have, but for numbers and names of
    machines, those of most tests first."""
    groups: dict[str, list[SuiteTest]] = {}
    for test in suite.tests:
        if test.verdict is None or test.verdict.outcome is Outcome.PASSED:
            continue
        if key := _key(test):
            groups.setdefault(key, []).append(test)
    found = [group for group in groups.values() if len(group) > 1]
    found.sort(key=len, reverse=True)
    return [
        Cause(headline=_first_line(group[0]), tests=tuple(test.name for test in group))
        for group in found[:MOST_CAUSES]
    ]


def _key(test: SuiteTest) -> str:
    """Return the headline of a test without what differs from test to test."""
    text = _first_line(test)
    run = test.decisive_run
    for name in sorted({test.name, *(run.machines if run else ())}, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(name)}\b", "#", text)
    return _NUMBER.sub("#", text)


def _first_line(test: SuiteTest) -> str:
    return test.verdict.headline.split("\n")[0] if test.verdict else ""
