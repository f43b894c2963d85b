"""Which machines of a driver boot, and for how long they hold others back."""

from test_driver.admission.boots import BOOT_SECONDS, UNSTARTED_SECONDS, Boots, most_booting
from test_driver.admission.claim import Claim, Need

CLAIM = Claim(
    machines={
        "a": Need(memory_mib=1, cores=1, boots=True),
        "b": Need(memory_mib=1, cores=4, boots=True),
        "warm": Need(memory_mib=1, cores=16),
    }
)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_machines_boot_until_their_guests_are_up() -> None:
    boots = Boots(Clock())
    assert boots.cores((), ()) == 0
    boots.expect(CLAIM)
    assert boots.cores((), ()) == 5
    assert boots.cores(("a", "b"), ()) == 5
    assert boots.cores(("a", "b"), ("b",)) == 1
    assert boots.cores(("a", "b"), ("a", "b")) == 0
    assert boots.cores(("a", "b"), ()) == 0  # a guest that is gone again


def test_a_machine_that_is_never_started_is_forgotten() -> None:
    clock = Clock()
    boots = Boots(clock)
    boots.expect(CLAIM)
    clock.now += UNSTARTED_SECONDS - 1
    assert boots.cores(("a",), ()) == 5
    clock.now += 1
    assert boots.cores(("a",), ()) == 1


def test_a_guest_that_is_never_up_is_forgotten() -> None:
    clock = Clock()
    boots = Boots(clock)
    boots.expect(CLAIM)
    assert boots.cores(("a", "b"), ()) == 5
    clock.now += BOOT_SECONDS - 1
    assert boots.cores(("a", "b"), ()) == 5
    clock.now += 1
    assert boots.cores(("a", "b"), ()) == 0


def test_fewer_machines_boot_at_once_under_emulation() -> None:
    assert 0 < most_booting(emulated=True) < most_booting(emulated=False)
