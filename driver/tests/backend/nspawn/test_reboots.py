"""Containers that reboot, and that are told to without their agent."""

import os
import signal
import sys
from pathlib import Path

import pytest

from test_driver.deadline import Deadline
from test_driver.errors import MachineExited, ProgramMissing, WaitTimedOut
from test_driver.machine import NspawnMachine

from ...conftest import SUPPORT, AnyMachineMaker

FAKE = (sys.executable, str(SUPPORT / "fake_container.py"))
REBOOTED = "box: the container has exited .*guest-reset: the guest has rebooted"


@pytest.fixture
def box(make_any_machine: AnyMachineMaker) -> NspawnMachine:
    """One container, not started yet."""
    machine = make_any_machine("box", start_command=FAKE, container=True)
    assert isinstance(machine, NspawnMachine)
    return machine


def reboot_inside(box: NspawnMachine) -> None:
    """Let the guest reboot by itself."""
    os.kill(box.get_systemd_process, signal.SIGINT)


def test_a_reboot_of_the_guest_switches_a_container_off(box: NspawnMachine) -> None:
    box.succeed("true")
    reboot_inside(box)
    box.wait_for_shutdown(timeout=20)
    assert not box.is_up()
    box.start()
    assert box.succeed("echo again") == "again\n"


def test_a_reboot_that_nobody_waits_for_is_told(box: NspawnMachine) -> None:
    box.succeed("true")
    reboot_inside(box)
    with pytest.raises(MachineExited, match=REBOOTED):
        box.wait_until_succeeds("false", timeout=20)
    with pytest.raises(MachineExited, match=REBOOTED):
        box.succeed("true")
    assert box.backend is not None
    assert box.backend.loss() is None  # as for a machine in QEMU, the test goes on


def test_a_container_goes_on_after_its_reboot_if_that_is_wanted(box: NspawnMachine) -> None:
    box.start(allow_reboot=True)
    box.succeed("true")
    run, first = box.backend, box.get_systemd_process
    for boots in (1, 2):
        reboot_inside(box)
        assert run is not None
        box.in_loop(run.wait_for_reset(boots - 1, Deadline.after(20)))
        assert box.is_up()
        assert box.succeed("echo again") == "again\n"
        assert box.backend is run
        assert run.resets == boots
    assert box.get_systemd_process != first
    assert box.get_console_log().count("Welcome to") == 1  # of this boot
    box.shutdown()
    assert not box.is_up()


def test_reboot_goes_on_in_the_same_run(box: NspawnMachine) -> None:
    box.succeed("true")
    run = box.backend
    box.reboot()
    assert box.succeed("echo again") == "again\n"
    assert box.backend is run
    reboot_inside(box)  # the guest's own one ends it, as before
    box.wait_for_shutdown(timeout=20)
    assert not box.is_up()


def test_reboot_works_before_the_guest_takes_commands(box: NspawnMachine) -> None:
    box.start()
    box.wait_for_console_text("Welcome to", timeout=20)
    box.reboot(timeout=20)
    box.succeed("true")


def test_a_command_that_a_reboot_ends_is_told(box: NspawnMachine) -> None:
    box.start(allow_reboot=True)
    box.succeed("true")
    reboot_inside(box)
    box.wait_until_succeeds("true", timeout=20)
    assert box.backend is not None
    box.in_loop(box.backend.wait_for_reset(0, Deadline.after(20)))
    box.succeed("true")


def test_a_guest_that_is_deaf_powers_off_by_a_signal(
    box: NspawnMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.machine.power.AGENT_SECONDS", 0.3)
    box.succeed("true")
    os.kill(box.get_systemd_process, signal.SIGQUIT)
    box.shutdown(timeout=20)
    assert not box.is_up()


def test_a_crash_ends_a_reboot(box: NspawnMachine) -> None:
    box.start(allow_reboot=True)
    box.succeed("true")
    reboot_inside(box)
    box.crash()
    assert not box.is_up()
    box.succeed("true")


def test_a_guest_that_does_not_reboot_is_told(
    box: NspawnMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.succeed("true")
    monkeypatch.setattr("test_driver.machine.reboot._ask_for_reboot", _nothing)
    with pytest.raises(WaitTimedOut, match="timed out after 1 s waiting for the machine to reboot"):
        box.reboot(timeout=1)


def test_a_start_command_that_is_gone_at_a_reboot_is_told(
    make_any_machine: AnyMachineMaker, tmp_path: Path
) -> None:
    program = tmp_path / "run-box-nspawn"
    program.symlink_to(sys.executable)
    box = make_any_machine("box", start_command=(str(program), FAKE[1]), container=True)
    assert isinstance(box, NspawnMachine)
    box.start(allow_reboot=True)
    box.succeed("true")
    program.unlink()
    reboot_inside(box)
    with pytest.raises(ProgramMissing, match="run-box-nspawn"):
        box.wait_until_succeeds("false", timeout=20)
    assert not box.is_up()


async def _nothing(*arguments: object) -> None:
    pass
