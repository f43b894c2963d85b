"""Methods of a machine: its network cables."""

from ..errors import MachineError
from ..faults.active_fault import ActiveFault, heal
from ..network.active_faults import NetworkFault
from ..network.checks import own_network
from ..network.vlan import Vlan
from ..public_names import Needs
from ..run.timings import Phase
from .core import MachineCore
from .method import method


class LinkMethods(MachineCore):
    """Methods of a machine: network links."""

    @method(phase=Phase.COMMAND, needs=Needs.MACHINE)
    def block(self) -> None:
        """Unplug the cables of all network cards that lead to other machines.

        With `compatibility = "nixpkgs"`, that of the first such card alone. Raises MachineError if
        the machine has no such card.

        >>> machine.block()
        """
        self.lines.say("unplugging the network cables")
        _set_links(self, up=False)

    @method(phase=Phase.COMMAND, needs=Needs.MACHINE)
    def unblock(self) -> None:
        """Plug the cables in again that `block` has unplugged.

        Raises MachineError if the machine has no such card.

        >>> machine.unblock()
        """
        self.lines.say("plugging the network cables in")
        _set_links(self, up=True)

    @method(phase=Phase.COMMAND)
    def unplug(self, vlan: int | Vlan) -> ActiveFault:
        """Take the machine's cable out of one network, until the end of a `with` or `plug`.

        The guest sees that its card has no carrier. It stays so when the machine is restarted or
        restored; `network.heal()` plugs the cables of all machines in. Raises NetworkFaultRefused
        if the machine is not in this network.

        >>> with machine.unplug(vlan1):
        ...     machine.succeed("grep 0 /sys/class/net/eth1/carrier")
        """
        cable = (self.name, own_network(self, vlan))
        faults = self.context.faults
        text = f"{self.name}: unplugged from network {cable[1]}"
        return NetworkFault(faults, text, unplugged=cable)

    @method(phase=Phase.COMMAND)
    def plug(self, vlan: int | Vlan) -> None:
        """Plug the cable in again that `unplug` took out. Nothing happens if it is in.

        >>> machine.plug(vlan1)
        """
        cable = (self.name, own_network(self, vlan))
        faults = self.context.faults
        heal(one for one in faults if one.unplugged == cable)


def _set_links(machine: MachineCore, *, up: bool) -> None:
    backend = machine.instance
    most = None if machine.context.compatibility.block_unplugs_all else 1

    async def set_all() -> None:
        cards = await backend.reach_cards()
        found = [card for card in await cards.listed() if not card.on_user_network][:most]
        if not found:
            raise MachineError(machine.name, "it has no network card that leads to other machines")
        for card in found:
            await cards.set_carrier(card, up=up)

    machine.in_loop(set_all())
