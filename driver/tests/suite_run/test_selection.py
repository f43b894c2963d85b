"""Which tests `-k` selects."""

import pytest

from test_driver.errors import ConfigurationError
from test_driver.nix.evaluate import FoundTest
from test_driver.nix.reference import FlakeValue
from test_driver.suite_run.selection import select

VALUE = FlakeValue(flake=".", path=("checks",))
TESTS = [FoundTest(name=name, value=VALUE) for name in ("web-slow", "Web", "db")]


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("web", ["web-slow", "Web"]),
        ("web and not slow", ["Web"]),
        ("WEB-slow or db", ["web-slow", "db"]),
        ("(web or db) and not slow", ["Web", "db"]),
    ],
)
def test_expressions(expression: str, names: list[str]) -> None:
    assert [test.name for test in select(TESTS, expression)] == names


@pytest.mark.parametrize("expression", ["(", "web and", "and"])
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"is no expression: .*; expected one such as -k 'web"
    ):
        select(TESTS, expression)


def test_an_expression_that_nothing_matches_is_refused() -> None:
    with pytest.raises(
        ConfigurationError, match=r"-k dbb: matches none of 3 tests; did you mean db\?"
    ):
        select(TESTS, "dbb")
