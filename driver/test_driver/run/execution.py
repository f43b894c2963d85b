"""One run of the driver: the script, the records of it, the verdict."""

import argparse
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from ..compatibility import POLICIES, Compatibility
from ..configuration import Configuration, load_configuration
from ..driver import Driver
from ..errors import (
    ConfigurationError,
    Halted,
    Interrupted,
    OutputLost,
    ScriptRefused,
    ScriptSyntaxError,
)
from ..extensions.load import load_extensions
from ..failure import Failure, failure_of, judge_failure, with_parts
from ..interactive.debug_hook import DebugHook, failure_names, pass_over
from ..interactive.prompt_session import editable_script, run_interactive, session_folder
from ..log import say
from ..output import ANNOTATION_FILE, EVENTS_FILE, LOG_FILE, OutputFolder
from ..report.events import EventFile, EventHandler, StepEvents
from ..report.failure import look_around, record_failure
from ..report.failure_annotations import FailureAnnotations
from ..report.github_actions import Groups, annotation, annotation_text, command
from ..report.junit import JunitReport
from ..report.log_output import LogOutput
from ..report.session_report import SessionReport
from ..report.sinks import Records, record_test
from ..report.summary import summary
from ..reserved_names import warn_of_hidden_names
from ..script.background_check import checked_meanwhile
from ..script.script import Script, describe_failure
from ..script.script_file import script_file
from ..script.script_globals import script_names
from ..script.uncaught import person_at_prompt
from ..script.watch import ScriptWatch
from ..steps import StepListener, StepLog, Steps
from ..trouble.ledger import TroubleLedger
from ..trouble.lines import counts_text
from .signals import Interruption
from .verdict import PASSED, Outcome, Verdict
from .watchdog import Watchdog

logger = logging.getLogger(__name__)

NO_STOP = (Interrupted, ScriptRefused)  # a person could do nothing about them there


def run(options: argparse.Namespace, log: LogOutput) -> int:
    """Run the script, or the prompt, and return the exit status."""
    configuration = load_configuration(options.config)
    with ExitStack() as stack:
        folder, events = _open_output(_output_path(options, configuration), log)
        stack.callback(events.close)
        log.add(EventHandler(events))
        path = None if options.interactive else folder.path / options.junit_xml
        report = JunitReport(suite=configuration.name, path=path, rehearsed=options.interactive)
        extensions = load_extensions(configuration)
        for source in extensions.sources:
            logger.info("with %s", source)
        listeners: list[StepListener] = [StepEvents(events), StepLog(), report]
        listeners.append(
            FailureAnnotations(folder.path / ANNOTATION_FILE, shown=options.github_actions)
        )
        if options.github_actions:
            listeners.insert(1, Groups())
        if not options.interactive:  # the prompt has the last line of the terminal
            listeners.append(log.terminal)
        if extensions.listeners is not None:
            listeners.append(extensions.listeners)
            events.tell(extensions.listeners.event_recorded)
        records = Records(
            folder=folder,
            events=events,
            report=report,
            steps=Steps(listeners),
            troubles=TroubleLedger(options.fail_on or configuration.fail_on),
            extensions=extensions,
        )
        report.begin()
        _record_test(options, configuration)
        warn_of_hidden_names(configuration.machines)
        return _run(options, configuration, records)


def _run(options: argparse.Namespace, configuration: Configuration, records: Records) -> int:
    started = time.monotonic()
    meaning = POLICIES[configuration.compatibility]
    with Watchdog(
        lambda verdict: _record(verdict, records, started),
        lambda verdict: _with_meaning(verdict, meaning),
    ) as watchdog:
        verdict = _execute(options, configuration, records, watchdog)
        verdict = _with_late_failures(verdict, records)
    if options.interactive and verdict == PASSED:
        return verdict.exit_status  # a person left the prompt: nothing was judged
    _record(verdict, records, started)
    if (judged := _with_late_failures(verdict, records)) != verdict:  # in what listens to that
        verdict = judged
        _record(verdict, records, started)
    return verdict.exit_status


def _with_late_failures(verdict: Verdict, records: Records) -> Verdict:
    """Return the verdict on a test that passed, unless an extension has failed since."""
    failure = with_parts(None, records.extensions.take_failures())
    if failure is None or verdict.exit_status != 0:
        return verdict
    record_failure(failure, None, (), {})
    return _verdict_on(failure, None)


def _record(verdict: Verdict, records: Records, started: float) -> None:
    """Write the verdict to the report, the log and the events."""
    spent = records.steps.timings.result()
    say(spent.describe())
    troubles = records.troubles.all
    if text := summary(records.report.judged(verdict), verdict, records.folder.path, troubles):
        say(text)
    records.events.time_spent(spent)
    seconds = time.monotonic() - started
    level = logging.INFO if verdict.exit_status == 0 else logging.ERROR
    logger.log(
        level,
        "test %s %s%s, in %.2f seconds%s",
        records.report.suite,
        verdict.outcome.value,
        f": {counts}" if (counts := records.report.test_counts) else "",
        seconds,
        f"; trouble was seen: {counts_text(troubles)}" if troubles else "",
        extra={"always": True, "header": verdict.exit_status == 0},
    )
    records.report.end(seconds=seconds, verdict=verdict, spent=spent, troubles=troubles)
    records.events.verdict(verdict, seconds)
    records.write_page()


def _record_test(options: argparse.Namespace, configuration: Configuration) -> None:
    """Write down what is run. That the script cannot be read is told when it is to run."""
    path = script_file(options, configuration).path
    source = ""
    with suppress(OSError):
        source = path.read_text(encoding="utf-8", errors="replace")
    limit = None if options.interactive else configuration.global_timeout_seconds
    record_test(configuration, path, source, limit)


def _output_path(options: argparse.Namespace, configuration: Configuration) -> Path:
    if options.output_directory is not None:
        return Path(options.output_directory)
    return session_folder(configuration.name) if options.interactive else Path()


def _open_output(path: Path, log: LogOutput) -> tuple[OutputFolder, EventFile]:
    try:
        path.mkdir(parents=True, exist_ok=True)
        log.write_to(path / LOG_FILE)
        events = EventFile(path / EVENTS_FILE)
        (path / ANNOTATION_FILE).write_text("")
    except OSError as error:
        raise ConfigurationError(
            str(path), [f"cannot be used as the output folder: {error.strerror}"]
        ) from error
    return OutputFolder(path), events


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
                script = Script(path)
                finish_check = stack.enter_context(checked_meanwhile(options, interruption.fail))
                if not options.interactive:
                    watch = stack.enter_context(ScriptWatch(script, watchdog.record).watching())
                driver = stack.enter_context(_driver(options, configuration, script, records))
                records.report.backends = driver.backends
                if watch is None:
                    finish_check()
                    _rehearse(driver, path, options, configuration, records)
                else:
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


def _tell(
    failure: Failure,
    driver: Driver | None,
    script: Script | None,
    options: argparse.Namespace,
    configuration: Configuration,
    records: Records,
) -> Verdict:
    """Judge a failure, and write down all that explains it."""
    verdict = _with_not_started(_verdict_on(failure, script), driver)
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
    run_interactive(driver, path, report, keep_state=keep_state, panes=panes)


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
