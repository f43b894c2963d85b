"""A limit to the processor time of a process, as a share of one processor."""

import asyncio
import contextlib
import os
import signal
import time

LOOK_SECONDS = 0.01
# What a process may save up while it does not use its share.
SAVED_SECONDS = 0.02


class CpuLimit:
    """Stops a process whenever it has had its share, and lets it go on when it has one again.

    Its end lets the process go on. All methods belong to the thread of the loop.
    """

    def __init__(self, pid: int, share: float) -> None:
        self.share = share
        self._pid = pid
        self._stopped = False
        self._task = asyncio.ensure_future(self._watch())

    def end(self) -> None:
        """Limit the process no longer."""
        self._task.cancel()
        if self._stopped:
            self._stopped = False
            self._signal(signal.SIGCONT)

    async def _watch(self) -> None:
        balance, used, then = 0.0, self._used(), time.monotonic()
        while used is not None:
            await asyncio.sleep(LOOK_SECONDS)
            now, more = time.monotonic(), self._used()
            if more is None:
                return
            balance = min(balance + (now - then) * self.share - (more - used), SAVED_SECONDS)
            used, then = more, now
            if self._stopped != (balance < 0):
                self._stopped = not self._stopped
                self._signal(signal.SIGSTOP if self._stopped else signal.SIGCONT)

    def _used(self) -> float | None:
        """Return the processor time that the process has had, of all its threads.

        The number of a process's clock is made of its own, as clock_getcpuclockid(3) does it.
        """
        try:
            return time.clock_gettime(~self._pid << 3 | 2)
        except OSError:  # it has ended
            return None

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, number)
