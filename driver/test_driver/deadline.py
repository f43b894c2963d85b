"""Points in time by which something has to have happened."""

import math
import time
from dataclasses import dataclass
from datetime import timedelta

Duration = timedelta | float

DEFAULT_TIMEOUT = 900.0


def seconds_of(duration: Duration) -> float:
    """Return a duration in seconds. A `bool` is refused: it is a slip, never a duration."""
    if isinstance(duration, timedelta):
        return duration.total_seconds()
    if isinstance(duration, bool) or not isinstance(duration, int | float):
        raise TypeError(f"expected a duration (seconds or timedelta), got {duration!r}")
    return float(duration)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A moment on the monotonic clock, and the seconds that were given to reach it.

    It is handed down from wait to wait, so that nested waits share one budget.
    """

    seconds: float
    at: float

    @classmethod
    def after(cls, duration: Duration | None) -> "Deadline":
        """Return the deadline that lies `duration` from now; `None` means that there is none."""
        seconds = math.inf if duration is None else seconds_of(duration)
        return cls(seconds=seconds, at=time.monotonic() + seconds)

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
