"""Tests that are known to pass and fail without a change: run again, for a time."""

from typing import Any, cast

import pytest
from _pytest.runner import runtestprotocol

from ..log import say
from .marks import Flaky, flaky

RERUN = "rerun"


class FlakyTests:
    """Runs a test with the mark `flaky` again when it has failed."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        """Run a flaky test until it passes, or has failed often enough."""
        mark = flaky(item)
        if mark is None or mark.expired:
            return None
        hook = item.ihook
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in _attempts(item, nextitem, mark):
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def pytest_report_teststatus(self, report: pytest.TestReport) -> Any:  # noqa: ANN401
        """Name what was run again."""
        if getattr(report, "outcome", None) == RERUN:
            return RERUN, "R", ("RERUN", {"yellow": True})
        return None


def _attempts(
    item: pytest.Item, nextitem: pytest.Item | None, mark: Flaky
) -> list[pytest.TestReport]:
    """Run a test again until it passes. Return the reports of the last attempt, and failed ones.

    An attempt that is repeated counts as none of the test's own.
    """
    former: list[pytest.TestReport] = []
    for left in range(mark.retries, -1, -1):
        # Between attempts, what belongs to the nodes around the test stays: wider fixtures.
        after = cast("pytest.Item", item.parent) if left else nextitem
        reports = runtestprotocol(item, log=False, nextitem=after)
        session = item.session
        stops = bool(session.shouldstop or session.shouldfail)
        if not left or stops or not any(report.failed for report in reports):
            break
        for report in reports:
            vars(report)["attempt"] = mark.retries - left + 1
            if report.failed:
                vars(report)["outcome"] = RERUN
                former.append(report)
        say(f"{item.nodeid} failed, and is flaky ({mark.reason}): running it again")
    if left:
        item.session._setupstate.teardown_exact(nextitem)
    return [*former, *reports]
