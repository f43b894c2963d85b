"""Where the time of a test goes: booting, waiting, commands, and so on.

The time of a method of a machine counts to the method's phase, whatever the method does inside: a
wait that runs commands is a wait. Only the boot that a method waits for first counts apart. Methods
that the script calls in threads of its own run beside its main thread; of them, only the waits are
kept.
"""

import functools
import heapq
import inspect
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

LONGEST_WAITS = 3
WAIT_CHARACTERS = 80


class Phase(Enum):
    """What time is spent on, in the order in which it is told. Events have the name in lower case.

    The value is what people read.
    """

    START = "start of the driver"
    ADMISSION = "waiting for the host"
    BOOT = "boot"
    WAIT = "waits"
    COMMAND = "commands"
    TRANSFER = "transfers"
    CHECKPOINT = "checkpoints"
    SCRIPT = "the script itself"
    CLEAN_UP = "clean-up"

    @property
    def key(self) -> str:
        """The name of the phase in events."""
        return self.name.lower()

    @property
    def colour(self) -> str:
        """What the report calls its colour (html_page/style.css)."""
        return _COLOURS.get(self, self.key)


_COLOURS = {
    Phase.START: "step",
    Phase.SCRIPT: "subtest",
    Phase.CLEAN_UP: "clean-up",
    Phase.CHECKPOINT: "restore",
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Wait:
    """A wait of the script."""

    seconds: float
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpent:
    """Where the time of a test went."""

    seconds: dict[Phase, float]
    longest_waits: list[Wait]

    def describe(self) -> str:
        """Return the block for the log."""
        whole = sum(self.seconds.values())  # never 0: making this takes time
        lines = [f"where {whole:.2f} seconds went:"]
        lines += [
            f"{seconds:9.2f} s {seconds / whole:4.0%}  {phase.value}"
            for phase, seconds in self.seconds.items()
            if seconds >= 0.005
        ]
        if self.longest_waits:
            lines.append("the longest waits:")
            lines += [f"{wait.seconds:9.2f} s  {wait.name}" for wait in self.longest_waits]
        return "\n".join(lines)


class Timings:
    """Keeps account of one test. The thread that makes it is the one that runs the script."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._script: tuple[float, float | None] | None = None
        self._before_script = 0.0  # what was counted before the script began
        self._main_thread = threading.get_ident()
        self._spent = dict.fromkeys(Phase, 0.0)
        self._waits: list[Wait] = []
        self._under_way = threading.local()
        self._lock = threading.Lock()

    @contextmanager
    def script(self) -> Iterator[None]:
        """Run the script in the body: what comes before is the start, what comes after clean-up."""
        began = self._clock()
        self._before_script = sum(self._spent.values())
        self._script = (began, None)
        try:
            yield
        finally:
            self._script = (began, self._clock())

    @contextmanager
    def spend(self, phase: Phase, name: Callable[[], str] | None = None) -> Iterator[None]:
        """Count the time of the body, unless what is around it is counted already.

        Booting is always counted, and what is around it goes without. `name` makes the name under
        which a wait is told.
        """
        around: list[float] | None = getattr(self._under_way, "boots", None)
        if around is not None and phase is not Phase.BOOT:
            yield
            return
        boots = self._under_way.boots = [0.0]
        outer, self._under_way.phase = self.phase(), phase
        began = self._clock()
        try:
            yield
        finally:
            self._under_way.boots = around
            self._under_way.phase = outer
            seconds = self._clock() - began - boots[0]
            if around is not None:
                around[0] += seconds + boots[0]
            self._count(phase, seconds, name)

    def phase(self) -> Phase | None:
        """Return the phase that the time of the calling thread counts to; None for the script."""
        found: Phase | None = getattr(self._under_way, "phase", None)
        return found

    def result(self) -> TimeSpent:
        """Return where the time went until now."""
        now = self._clock()
        began, ended = self._script or (now, now)
        ended = now if ended is None else ended
        seconds = dict(self._spent)
        counted = sum(self._spent.values())
        before = counted if self._script is None else self._before_script
        seconds[Phase.START] = max(0.0, began - self._began - before)
        seconds[Phase.CLEAN_UP] = now - ended
        seconds[Phase.SCRIPT] = max(0.0, ended - began - (counted - before))
        return TimeSpent(seconds=seconds, longest_waits=list(self._waits))

    def _count(self, phase: Phase, seconds: float, name: Callable[[], str] | None) -> None:
        if threading.get_ident() == self._main_thread:
            self._spent[phase] += seconds
        if phase is Phase.WAIT and name is not None:
            wait = Wait(seconds=seconds, name=name())
            with self._lock:
                self._waits = heapq.nlargest(LONGEST_WAITS, [*self._waits, wait])


def counted_wait(timings: Timings, function: Callable[P, T]) -> Callable[P, T]:
    """Return a global function of the script that waits, with its time counted."""

    @functools.wraps(function)
    def run(*arguments: P.args, **keywords: P.kwargs) -> T:
        name = functools.partial(call_text, function.__name__, arguments, keywords)
        with timings.spend(Phase.WAIT, name):
            return function(*arguments, **keywords)

    return run


def call_text(name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> str:
    """Return a call as a script writes it, shortened to one line."""
    given = [_value_text(value) for value in arguments]
    given += [f"{keyword}={_value_text(value)}" for keyword, value in keywords.items()]
    text = f"{name}({', '.join(given)})"
    return text if len(text) <= WAIT_CHARACTERS else f"{text[: WAIT_CHARACTERS - 3]}..."


def _value_text(value: object) -> str:
    return value.__name__ if inspect.isfunction(value) else repr(value)
