"""QEMU's monitor, as scripts use it, and what goes over it."""

import json
import threading
from datetime import timedelta

import pytest

from test_driver.errors import MachineError, MachineExited, MonitorError, WaitTimedOut
from test_driver.machine import QemuMachine

CARDS = """\
hub 1
 \\ vlan1: virtio-net-pci.1: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:57
virtio-net-pci.0: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:56
 \\ user0: index=0,type=user,net=10.0.2.0,restrict=on
x: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:58
 \\ vlan2: index=0,type=vde,sock=/somewhere
"""


def test_the_human_monitor_answers(machine: QemuMachine) -> None:
    assert machine.send_monitor_command("info status") == "VM status: running\n"


def test_a_refusal_of_the_human_monitor_is_an_error(machine: QemuMachine) -> None:
    expected = "machine1: QEMU's monitor command `nonsense` failed: unknown command: 'nonsense'$"
    with pytest.raises(MonitorError, match=expected):
        machine.send_monitor_command("nonsense")


def test_a_port_that_cannot_be_forwarded_is_an_error(machine: QemuMachine) -> None:
    expected = "Could not set up host forwarding rule 'tcp::8080-:80'"
    with pytest.raises(MonitorError, match=expected):
        machine.forward_port()


def test_block_cuts_all_cards_but_the_one_on_qemus_own_network(machine: QemuMachine) -> None:
    machine.start()
    (machine.state_dir / "cards").write_text(CARDS)
    machine.block()
    machine.unblock()
    links = (machine.state_dir / "links").read_text().splitlines()
    assert [json.loads(line) for line in links] == [
        {"name": "virtio-net-pci.1", "up": False},
        {"name": "x", "up": False},
        {"name": "virtio-net-pci.1", "up": True},
        {"name": "x", "up": True},
    ]


def test_a_machine_without_a_network_cannot_be_cut_off(machine: QemuMachine) -> None:
    with pytest.raises(MachineError, match="it has no network card that leads to other machines"):
        machine.block()


def test_an_event_that_came_before_the_wait_is_found_once(machine: QemuMachine) -> None:
    machine.send_monitor_command("event RTC_CHANGE POWERDOWN")
    event = machine.wait_for_qmp_event(lambda event: event["event"] == "RTC_CHANGE")
    assert event["event"] == "RTC_CHANGE"
    machine.wait_for_qmp_event(lambda event: event["event"] == "POWERDOWN", timeout=5)
    with pytest.raises(WaitTimedOut, match=r"after 0\.2 s waiting for an event of QEMU"):
        machine.wait_for_qmp_event(lambda event: event["event"] == "RTC_CHANGE", timeout=0.2)


def test_an_event_is_waited_for(machine: QemuMachine) -> None:
    machine.start()
    timer = threading.Timer(0.3, machine.send_monitor_command, ("event DEVICE_DELETED",))
    timer.start()
    machine.wait_for_qmp_event(lambda event: event["event"] == "DEVICE_DELETED", timeout=20)
    timer.join()


def test_a_wait_for_an_event_that_does_not_come_names_those_that_came(machine: QemuMachine) -> None:
    machine.send_monitor_command("event RTC_CHANGE POWERDOWN")
    with pytest.raises(WaitTimedOut, match=r"last state: .*RTC_CHANGE, POWERDOWN\)"):
        machine.wait_for_qmp_event(lambda event: False, timeout=timedelta(milliseconds=200))


def test_the_event_filter_may_use_methods_of_the_machine(machine: QemuMachine) -> None:
    machine.send_monitor_command("event RTC_CHANGE")
    machine.wait_for_qmp_event(lambda event: machine.succeed("echo yes") == "yes\n", timeout=5)


def test_a_wait_for_an_event_ends_with_the_machine(machine: QemuMachine) -> None:
    machine.succeed("true")
    machine.execute("poweroff", check_output=False)
    with pytest.raises(MachineExited):
        machine.wait_for_qmp_event(lambda event: event["event"] == "RTC_CHANGE", timeout=20)
