"""Everything that happens during a test, as a file for programs: `events.jsonl`.

`event_schema.py` has the kinds of events and their fields. Each line is handed to the kernel whole,
so the file is complete even if the driver is killed.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from ..failure_text import failure_text
from ..log import plain
from ..run.timings import TimeSpent
from ..run.verdict import Verdict
from ..steps import Step
from ..test_result import TestResult
from ..version import version
from .event_schema import TEST_FIELDS, VERSION


class EventFile:
    """Writes events, into a new file. What cannot be written is told once, to `on_failure`."""

    def __init__(self, path: Path) -> None:
        self.failure: OSError | None = None
        self._on_failure: Callable[[], None] = lambda: None
        self._tell: Callable[[Mapping[str, object]], None] | None = None
        self._lock = threading.Lock()
        self._descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o666
        )

        self.write("schema", None, version=VERSION, driver=version())

    def on_failure(self, tell: Callable[[], None]) -> None:
        """Call this, from whatever thread, when an event cannot be written."""
        self._on_failure = tell
        if self.failure is not None:
            tell()

    def tell(self, listener: Callable[[Mapping[str, object]], None]) -> None:
        """Call this with each event that is written from now on, in whatever thread writes it."""
        self._tell = listener

    def write(self, kind: str, machine: str | None, **details: object) -> None:
        """Write one event."""
        event = {"time": round(time.time(), 6), "kind": kind, "machine": machine, **details}
        line = json.dumps(event).encode() + b"\n"
        with self._lock:
            if self._descriptor < 0 or self.failure is not None:
                return
            try:
                while line:
                    line = line[os.write(self._descriptor, line) :]
            except OSError as error:
                self.failure = error
        if self.failure is not None:
            self._on_failure()
        elif self._tell is not None:
            self._tell(event)

    def time_spent(self, spent: TimeSpent) -> None:
        """Write where the time went."""
        self.write(
            "time-spent",
            None,
            seconds={phase.key: round(seconds, 3) for phase, seconds in spent.seconds.items()},
            longest_waits=[
                {"name": wait.name, "seconds": round(wait.seconds, 3)}
                for wait in spent.longest_waits
            ],
        )

    def verdict(self, verdict: Verdict, seconds: float) -> None:
        """Write how the test ended."""
        self.write(
            "verdict",
            None,
            outcome=verdict.outcome.value,
            exit_status=verdict.exit_status,
            seconds=round(seconds, 3),
            headline=verdict.headline,
            failure=verdict.failure,
            failed_steps=None if verdict.failed_steps is None else sorted(verdict.failed_steps),
            not_started=list(verdict.not_started),
        )

    def close(self) -> None:
        """Close the file. What is written afterwards is dropped."""
        with self._lock:
            os.close(self._descriptor)
            self._descriptor = -1


class EventHandler(logging.Handler):
    """Makes an event of each line of the log, whatever the log level, steps excepted."""

    def __init__(self, events: EventFile) -> None:
        super().__init__()
        self._events = events

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record."""
        if getattr(record, "step", False) or getattr(record, "workflow", False):
            return
        machine = getattr(record, "machine", None)
        if (kind := getattr(record, "event", None)) is not None:
            self._events.write(kind, machine, **getattr(record, "details", {}))
            return
        text = plain(record.getMessage())
        if getattr(record, "console", False):
            self._events.write("console", machine, text=text)
            return
        stream = getattr(record, "stream", None)
        level = record.levelname.lower()
        self._events.write("log", machine, level=level, stream=stream, text=text)


class StepEvents:
    """Makes events of the beginnings and ends of steps."""

    def __init__(self, events: EventFile) -> None:
        self._events = events

    def step_started(self, step: Step) -> None:
        """Write the beginning."""
        self._events.write("step-begin", step.machine, **_identity(step))

    def step_finished(self, step: Step) -> None:
        """Write the end."""
        self._events.write(
            "step-end",
            step.machine,
            **_identity(step),
            seconds=round(step.seconds, 3),
            result="failed" if step.failed else "passed",
            error=_error(step) if step.failed else None,
            **({} if step.result is None else _test(step.result)),
        )


def _error(step: Step) -> str:
    if step.result is not None:
        return step.result.headline
    return "" if step.error is None else failure_text(step.error)


def _test(result: TestResult) -> dict[str, object]:
    told = {name: getattr(result, name) for name in TEST_FIELDS}
    seconds = {name: round(each, 3) for name, each in result.phases.items()}
    return {**told, "phases": seconds, "properties": dict(result.properties)}


def _identity(step: Step) -> dict[str, object]:
    return {
        "step": step.number,
        "within": step.within,
        "name": step.name,
        "subtest": step.subtest,
        "phase": None if step.phase is None else step.phase.key,
        "case": step.case,
    }
