"""What retries until it is true, or gives up."""

import time

import pytest

from test_driver.errors import WaitTimedOut
from test_driver.retrying import retry


def test_retry_calls_until_it_is_true() -> None:
    calls: list[bool] = []

    def third(last: bool) -> bool:
        calls.append(bool(last))
        return len(calls) == 3

    retry(third, timeout=10)
    assert calls == [False, False, False]


def test_retry_tries_a_last_time_and_gives_up() -> None:
    calls: list[bool] = []

    def never(last: bool) -> bool:
        calls.append(bool(last))
        return False

    with pytest.raises(WaitTimedOut, match=r"after 0\.2 s waiting for a retried action to s"):
        retry(never, timeout_seconds=0.2)
    assert calls[-1] is True
    assert not any(calls[:-1])


def test_the_last_call_has_the_time_that_calls_took() -> None:
    remaining: list[float] = []

    def slow(seconds: float) -> bool:
        remaining.append(float(seconds))
        time.sleep(0.4)
        return False

    with pytest.raises(WaitTimedOut, match=r"after 2 s .* it returned something false"):
        retry(slow, timeout=2)
    # Otherwise a command of the last call would be killed, and the error would be that.
    assert remaining[-1] >= 0.4


def test_retry_takes_one_timeout() -> None:
    with pytest.raises(TypeError, match="give `timeout` or `timeout_seconds`, not both"):
        retry(lambda last: True, timeout_seconds=1, timeout=1)
