"""What a function of `retry` is told, and how long a try of `wait_until_succeeds` may take."""

import time
from pathlib import Path

import pytest

from test_driver.errors import WaitTimedOut
from test_driver.machine import QemuMachine
from test_driver.retrying import RemainingSeconds, retry

from .test_waits import with_systemd


@pytest.mark.parametrize("timeout", [0, 0.05, 0.5, 1.2])
def test_a_retried_function_gets_the_seconds_that_remain(timeout: float) -> None:
    seen: list[RemainingSeconds] = []

    def never(remaining: RemainingSeconds) -> bool:
        seen.append(remaining)
        return False

    with pytest.raises(WaitTimedOut):
        retry(never, timeout=timeout)
    assert [bool(one) for one in seen] == [False] * (len(seen) - 1) + [True]
    assert all(isinstance(one, float) and 0 <= one <= timeout + 1 for one in seen)
    assert [float(one) for one in seen] == sorted(map(float, seen), reverse=True)


def test_an_older_function_is_told_whether_it_is_the_last_try() -> None:
    def old(last_try: bool) -> bool:
        return not last_try

    retry(old, timeout=0.5)

    def only_last(last_try: bool) -> bool:
        return bool(last_try)

    retry(only_last, timeout=0.5)


def test_a_try_that_hangs_is_killed_and_followed_by_another(
    machine: QemuMachine, tmp_path: Path
) -> None:
    machine.connect()
    count = tmp_path / "count"
    command = f"echo x >>{count}; test $(wc -l <{count}) -ge 3 || sleep 100; echo done"
    assert machine.wait_until_succeeds(command, timeout=40, attempt_timeout=0.5) == "done\n"
    assert count.read_text() == "x\n" * 3


def test_the_whole_wait_ends_at_its_timeout_all_the_same(machine: QemuMachine) -> None:
    machine.connect()
    began = time.monotonic()
    with pytest.raises(WaitTimedOut, match=r"the last try had not ended after .* and was killed"):
        machine.wait_until_succeeds("sleep 100", timeout=2, attempt_timeout=0.4)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("wrong", ["5", -1, True, float("nan"), [3]], ids=repr)
def test_a_wrong_time_for_a_try_is_refused_with_its_name(
    machine: QemuMachine, wrong: float
) -> None:
    machine.start()
    with pytest.raises((TypeError, ValueError), match="attempt_timeout: expected a duration"):
        machine.wait_until_succeeds("true", attempt_timeout=wrong)


@pytest.mark.parametrize("state", ["inactive", "failed", "activating"])
def test_a_unit_is_waited_for_until_it_has_a_state(machine: QemuMachine, state: str) -> None:
    line = "LoadState=loaded ActiveState={0} SubState={0}"
    with_systemd(machine, line.format("active"), line.format(state))
    machine.wait_for_unit_active_state("x.service", state, timeout=30)


def test_a_state_that_systemd_does_not_have_is_refused(machine: QemuMachine) -> None:
    with pytest.raises(ValueError, match="state: systemd has no state 'actve'"):
        machine.wait_for_unit_active_state("x.service", "actve")
