"""How long a driver waits for what may never come."""

from test_driver.admission.ledger import Others
from test_driver.admission.patience import Patience, Waiting
from test_driver.admission.room import Room

PATIENCE = Patience(without_others=10, turn=100)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def room(free: float, others: int = 0, before: int = 0, *, over_quota: bool = False) -> Room:
    return Room(
        needed_mib=100,
        free_mib=free,
        whole_mib=1000,
        pressure=0,
        others=Others(count=others),
        before=before,
        over_quota=over_quota,
    )


def test_while_others_run_there_is_room_twice() -> None:
    looks = Waiting(PATIENCE, Clock())
    found = [room(200, 1), room(50, 1), room(200, 1), room(200, 1)]
    assert [looks.admits(one) for one in found] == [False, False, False, True]
    assert Waiting(PATIENCE, Clock()).admits(room(200)) is True


def test_memory_that_no_test_has_is_not_waited_for_without_an_end() -> None:
    clock = Clock()
    looks = Waiting(PATIENCE, clock)
    assert not looks.admits(room(50))
    clock.now += 9
    assert not looks.admits(room(50, others=1))  # it may end
    clock.now += 9
    assert not looks.admits(room(50))
    clock.now += 9
    assert not looks.admits(room(50))
    clock.now += 1
    assert looks.admits(room(50))
    assert looks.gave_up


def test_a_quota_is_kept_whoever_runs() -> None:
    clock = Clock()
    looks = Waiting(PATIENCE, clock)
    assert not looks.admits(room(50, over_quota=True))
    clock.now += 1000
    assert not looks.admits(room(50, over_quota=True))
    assert not looks.gave_up


def test_those_before_it_that_do_not_move_are_passed() -> None:
    clock = Clock()
    looks = Waiting(PATIENCE, clock)
    assert not looks.admits(room(200, before=2))
    clock.now += 99
    assert not looks.admits(room(200, before=1))  # one has moved on
    clock.now += 99
    assert not looks.admits(room(200, before=1))
    clock.now += 1
    assert looks.admits(room(200, before=1))
