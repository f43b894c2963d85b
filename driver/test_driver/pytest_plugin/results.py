"""The result of each test, for the reports of the driver."""

import logging
import re
from collections.abc import Generator, Mapping
from typing import Any

import pytest

from ..error_text import excerpt
from ..errors import Halted
from ..failure import failure_of
from ..failure_text import headline
from ..report.failure import collect_diagnostics
from ..run.verdict import judge
from ..test_result import BAD_OUTCOMES, TestResult
from .given import is_quiet
from .marks import uses_machines
from .testbed import OpenTestbed, Testbed

logger = logging.getLogger(__name__)

# Diagnostics of more failures would take long, and tell nothing new.
MOST_LOOKS = 10
LONGEST_PLACE = 60
NOT_CALLED = "was not called: an argument of pytest, or a hook of a plugin, has kept it from that"
# Python names the module of an exception, which is of no use to readers of the driver's own.
OWN_MODULE = re.compile(r"^test_driver\.errors\.\w+\.")


class Results:
    """Makes a step and a result of each test; collects diagnostics when one has failed."""

    def __init__(self, testbed: Testbed, config: pytest.Config) -> None:
        self._testbed = testbed
        self._config = config
        self._reports: list[pytest.TestReport] = []
        self._looks = 0

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Make a step of a test."""
        if (opened := self._testbed.opened) is None:
            return (yield)
        self._reports = []
        with opened.records.steps.step(item.nodeid, subtest=True) as step:
            returned = yield
            step.result = self._result(item, opened)
        if _was_run(self._reports):
            self._testbed.results[item.nodeid] = step.result
        return returned

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep the report of a phase. What ends the whole test ends the session."""
        report = yield
        self._reports.append(report)
        error = call.excinfo.value if call.excinfo is not None else None
        if report.failed and error is not None and not isinstance(error, Halted):
            self._testbed.error = self._testbed.error or error
            self._testbed.statuses.add(judge(error, "").exit_status)
            try:
                self._look(item, error)
            except Halted as end:
                error = end
        if isinstance(error, Halted):
            self._testbed.ended_by = error
            item.session.shouldstop = str(error)
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be collected."""
        if report.failed:
            self._testbed.problems.append(report.nodeid or str(report.longrepr))

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool | None:
        """Take what has ended the whole test for that, wherever it was raised."""
        if isinstance(excinfo.value, Halted):
            self._testbed.ended_by = excinfo.value
            return True
        return None

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep why the session was ended early."""
        if self._testbed.ended_by is None:
            self._testbed.ended_by = excinfo.value

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> Generator[None, Any, tuple[Any, Any, Any]]:
        """Show no letter of a test where the log has a line of it."""
        category, letter, verbose = yield
        return category, "" if is_quiet(self._config) else letter, verbose

    def _look(self, item: pytest.Item, error: BaseException) -> None:
        """Collect diagnostics of the machines, and let a person in."""
        opened = self._testbed.opened
        if opened is None:
            return
        logger.error("%s failed: %s", item.nodeid, headline(error))
        if not uses_machines(item, self._testbed.configuration):
            return
        if getattr(item.config.option, "usepdb", False) or opened.attended:
            return  # a person looks by themselves
        self._looks += 1
        if self._looks <= MOST_LOOKS:
            name = "".join(one if one.isalnum() or one in "-_." else "-" for one in item.name)
            collect_diagnostics(
                failure_of(error),
                opened.driver,
                opened.records.folder,
                f"{self._looks}-{name[:LONGEST_PLACE]}",
            )
        if opened.stop is not None:
            opened.stop(f"{item.nodeid}: {headline(error)}", error)

    def _result(self, item: pytest.Item, opened: OpenTestbed) -> TestResult:
        reports = self._reports
        worst = _telling(reports)
        unrun = "" if _was_run(reports) else NOT_CALLED
        file, line, _ = item.location
        phases: dict[str, float] = {}
        for report in reports:
            phase = str(report.when)
            phases[phase] = phases.get(phase, 0.0) + report.duration
        return TestResult(
            outcome=_outcome(reports),
            headline=excerpt(_headline(worst)) if worst is not None else unrun,
            text=_text(worst) if worst is not None else unrun,
            phases={**phases, **opened.stopwatch.take()},
            properties={str(name): str(value) for name, value in item.user_properties},
            output="".join(f"{text}\n" for _, text in reports[-1].sections) if reports else "",
            file=file,
            line=None if line is None else line + 1,
        )


def failed(results: Mapping[str, TestResult]) -> list[str]:
    """Return the node ids of the tests that have failed."""
    return [name for name, one in results.items() if one.outcome in BAD_OUTCOMES]


def _telling(reports: list[pytest.TestReport]) -> pytest.TestReport | None:
    """Return the report that tells why a test has failed, was skipped or is an xfail."""
    told = [one for one in reports if one.outcome != "passed" or hasattr(one, "wasxfail")]
    return next((one for one in told if one.failed), told[0] if told else None)


def _was_run(reports: list[pytest.TestReport]) -> bool:
    """Tell whether a test was called, or there is a reason why not: it has failed or is skipped.

    An argument such as `--setup-only`, or a hook of a `conftest.py`, can keep pytest from that.
    """
    return any(one.when == "call" or one.outcome != "passed" for one in reports)


def _outcome(reports: list[pytest.TestReport]) -> str:
    """Return how a test ended. The reports of former attempts have a number."""
    final = [one for one in reports if getattr(one, "attempt", None) is None]
    if any(one.failed for one in final if one.when == "call"):
        return "failed"
    if any(one.failed for one in final):
        return "error"
    if not _was_run(final):
        return "skipped"
    if any(one.skipped for one in final):
        return "xfailed" if any(hasattr(one, "wasxfail") for one in final) else "skipped"
    if any(hasattr(one, "wasxfail") for one in final):
        return "xpassed"
    return "flaky" if len(final) < len(reports) else "passed"


def _headline(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return f"expected failure: {report.wasxfail}" if report.wasxfail else "expected failure"
    if isinstance(report.longrepr, tuple):  # of a skip: file, line, reason
        return str(report.longrepr[2])
    crash = getattr(report.longrepr, "reprcrash", None)
    message = crash.message if crash is not None else report.longreprtext
    message = OWN_MODULE.sub("", str(message))
    return next((line for line in message.splitlines() if line), "failed")


def _text(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    return report.longreprtext
