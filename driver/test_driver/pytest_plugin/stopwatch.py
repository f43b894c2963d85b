"""Where the time of a test went, beside its own phases."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Counts seconds by what they were spent on: `restore`, `start`, `fixture NAME`..."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def spend(self, what: str) -> Iterator[None]:
        """Count the time of the body."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.add(what, time.monotonic() - began)

    def add(self, what: str, seconds: float) -> None:
        """Count seconds that somebody else has measured."""
        self._seconds[what] += seconds

    def take(self) -> dict[str, float]:
        """Return what was counted since the last call, and begin anew."""
        taken = dict(self._seconds)
        self._seconds.clear()
        return taken
