"""The script's own waits."""

import time
from collections.abc import Callable

from ..deadline import DEFAULT_TIMEOUT, Deadline, Duration
from ..errors import WaitTimedOut

FIRST_PAUSE_SECONDS = 0.1
LAST_PAUSE_SECONDS = 1.0


def retry(
    fn: Callable[[bool], bool],
    timeout_seconds: Duration | None = None,
    timeout: Duration | None = None,
) -> None:
    """Call a function until it returns something true.

    It is called with `False`, and a last time, after the timeout of 900 seconds, with `True`.
    Raises WaitTimedOut if that fails as well.

    >>> retry(lambda last_try: "ready" in machine.succeed("service-status"), timeout=60)
    """
    if timeout is not None and timeout_seconds is not None:
        raise TypeError("retry: give `timeout` or `timeout_seconds`, not both")
    given = timeout if timeout is not None else timeout_seconds
    deadline = Deadline.after(DEFAULT_TIMEOUT if given is None else given)
    pause = FIRST_PAUSE_SECONDS
    while not deadline.expired():
        if fn(False):
            return
        time.sleep(min(pause, deadline.remaining()))
        pause = min(pause * 2, LAST_PAUSE_SECONDS)
    if not fn(True):
        raise WaitTimedOut(None, "a retried action to succeed", deadline.seconds)
