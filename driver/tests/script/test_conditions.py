"""Conditions that must hold while something else happens."""

import threading
from pathlib import Path

import pytest

from test_driver.errors import ConditionFailed, WaitTimedOut
from test_driver.machine import QemuMachine
from test_driver.script.conditions import PollingConditionMaker


@pytest.fixture
def polling_condition(machine: QemuMachine) -> PollingConditionMaker:
    """The global of that name."""
    return PollingConditionMaker(machine.context.conditions, machine.context.steps)


def test_a_condition_is_checked_before_a_method(
    machine: QemuMachine, polling_condition: PollingConditionMaker
) -> None:
    calls: list[str] = []

    @polling_condition
    def holds() -> bool:
        """the sky is up"""
        calls.append("called")
        return len(calls) < 2

    machine.succeed("true")
    assert calls == []
    with holds:
        machine.succeed("true")
        machine.succeed("true")
    assert calls == ["called"]
    expected = r"the condition does not hold: the sky is up\n  its function returned False"
    with pytest.raises(ConditionFailed, match=expected), holds:
        machine.succeed("false")
    machine.succeed("true")
    assert not holds.check()


def test_a_condition_ends_a_wait(
    machine: QemuMachine, polling_condition: PollingConditionMaker, tmp_path: Path
) -> None:
    machine.succeed("true")

    @polling_condition(interval=0.1, description="no file")
    def no_file() -> None:
        machine.fail(f"test -e {tmp_path}/file")

    threading.Timer(0.5, (tmp_path / "file").touch).start()
    expected = "(?s)does not hold: no file.*CommandFailed: .*`test -e .*` unexpectedly succeeded"
    with pytest.raises(ConditionFailed, match=expected), no_file:
        machine.wait_until_succeeds("false", timeout=20)


def test_a_condition_is_waited_for(
    machine: QemuMachine, polling_condition: PollingConditionMaker, tmp_path: Path
) -> None:
    def there() -> bool:
        return machine.execute(f"test -e {tmp_path}/file")[0] == 0

    condition = polling_condition(there, description="the file is there")
    with pytest.raises(WaitTimedOut):
        condition.wait(timeout=0.2)
    (tmp_path / "file").touch()
    condition.wait(timeout=20)
    assert condition()


def test_the_older_interval_says_what_to_write(
    polling_condition: PollingConditionMaker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    polling_condition(lambda: True, seconds_interval=1)
    assert "seconds_interval of polling_condition is deprecated: write interval" in caplog.text
