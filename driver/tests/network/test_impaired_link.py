"""What becomes of frames on a link that is not a good one."""

import itertools
import time

import pytest

from test_driver.loop import LoopThread
from test_driver.network.impaired_link import ImpairedLink
from test_driver.network.impairment_values import Impairment, combined

from ..support.relay_bench import Bench, address, frame, number_of

FRAMES = 10_000


def passed(bench: Bench, *impaired: Impairment, count: int = FRAMES, seed: int = 0) -> list[int]:
    """Return which of so many frames from `a` arrive at `b`, in this order.

    All that was held back has arrived then, because the impairment has ended.
    """
    a, b, witness = bench.connect("a", "b", "c")
    bench.rule(*(("a", "b", one) for one in impaired), seed=(seed, 1))
    for begin in range(0, count, 100):
        a.send(*(frame("a", number) for number in range(begin, begin + 100)))
        for number in range(begin, begin + 100):
            assert number_of(witness.receive() or b"") == number
    bench.rule(seed=(seed, 1))
    a.send(frame("a", count))
    return b.receive_until(count)


def test_a_tenth_is_lost_when_it_must_be(bench: Bench) -> None:
    arrived = passed(bench, Impairment(loss=0.1))
    assert arrived == sorted(set(arrived))
    assert 0.09 * FRAMES < FRAMES - len(arrived) < 0.11 * FRAMES


def test_all_is_lost_and_nothing_is(bench: Bench) -> None:
    assert passed(bench, Impairment(loss=1.0), count=500) == []
    bench.cards["a"].send(frame("a", 501))
    assert number_of(bench.cards["b"].receive() or b"") == 501


def test_a_seed_decides_alike_each_time_and_other_seeds_otherwise(
    bench: Bench, loop: LoopThread
) -> None:
    first = passed(bench, Impairment(loss=0.5), count=1000, seed=7)
    link = ImpairedLink("a b")
    for seed, alike in ((7, True), (8, False), (7, True)):
        link.seed(seed)
        link.rules = combined([Impairment(loss=0.5)])
        for number in range(1000):
            link.take(frame("a", number), 0.0)
        assert ([number_of(one) for one in link.release()] == first) is alike


def test_the_fate_of_a_frame_does_not_depend_on_other_links(bench: Bench) -> None:
    a, b, _ = bench.connect("a", "b", "c")
    bench.rule(("a", "b", Impairment(loss=0.5)), ("a", "c", Impairment(loss=0.5)))
    fates = []
    for meant_for_others in (0, 300):
        bench.rule(("a", "b", Impairment(loss=0.5)), seed=(3, meant_for_others))
        bench.cards["c"].send(frame("c", 5000))  # whose address is known from now on
        b.receive_until(5000)
        a.send(*(frame("a", 9000, to=address("c")) for _ in range(meant_for_others)))
        a.send(*(frame("a", number) for number in range(200)))
        bench.cards["c"].receive_until(199)
        bench.rule()
        a.send(frame("a", 6000))
        fates.append([number for number in b.receive_until(6000) if number < 9000])
    assert fates[0] == fates[1]
    assert 50 < len(fates[0]) < 150


def test_all_frames_come_twice(bench: Bench) -> None:
    arrived = passed(bench, Impairment(duplicate=1.0), count=100)
    assert arrived == [number for number in range(100) for _ in range(2)]


def test_frames_are_overtaken_and_none_is_lost(bench: Bench) -> None:
    arrived = passed(bench, Impairment(reorder=0.1), count=1000)
    assert sorted(arrived) == list(range(1000))
    overtaken = sum(1 for one, other in itertools.pairwise(arrived) if one > other)
    assert 60 < overtaken < 140


def test_the_last_frame_of_all_is_not_waited_for_by_one_that_it_is_to_overtake(
    bench: Bench,
) -> None:
    a, b = bench.connect("a", "b")
    bench.rule(("a", "b", Impairment(reorder=1.0)))
    a.send(frame("a", 1))
    assert b.receive(5) == frame("a", 1)


def test_a_corrupt_frame_has_one_wrong_bit_behind_its_header(bench: Bench) -> None:
    a, b = bench.connect("a", "b")
    bench.rule(("a", "b", Impairment(corrupt=1.0)))
    places = set()
    for number in range(50):
        whole = frame("a", number)
        a.send(whole)
        found = b.receive() or b""
        assert found[:14] == whole[:14]
        wrong = int.from_bytes(found, "big") ^ int.from_bytes(whole, "big")
        assert wrong.bit_count() == 1
        places.add(wrong)
    assert len(places) > 30


def test_a_delay_is_as_long_as_it_must_be_and_frames_keep_their_order(bench: Bench) -> None:
    a, b = bench.connect("a", "b")
    bench.rule(("a", "b", Impairment(delay=0.05, jitter=0.02)))
    seconds = []
    for number in range(20):
        began = time.monotonic()
        a.send(frame("a", number))
        assert b.receive() == frame("a", number)
        seconds.append(time.monotonic() - began)
    assert min(seconds) >= 0.05
    assert min(seconds) < 0.1
    a.send(*(frame("a", number) for number in range(500)), frame("a", 500))
    assert b.receive_until(500) == list(range(500))


def test_a_rate_takes_its_time_and_what_is_too_much_is_lost() -> None:
    link = ImpairedLink("a b")
    link.seed(0)
    link.rules = combined([Impairment(rate=80_000)])  # ten frames of 1000 bytes in a second
    for number in range(50):
        link.take(frame("a", number, size=1000), 100.0)
    assert link.next_moment() == pytest.approx(100.1)
    assert len(link.due(100.55)) == 5
    # The eleventh waits one second for its turn; those after it are lost.
    assert len(link.due(200)) == 6
    assert link.next_moment() is None


def test_a_slow_line_passes_no_more_than_it_can(bench: Bench) -> None:
    a, b = bench.connect("a", "b")
    bench.rule(("a", "b", Impairment(rate=800_000)))
    began = time.monotonic()
    a.send(*(frame("a", number, size=1000) for number in range(51)))
    assert len(b.receive_until(50)) == 50
    assert time.monotonic() - began >= 0.5
