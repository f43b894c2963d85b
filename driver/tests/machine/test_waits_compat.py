"""What waits mean with `compatibility`: for units, for tries that take long, during the boot."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from test_driver.errors import (
    AddressNotFound,
    MachineError,
    UnitFailed,
    UnitNotInState,
    UnitSkipped,
    WaitTimedOut,
)
from test_driver.machine import QemuMachine
from test_driver.retrying import retry_of
from test_driver.script.conditions import PollingConditionMaker

from ..conftest import FAKE_QEMU, MachineMaker
from ..test_compatibility import each, nixpkgs
from .test_waits import put_systemd, with_systemd

Call = Callable[[QemuMachine], object]

ACTIVE = "LoadState=loaded ActiveState=active SubState=running"
INACTIVE = "LoadState=loaded ActiveState=inactive SubState=dead"
FINISHED = (
    f"{INACTIVE} Type=oneshot Result=success ExecMainCode=1 ExecMainExitTimestampMonotonic=5 "
    "InactiveExitTimestampMonotonic=4 InactiveEnterTimestampMonotonic=6"
)
MISSING = "LoadState=not-found ActiveState=inactive SubState=dead"
UNMET = f"{INACTIVE} ConditionResult=no ConditionTimestampMonotonic=7"


def with_jobs(machine: QemuMachine, *states: str, jobs: int = 0) -> None:
    """Give a machine a systemd whose jobs are done after so many looks at them."""
    with_systemd(machine, *states)
    systemctl = machine.state_dir / "bin" / "systemctl"
    left = machine.state_dir / "jobs"
    left.write_text("job\n" * jobs)
    jobs_left = (
        f"if [ -s {left} ]; then cat {left}; sed -i 1d {left}; else echo No jobs running.; fi"
    )
    look = f"*list-jobs*) {jobs_left} ;;\n"
    systemctl.write_text(systemctl.read_text().replace("  *show*", f"  {look}  *show*"))
    machine.connect()


@nixpkgs
@pytest.mark.parametrize(
    ("state", "why"),
    [
        (INACTIVE, r"is inactive and there are no pending jobs \(inactive/dead\)"),
        (MISSING, r"is inactive and there are no pending jobs \(inactive/dead, not-found\)"),
        (FINISHED, "no pending jobs; it has finished: it is a oneshot without RemainAfterExit=yes"),
        (UNMET, "no pending jobs; it was not started: its condition was not met"),
        (f"{INACTIVE} TriggeredBy=x.timer", "is inactive and there are no pending jobs"),
    ],
)
def test_an_inactive_unit_without_jobs_ends_the_wait(
    state: str, why: str, machine: QemuMachine
) -> None:
    with_jobs(machine, state)
    with pytest.raises(UnitSkipped, match=f'machine1: unit "web" {why}' if why[0] == "i" else why):
        machine.wait_for_unit("web")


@each("fails", False, True)
@pytest.mark.parametrize("state", [INACTIVE, MISSING, FINISHED])
def test_an_inactive_unit_may_start_all_the_same(
    fails: bool, state: str, machine: QemuMachine
) -> None:
    with_jobs(machine, state, state, state, ACTIVE)
    if fails:
        with pytest.raises(UnitFailed, match="inactive"):
            machine.wait_for_unit("web")
    else:
        machine.wait_for_unit("web")


@nixpkgs
@pytest.mark.parametrize("state", [INACTIVE, MISSING, FINISHED, UNMET])
def test_an_inactive_unit_is_waited_for_while_there_are_jobs(
    state: str, machine: QemuMachine
) -> None:
    with_jobs(machine, state, state, state, ACTIVE, jobs=99)
    machine.wait_for_unit("web")


@nixpkgs
def test_jobs_may_end_without_the_unit(machine: QemuMachine) -> None:
    with_jobs(machine, INACTIVE, jobs=3)
    began = time.monotonic()
    with pytest.raises(UnitFailed, match="no pending jobs"):
        machine.wait_for_unit("web")
    assert time.monotonic() - began < 20
    assert not (machine.state_dir / "jobs").read_text()


@nixpkgs
def test_a_unit_that_starts_between_the_looks_is_found(machine: QemuMachine) -> None:
    with_jobs(machine, INACTIVE, ACTIVE)
    machine.wait_for_unit("web")


@nixpkgs
@pytest.mark.parametrize("state", ["inactive", "dead"])
def test_a_wait_for_another_state_is_as_ever(state: str, machine: QemuMachine) -> None:
    with_jobs(machine, ACTIVE, INACTIVE)
    machine.wait_for_unit_active_state("web", state)


@each("is_error", True, False)
def test_a_unit_that_does_not_exist_is_inactive(is_error: bool, machine: QemuMachine) -> None:
    with_systemd(machine, f"{MISSING} Id=wbe.service")
    journal = machine.state_dir / "bin" / "journalctl"
    journal.write_text("#!/bin/sh\n")
    if is_error:
        with pytest.raises(UnitNotInState, match='unit "wbe" is not found, but must be inactive'):
            machine.require_unit_state("wbe", "inactive")
    else:
        machine.require_unit_state("wbe", "inactive")
        with pytest.raises(UnitNotInState, match='unit "wbe" is inactive, but must be active'):
            machine.require_unit_state("wbe")


@each("is_error", True, False)
def test_a_port_of_an_address_that_does_not_resolve_is_closed(
    is_error: bool, machine: QemuMachine
) -> None:
    if is_error:
        with pytest.raises(AddressNotFound):
            machine.wait_for_closed_port(80, addr="no-such-host.invalid")
    else:
        machine.wait_for_closed_port(80, addr="no-such-host.invalid", timeout=30)


@nixpkgs
def test_a_port_of_an_address_that_does_not_resolve_is_not_open(machine: QemuMachine) -> None:
    machine.connect()
    with pytest.raises(WaitTimedOut, match="was not found in the guest"):
        machine.wait_for_open_port(80, addr="no-such-host.invalid", timeout=0.5)


@each("passes", False, True)
def test_a_slow_try_begins_before_the_timeout(
    passes: bool, machine: QemuMachine, tmp_path: Path
) -> None:
    machine.connect()
    count = tmp_path / "count"
    # The second try ends 2.4 s after the begin of a wait of 1.5 s.
    command = f"echo x >>{count}; sleep 1.2; test $(wc -l <{count}) -ge 2; echo done"
    if passes:
        assert machine.wait_until_succeeds(command, timeout=1.5) == "done\n"
    else:
        with pytest.raises(WaitTimedOut, match="had not ended"):
            machine.wait_until_succeeds(command, timeout=1.5)


@nixpkgs
def test_one_try_begins_after_the_timeout(machine: QemuMachine, tmp_path: Path) -> None:
    machine.connect()
    count = tmp_path / "count"
    command = f"echo x >>{count}; sleep 1; test $(wc -l <{count}) -ge 9"
    with pytest.raises(WaitTimedOut, match=re.escape("timed out after 1.9 s waiting for command")):
        machine.wait_until_succeeds(command, timeout=1.9)
    assert count.read_text() == "x\n" * 3


@each("passes", False, True)
def test_a_try_that_is_killed_has_failed(passes: bool, machine: QemuMachine) -> None:
    machine.connect()
    if passes:
        assert machine.wait_until_fails("echo out; sleep 100", timeout=1) == "out\n"
    else:
        with pytest.raises(WaitTimedOut):
            machine.wait_until_fails("echo out; sleep 100", timeout=1)


@nixpkgs
def test_a_try_has_the_time_that_the_script_gives_it(machine: QemuMachine) -> None:
    machine.connect()
    began = time.monotonic()
    with pytest.raises(WaitTimedOut, match="timed out after 1 s"):
        machine.wait_until_succeeds("sleep 100", timeout=1, attempt_timeout=0.3)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "command", ["exec sleep 100", "sleep 100", "trap '' TERM; sleep 100 & wait"]
)
def test_tries_that_are_killed_leave_the_shell_for_the_next_one(
    command: str, machine: QemuMachine
) -> None:
    machine.succeed("true")
    shells = machine.state_dir / "shells"
    with pytest.raises(WaitTimedOut, match=r"after 5 s .*the last try had not ended after"):
        machine.wait_until_succeeds(
            f"echo $PPID >>{shells}; {command}", timeout=5, attempt_timeout=0.3
        )
    seen = shells.read_text().split()
    assert len(seen) > 2
    assert len(set(seen)) == 1


@each("passes", False, True)
def test_a_slow_call_of_retry(passes: bool, machine: QemuMachine) -> None:
    machine.connect()
    retry = retry_of(machine.context.compatibility)

    def slow(last: bool) -> bool:
        return machine.execute("sleep 3")[0] == 0

    if passes:
        retry(slow, timeout=1.5)
    else:
        with pytest.raises(WaitTimedOut):
            retry(slow, timeout=1.5)


@each("is_raised", True, False)
@pytest.mark.parametrize("error", [KeyError("a"), ValueError("b"), OSError("c"), IndexError()])
def test_a_mistake_of_a_condition(is_raised: bool, error: Exception, machine: QemuMachine) -> None:
    make = PollingConditionMaker(machine.context.conditions, machine.context.steps)
    errors = [error]

    def function() -> None:
        if errors:
            raise errors.pop()

    if is_raised:
        with pytest.raises(type(error)):
            make(function).wait(timeout=20)
    else:
        make(function).wait(timeout=20)


@nixpkgs
def test_a_machine_that_is_gone_ends_a_condition_all_the_same(machine: QemuMachine) -> None:
    make = PollingConditionMaker(machine.context.conditions, machine.context.steps)

    def function() -> None:
        raise MachineError("machine1", "it is gone")

    with pytest.raises(MachineError, match="it is gone"):
        make(function).wait(timeout=20)


SLOW_START = ("sh", "-c", 'sleep 2; exec "$@"', "sh", *FAKE_QEMU)
CALLS: dict[str, Call] = {
    "execute": lambda machine: machine.execute("true", timeout=1),
    "started": lambda machine: machine.execute("true", check_output=False, timeout=1),
    "succeed": lambda machine: machine.succeed("true", timeout=1),
    "fail": lambda machine: machine.fail("false", timeout=1),
    "wait_until_succeeds": lambda machine: machine.wait_until_succeeds("true", timeout=1),
    "wait_until_fails": lambda machine: machine.wait_until_fails("false", timeout=1),
    "wait_for_file": lambda machine: machine.wait_for_file("/etc", timeout=1),
    "wait_for_closed_port": lambda machine: machine.wait_for_closed_port(1, timeout=1),
    "wait_for_unit": lambda machine: machine.wait_for_unit("x", timeout=1),
}


@each("passes", False, True)
@pytest.mark.parametrize("name", CALLS)
def test_the_boot_and_a_time_limit(passes: bool, name: str, make_machine: MachineMaker) -> None:
    machine = make_machine(start_command=SLOW_START)
    if name == "wait_for_unit":
        machine.state_dir.mkdir()
        put_systemd(machine.state_dir, ACTIVE)
    if passes:
        CALLS[name](machine)
    else:
        with pytest.raises((MachineError, WaitTimedOut), match=r"not started|waiting for the boot"):
            CALLS[name](machine)


@nixpkgs
@pytest.mark.parametrize("wrong", ["1", -1, True], ids=repr)
def test_a_wrong_time_limit_is_refused_before_the_boot(wrong: float, machine: QemuMachine) -> None:
    with pytest.raises((TypeError, ValueError), match="timeout: expected a duration"):
        machine.succeed("true", timeout=wrong)
    with pytest.raises((TypeError, ValueError), match="timeout: expected a duration"):
        machine.wait_for_unit("x", timeout=wrong)
    assert not machine.booted


@each("exact", False, True)
def test_retry_keeps_to_a_limit_that_is_none_or_zero(exact: bool, machine: QemuMachine) -> None:
    retry = retry_of(machine.context.compatibility)
    left: list[float | None] = []

    def third(last: float | None) -> bool:
        left.append(last)
        return len(left) == 3

    retry(third, timeout=None)
    assert len(left) == 3
    assert all((one is None) == exact for one in left)

    def last_one(last: float | None) -> bool:
        left.append(last)
        return last is not None

    retry(last_one, timeout=5)
    assert left[-1] is not None
    del left[:]
    if exact:
        with pytest.raises(WaitTimedOut, match=r"after 0 s waiting for .*not called"):
            retry(third, timeout=0)
    else:
        left += [0, 0]
        retry(third, timeout=0)
    assert len(left) == (0 if exact else 3)


@nixpkgs
def test_retry_without_a_limit_has_that_of_nixpkgs(machine: QemuMachine) -> None:
    left: list[float] = []

    def once(last: float) -> bool:
        left.append(last)
        return True

    retry_of(machine.context.compatibility)(once)
    assert 800 < left[0] <= 900
