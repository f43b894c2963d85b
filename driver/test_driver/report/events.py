"""Everything that happens during a test, as a file for programs: `events.jsonl`.

A line is a JSON object. Each has `time` (seconds since 1970), `kind`, and `machine`, which is null
where no machine in particular is meant. By kind, it also has:

- `log`: `level`, and `text`; what the driver and the script say.
- `console`: `text`, a line of the machine's serial console.
- `step-begin`: `step` (its number), `within` (that of the step around it, or null), `name`, and
  `subtest`, whether it is a case of the report, and `case`, its name there.
- `step-end`: the same, with `seconds`, `result` (`passed` or `failed`) and `error` (or null).
- `time-spent`: `seconds`, an object from each activity to the seconds that went to it, and
  `longest_waits`, objects with `name` and `seconds`.
- `test`: what is run: `name`, `machines`, `script` (its path), `source`, and `limit` (seconds, or
  null). At the prompt it comes with each run, as does `verdict`: the last ones count.
- `command`: a command that has ended in a machine: `step` it belongs to (or null), `command`,
  `began`, `seconds`, `status`, `timed_out`, and the ends of what it wrote, `stdout` and `stderr`.
- `picture`: a screenshot; `path` in the output folder.
- `frame`: a picture of the recording of the screen; `path`.
- `failure`: why the script failed: `error` (its type), `message`, `where` (the lines of the script
  that were at work, outermost first, each with `line`, `text` and `values`), `text` (all that
  failed, in order, if that is more than one exception), and `waiting`, what was under way
  (`at`, outermost first; `thread` names the thread if it is not the main one).
- `evidence`: what was found in a machine afterwards; `name`, `title`, and `path`.
- `trouble`: what went wrong in a machine besides, each thing once: `trouble` (its kind, of
  `trouble/kinds.json`), `text`, `unit` and `process` (or null), and `expected`, whether
  `expect_crash` of the script covers it.
- `verdict`: `outcome`, `exit_status`, `seconds`, `headline` and `failure`, `failed_steps` (numbers
  of the steps that the failure came through; errors of others were caught; null if not known), and
  `not_started` (machines that were never started).

Each line is handed to the kernel whole, so the file is complete even if the driver is killed.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from ..failure_text import failure_text
from ..log import plain
from ..steps import Step
from ..time_budget import TimeSpent
from ..verdict import Verdict


class EventFile:
    """Writes events, into a new file. What cannot be written is told once, to `on_failure`."""

    def __init__(self, path: Path) -> None:
        self.failure: OSError | None = None
        self._on_failure: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o666
        )

    def on_failure(self, tell: Callable[[], None]) -> None:
        """Call this, from whatever thread, when an event cannot be written."""
        self._on_failure = tell
        if self.failure is not None:
            tell()

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

    def time_spent(self, spent: TimeSpent) -> None:
        """Write where the time went."""
        self.write(
            "time-spent",
            None,
            seconds={
                activity.value: round(seconds, 3) for activity, seconds in spent.seconds.items()
            },
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
        else:
            self._events.write("log", machine, level=record.levelname.lower(), text=text)


class StepEvents:
    """Makes events of the beginnings and ends of steps."""

    def __init__(self, events: EventFile) -> None:
        self._events = events

    def step_started(self, step: Step) -> None:
        """Write the beginning."""
        self._events.write("step-begin", step.machine, **_identity(step))

    def step_finished(self, step: Step) -> None:
        """Write the end."""
        error = step.error
        self._events.write(
            "step-end",
            step.machine,
            **_identity(step),
            seconds=round(step.seconds, 3),
            result="passed" if error is None else "failed",
            error=None if error is None else failure_text(error),
        )


def _identity(step: Step) -> dict[str, object]:
    return {
        "step": step.number,
        "within": step.within,
        "name": step.name,
        "subtest": step.subtest,
        "case": step.case,
    }
