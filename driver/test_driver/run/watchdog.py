"""The end of a driver that cannot end itself."""

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType

from .exit_status import ExitStatus
from .verdict import Outcome, Verdict

logger = logging.getLogger(__name__)

# How long after its time limit a test may take to end by itself, clean-up included.
GRACE_SECONDS = 60.0


class Watchdog:
    """Ends the process some time after the test's own limit, from a thread that waits for nobody.

    The limit is an exception in the main thread. That does not come while the thread is inside a
    function of C, and the clean-up may hang in a way that nobody thought of. The kernel kills all
    children of the driver when it exits.
    """

    def __init__(
        self,
        record: Callable[[Verdict], object],
        meant: Callable[[Verdict], Verdict] = lambda verdict: verdict,
    ) -> None:
        self.record = record
        self._meant = meant  # gives the verdict that the test's policy has for it
        self._timer: threading.Timer | None = None
        self._limit = 0.0
        self._end_time = 0.0

    def __enter__(self) -> "Watchdog":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()

    @contextlib.contextmanager
    def suspended(self) -> Iterator[None]:
        """Do not count the time in here."""
        timer, self._timer = self._timer, None
        if timer is None:
            yield
            return
        timer.cancel()
        remaining = self._end_time - time.monotonic()
        try:
            yield
        finally:
            self._start(max(remaining, 0.0))

    def arm(self, limit: float | None, grace: float = GRACE_SECONDS) -> None:
        """Begin to wait, unless the test has no limit."""
        if limit is None:
            return
        self._limit = limit
        self._start(limit + grace)

    def _start(self, seconds: float) -> None:
        self._end_time = time.monotonic() + seconds
        self._timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), self._end)
        self._timer.daemon = True
        self._timer.start()

    def _end(self) -> None:
        limit = f"{self._limit:g} s"
        text = f"the test did not stop within {limit} and its grace period; killing the driver"
        verdict = Verdict(
            outcome=Outcome.TIMED_OUT, exit_status=ExitStatus.TIMED_OUT, headline=text, failure=text
        )
        try:
            logger.error("%s", text)
            verdict = self._meant(verdict)
            self.record(verdict)
            sys.stderr.flush()
        finally:
            os._exit(verdict.exit_status)
