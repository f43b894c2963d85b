"""The poller and its pauses."""

import asyncio
import itertools
import time

import pytest

from test_driver.deadline import NEVER, Deadline
from test_driver.poll import Pauses, poll, poll_until


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        (Pauses(1.0, 1.0), [1.0, 1.0, 1.0, 1.0]),
        (Pauses(1.0, 3.0, 2.0), [1.0, 2.0, 3.0, 3.0]),
        (Pauses(0.5, 0.6), [0.5, 0.6, 0.6, 0.6]),
    ],
)
def test_pauses_grow_to_the_last(pauses: Pauses, expected: list[float]) -> None:
    assert list(itertools.islice(pauses, 4)) == expected


@pytest.mark.parametrize(("took", "expected"), [(0.0, 0.02), (0.05, 0.05), (3.0, 0.2)])
def test_a_look_that_costs_much_is_followed_by_a_longer_pause(took: float, expected: float) -> None:
    assert Pauses(0.02, 0.2).after(took) == expected


def test_the_first_that_is_found_is_returned() -> None:
    found = iter([None, None, 0, 7])  # 0 is something: only None is nothing

    async def look() -> int | None:
        return next(found)

    assert asyncio.run(poll(look, Pauses(0.0, 0.0), NEVER)) == 0
    assert list(found) == [7]


@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_there_is_a_last_look_at_the_deadline(seconds: float) -> None:
    seen: list[float] = []
    deadline = Deadline.after(seconds)

    async def look() -> None:
        seen.append(time.monotonic())

    assert asyncio.run(poll(look, Pauses(10.0, 10.0), deadline)) is None
    assert seen[-1] >= deadline.at
    assert len(seen) == (1 if seconds == 0.0 else 2)


def test_a_condition_is_waited_for_until_it_holds() -> None:
    values = iter([False, False, True])
    assert asyncio.run(poll_until(lambda: next(values), Pauses(0.0, 0.0)))
    assert not asyncio.run(poll_until(lambda: False, Pauses(0.0, 0.0), Deadline.after(0.01)))
