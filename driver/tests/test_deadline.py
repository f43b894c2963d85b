"""Durations and deadlines."""

import math
from datetime import timedelta

import pytest

from test_driver.deadline import Deadline, seconds_of


def test_a_duration_is_a_number_of_seconds_or_a_timedelta() -> None:
    assert seconds_of(3) == 3.0
    assert seconds_of(0.5) == 0.5
    assert seconds_of(timedelta(minutes=1)) == 60.0


@pytest.mark.parametrize("wrong", [True, "3", None])
def test_anything_else_is_no_duration(wrong: object) -> None:
    with pytest.raises(TypeError, match="expected a duration"):
        seconds_of(wrong)  # type: ignore[arg-type]  # that is the point


def test_none_is_no_deadline() -> None:
    deadline = Deadline.after(None)
    assert deadline.timeout() is None
    assert deadline.remaining() == math.inf
    assert not deadline.expired()


def test_a_deadline_passes_and_nothing_is_left() -> None:
    deadline = Deadline.after(0)
    assert deadline.expired()
    assert deadline.remaining() == 0
    assert deadline.timeout() == 0


def test_at_most_takes_the_earlier() -> None:
    assert Deadline.after(None).at_most(5).remaining() <= 5
    soon = Deadline.after(1)
    assert soon.at_most(5) is soon
