"""Faults on the links of containers with the kernel's cards, each in its own namespace."""

import sys

import pytest

from test_driver.errors import MachineExited
from test_driver.machine import NspawnMachine

from ..conftest import SUPPORT
from ..support.network_stage import Stage
from ..support.own_network import needs_cards

CUT = 124  # the status of `timeout`
REFUSED = 1  # by the other machine


def start_script(address: str) -> tuple[str, ...]:
    """Return the start script of a container whose card has an address."""
    return ("unshare", "-rn", sys.executable, str(SUPPORT / "own_network.py"), address)


def container(stage: Stage, number: int) -> NspawnMachine:
    """Return a container that runs, with an address in network 1."""
    script = start_script(f"52:54:00:12:01:0{number}")
    machine = stage.container(f"box{number}", 1, start_command=script)
    give_address(machine)
    return machine


def give_address(machine: NspawnMachine) -> None:
    """Give a container that has just started its address."""
    machine.succeed(f"ip address add 10.0.0.{machine.name[-1]}/24 dev eth1")


def reach(machine: NspawnMachine, other: NspawnMachine) -> int:
    """Return how an attempt to reach a port of another container ends."""
    address = f"10.0.0.{other.name[-1]}"
    return machine.execute(f"timeout 2 bash -c '</dev/tcp/{address}/9'")[0]


@needs_cards
def test_containers_reach_each_other_unless_there_is_a_fault(stage: Stage) -> None:
    a, b = container(stage, 1), container(stage, 2)
    assert reach(a, b) == reach(b, a) == REFUSED
    with stage.network.partition([a], [b]):
        assert reach(a, b) == CUT
        b.reboot()
        give_address(b)
        assert reach(a, b) == CUT
    assert reach(a, b) == REFUSED
    with b.unplug(1):
        b.wait_until_succeeds("ip link show eth1 | grep NO-CARRIER", timeout=20)
        assert reach(a, b) == CUT
    b.wait_until_fails("ip link show eth1 | grep NO-CARRIER", timeout=20)
    assert reach(a, b) == REFUSED
    a.block()
    assert reach(b, a) == CUT
    a.unblock()
    assert reach(b, a) == REFUSED
    b.crash()
    assert reach(a, b) == CUT
    b.start()
    give_address(b)
    assert reach(a, b) == REFUSED


@needs_cards
def test_a_card_that_cannot_be_made_is_told(stage: Stage) -> None:
    box = stage.container("box", 1, start_command=start_script("nothing"))
    with pytest.raises(MachineExited, match="eth1: 'nothing' is not a hardware address"):
        box.succeed("true")
