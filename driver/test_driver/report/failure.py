"""What is kept of a test that has failed: why, what was under way, and evidence of each machine."""

import logging
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from ..driver import Driver
from ..error_text import excerpt, indented
from ..errors import (
    ConfigurationError,
    GlobalTimeout,
    Interrupted,
    OutputLost,
    ScriptRefused,
    TestsFailed,
)
from ..failure import Failure
from ..failure_text import message_of, notes_of
from ..log import record
from ..machine import BaseMachine
from ..output import EVIDENCE_FOLDER, OutputFolder
from ..script.script import Script, describe_failure
from ..steps import Step
from .diagnostics import CollectContext, collect, describe_state

logger = logging.getLogger(__name__)

TAIL_LINES = 10
CONSOLE_TITLE = "end of the console"


def look_around(
    failure: Failure, driver: Driver | None, script: Script | None, folder: OutputFolder
) -> None:
    """Record why the test failed and what was under way, and collect diagnostics.

    What was shown of the failure before is not repeated.
    """
    error = failure.error
    if isinstance(error, ScriptRefused):
        driver = None  # what its machines were at has nothing to do with it
    errors = [error, *(part.error for part in failure.parts)]
    steps = driver.steps.ended_by(*errors) if driver is not None else ()
    others = _other_threads(driver, script) if driver is not None else {}
    record_failure(failure, script, steps, others)
    if driver is None or isinstance(error, ConfigurationError | OutputLost | TestsFailed):
        return
    if isinstance(error, GlobalTimeout):
        threads = "".join(
            indented(f"thread {name}", "\n".join(lines)) for name, lines in others.items()
        )
        threads = threads or " no other thread of the script was at work"
        logger.error("%s", f"when the time was over:{threads}")
    _collect(failure, driver, folder, steps, others)


def collect_diagnostics(failure: Failure, driver: Driver, folder: OutputFolder, name: str) -> None:
    """Collect diagnostics of the machines after the failure of one test, in a folder `name`."""
    steps = driver.steps.ended_by(failure.error)
    _collect(failure, driver, folder, steps, {}, f"{EVIDENCE_FOLDER}/{name}")


def _collect(
    failure: Failure,
    driver: Driver,
    folder: OutputFolder,
    steps: Sequence[Step],
    others: Mapping[str, list[str]],
    place: str = EVIDENCE_FOLDER,
) -> None:
    error = failure.error
    machines = [machine for machine in driver.everyone if machine.backend is not None]
    at_fault = _machines_of(failure, steps)
    for machine in machines:
        if isinstance(error, GlobalTimeout) or machine.name in at_fault:
            _show_state(machine, error)

    def waiting(machine: BaseMachine) -> str:
        path = " > ".join(excerpt(step.title()) for step in steps)
        mine = any(step.machine == machine.name for step in steps)
        beside = [lines[-1] for lines in others.values() if f"{machine.name}: " in lines[-1]]
        return "; ".join([path, *beside] if mine else beside)

    context = CollectContext(
        folder=folder,
        place=place,
        waiting=waiting,
        ask_guest=not isinstance(error, Interrupted),
        extensions=driver.extensions.diagnostics,
    )
    driver.look(collect(machines, context))


def record_failure(
    failure: Failure,
    script: Script | None,
    steps: Sequence[Step],
    others: Mapping[str, list[str]],
) -> None:
    """Record why the test failed: in these steps, while other threads were at these lines."""
    error = failure.error
    is_alone = len(list(failure.links())) == 1 and not notes_of(error)
    record(
        "failure",
        error=type(error).__name__,
        message=message_of(error),
        text="" if is_alone or script is None else describe_failure(failure, script),
        where=[asdict(line) for line in script.lines(error)] if script is not None else [],
        waiting=[{"thread": None, "at": [step.title() for step in steps]}]
        + [{"thread": name, "at": lines} for name, lines in others.items()],
    )


def _show_state(machine: BaseMachine, error: BaseException) -> None:
    """Log what a machine is at, with the end of its console unless the error has that already."""
    console = machine.console.last_lines(TAIL_LINES)
    shown = "" if CONSOLE_TITLE in str(error) else indented(CONSOLE_TITLE, console)
    if machine.backend is not None:
        machine.lines.error("%s", describe_state(machine.backend) + shown)


def _machines_of(failure: Failure, steps: Sequence[Step]) -> set[str]:
    """Return the names of the machines that a failure is about."""
    names = {step.machine for step in steps if step.machine}
    for link in failure.links():
        if isinstance(name := getattr(link.error, "machine", None), str):
            names.add(name)
    return names


def _other_threads(driver: Driver, script: Script | None) -> dict[str, list[str]]:
    """Describe what the script's other threads are at: the main one has its error already."""
    frames = sys._current_frames()
    found = {}
    for thread in threading.enumerate():
        if thread is threading.main_thread() or thread.ident not in frames:
            continue
        shown = [
            f"{summary.filename}, line {summary.lineno}, in {summary.name}: {summary.line}"
            for summary in traceback.extract_stack(frames[thread.ident])
            if script is not None and summary.filename == str(script.path)
        ]
        if path := driver.steps.path(thread.ident):
            shown.append(f"in the step: {path}")
        if shown:
            found[thread.name] = shown
    return found
