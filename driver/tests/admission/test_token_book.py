"""Who holds how much of a quota, and who waits."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from test_driver.admission.token_book import Holder, NeverGranted, TokenBook, Tokens

QUOTA = Tokens(memory_mib=1000, cores=4)


def book(quota: Tokens = QUOTA) -> TokenBook:
    return TokenBook(quota)


def tokens(memory: int, cores: int = 1) -> Tokens:
    return Tokens(memory_mib=memory, cores=cores)


def test_what_fits_is_granted_and_the_rest_waits_in_order() -> None:
    one = book()
    a, b, c = (one.join(name) for name in "abc")
    assert one.ask(a, tokens(600)) == [a]
    assert one.ask(b, tokens(500)) == []
    assert one.ask(c, tokens(100)) == []  # it would fit, and b came first
    assert [one.before(b), one.before(c)] == [0, 1]
    assert one.free == tokens(400, 3)
    assert one.leave(a) == [b, c]
    assert one.free == tokens(400, 2)


def test_all_is_granted_or_nothing() -> None:
    one = book()
    a, b = one.join(), one.join()
    one.ask(a, tokens(100, 3))
    assert one.ask(b, tokens(100, 2)) == []  # memory alone is not enough
    assert b.holds == Tokens()
    assert one.leave(a) == [b]


def test_who_holds_something_goes_first() -> None:
    one = book()
    a, b, c = (one.join() for _ in range(3))
    one.ask(a, tokens(500))
    one.ask(b, tokens(400))
    assert one.ask(c, tokens(300)) == []
    assert one.ask(a, tokens(200, 0)) == []
    assert one.waiting() == [a, c]
    assert one.leave(b) == [a, c]
    assert a.holds == tokens(700)


def test_more_than_there_is_is_refused_at_once() -> None:
    one = book()
    a = one.join()
    with pytest.raises(NeverGranted, match="1001 MiB of memory can never be granted: the quota"):
        one.ask(a, tokens(1001))
    one.ask(a, tokens(600))
    with pytest.raises(NeverGranted, match="500 MiB of memory beside the 600 MiB that it holds"):
        one.ask(a, tokens(500))
    assert a.wants is None
    assert one.waiting() == []


def test_more_processors_than_there_are_count_as_all() -> None:
    one = book()
    a, b = one.join(), one.join()
    assert one.ask(a, tokens(100, 64)) == [a]
    assert one.free.cores == 0
    assert one.ask(a, tokens(100, 64)) == [a]  # it has them all already
    assert one.ask(b, tokens(100, 1)) == []
    assert one.leave(a) == [b]


def test_one_request_at_a_time() -> None:
    one = book()
    a, b = one.join(), one.join()
    one.ask(a, tokens(1000))
    one.ask(b, tokens(1))
    with pytest.raises(ValueError, match="the request before this one is not granted yet"):
        one.ask(b, tokens(1))


def test_what_runs_already_is_written_down_whatever_is_free() -> None:
    one = book()
    a, b, c = (one.join() for _ in range(3))
    one.take(a, tokens(800))
    one.take(b, tokens(800))
    assert one.free == tokens(-600, 2)
    assert one.ask(c, tokens(100)) == []
    assert one.leave(a) == [c]


def test_who_leaves_while_it_waits_is_forgotten() -> None:
    one = book()
    a, b, c = (one.join() for _ in range(3))
    one.ask(a, tokens(900))
    one.ask(b, tokens(900))
    one.ask(c, tokens(100))
    assert one.leave(b) == [c]


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "leave"]),
        st.integers(0, 4),
        st.integers(0, 1200),
        st.integers(0, 6),
    ),
    max_size=40,
)


@given(ACTIONS)
def test_no_more_is_granted_than_there_is_and_all_end(
    actions: list[tuple[str, int, int, int]],
) -> None:
    one = book()
    holders: dict[int, Holder] = {}

    def leave(number: int) -> None:
        if (holder := holders.pop(number, None)) is not None:
            one.leave(holder)

    for action, number, memory, cores in actions:
        if action == "leave":
            leave(number)
            continue
        if number not in holders:
            holders[number] = one.join()
        with suppress(ValueError):  # it waits, or that is too much
            one.ask(holders[number], tokens(memory, cores))
        assert one.free.memory_mib >= 0
        assert one.free.cores >= 0
        check_first(one)
    # Whoever runs ends some time: then everybody has run. Two that hold and want more may wait for
    # each other, until the driver of one gives up.
    while holders:
        running = [n for n, one_holder in holders.items() if one_holder.wants is None]
        leave(running[0] if running else next(iter(holders)))
    assert one.free == QUOTA
    assert one.waiting() == []


def check_first(one: TokenBook) -> None:
    """Whoever is first in line does not fit."""
    if waiting := one.waiting():
        wanted = waiting[0].wants
        assert wanted is not None
        assert not wanted.within(one.free)
