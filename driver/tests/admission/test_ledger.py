"""What the drivers of a host tell one another."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from test_driver.admission.ledger import MOST_MIB, Ledger, Others


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "ledger"
    file.write_text("")
    return file


@pytest.fixture
def ledgers(path: Path) -> Iterator[list[Ledger]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Ledger(path)) for _ in range(4)]


def test_claims_are_added_up(ledgers: list[Ledger]) -> None:
    a, b, c, _ = ledgers
    assert c.others() == Others()
    a.claim(600)
    b.claim(500)
    b.claim(100)
    a.keep(250)
    assert c.others() == Others(count=2, claimed_mib=1200, outstanding_mib=850)
    assert a.others() == Others(count=1, claimed_mib=600, outstanding_mib=600)
    b.keep(0)
    b.keep(70)
    assert a.others() == Others(count=1, claimed_mib=600, outstanding_mib=70)
    b.close()
    assert c.others() == Others(count=1, claimed_mib=600, outstanding_mib=250)


def test_boots_are_added_up(ledgers: list[Ledger]) -> None:
    a, b, c, _ = ledgers
    for one, cores in ((a, 2), (b, 4)):
        one.claim(100)
        one.boot(cores)
    assert c.others().booting_cores == 6
    assert (a.others().booting_cores, a.booting_cores) == (4, 2)
    b.boot(1)
    assert c.others() == Others(count=2, claimed_mib=200, outstanding_mib=200, booting_cores=3)
    b.close()
    a.boot(0)
    assert c.others().booting_cores == 0


def test_a_claim_of_nothing_is_a_claim(ledgers: list[Ledger]) -> None:
    ledgers[0].claim(0)
    assert ledgers[1].others() == Others(count=1, claimed_mib=1)


def test_a_claim_is_never_larger_than_its_place(ledgers: list[Ledger]) -> None:
    ledgers[0].claim(2**40)
    ledgers[1].claim(7)
    assert ledgers[2].others().claimed_mib == MOST_MIB + 7


def test_who_came_first_is_first(ledgers: list[Ledger]) -> None:
    a, b, c, d = ledgers
    for ledger in (a, b, c):
        ledger.join_queue()
    assert [one.before() for one in (a, b, c, d)] == [0, 1, 2, 3]
    b.close()
    assert [one.before() for one in (a, c)] == [0, 1]
    a.leave_queue()
    assert [one.before() for one in (c, d)] == [0, 1]
    a.join_queue()
    assert [one.before() for one in (c, a)] == [0, 1]
    assert d.others() == Others()


def test_hosts_that_share_a_file_do_not_count_each_other(path: Path) -> None:
    with Ledger(path, "one boot") as here, Ledger(path, "another boot") as there:
        here.claim(5)
        here.join_queue()
        assert there.others() == Others()
        assert there.before() == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5000), st.integers(0, 5000))))
def test_the_sums_are_right_whatever_is_done(
    tmp_path_factory: pytest.TempPathFactory, done: list[tuple[int, int, int]]
) -> None:
    file = tmp_path_factory.mktemp("ledger") / "ledger"
    file.write_text("")
    claimed, left = dict.fromkeys(range(4), 0), dict.fromkeys(range(4), 0)
    with ExitStack() as stack:
        ledgers = [stack.enter_context(Ledger(file)) for _ in range(4)]
        looker = stack.enter_context(Ledger(file))
        used = set()
        for who, more, outstanding in done:
            ledgers[who].claim(more)
            claimed[who] = max(claimed[who] + more, 1)
            ledgers[who].keep(outstanding)
            left[who] = outstanding
            used.add(who)
        assert looker.others() == Others(
            count=len(used),
            claimed_mib=sum(claimed.values()),
            outstanding_mib=sum(left.values()),
        )
