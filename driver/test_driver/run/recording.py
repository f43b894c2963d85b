"""The records of a run: the output folder, its files, and the verdict in all of them."""

import argparse
import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..configuration import Configuration
from ..errors import ConfigurationError
from ..extensions.load import load_extensions
from ..interactive.prompt_session import session_folder
from ..log import say
from ..output import ANNOTATION_FILE, EVENTS_FILE, LOG_FILE, OutputFolder
from ..report.events import EventFile, EventHandler, StepEvents
from ..report.failure_annotations import FailureAnnotations
from ..report.github_actions import Groups
from ..report.junit import JunitReport
from ..report.log_output import LogOutput
from ..report.sinks import Records
from ..report.summary import summary
from ..reserved_names import warn_of_hidden_names
from ..script.script_file import tests_folder
from ..steps import StepListener, StepLog, Steps
from ..trouble.ledger import TroubleLedger
from ..trouble.lines import counts_text
from .verdict import Verdict

logger = logging.getLogger(__name__)


@contextmanager
def opened_records(
    options: argparse.Namespace, configuration: Configuration, log: LogOutput
) -> Iterator[Records]:
    """Open the output folder with all its files, for the body."""
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
            FailureAnnotations(
                folder.path / ANNOTATION_FILE,
                shown=options.github_actions,
                folder=tests_folder(options),
            )
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
        warn_of_hidden_names(configuration.machines)
        yield records


def record_verdict(verdict: Verdict, records: Records, started: float) -> None:
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
