"""The end of a driver that cannot end itself."""

import logging
import os
import sys
import threading
from collections.abc import Callable
from types import TracebackType

from .verdict import Outcome, Verdict

logger = logging.getLogger(__name__)

# How long after its time limit a test may take to end by itself, clean-up included.
GRACE_SECONDS = 60.0
TIMEOUT_STATUS = 4


class LastResort:
    """Ends the process some time after the test's own limit, from a thread that waits for nobody.

    The limit is an exception in the main thread. That does not come while the thread is inside a
    function of C, and the clean-up may hang in a way that nobody thought of. The kernel kills all
    children of the driver when it exits.
    """

    def __init__(self, record: Callable[[Verdict], object]) -> None:
        self._record = record
        self._timer: threading.Timer | None = None

    def __enter__(self) -> "LastResort":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def arm(self, limit: float | None, grace: float = GRACE_SECONDS) -> None:
        """Begin to wait, unless the test has no limit."""
        if limit is None:
            return
        self._timer = threading.Timer(min(limit + grace, threading.TIMEOUT_MAX), self._end, [limit])
        self._timer.daemon = True
        self._timer.start()

    def _end(self, limit: float) -> None:
        text = f"the test did not end within {limit:g} s, and could not be stopped: ending it all"
        verdict = Verdict(
            outcome=Outcome.TIMED_OUT, exit_status=TIMEOUT_STATUS, headline=text, failure=text
        )
        try:
            logger.error("%s", text)
            self._record(verdict)
            sys.stderr.flush()
        finally:
            os._exit(TIMEOUT_STATUS)
