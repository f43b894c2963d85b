"""One run of the driver: the script, the records of it, the verdict."""

import argparse
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from ..admission.settings import admission_settings
from ..compatibility import POLICIES, Compatibility
from ..configuration import Configuration, load_configuration
from ..driver import Driver
from ..errors import (
    Halted,
    Interrupted,
    OutputLost,
    ScriptRefused,
    ScriptSyntaxError,
    TestsFailed,
)
from ..failure import Failure, failure_of, judge_failure, with_parts
from ..interactive.debug_hook import DebugHook, failure_names, pass_over
from ..interactive.prompt_session import editable_script, run_interactive
from ..output import ANNOTATION_FILE, OutputFolder
from ..report.events import EventFile
from ..report.failure import look_around, record_failure
from ..report.github_actions import annotation, annotation_text, command
from ..report.log_output import LogOutput
from ..report.session_report import SessionReport
from ..report.sinks import Records, record_test
from ..script.background_check import checked_meanwhile
from ..script.script import Script, describe_failure
from ..script.script_file import script_file
from ..script.script_globals import script_names
from ..script.uncaught import person_at_prompt
from ..script.watch import ScriptWatch
from .recording import opened_records, record_verdict
from .repetition import repetition
from .signals import Interruption
from .verdict import PASSED, Outcome, Verdict
from .watchdog import Watchdog

logger = logging.getLogger(__name__)

NO_STOP = (Interrupted, ScriptRefused, TestsFailed)  # a person could do nothing about them there


def run(options: argparse.Namespace, log: LogOutput) -> int:
    """Run the script, or the prompt, and return the exit status."""
    configuration = load_configuration(options.config)
    with opened_records(options, configuration, log) as records:
        _record_test(options, configuration)
        return _run(options, configuration, records)


def _run(options: argparse.Namespace, configuration: Configuration, records: Records) -> int:
    started = time.monotonic()
    meaning = POLICIES[configuration.compatibility]
    with Watchdog(
        lambda verdict: record_verdict(verdict, records, started),
        lambda verdict: _with_meaning(verdict, meaning),
    ) as watchdog:
        verdict = _execute(options, configuration, records, watchdog)
        verdict = _with_late_failures(verdict, records)
    if options.interactive and verdict == PASSED:
        return verdict.exit_status  # a person left the prompt: nothing was judged
    record_verdict(verdict, records, started)
    if (judged := _with_late_failures(verdict, records)) != verdict:  # in what listens to that
        verdict = judged
        record_verdict(verdict, records, started)
    return verdict.exit_status


def _with_late_failures(verdict: Verdict, records: Records) -> Verdict:
    """Return the verdict on a test that passed, unless an extension has failed since."""
    failure = with_parts(None, records.extensions.take_failures())
    if failure is None or verdict.exit_status != 0:
        return verdict
    record_failure(failure, None, (), {})
    return _verdict_on(failure, None)


def _record_test(options: argparse.Namespace, configuration: Configuration) -> None:
    """Write down what is run. That the script cannot be read is told when it is to run."""
    path = script_file(options, configuration).path
    source = ""
    with suppress(OSError):
        source = path.read_text(encoding="utf-8", errors="replace")
    limit = None if options.interactive else configuration.global_timeout_seconds
    record_test(configuration, path, source, limit, seed=options.seed, load=options.load)


def _execute(
    options: argparse.Namespace,
    configuration: Configuration,
    records: Records,
    watchdog: Watchdog,
) -> Verdict:
    """Run the test or the prompt; log why it failed before cleaning up; clean up."""
    path = _script_path(options, configuration, records.folder)
    limit = None if options.interactive else float(configuration.global_timeout_seconds)
    interruption = Interruption(records.steps, limit)
    events = records.events
    events.on_failure(lambda: interruption.fail(_output_lost(events, records.folder)))
    script: Script | None = None
    driver: Driver | None = None
    watch: ScriptWatch | None = None
    hook = _debug_hook(options, watchdog, interruption)
    with ExitStack() as stack:
        stack.callback(interruption.close)
        if hook is not None:
            stack.enter_context(hook)
        error: BaseException | None = None
        try:
            with interruption:
                watchdog.arm(limit)
                records.extensions.check()
                script = _script(path, options, records, hook)
                finish_check = stack.enter_context(checked_meanwhile(options, interruption.fail))
                if not options.interactive:
                    watch = stack.enter_context(ScriptWatch(script, watchdog.record).watching())
                driver = stack.enter_context(_driver(options, configuration, script, records))
                records.report.backends = driver.backends
                stack.enter_context(repetition(options.seed, load=options.load))
                if watch is None:
                    finish_check()
                    _rehearse(driver, path, options, configuration, records)
                else:
                    _admit(driver, watchdog, interruption)
                    _run_checked(driver, finish_check, watch)
            if events.failure is not None:
                raise _output_lost(events, records.folder)
        except BaseException as raised:  # noqa: BLE001 - whatever it is, it is judged
            error = raised
        failure = with_parts(_failure(error, watch), records.extensions.take_failures())
        if failure is None:
            return PASSED
        verdict = _tell(failure, driver, script, options, configuration, records)
        if hook is not None and driver is not None and not isinstance(error, NO_STOP):
            names = script_names(driver)
            hook.stop(verdict.headline, failure_names(failure.error, path, names))
        return verdict


def _script(
    path: Path, options: argparse.Namespace, records: Records, hook: DebugHook | None
) -> Script:
    """Return what is run: a script, or tests of pytest."""
    if options.tests is None:
        return Script(path)
    # Imported here: other runs shall not wait for it.
    from ..pytest_plugin.test_files import TestFiles

    options.check = False  # pytest collects all tests before anything starts
    files = TestFiles(path, options.pytest_argument)
    files.records = records
    if hook is not None:
        files.stop = lambda why, error: hook.stop(why, failure_names(error, path, {}))
    return files


def _tell(
    failure: Failure,
    driver: Driver | None,
    script: Script | None,
    options: argparse.Namespace,
    configuration: Configuration,
    records: Records,
) -> Verdict:
    """Judge a failure, and write down all that explains it."""
    verdict = _verdict_on(failure, script)
    if options.tests is None:
        verdict = _with_not_started(verdict, driver)
    else:
        verdict = replace(verdict, failed_steps=None)  # pytest says which tests have failed
    verdict = _with_meaning(verdict, POLICIES[configuration.compatibility])
    _annotate(failure, verdict, script, options, configuration, records.folder)
    look_around(failure, driver, script, records.folder)
    return verdict


def _failure(error: BaseException | None, watch: ScriptWatch | None) -> Failure | None:
    if watch is not None:
        return watch.failure(error)
    return None if error is None else failure_of(error)


def _run_checked(driver: Driver, finish_check: Callable[[], None], watch: ScriptWatch) -> None:
    """Run the script. What its check has to say is the reason for whatever goes wrong in it.

    What the script leaves to be done at its end belongs to it: a machine may end there, too.
    """

    def run_to_end() -> None:
        try:
            driver.test_script()
        except Halted:
            raise
        except BaseException:
            finish_check()
            watch.finish()
            raise
        finish_check()
        watch.finish()

    driver.judged(run_to_end)


def _admit(driver: Driver, watchdog: Watchdog, interruption: Interruption) -> None:
    """Wait until the host has room for all machines. That counts to no limit."""
    with watchdog.suspended(), interruption.paused():
        driver.admit()


def _rehearse(
    driver: Driver,
    path: Path,
    options: argparse.Namespace,
    configuration: Configuration,
    records: Records,
) -> None:
    junit = records.folder.path / options.junit_xml
    report = SessionReport(records, configuration, junit)
    keep_state, panes = options.keep_machine_state, options.console_panes
    tests = path if options.tests is not None else None
    run_interactive(driver, path, report, tests, keep_state=keep_state, panes=panes)


def _driver(
    options: argparse.Namespace, configuration: Configuration, script: Script, records: Records
) -> Driver:
    return Driver(
        configuration,
        script,
        records.folder,
        records.steps,
        keep_state=options.keep_machine_state,
        for_person=options.interactive,
        verbose=options.verbose,
        troubles=records.troubles,
        extensions=records.extensions,
        admission=None if options.interactive else admission_settings(options),
    )


def _verdict_on(failure: Failure, script: Script | None) -> Verdict:
    """Log why the test failed, and judge it."""
    text = _failure_text(failure, script)
    logger.error("%s", text)
    for part in failure.parts:
        logger.debug("where the driver was:", exc_info=part.error)
    lines = script.lines(failure.error) if script is not None else []
    place = f"{script.path}, line {lines[-1].line}: {lines[-1].text}" if script and lines else ""
    return judge_failure(failure, text, place)


def _with_meaning(verdict: Verdict, meaning: Compatibility) -> Verdict:
    """Tell the end of the test's time as the policy of the test does."""
    if verdict.outcome is not Outcome.TIMED_OUT or meaning.timeout_status is None:
        return verdict
    logger.error("%s", meaning.timeout_line)
    return replace(verdict, exit_status=meaning.timeout_status)


def _with_not_started(verdict: Verdict, driver: Driver | None) -> Verdict:
    """Name machines that never ran: to forget `start_all()` is the most frequent mistake."""
    if driver is None or verdict.outcome not in (Outcome.FAILED, Outcome.TIMED_OUT):
        return verdict
    names = [machine.name for machine in driver.machines if machine.backend is None]
    return replace(verdict, not_started=tuple(names))


def _annotate(
    failure: Failure,
    verdict: Verdict,
    script: Script | None,
    options: argparse.Namespace,
    configuration: Configuration,
    folder: OutputFolder,
) -> None:
    """Keep what shows the failure in GitHub Actions, at the line of the script; say it there."""
    lines = script.lines(failure.error) if script is not None else []
    file = script_file(options, configuration).shown
    title = f"test {configuration.name} {verdict.outcome.value}"
    line = annotation(file, lines[-1].line if lines else None, title, annotation_text(failure))
    with suppress(OSError):  # a full disk is told of by the events
        with (folder.path / ANNOTATION_FILE).open("a", errors="replace") as kept:
            kept.write(f"{line}\n")
    if options.github_actions:
        command(line)


def _script_path(
    options: argparse.Namespace, configuration: Configuration, folder: OutputFolder
) -> Path:
    file = script_file(options, configuration)
    return editable_script(file, folder.path) if options.interactive else file.path


def _debug_hook(
    options: argparse.Namespace, watchdog: Watchdog, interruption: Interruption
) -> DebugHook | None:
    """Return what stops the run for a person. At the prompt, `breakpoint()` is Python's own."""
    if options.interactive:
        return None
    if options.debug_hook_attach is None:
        sys.breakpointhook = pass_over
        return None

    @contextmanager
    def suspended() -> Iterator[None]:
        with watchdog.suspended(), interruption.suspended(), person_at_prompt():
            yield

    return DebugHook(options.debug_hook_attach, options.debug_hook_timeout, suspended)


def _output_lost(events: EventFile, folder: OutputFolder) -> OutputLost:
    reason = events.failure.strerror if events.failure is not None else None
    return OutputLost(str(folder.path), reason or "unknown")


def _failure_text(failure: Failure, script: Script | None) -> str:
    error = failure.error
    if isinstance(error, ScriptSyntaxError):
        return f"the test script has a syntax error:\n{error}"
    if isinstance(error, ScriptRefused):
        return str(error)
    if script is None:
        return f"OutputLost: {error}" if isinstance(error, OutputLost) else str(error)
    return describe_failure(failure, script)
