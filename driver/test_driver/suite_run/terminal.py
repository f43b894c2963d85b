"""What happens, for a person: a line for each test that runs, and one for each that has ended."""

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TextIO

from ..nix.reach import store_title
from ..report.terminal_log import is_capable, wants_colours
from ..suite.model import Outcome, Suite
from ..suite.summary import summary_text
from .streams import write_to
from .work import Work, WorkEnd

# How often the lines of what runs are drawn anew, and without a terminal are written, in seconds.
DRAW_SECONDS = 0.5
QUIET_SECONDS = 60.0
DEFAULT_SIZE = os.terminal_size((100, 24))
_COLOURS = {"passed": "\x1b[32m", "failed": "\x1b[31;1m", "error": "\x1b[35;1m"}
_DIM = "\x1b[2m"
_RESET = "\x1b[0m"
MOST_OTHERS = 5


@dataclass(slots=True)
class _Row:
    work: Work
    began: float
    builder: str = ""
    text: str = ""


@dataclass(slots=True)
class Terminal:
    """Shows tests on standard error, and what they came to on standard output."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    results: TextIO = field(default_factory=lambda: sys.stdout)
    _rows: dict[str, _Row] = field(default_factory=dict)
    _drawn: int = 0
    _capable: bool = False
    _preparing: str = ""
    _planned: int = 0
    _ended: int = 0
    _last: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._capable = is_capable(self.stream)

    def say(self, text: str) -> None:
        """Write what concerns the whole."""
        self._line(text)

    def preparing(self, text: str) -> None:
        """Show what is at hand; without a terminal, only what several things are made of."""
        self._preparing = text
        if self._capable:
            self._draw()

    def selected(self, names: Sequence[str], others: Sequence[str]) -> None:
        """Write how many tests there are."""
        self._planned = len(names)
        self._line(f"{len(names)} test{'' if len(names) == 1 else 's'}{_not_tests(others)}")

    def started(self, work: Work) -> None:
        """Show a run as running."""
        self._preparing = ""
        self._rows[work.report.derivation] = _Row(work, time.monotonic(), text="starts")

    def builds_on(self, work: Work, builder: str) -> None:
        """Show which builder runs it."""
        if row := self._rows.get(work.report.derivation):
            row.builder = builder
            row.text = ""

    def at(self, work: Work, text: str) -> None:
        """Show what a run is at."""
        if row := self._rows.get(work.report.derivation):
            row.text = text

    def ended(self, end: WorkEnd) -> None:
        """Write how a run ended, unless it was in the store and passed."""
        self._ended += 1
        row = self._rows.pop(end.work.report.derivation, None)
        run = end.runs[-1]
        if end.source == "store" and run.outcome is Outcome.PASSED:
            return
        if row is None and end.source != "store":
            seconds = ""
        else:
            seconds = f"  {run.seconds:.1f} s" if run.seconds else ""
        where = f" on {store_title(end.builder)}" if end.builder else ""
        stored = "  (from the store)" if end.source == "store" else ""
        why = f": {run.headline}" if run.headline else ""
        retried = "  (retried)" if end.work.attempt > 1 else ""
        text = f"{self._painted(run.outcome.value)}  {end.work.title}{seconds}{where}"
        self._line(f"{text}{stored}{retried}{why}")
        if run.outcome is not Outcome.PASSED and run.report:
            self._line(f"        {run.folder / run.page}")

    def finished(self, suite: Suite, files: Sequence[str], status: int) -> None:
        """Write what the whole came to."""
        self._erase()
        wrote = "".join(f"wrote {file}\n" for file in files)
        write_to(self.results, f"{summary_text(suite)}{wrote}")

    def close(self) -> None:
        """Leave a clean terminal."""
        self._erase()

    def tick(self) -> None:
        """Draw anew what runs; to be called again and again."""
        if self._capable:
            self._draw()
        elif self._rows and time.monotonic() - self._last >= QUIET_SECONDS:
            self._line("; ".join([self._counts(), *map(self._row_text, self._rows.values())]))

    def _painted(self, text: str) -> str:
        colour = _COLOURS.get(text, "") if wants_colours(self.stream) else ""
        return f"{colour}{text}{_RESET}" if colour else text

    def _line(self, text: str) -> None:
        self._last = time.monotonic()
        self._erase()
        write_to(self.stream, f"{text}\n")

    def _counts(self) -> str:
        return f"{self._ended} ended, {len(self._rows)} running"

    def _row_text(self, row: _Row) -> str:
        where = f" on {store_title(row.builder)}" if row.builder else ""
        seconds = time.monotonic() - row.began
        return f"{row.work.title}{where} ({seconds:.0f} s) {row.text}".rstrip()

    def _draw(self) -> None:
        size = _size(self.stream)
        rows = [f"  {self._row_text(row)}" for row in self._rows.values()]
        room = max(1, size.lines - 3)
        if len(rows) > room:
            rows = [*rows[: room - 1], f"  and {len(rows) - room + 1} more"]
        if self._rows:
            rows.append(self._counts())
        elif self._preparing:
            rows.append(self._preparing)
        rows = [" ".join(row.split("\t"))[: size.columns - 1] for row in rows]
        self._erase()
        if rows:
            text = "".join(f"{_DIM}{row}{_RESET}\n" for row in rows)
            write_to(self.stream, text)
            self._drawn = len(rows)

    def _erase(self) -> None:
        if self._drawn:
            write_to(self.stream, f"\x1b[{self._drawn}A\x1b[J")
            self._drawn = 0


def _not_tests(others: Sequence[str]) -> str:
    if not others:
        return ""
    more = f" and {len(others) - MOST_OTHERS} more" if len(others) > MOST_OTHERS else ""
    shown = ", ".join(others[:MOST_OTHERS])
    return f"; {len(others)} without `.report` are no tests and not run: {shown}{more}"


def _size(stream: TextIO) -> os.terminal_size:
    try:
        return os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return DEFAULT_SIZE
