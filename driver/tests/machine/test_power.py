"""Machines that are switched on and off, and what ends them."""

import os
import signal
import threading
import time

import pytest

from test_driver.deadline import Deadline
from test_driver.errors import (
    MachineExited,
    MachinePanicked,
    MonitorError,
    StartFailed,
    WaitTimedOut,
)
from test_driver.machine import QemuMachine

from ..conftest import MachineMaker


def pid_of(machine: QemuMachine) -> int:
    """Return the process id of a machine's QEMU."""
    assert machine.qemu is not None
    return machine.qemu.process.pid


def later(machine: QemuMachine, number: int) -> None:
    """Send a signal to a machine's QEMU in a moment."""
    threading.Timer(0.3, os.kill, (pid_of(machine), number)).start()


def test_starting_a_running_machine_does_nothing(machine: QemuMachine) -> None:
    machine.start()
    first = pid_of(machine)
    machine.start()
    assert pid_of(machine) == first


def test_shutdown_lets_the_guest_power_off_and_start_works_again(machine: QemuMachine) -> None:
    machine.succeed("true")
    machine.shutdown()
    assert not machine.is_up()
    machine.shutdown()
    machine.start()
    assert machine.is_up()
    assert machine.succeed("echo again") == "again\n"


def test_a_machine_that_was_shut_down_is_started_by_the_next_command(machine: QemuMachine) -> None:
    machine.succeed("true")
    machine.shutdown()
    assert machine.succeed("echo again") == "again\n"


def test_shutdown_presses_the_power_button_when_the_guest_is_deaf(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.machine.power.AGENT_SECONDS", 0.3)
    machine.start()
    os.kill(pid_of(machine), signal.SIGQUIT)
    machine.shutdown()
    assert not machine.is_up()


def test_shutdown_gives_up_at_its_timeout(machine: QemuMachine) -> None:
    machine.succeed("true")
    os.kill(pid_of(machine), signal.SIGSTOP)
    started = time.monotonic()
    with pytest.raises(WaitTimedOut, match="timed out after 1 s waiting for the machine to"):
        machine.shutdown(timeout=1)
    assert time.monotonic() - started < 15
    os.kill(pid_of(machine), signal.SIGCONT)


def test_wait_for_shutdown_waits_for_the_guest(machine: QemuMachine) -> None:
    machine.execute("sleep 0.3; poweroff", check_output=False)
    machine.wait_for_shutdown(timeout=10)
    assert not machine.is_up()


def test_wait_for_shutdown_gives_up_at_its_timeout(machine: QemuMachine) -> None:
    machine.start()
    with pytest.raises(WaitTimedOut, match="waiting for the machine to power off"):
        machine.wait_for_shutdown(timeout=0.2)


def test_crash_switches_off_at_once(machine: QemuMachine) -> None:
    machine.succeed("true")
    machine.crash()
    assert not machine.is_up()
    assert machine.succeed("echo again") == "again\n"


def test_crash_kills_a_qemu_that_does_not_answer(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.backend.qemu.instance.QUIT_SECONDS", 0.2)
    monkeypatch.setattr("test_driver.process.TERMINATE_SECONDS", 0.2)
    machine.start()
    os.kill(pid_of(machine), signal.SIGSTOP)
    machine.crash()
    assert not machine.is_up()


def test_reboot_goes_on_in_the_same_qemu(machine: QemuMachine) -> None:
    machine.succeed("true")
    first = pid_of(machine)
    machine.reboot()
    assert machine.succeed("echo again") == "again\n"
    assert pid_of(machine) == first


def test_reboot_works_before_the_guest_takes_commands(machine: QemuMachine) -> None:
    machine.start()
    machine.reboot()
    assert machine.is_up()


def test_a_reboot_that_nobody_asked_for_ends_the_machine(machine: QemuMachine) -> None:
    machine.reboot()
    machine.succeed("true")
    machine.execute("reboot", check_output=False)
    with pytest.raises(MachineExited, match=r"QEMU has exited \(exit status 0, because of guest-r"):
        machine.wait_for_console_text("never")


def test_with_allow_reboot_the_machine_survives_its_reboots(machine: QemuMachine) -> None:
    machine.start(allow_reboot=True)
    machine.succeed("true")
    first = pid_of(machine)
    machine.execute("reboot", check_output=False)
    time.sleep(0.5)
    assert machine.succeed("echo again") == "again\n"
    assert pid_of(machine) == first


def test_the_death_of_qemu_ends_every_wait_and_says_all_it_knows(machine: QemuMachine) -> None:
    machine.succeed("true")
    later(machine, signal.SIGKILL)
    started = time.monotonic()
    with pytest.raises(MachineExited) as caught:
        machine.succeed("sleep 30")
    assert time.monotonic() - started < 15
    text = str(caught.value)
    assert text.startswith("machine1: QEMU has exited (killed by SIGKILL)\n")
    assert "output of QEMU:\n    fake QEMU starts" in text
    assert "end of the console:\n    Linux version 6.12 (fake)" in text


def test_after_an_unexpected_death_methods_fail_until_the_machine_is_started(
    machine: QemuMachine,
) -> None:
    machine.succeed("true")
    os.kill(pid_of(machine), signal.SIGKILL)
    while machine.is_up():  # the shell of a fake guest outlives it for a moment, and answers
        time.sleep(0.01)
    for _ in range(2):
        with pytest.raises(MachineExited):
            machine.succeed("true")
    assert not machine.is_up()
    machine.start()
    machine.succeed("true")


def test_the_death_of_qemu_ends_a_wait_for_console_text_without_timeout(
    machine: QemuMachine,
) -> None:
    machine.start()
    later(machine, signal.SIGKILL)
    with pytest.raises(MachineExited, match="killed by SIGKILL"):
        machine.wait_for_console_text("never", timeout=None)


def test_the_death_of_qemu_ends_a_wait_for_the_boot(machine: QemuMachine) -> None:
    machine.start()
    os.kill(pid_of(machine), signal.SIGQUIT)
    later(machine, signal.SIGKILL)
    with pytest.raises(MachineExited, match="killed by SIGKILL"):
        machine.succeed("true")


def test_a_panic_ends_every_wait_and_shows_its_line(machine: QemuMachine) -> None:
    machine.succeed("true")
    later(machine, signal.SIGUSR1)
    started = time.monotonic()
    expected = "machine1: the kernel of the guest panicked: Kernel panic - not syncing: told to"
    with pytest.raises(MachinePanicked, match=f"{expected}\n  end of the console:"):
        machine.succeed("sleep 30")
    assert time.monotonic() - started < 15
    with pytest.raises(MachinePanicked):
        machine.wait_for_shutdown()
    machine.crash()
    machine.start()
    machine.succeed("true")


def test_a_start_that_fails_shows_output_and_command_and_leaves_nothing(
    make_machine: MachineMaker,
) -> None:
    machine = make_machine("broken", "--break")
    with pytest.raises(StartFailed) as caught:
        machine.start()
    text = str(caught.value)
    assert text.startswith("broken: cannot start: QEMU exited (exit status 1)\n")
    assert "output:\n    fake: no such machine type" in text
    assert "command:\n" in text
    assert "--break -machine accel=tcg" in text
    assert not machine.is_up()


def test_a_qemu_that_never_opens_its_monitor_is_given_up_and_killed(
    make_machine: MachineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.backend.qemu.instance.START_SECONDS", 0.3)
    machine = make_machine("mute", "--mute")
    with pytest.raises(StartFailed, match=r"mute: cannot start: QEMU did not open its monitor wi"):
        machine.start()
    assert machine.qemu is not None
    assert machine.qemu.process.exited.done()


def test_a_refusal_of_the_monitor_is_an_error(machine: QemuMachine) -> None:
    machine.start()
    assert machine.qemu is not None
    expected = "machine1: QEMU's monitor command `x-none` failed: The command x-none has not been"
    with pytest.raises(MonitorError, match=expected):
        machine.in_loop(machine.qemu.execute("x-none", None, Deadline.after(5)))


def test_a_monitor_that_does_not_answer_is_an_error(machine: QemuMachine) -> None:
    machine.start()
    os.kill(pid_of(machine), signal.SIGSTOP)
    assert machine.qemu is not None
    with pytest.raises(MonitorError, match=r"`query-status` failed: no answer within 0\.2 s"):
        machine.in_loop(machine.qemu.execute("query-status", None, Deadline.after(0.2)))
    os.kill(pid_of(machine), signal.SIGCONT)


def test_screenshot_adds_png_to_a_plain_name(machine: QemuMachine) -> None:
    machine.screenshot("login")
    assert (machine.context.output.path / "login.png").read_bytes() == b"\x89PNG"


@pytest.mark.parametrize("name", ["crash", "shutdown"])
def test_switching_off_a_machine_that_has_died_is_as_good_as_before(
    machine: QemuMachine, name: str
) -> None:
    machine.succeed("true")
    later(machine, signal.SIGKILL)
    with pytest.raises(MachineExited):
        machine.wait_for_console_text("never")
    getattr(machine, name)()
    assert machine.succeed("echo again") == "again\n"
