"""The first and the last events of a test: all that a suite needs, also of very long tests."""

import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from ..report.event_schema import check_schema

FIRST_LINES = 50
HEAD_BYTES = 8 << 20
TAIL_BYTES = 64 << 10
# A verdict has the whole text of the failure. One that is further away is not there.
MOST_TAIL_BYTES = 64 << 20
TAIL_FACTOR = 8

Event = Mapping[str, Any]


@dataclass(kw_only=True)
class EventEnds:
    """What the events say of the test as a whole; None where they do not say it."""

    began: float | None = None
    ended: float | None = None
    test: Event = field(default_factory=dict)
    time_spent: Event = field(default_factory=dict)
    verdict: Event | None = None


def read_event_ends(path: Path) -> EventEnds:
    """Read both ends of a file of events. Lines that are no events are passed over.

    Raises OSError, ValueError if there are no events at all, and NewerSchemaError.
    """
    ends = EventEnds()
    with path.open("rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("is no file")
        for number, event in enumerate(_events(file.read(HEAD_BYTES))):
            if ends.began is None:
                ends.began = float(event["time"])
            if event["kind"] == "schema":
                check_schema(event)
            if event["kind"] == "test":
                ends.test = event
            if ends.test or number >= FIRST_LINES:
                break
        if ends.began is None:
            raise ValueError("has no events")
        _read_tail(file, ends)
    return ends


def _read_tail(file: BinaryIO, ends: EventEnds) -> None:
    size = os.fstat(file.fileno()).st_size
    length = TAIL_BYTES
    while True:
        start = max(0, size - length)
        file.seek(start)
        content = file.read()
        if start:
            content = content.partition(b"\n")[2]
        for event in _events(content):
            ends.ended = float(event["time"])
            if event["kind"] == "time-spent":
                ends.time_spent = event
            elif event["kind"] == "verdict":
                ends.verdict = event
        if start == 0 or length >= MOST_TAIL_BYTES or (ends.verdict and ends.time_spent):
            return
        length = min(length * TAIL_FACTOR, MOST_TAIL_BYTES)


def _events(content: bytes) -> Iterator[Event]:
    """Yield the events of lines; the last line of a driver that was killed may be half a line."""
    start = 0
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        line, start = content[start:end], end + 1
        try:
            event = json.loads(line)
        except (RecursionError, ValueError):
            continue
        if isinstance(event, dict) and isinstance(event.get("kind"), str):
            moment = event.get("time")
            if isinstance(moment, int | float) and not isinstance(moment, bool):
                yield event
