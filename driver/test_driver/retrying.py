"""The script's own waits."""

import functools
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from .compatibility import REHEARSE, Compatibility
from .deadline import DEFAULT_TIMEOUT, Deadline, Default, Duration
from .errors import WaitTimedOut
from .poll import OF_SCRIPT

# The last call begins so long before the deadline, so that it ends by then: as long as the longest
# call before took, and half as much again, but after half of the time at the earliest.
LAST_CALL_SECONDS = 0.25
LAST_CALL_FACTOR = 1.5
# A wait that is shorter has one call all the same, which may take so long in a guest that answers.
SHORT_SECONDS = 1.0
GRACE_SECONDS = 0.2
PATIENCE_SECONDS = 10.0


class RemainingSeconds(float):
    """The seconds that remain to a retried function; true on the last try alone.

    So a function that expects to be told whether this is the last try works, too.
    """

    last: bool

    def __new__(cls, seconds: float, *, last: bool) -> "RemainingSeconds":
        """Make it from the seconds."""
        self = super().__new__(cls, seconds)
        self.last = last
        return self

    def __bool__(self) -> bool:
        """Tell whether this is the last try."""
        return self.last


def retry(
    fn: Callable[[Any], bool],
    timeout_seconds: Duration | None = None,
    timeout: Duration | None = None,
) -> None:
    """Call a function until it returns something true.

    It is called with the seconds that remain of the timeout of 900 seconds: a float that is false,
    and true for the last call, when the timeout is about to end. What it raises ends the wait.
    Commands and waits inside the function end with the timeout, too. Raises
    WaitTimedOut if the last call fails as well.

    >>> retry(lambda last_try: "ready" in machine.succeed("service-status"), timeout=60)
    """
    _retry(fn, timeout_seconds, timeout, REHEARSE)


def retry_of(compatibility: Compatibility) -> Callable[..., None]:
    """Return the global `retry` of a script."""

    @functools.wraps(retry)
    def own(
        fn: Callable[[Any], bool],
        timeout_seconds: Duration | None = None,
        timeout: Duration | Default | None = "default",
    ) -> None:
        if compatibility.retry_limit_is_exact and timeout is None and timeout_seconds is None:
            _repeat_endlessly(fn)
            return
        given: Any = None if timeout == "default" else timeout
        _retry(fn, timeout_seconds, given, compatibility)

    return own


def _repeat_endlessly(fn: Callable[[Any], bool]) -> None:
    for pause in OF_SCRIPT:
        if fn(None):
            return
        time.sleep(pause)


def _retry(
    fn: Callable[[Any], bool],
    timeout_seconds: Duration | None,
    timeout: Duration | None,
    compatibility: Compatibility,
) -> None:
    if timeout is not None and timeout_seconds is not None:
        raise TypeError("retry: give `timeout` or `timeout_seconds`, not both")
    name = "timeout" if timeout_seconds is None else "timeout_seconds"
    given = timeout if timeout is not None else timeout_seconds
    deadline = Deadline.of_method(DEFAULT_TIMEOUT if given is None else given, name)
    retry_by(fn, deadline, compatibility)


def retry_by(
    fn: Callable[[Any], bool],
    deadline: Deadline,
    compatibility: Compatibility,
    what: str = "a retried action to succeed",
    last: Callable[[], str] = lambda: "it returned something false",
) -> None:
    """Do what `retry` does. `last` tells how the last call went, for the message."""
    if not callable(fn):
        raise TypeError(f"fn: expected a function, got {fn!r}")
    pauses = iter(OF_SCRIPT)
    ends_calls = compatibility.timeout_ends_tries
    calls_until = deadline.before_end(LAST_CALL_SECONDS)
    with deadline.bounds_calls() if ends_calls else nullcontext():
        while not calls_until.expired():
            before = deadline.remaining()
            if fn(RemainingSeconds(before, last=False)):
                return
            if ends_calls:
                took = (before - deadline.remaining()) * LAST_CALL_FACTOR
                earlier = deadline.before_end(min(took, deadline.seconds / 2))
                calls_until = min(calls_until, earlier, key=Deadline.remaining)
            time.sleep(min(next(pauses), calls_until.remaining()))
    if not deadline.seconds and compatibility.retry_limit_is_exact:
        raise WaitTimedOut(None, what, deadline.seconds, "it was not called")
    # A call that has used the time up was the last one.
    last_call = deadline.at_least(GRACE_SECONDS).with_patience(_patience(deadline))
    with last_call.bounds_calls() if ends_calls else nullcontext():
        if fn(RemainingSeconds(deadline.remaining(), last=True)):
            return
    raise WaitTimedOut(None, what, deadline.seconds, last())


def _patience(deadline: Deadline) -> float:
    return PATIENCE_SECONDS if deadline.seconds < SHORT_SECONDS else 0.0
