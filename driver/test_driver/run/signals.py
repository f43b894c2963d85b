"""Ending a script from outside: by its time limit, a signal, or an error of the host."""

import _weakrefset
import concurrent.futures._base
import contextlib
import logging
import signal
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType

from ..errors import GlobalTimeout, Halted, Interrupted
from ..steps import Steps

logger = logging.getLogger(__name__)

# A script may swallow the exception, and so may Python, where nothing can be raised. Then there is
# another one.
REPEAT_SECONDS = 5.0
# How long it may wait for a lock to be safe. Longer than that, it is the lock that hangs.
PATIENCE_SECONDS = 1.0
# What these do when they are called from anywhere, and when they are the innermost. In these
# functions of the latter they wait, and bear an exception. What belongs to weak references locks
# nothing, but Python calls it where it can only throw an exception away.
_LOCKING_MODULES = (logging.__file__, _weakrefset.__file__, weakref.__file__)
_LOCKS = (threading.__file__, concurrent.futures._base.__file__)
_WAITS = ("wait", "join", "_wait_for_tstate_lock")
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
SOON_SECONDS = 0.001


def holds_lock(frame: FrameType | None) -> bool:
    """Tell whether an exception in a frame might leave a lock locked that other threads need.

    Python raises what a handler of a signal raises between any two instructions, also between
    those that take a lock and those that see to it that it is released.
    """
    if frame is not None and frame.f_code.co_filename in _LOCKS:
        return frame.f_code.co_name not in _WAITS
    while frame is not None:
        if frame.f_code.co_filename in _LOCKING_MODULES:
            return True
        frame = frame.f_back
    return False


def raises_now(frame: FrameType | None, since: float) -> bool:
    """Tell whether the handler of a signal may raise in a frame. If not, a timer calls it again.

    `since` is the monotonic time of the first try. After PATIENCE_SECONDS, the lock hangs.
    """
    wait = holds_lock(frame) and time.monotonic() - since < PATIENCE_SECONDS
    signal.setitimer(signal.ITIMER_REAL, SOON_SECONDS if wait else REPEAT_SECONDS, REPEAT_SECONDS)
    return not wait


class Interruption:
    """While entered, raises GlobalTimeout or Interrupted in the main thread when it is time.

    What `fail` is given is raised there, too.

    Afterwards the same signals are noted and do nothing, so that they cannot disturb the clean-up;
    `close` gives them back their former effect. Without `seconds`, a person is at the prompt: there
    is no limit, and Ctrl-C is the prompt's own.
    """

    def __init__(self, steps: Steps, seconds: float | None) -> None:
        self._steps = steps
        self._seconds = seconds
        self._armed = False
        self._fault: Halted | None = None
        self._why: Callable[[str], Halted] | None = None
        self._begun = 0.0
        self._entered = 0.0
        self._former: dict[int, object] = {}

    def __enter__(self) -> "Interruption":
        if self._fault is not None:
            raise self._fault
        self._armed = True
        self._entered = time.monotonic()
        numbers: tuple[signal.Signals, ...] = ENDING_SIGNALS
        if self._seconds is not None:
            numbers = (*ENDING_SIGNALS, signal.SIGINT)
        self._former = {number: signal.signal(number, self._stop) for number in numbers}
        if self._seconds is not None:
            signal.setitimer(signal.ITIMER_REAL, self._seconds, REPEAT_SECONDS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        # The script may have taken the signal or its timer for something else.
        if error is None and self._seconds is not None:
            if time.monotonic() - self._entered >= self._seconds:
                raise GlobalTimeout(self._seconds, self._steps.path(threading.get_ident()))

    @contextlib.contextmanager
    def suspended(self) -> Iterator[None]:
        """Do not count the time in the body for the limit. The caller suspends the timer itself."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._entered += time.monotonic() - began

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Let the limit neither come nor count in the body. Signals and faults end it as ever."""
        with self.suspended():
            limit = signal.setitimer(signal.ITIMER_REAL, 0)
            if self._fault is not None:  # its timer may be the one that was stopped
                self.fail(self._fault)
            yield
            signal.setitimer(signal.ITIMER_REAL, *limit)
            if self._fault is not None:
                self.fail(self._fault)

    def fail(self, fault: Halted) -> None:
        """End the script because of a fault. Any thread may call this."""
        self._fault = self._fault or fault
        if self._armed:
            signal.setitimer(signal.ITIMER_REAL, SOON_SECONDS, REPEAT_SECONDS)

    def close(self) -> None:
        """Give the signals back their former effect."""
        for number, handler in self._former.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # it is what signal() gave
        self._former.clear()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if not self._armed:
            logger.info("%s: already stopping", signal.Signals(number).name)
            return
        if self._why is None:
            self._why = self._reason(number)
            self._begun = time.monotonic()
        if self._why is None:
            return
        if not raises_now(frame, self._begun):
            return
        # Wherever the script is: it may have made a coroutine that nobody will wait for now.
        warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
        raise self._why(self._steps.path(threading.get_ident()))

    def _reason(self, number: int) -> Callable[[str], Halted] | None:
        """Return what makes the exception for a signal, from the path of steps."""
        if number != signal.SIGALRM:
            return lambda path: Interrupted(number, path)
        if (fault := self._fault) is not None:
            return lambda path: fault
        if (seconds := self._seconds) is None:
            return None
        return lambda path: GlobalTimeout(seconds, path)
