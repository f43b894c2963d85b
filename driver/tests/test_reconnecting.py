"""Guests that restart while the script says that they are not connected."""

import os
import threading
import time

import pytest

from test_driver.machine import QemuMachine

from .machine.test_power import pid_of
from .support.fake_qemu import REBOOT

SYSTEMCTL = "#!/bin/sh\necho {state}\n"


def running(machine: QemuMachine, state: str) -> None:
    """Start a machine whose systemd says that it is in a state."""
    machine.start(allow_reboot=True)
    (machine.state_dir / "bin").mkdir()
    program = machine.state_dir / "bin" / "systemctl"
    program.write_text(SYSTEMCTL.format(state=state))
    program.chmod(0o755)
    assert machine.succeed("systemctl is-system-running") == f"{state}\n"


def restart_later(machine: QemuMachine, seconds: float) -> None:
    threading.Timer(seconds, os.kill, (pid_of(machine), REBOOT)).start()


def connect_over_a_restart(machine: QemuMachine, seconds: float) -> None:
    """Restart the guest behind the driver's back, and connect to the next boot."""
    assert machine.qemu is not None
    restart_later(machine, seconds)
    machine.connected = False
    machine.connect()
    assert machine.connected
    assert machine.qemu.resets == 1


def test_a_guest_that_goes_soon_is_not_taken_for_the_next_one(machine: QemuMachine) -> None:
    running(machine, "running")
    connect_over_a_restart(machine, 0.5)


def test_a_guest_that_stops_is_not_taken_for_the_next_one(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.reconnecting.SETTLE_SECONDS", 0.0)
    running(machine, "stopping")
    connect_over_a_restart(machine, 1.0)


@pytest.mark.parametrize("state", ["running", "degraded", "offline"])
def test_a_guest_that_stays_is_taken_again(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr("test_driver.reconnecting.SETTLE_SECONDS", 0.2)
    running(machine, state)
    machine.connected = False
    assert machine.succeed("echo again") == "again\n"
    assert machine.qemu is not None
    assert machine.qemu.resets == 0
    started = time.monotonic()
    monkeypatch.setattr("test_driver.reconnecting.SETTLE_SECONDS", 60.0)
    machine.succeed("true")  # it is connected, and so nothing is waited for
    assert time.monotonic() - started < 30
