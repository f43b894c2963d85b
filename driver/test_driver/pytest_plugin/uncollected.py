"""Tests that pytest finds and leaves out with no more than a warning: here, they fail."""

import inspect
from collections.abc import Generator

import pytest

# What pytest warns of then, and of an assertion about a tuple, which can never fail.
WARNINGS = (
    "error:cannot collect '.*' because it is not a function:pytest.PytestCollectionWarning",
    "error:yield tests were removed:pytest.PytestCollectionWarning",
    "error:assertion is always true:pytest.PytestAssertRewriteWarning",
)


class Uncollected:
    """Fails the collection of what pytest leaves out, and of a class whose methods it does."""

    def pytest_configure(self, config: pytest.Config) -> None:
        """Make errors of warnings."""
        for line in WARNINGS:
            config.addinivalue_line("filterwarnings", line)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Make an error of the report of such a class."""
        report = yield
        if report.passed and not report.result and (names := _left_out(collector)):
            report.outcome = "failed"
            report.longrepr = (
                f"pytest leaves out {', '.join(names)} of {collector.name}, because a class of "
                "tests has no constructor: use fixtures instead of __init__ or __new__. If this "
                f"is no class of tests, say so with {collector.name}.__test__ = False"
            )
        return report


def _left_out(collector: pytest.Collector) -> list[str]:
    """Return the test methods of a class that has a constructor of its own."""
    if not isinstance(collector, pytest.Class):
        return []
    kind = collector.obj
    constructors = (kind.__init__ is object.__init__, kind.__new__ is object.__new__)
    if all(constructors) or not getattr(kind, "__test__", True):
        return []
    members = {name: inspect.getattr_static(kind, name, None) for name in dir(kind)}
    return [name for name, one in members.items() if collector.istestfunction(one, name)]
