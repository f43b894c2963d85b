"""What the time of a test goes to: booting, waiting, commands, and so on.

Words of machines are counted as they are called, whatever they do inside: a wait that runs commands
is a wait. Only the boot that a word waits for first is counted apart. Words that the script calls
in threads of its own go on beside what its main thread does; of them, only the waits are kept.
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

from .global_names import variable_name

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C", bound=type)

LONGEST_WAITS = 3
WAIT_CHARACTERS = 80


class Activity(Enum):
    """What time is spent on, in the order in which it is told."""

    START = "start of the driver"
    BOOT = "boot"
    WAITS = "waits"
    COMMANDS = "commands"
    TRANSFERS = "transfers"
    CHECKPOINTS = "checkpoints"
    SCRIPT = "the script itself"
    CLEAN_UP = "clean-up"


# The words that are no commands; of the others, those that begin with `wait_` and `copy_` are not.
ACTIVITIES = {
    "start": Activity.BOOT,
    "reboot": Activity.BOOT,
    "switch_root": Activity.BOOT,
    "shutdown": Activity.WAITS,
    "sleep": Activity.WAITS,
    "screenshot": Activity.TRANSFERS,
    "checkpoint": Activity.CHECKPOINTS,
    "restore": Activity.CHECKPOINTS,
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Wait:
    """A wait of the script."""

    seconds: float
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpent:
    """Where the time of a test went."""

    seconds: dict[Activity, float]
    longest_waits: list[Wait]

    def describe(self) -> str:
        """Return the block for the log."""
        whole = sum(self.seconds.values())  # never 0: making this takes time
        lines = [f"where {whole:.2f} seconds went:"]
        lines += [
            f"{seconds:9.2f} s {seconds / whole:4.0%}  {activity.value}"
            for activity, seconds in self.seconds.items()
            if seconds >= 0.005
        ]
        if self.longest_waits:
            lines.append("the longest waits:")
            lines += [f"{wait.seconds:9.2f} s  {wait.name}" for wait in self.longest_waits]
        return "\n".join(lines)


class TimeBudget:
    """Keeps account of one test. The thread that makes it is the one that runs the script."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._script: tuple[float, float | None] | None = None
        self._main_thread = threading.get_ident()
        self._spent = dict.fromkeys(Activity, 0.0)
        self._waits: list[Wait] = []
        self._under_way = threading.local()
        self._lock = threading.Lock()

    @contextmanager
    def script(self) -> Iterator[None]:
        """Run the script in the body: what comes before is the start, what comes after clean-up."""
        began = self._clock()
        self._script = (began, None)
        try:
            yield
        finally:
            self._script = (began, self._clock())

    @contextmanager
    def spend(self, activity: Activity, name: Callable[[], str] | None = None) -> Iterator[None]:
        """Count the time of the body, unless what is around it is counted already.

        Booting is always counted, and what is around it goes without. `name` makes the name under
        which a wait is told.
        """
        around: list[float] | None = getattr(self._under_way, "boots", None)
        if around is not None and activity is not Activity.BOOT:
            yield
            return
        boots = self._under_way.boots = [0.0]
        began = self._clock()
        try:
            yield
        finally:
            self._under_way.boots = around
            seconds = self._clock() - began - boots[0]
            if around is not None:
                around[0] += seconds + boots[0]
            self._count(activity, seconds, name)

    def result(self) -> TimeSpent:
        """Return where the time went until now."""
        now = self._clock()
        began, ended = self._script or (now, now)
        ended = now if ended is None else ended
        seconds = dict(self._spent)
        seconds[Activity.START] = began - self._began
        seconds[Activity.CLEAN_UP] = now - ended
        seconds[Activity.SCRIPT] = max(0.0, ended - began - sum(self._spent.values()))
        return TimeSpent(seconds=seconds, longest_waits=list(self._waits))

    def _count(self, activity: Activity, seconds: float, name: Callable[[], str] | None) -> None:
        if threading.get_ident() == self._main_thread:
            self._spent[activity] += seconds
        if activity is Activity.WAITS and name is not None:
            wait = Wait(seconds=seconds, name=name())
            with self._lock:
                self._waits = heapq.nlargest(LONGEST_WAITS, [*self._waits, wait])


def counted(machine: C) -> C:
    """Count the time of every word of a class of machines, that is, of what other files define."""
    for name, word in list(vars(machine).items()):
        if inspect.isfunction(word) and word.__module__ != machine.__module__:
            setattr(machine, name, _counted_word(name, word))
    return machine


def counted_wait(budget: TimeBudget, function: Callable[P, T]) -> Callable[P, T]:
    """Return a global function of the script that waits, with its time counted."""

    @functools.wraps(function)
    def run(*arguments: P.args, **keywords: P.kwargs) -> T:
        name = functools.partial(_call_text, function.__name__, arguments, keywords)
        with budget.spend(Activity.WAITS, name):
            return function(*arguments, **keywords)

    return run


def _counted_word(name: str, word: Callable[..., Any]) -> Callable[..., Any]:
    activity = _activity(name)

    @functools.wraps(word)
    def run(machine: Any, *arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401 - any word
        def called() -> str:
            return _call_text(f"{variable_name(machine.name)}.{name}", arguments, keywords)

        with machine.session.steps.budget.spend(activity, called):
            return word(machine, *arguments, **keywords)

    return run


def _activity(name: str) -> Activity:
    if name.startswith("wait_"):
        return Activity.WAITS
    if name.startswith("copy_"):
        return Activity.TRANSFERS
    return ACTIVITIES.get(name, Activity.COMMANDS)


def _call_text(name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> str:
    given = [_value_text(value) for value in arguments]
    given += [f"{keyword}={_value_text(value)}" for keyword, value in keywords.items()]
    text = f"{name}({', '.join(given)})"
    return text if len(text) <= WAIT_CHARACTERS else f"{text[: WAIT_CHARACTERS - 3]}..."


def _value_text(value: object) -> str:
    return value.__name__ if inspect.isfunction(value) else repr(value)
