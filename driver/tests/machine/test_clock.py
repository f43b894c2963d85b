"""The clock of a guest, which here is a file."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from test_driver.errors import FaultRefused
from test_driver.machine import QemuMachine
from test_driver.machine.clock import SET_PACE, Clock

START = 1_700_000_000
SECOND = 10**9
# `date` with the clock in a file, in nanoseconds; `perl` notes what it is asked.
PROGRAMS = {
    "date": """
case $1 in
  +%s%N) cat "$HOME_OF_TEST/clock" ;;
  --set=@*) set -- "${1#--set=@}"; echo "${1%.*}${1#*.}" >"$HOME_OF_TEST/clock" ;;
  *) exit 1 ;;
esac
""",
    "perl": 'case "$*" in *timex*) echo "$3 $4" >>"$HOME_OF_TEST/pace" ;; *) exit 1 ;; esac',
}


@pytest.fixture
def guest(machine: QemuMachine) -> QemuMachine:
    """A machine whose guest has a clock in a file."""
    folder = machine.state_dir / "bin"
    folder.mkdir(parents=True)
    for name, text in PROGRAMS.items():
        text = text.replace("$HOME_OF_TEST", str(machine.state_dir))
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    (machine.state_dir / "clock").write_text(str(START * SECOND))
    machine.succeed("true")
    return machine


def clock(machine: QemuMachine) -> float:
    """Return the seconds that the guest's clock is ahead."""
    return int((machine.state_dir / "clock").read_text()) / SECOND - START


def pace(machine: QemuMachine) -> list[tuple[int, int]]:
    """Return the ticks and the rest that the guest was told."""
    lines = Path(machine.state_dir / "pace").read_text().splitlines()
    return [(int(tick), int(rest)) for tick, rest in (line.split() for line in lines)]


def test_offsets_add_up_and_are_undone_one_by_one(guest: QemuMachine) -> None:
    first = guest.clock.offset(100.25)
    with guest.clock.offset(-3600):
        assert clock(guest) == pytest.approx(-3499.75)
        first.end()
        assert clock(guest) == pytest.approx(-3600)
    assert clock(guest) == pytest.approx(0)


@pytest.mark.parametrize(
    "when",
    [
        2_000_000_000.5,
        datetime(2033, 5, 18, 3, 33, 20, 500_000),
        datetime(2033, 5, 18, 5, 33, 20, 500_000, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_the_clock_is_set_and_turned_back_by_as_much(
    guest: QemuMachine, when: datetime | float
) -> None:
    with guest.clock.set(when):
        assert clock(guest) + START == pytest.approx(2_000_000_000.5)
        with guest.clock.offset(10):
            pass
    assert clock(guest) == pytest.approx(0)


def test_drifts_add_up(guest: QemuMachine) -> None:
    with guest.clock.drift(150), guest.clock.drift(-99_000):
        pass
    assert pace(guest) == [
        (10_002, -50 * 65536),
        (9_012, -50 * 65536),
        (10_002, -50 * 65536),
        (10_000, 0),
    ]


def test_a_guest_that_has_rebooted_has_the_right_time(guest: QemuMachine) -> None:
    with guest.clock.offset(50) as offset, guest.clock.drift(10):
        guest.reboot()
        guest.succeed("true")
        assert not offset.in_force
        with guest.clock.drift(7):
            pass
    assert clock(guest) == 50
    assert pace(guest) == [(10_000, 10 * 65536), (10_000, 7 * 65536), (10_000, 0)]


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda clock: clock.drift(100_001), "the drift in ppm is a number from -100000 to 100000"),
        (lambda clock: clock.offset(1e12), "the offset in seconds is a number from -5e\\+09 to 5e"),
        (lambda clock: clock.set(-1), "the time in seconds since 1970 is a number from 0 to 5e"),
        (lambda clock: clock.set(datetime(1960, 1, 1, tzinfo=UTC)), "the time in seconds since 19"),
        (lambda clock: clock.set("tomorrow"), "the time in seconds since 1970 .*, not 'tomorrow'"),
    ],
)
def test_times_out_of_range_are_refused(
    guest: QemuMachine, act: Callable[[Clock], object], message: str
) -> None:
    with pytest.raises(FaultRefused, match=f"machine1: {message}"):
        act(guest.clock)


def test_a_guest_that_stands_still_or_is_off_has_no_clock_to_set(guest: QemuMachine) -> None:
    with guest.pause():
        with pytest.raises(
            FaultRefused, match=r"clock.offset\(\) needs a guest that runs; use resu"
        ):
            guest.clock.offset(1)
    guest.crash()
    with pytest.raises(FaultRefused, match=r"clock.set\(\) needs a machine that is on; start it f"):
        guest.clock.set(1)
    with pytest.raises(FaultRefused, match=r"clock.drift\(\) needs a machine that is on; start it"):
        guest.clock.drift(1)


def test_a_guest_that_refuses_is_told(guest: QemuMachine) -> None:
    date = guest.state_dir / "bin" / "date"
    date.write_text("#!/bin/sh\necho no way >&2; exit 4\n")
    with pytest.raises(FaultRefused, match=r"clock.set\(\): the guest refused \(4\): no way"):
        guest.clock.set(5)


def test_a_guest_without_perl_cannot_drift(
    guest: QemuMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = SET_PACE.replace("perl", "no-such-program")
    monkeypatch.setattr("test_driver.machine.clock.SET_PACE", without)
    with pytest.raises(FaultRefused, match=r"machine1: clock.drift\(\) needs perl in the guest"):
        guest.clock.drift(1)
    assert [*guest.faults] == []


def test_a_checkpoint_has_no_drift_and_the_machine_goes_on_with_it(guest: QemuMachine) -> None:
    fast, slow = (11_000, 0), (10_000, 0)
    fault = guest.clock.drift(100_000)
    guest.checkpoint("d")
    assert pace(guest) == [fast, slow, fast]  # what is kept is what was in between
    assert fault.in_force
    fault.end()
    guest.checkpoint("after")
    assert pace(guest) == [fast, slow, fast, slow]
