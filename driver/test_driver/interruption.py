"""Ending a script from outside: by its time limit, a signal, or a fault of the host."""

import logging
import signal
import threading
import warnings
from types import FrameType, TracebackType

from .errors import GlobalTimeout, Halted, Interrupted
from .steps import Steps

logger = logging.getLogger(__name__)

# A script may swallow the exception; then it gets another one.
REPEAT_SECONDS = 5.0
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
SOON_SECONDS = 0.001


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
        self._former: dict[int, object] = {}

    def __enter__(self) -> "Interruption":
        if self._fault is not None:
            raise self._fault
        self._armed = True
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
        # Wherever the script is: it may have made a coroutine that nobody will wait for now.
        warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
        path = self._steps.path(threading.get_ident())
        if number == signal.SIGALRM:
            if self._fault is not None:
                raise self._fault
            if self._seconds is None:
                return
            raise GlobalTimeout(self._seconds, path)
        raise Interrupted(number, path)
