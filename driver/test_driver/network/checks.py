"""Which networks machines are in, and whether there can be faults between them."""

from typing import TYPE_CHECKING

from ..backend.cards import NOT_REACHED
from ..errors import NetworkFaultRefused
from .vlan import Vlan

if TYPE_CHECKING:
    from ..machine.core import MachineCore


def check_machine(machine: "MachineCore") -> None:
    """Raise NetworkFaultRefused unless there can be faults between a machine and others."""
    if isinstance(machine, str):  # no type check refuses it at the prompt and in tests of pytest
        raise NetworkFaultRefused(
            f"expected a machine, got the text {machine!r}; give the machine itself, such as "
            "network.partition([client], [server])"
        )
    if not machine.reaches_cards:
        raise NetworkFaultRefused(f"{machine.name}: {NOT_REACHED}")
    backend = machine.backend
    if backend is not None and backend.alive() and backend.takes_commands and not backend.cards:
        raise NetworkFaultRefused(backend.cards_refusal)
    if not machine.configuration.vlans:
        raise NetworkFaultRefused(
            f"{machine.name} is in no network; give it one with `vlans` or `virtualisation.vlans`"
        )


def shared_networks(a: "MachineCore", b: "MachineCore") -> list[int]:
    """Return the networks that two machines are in."""
    return [vlan for vlan in a.configuration.vlans if vlan in b.configuration.vlans]


def own_network(machine: "MachineCore", vlan: int | Vlan) -> int:
    """Return the number of a network. Raises NetworkFaultRefused if the machine is not in it."""
    check_machine(machine)
    if (number := network_number(vlan)) not in machine.configuration.vlans:
        raise NetworkFaultRefused(
            f"{machine.name} is not in network {number}: {networks_of(machine)}"
        )
    return number


def networks_of(machine: "MachineCore") -> str:
    """Return a sentence about the networks of a machine."""
    return f"{machine.name} is in {', '.join(map(str, machine.configuration.vlans))}"


def network_number(vlan: int | Vlan) -> int:
    """Return the number of a network that a script named in either way."""
    return vlan.number if isinstance(vlan, Vlan) else vlan
