"""What a report shows, read from the events of a test: also from those of one that was killed."""

import errno
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..log import STREAM_LABELS
from ..output import EVENTS_FILE
from ..run.timings import Phase
from .event_schema import TEST_FIELDS, check_schema

Event = Mapping[str, Any]

KILLED = "the driver was killed before the test ended"
_COLOURS = {phase.key: phase.colour for phase in Phase}
NO_VERDICT = {"outcome": "was killed", "exit_status": None, "headline": KILLED, "failure": KILLED}
NO_STEP = 0
# Where a line of the log comes from; the page filters by these.
SOURCES = ("step", "console", "output", "qemu", "log", "warning", "error", "picture")
# The source of a line that a program wrote, by its stream.
STREAM_SOURCES = {"stdout": "output", "stderr": "output", "qemu": "qemu"}
# More would take the page longer than a person waits, and the driver many seconds to write.
MOST_LINES = 200_000
_CHATTER = re.compile(
    r'\{"time": ([0-9.e+]+), "kind": "'
    r'(?:console"|log", "machine": [^,]*, "level": "(?:info|debug)")'
)


@dataclass(kw_only=True)
class LogColumns:
    """The lines of the log, a list for each field: much smaller than an object for each line."""

    times: list[int] = field(default_factory=list)
    machines: list[int] = field(default_factory=list)
    sources: list[int] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class ReportData:
    """A test as its report shows it. Times are milliseconds since `began`."""

    test: dict[str, Any] = field(default_factory=dict)
    began: float = 0.0
    end: int = 0
    machines: list[str] = field(default_factory=list)
    backends: dict[str, str] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    tests: list[dict[str, Any]] = field(default_factory=list)
    commands: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[dict[str, Any]] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    troubles: list[dict[str, Any]] = field(default_factory=list)
    time_spent: dict[str, Any] = field(default_factory=dict)
    failure: dict[str, Any] = field(default_factory=dict)
    verdict: dict[str, Any] = field(default_factory=lambda: dict(NO_VERDICT))
    log: LogColumns = field(default_factory=LogColumns)


def colour_of(phase: str | None) -> str:
    """Return what the page calls the colour of a phase."""
    return _COLOURS.get(phase or "", "step")


def read_report_data(folder: Path) -> ReportData:
    """Read the events in an output folder.

    Raises OSError if there are none, and NewerSchemaError if a newer driver wrote them.
    """
    reader = _Reader()
    for event in _events(folder / EVENTS_FILE):
        reader.take(event)
    return reader.finish()


def _events(path: Path) -> Iterator[Event]:
    """Yield the events, but of very many lines of consoles and log only the first and the last.

    The last line of a driver that ran out of disk may be half a line.
    """
    if path.exists() and not path.is_file():  # a device would have no end
        raise OSError(errno.EINVAL, "is no file", str(path))
    with path.open(encoding="utf-8", errors="replace") as lines:
        total = sum(1 for line in lines if _CHATTER.match(line))
        left_out = range(MOST_LINES // 2, total - MOST_LINES // 2)
        lines.seek(0)
        number = -1
        for line in lines:
            number += (chatter := _CHATTER.match(line)) is not None
            if chatter is not None and number in left_out:
                if number == left_out.start:
                    yield _note(float(chatter[1]), len(left_out))
                continue
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and {"time", "kind"} <= event.keys():
                yield event


def _note(moment: float, count: int) -> Event:
    text = f"[{count} lines left out here; log.txt has them]"
    return {"time": moment, "kind": "log", "machine": None, "level": "warning", "text": text}


class _Reader:
    """Takes one event after the other."""

    def __init__(self) -> None:
        self._data = ReportData()
        self._steps: dict[int, dict[str, Any]] = {}
        self._takers: dict[str, Callable[[Event], None]] = {
            "schema": check_schema,
            "test": self._test,
            "backend": self._backend,
            "log": self._log,
            "console": lambda event: self._lines(event, "console", event["text"]),
            "step-begin": self._step_begin,
            "step-end": self._step_end,
            "command": self._command,
            "picture": self._picture,
            "frame": lambda event: self._data.frames.append(self._file(event)),
            "evidence": self._evidence,
            "trouble": self._trouble,
            "time-spent": self._time_spent,
            "failure": lambda event: self._data.failure.update(event),
            "verdict": lambda event: self._data.verdict.update(event),
        }

    def take(self, event: Event) -> None:
        if not self._data.began:
            self._data.began = float(event["time"])
        self._data.end = max(self._data.end, self._moment(event["time"]))
        if taker := self._takers.get(event["kind"]):
            taker(event)

    def finish(self) -> ReportData:
        data = self._data
        data.verdict.setdefault("seconds", data.end / 1000)
        ended_by = data.verdict.get("failed_steps")
        for step in data.steps:
            step.setdefault("ms", max(0, data.end - step["at"]))
            is_caught = ended_by is not None and step["number"] not in ended_by
            is_subtest = step["kind"] == "subtest" and not step.get("is_test")
            if is_caught and is_subtest and step["result"] == "failed":
                step["result"] = "failed, caught"
        return data

    def _moment(self, seconds: float) -> int:
        return max(0, round((float(seconds) - self._data.began) * 1000))

    def _machine(self, event: Event) -> int:
        name = event.get("machine")
        if name is None:
            return -1
        if name not in self._data.machines:
            self._data.machines.append(name)
        return self._data.machines.index(name)

    def _test(self, event: Event) -> None:
        self._data.test = dict(event)
        for machine in event["machines"]:  # at the prompt, the script may be run again
            self._machine({"machine": machine})

    def _backend(self, event: Event) -> None:
        self._data.backends[event["machine"]] = event["backend"]

    def _log(self, event: Event) -> None:
        text, level, stream = event["text"], event["level"], event.get("stream") or ""
        source = level if level in SOURCES else STREAM_SOURCES.get(stream, "log")
        self._lines(event, source, STREAM_LABELS.get(stream, "") + text)

    def _lines(self, event: Event, source: str, text: str, step: int = NO_STEP) -> None:
        columns = self._data.log
        at, machine = self._moment(event["time"]), self._machine(event)
        for line in text.split("\n"):
            columns.times.append(at)
            columns.machines.append(machine)
            columns.sources.append(SOURCES.index(source))
            columns.steps.append(step)
            columns.texts.append(line)

    def _step_begin(self, event: Event) -> None:
        step = {
            "number": event["step"],
            "within": event["within"] or NO_STEP,
            "machine": self._machine(event),
            "kind": "subtest" if event["subtest"] else colour_of(event.get("phase")),
            "name": event["name"],
            "case": event.get("case") or event["name"],
            "at": self._moment(event["time"]),
            "result": "not ended",
        }
        self._steps[event["step"]] = step
        self._data.steps.append(step)
        self._lines(event, "step", event["name"], event["step"])

    def _step_end(self, event: Event) -> None:
        if (step := self._steps.get(event["step"])) is None:
            return
        step["ms"] = round(event["seconds"] * 1000)
        step["result"] = event.get("outcome") or event["result"]
        if "outcome" in event:
            told = {name: event[name] for name in TEST_FIELDS}
            step["is_test"] = True
            self._data.tests.append(
                {"step": step["number"], "name": step["case"], "ms": step["ms"], **told}
            )
        if event["error"]:
            step["error"] = event["error"]
            text = f"failed after {event['seconds']:.2f} s: {event['name']}"
            self._lines(event, "error", text, event["step"])

    def _command(self, event: Event) -> None:
        known = ("command", "status", "signal", "timed_out", "stdout", "stderr")
        self._data.commands.append(
            {
                "step": event.get("step") or NO_STEP,
                "machine": self._machine(event),
                "at": self._moment(event["began"]),
                "ms": round(event["seconds"] * 1000),
                **{name: event[name] for name in known if event.get(name)},
                "status": event.get("status"),
            }
        )

    def _picture(self, event: Event) -> None:
        self._data.pictures.append(self._file(event))
        self._lines(event, "picture", event["path"])

    def _evidence(self, event: Event) -> None:
        self._data.evidence.append(
            {**self._file(event), "name": event["name"], "title": event["title"]}
        )

    def _trouble(self, event: Event) -> None:
        known = ("trouble", "text", "unit", "process", "expected")
        at, machine = self._moment(event["time"]), self._machine(event)
        about = {name: event.get(name) for name in known}
        self._data.troubles.append({"at": at, "machine": machine, **about})

    def _file(self, event: Event) -> dict[str, Any]:
        at, machine = self._moment(event["time"]), self._machine(event)
        return {"at": at, "machine": machine, "path": event["path"]}

    def _time_spent(self, event: Event) -> None:
        self._data.time_spent = {
            "seconds": event["seconds"],
            "longest_waits": event["longest_waits"],
        }
