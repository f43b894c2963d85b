"""The testbed of `pytest` in a checkout: a driver in pytest's own process."""

import builtins
import io
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO, cast

import pytest
from _pytest.terminal import TerminalReporter

from ..admission.settings import admission_settings
from ..configuration import load_configuration
from ..errors import ConfigurationError, DriverError, TestsFailed
from ..failure_text import headline
from ..log import say
from ..output import HTML_FILE
from ..run.verdict import PASSED, Verdict, judge
from .options import testbed_root
from .results import failed
from .testbed import OpenTestbed, Testbed, open_testbed
from .testbed_source import CONFIGURATION_FILE, find_testbed
from .workers import FolderForWorkers, tell_controller, worker_folder


@dataclass(kw_only=True, eq=False)
class OwnTestbed(Testbed):
    """Makes a driver, and ends it with the session. `output` is the folder for what it leaves."""

    document: Path
    output: Path | None
    mode: str
    verdict: Verdict = PASSED
    stream: "PhaseStream"
    late: str = ""  # what went wrong after the last test
    # Writes lines about a wait for memory. Where a person uses the machines, nothing is waited for.
    tell: Callable[[str], object] | None = None
    _stack: ExitStack = field(default_factory=ExitStack)

    def open(self) -> OpenTestbed:
        """Make the driver. Raises DriverError."""
        if self.opened is not None:
            return self.opened
        # Imported here: to collect tests shall not wait for it.
        from ..cli import driver_options
        from ..driver import Driver
        from ..interactive.prompt_session import session_folder
        from ..log import LEVELS
        from ..report.log_output import LogOutput
        from ..report.sinks import record_test
        from ..run.recording import opened_records, record_verdict
        from .test_files import TestFiles

        if self.output is None:
            self.output = session_folder(self.configuration.name)
        options = driver_options(["--config", str(self.document), "-o", str(self.output)])
        stream = cast("TextIO", self.stream)
        log = LogOutput(stream, LEVELS[options.log_level], workflow=options.github_actions)
        self._stack.callback(log.close)
        records = self._stack.enter_context(opened_records(options, self.configuration, log))
        record_test(self.configuration, self.output, "", None)
        began = time.monotonic()
        self._stack.callback(lambda: record_verdict(self.verdict, records, began))
        driver = Driver(
            self.configuration,
            TestFiles(self.output),
            records.folder,
            records.steps,
            troubles=records.troubles,
            extensions=records.extensions,
            admission=None if self.tell is None else admission_settings(options),
        )
        self._stack.enter_context(driver)
        self._stack.enter_context(records.steps.timings.script())
        driver.find_acceleration()
        self.opened = open_testbed(driver, records, self.mode)
        self.opened.isolation.tell = self.tell or say
        self.when_opened(self.opened)
        return self.opened

    def hear_late(self, text: str) -> None:
        """Take note of what went wrong after the last test of a worker."""
        self.late = f"{self.late}\n{text}" if self.late else text

    def close(self) -> None:
        """End all machines, and write the reports."""
        opened, self.opened = self.opened, None
        if opened is None:
            return
        self._stack.close()


class PhaseStream(io.TextIOBase):
    """Where the log of the driver goes: what pytest captures of a phase, and nowhere between them.

    Without pytest's capturing (`-s`), all of it goes to stderr.
    """

    def __init__(self, *, always: bool) -> None:
        self.on = self._always = always

    def write(self, text: str) -> int:
        """Write to stderr, if that is captured."""
        return sys.stderr.write(text) if self.on else len(text)

    @contextmanager
    def phase(self) -> Iterator[None]:
        """Let the log be written in the body."""
        self.on = True
        try:
            yield
        finally:
            self.on = self._always


class OwnSession:
    """Ends the driver with the session of pytest."""

    def __init__(self, testbed: OwnTestbed) -> None:
        self._testbed = testbed
        self._lent: dict[str, object] = {}  # names of the debugger

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Generator[None, object, object]:
        """Show the log of a phase with its other output."""
        with self._testbed.stream.phase():
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """Show the log of a phase with its other output."""
        with self._testbed.stream.phase():
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        """Show the log of a phase with its other output."""
        with self._testbed.stream.phase():
            return (yield)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Judge what happened after the last test, end all machines, and write the reports."""
        testbed = self._testbed
        if testbed.late and exitstatus == pytest.ExitCode.OK:  # in a worker of xdist
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if testbed.opened is None:
            return
        try:
            with testbed.opened.driver.judged_apart(ask=False):
                pass
        except DriverError as error:
            testbed.late = f"after the last test: {headline(error)}"
            tell_controller(session.config, testbed.late)
            if exitstatus == pytest.ExitCode.OK:
                session.exitstatus = exitstatus = pytest.ExitCode.TESTS_FAILED
        testbed.verdict = _verdict(testbed, exitstatus)
        testbed.close()

    def pytest_enter_pdb(self) -> None:
        """Give the debugger the names of the prompt, where the test itself has no such name."""
        if (opened := self._testbed.opened) is not None:
            names = opened.driver.script_names()
            self._lent = {name: names[name] for name in names if not hasattr(builtins, name)}
            vars(builtins).update(self._lent)

    def pytest_leave_pdb(self) -> None:
        """Take the names away again."""
        for name in self._lent:
            vars(builtins).pop(name, None)

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """Say where the reports are."""
        if self._testbed.late:
            terminalreporter.write_line(f"FAILED {self._testbed.late}", red=True)
        if self._testbed.output is not None and (self._testbed.output / HTML_FILE).exists():
            terminalreporter.write_line(f"report: {self._testbed.output / HTML_FILE}")


def own_testbed(config: pytest.Config, text: str) -> OwnTestbed:
    """Return the testbed that the options name. Raises pytest.UsageError."""
    try:
        folder = Path(worker_folder(config) or find_testbed(text, testbed_root(config)))
        document = folder / CONFIGURATION_FILE
        configuration = load_configuration(document)
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from error
    output: Path | None = config.getoption("machine_output")
    if output is not None:
        output = output.absolute() / str(getattr(config, "workerinput", {}).get("workerid", ""))
    testbed = OwnTestbed(
        configuration=configuration,
        document=document,
        output=output,
        mode=config.getoption("isolation") or configuration.isolation,
        stream=PhaseStream(always=config.getoption("capture") == "no"),
        tell=lambda line: _tell(config, line),
    )
    config.pluginmanager.register(OwnSession(testbed), "rehearse-own-session")
    if config.pluginmanager.has_plugin("xdist"):
        workers = FolderForWorkers(folder, testbed.hear_late)
        config.pluginmanager.register(workers, "rehearse-folder")
    return testbed


def _tell(config: pytest.Config, line: str) -> None:
    """Write a line to the log, and to the terminal, where the log goes to neither between tests."""
    say(line)
    if (reporter := config.pluginmanager.get_plugin("terminalreporter")) is not None:
        reporter.ensure_newline()
        reporter.write_line(line)


def _verdict(testbed: OwnTestbed, status: int) -> Verdict:
    if status == pytest.ExitCode.OK:
        return PASSED
    bad = failed(testbed.results)
    text = testbed.late or f"{len(bad)} of {len(testbed.results)} tests failed"
    if not bad and not testbed.late:
        text = f"pytest ended with exit status {int(status)}"
    return replace(judge(TestsFailed(text), text), failed_steps=None)
