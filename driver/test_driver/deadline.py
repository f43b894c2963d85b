"""Points in time by which something has to have happened."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

Duration = timedelta | float
# What a method's time limit is when the script gives none.
Default = Literal["default"]

DEFAULT_TIMEOUT = 900.0


def seconds_of(duration: Duration, name: str = "timeout") -> float:
    """Return a duration in seconds. `name` is the argument that has it, for the message.

    Raises TypeError for anything but a number or a timedelta (a `bool` is a slip, never a
    duration), and ValueError for a negative one and for NaN.
    """
    if isinstance(duration, timedelta):
        seconds = duration.total_seconds()
    elif isinstance(duration, bool) or not isinstance(duration, int | float):
        raise TypeError(_refusal(name, duration))
    else:
        try:
            seconds = float(duration)
        except OverflowError as error:
            raise ValueError(_refusal(name, "a number that is too large")) from error
    if math.isnan(seconds) or seconds < 0:
        raise ValueError(_refusal(name, duration))
    return seconds


def _refusal(name: str, given: object) -> str:
    shown = given if isinstance(given, str) and " " in given else repr(given)
    return f"{name}: expected a duration (seconds from 0, or a timedelta), got {shown}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A moment on the monotonic clock, and the seconds that were given to reach it.

    It is handed down from wait to wait, so that nested waits share one limit.
    """

    seconds: float
    at: float
    # A guest that is at work gets so many seconds more, for the one look of a short wait.
    patience: float = 0.0

    @classmethod
    def after(cls, duration: Duration | None, name: str = "timeout") -> "Deadline":
        """Return the deadline that lies `duration` from now; `None` means that there is none."""
        seconds = math.inf if duration is None else seconds_of(duration, name)
        return cls(seconds=seconds, at=time.monotonic() + seconds)

    @classmethod
    def of_method(cls, duration: Duration | None, name: str = "timeout") -> "Deadline":
        """Return the deadline of a method of the script: its own, or that of a wait around it."""
        own = cls.after(duration, name)
        outer = _around.get()
        return own if outer is None or own.at <= outer.at else outer

    def remaining(self) -> float:
        """Return the seconds left, never less than 0; infinity if there is no deadline."""
        return max(0.0, self.at - time.monotonic())

    def timeout(self) -> float | None:
        """Return the seconds left as asyncio and select want them: `None` is without limit."""
        return None if math.isinf(self.at) else self.remaining()

    def expired(self) -> bool:
        """Tell whether the moment has passed."""
        return time.monotonic() >= self.at

    def at_most(self, seconds: float) -> "Deadline":
        """Return the earlier of this deadline and `seconds` from now."""
        at = time.monotonic() + seconds
        return self if self.at <= at else Deadline(seconds=seconds, at=at)

    def at_least(self, seconds: float) -> "Deadline":
        """Return the later of this deadline and `seconds` from now."""
        at = time.monotonic() + seconds
        return self if self.at >= at else Deadline(seconds=self.seconds, at=at)

    def before_end(self, seconds: float) -> "Deadline":
        """Return the moment that lies `seconds` before this one."""
        return Deadline(seconds=self.seconds, at=self.at - seconds)

    def with_patience(self, seconds: float) -> "Deadline":
        """Return the same moment, after which a guest that is at work gets some seconds more."""
        return Deadline(seconds=self.seconds, at=self.at, patience=seconds)

    @contextmanager
    def bounds_calls(self) -> Iterator[None]:
        """Let no method that this thread calls inside the block take longer than to this moment.

        So a function of the script that a wait calls, again and again, ends with the wait.
        """
        outer = _around.get()
        token = _around.set(self if outer is None or self.at <= outer.at else outer)
        try:
            yield
        finally:
            _around.reset(token)


def method_deadline(timeout: Duration | Default | None, default: float | None) -> Deadline:
    """Return the deadline of a method whose time limit is `default` unless the script gives one."""
    if timeout == "default":
        return Deadline.of_method(default)
    given: Any = timeout  # an unchecked script may give another text, which is refused
    return Deadline.of_method(given)


def time_is_up() -> bool:
    """Tell whether a wait around this call has reached its deadline."""
    return (outer := _around.get()) is not None and outer.expired()


NEVER = Deadline(seconds=math.inf, at=math.inf)
_around: ContextVar[Deadline | None] = ContextVar("deadline around a call", default=None)
