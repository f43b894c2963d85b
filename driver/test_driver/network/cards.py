"""The network cards of a machine, and where they lead."""

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from ..backend.qemu.instance import QemuInstance
from ..deadline import DEFAULT_TIMEOUT, Deadline

_CARD = re.compile(r"([^\s:]+): index=\d+,type=nic,")
_PEER = re.compile(r"^ \\ ([^\s:]+): index=\d+,type=(\w+),(.*)")
_SWITCH = re.compile(r"sock=(.*?)(?:,fd=\d+)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A network card in QEMU, and what QEMU connects it to."""

    name: str
    netdev: str | None
    kind: str | None
    # The folder of the network's switch, if that is where it leads.
    switch: Path | None

    @property
    def on_user_network(self) -> bool:
        """Whether it leads to QEMU's own network, where there are no other machines."""
        return self.kind == "user"


async def cards_of(qemu: QemuInstance) -> list[Card]:
    """Ask a QEMU for its cards: no command of the monitor for programs tells what they lead to."""
    arguments = {"command-line": "info network"}
    answer = await qemu.execute("human-monitor-command", arguments, Deadline.after(DEFAULT_TIMEOUT))
    return cards_in(str(answer))


def cards_in(listing: str) -> list[Card]:
    """Return the cards in what `info network` says, where the peer of a card is on the next line.

    A card on a hub inside QEMU stands in the list of that hub, without a peer.
    """
    lines = [*listing.replace("\r\n", "\n").split("\n"), ""]
    return [
        _card(found[1], _PEER.match(following))
        for line, following in itertools.pairwise(lines)
        if (found := _CARD.search(line))
    ]


def _card(name: str, peer: re.Match[str] | None) -> Card:
    if peer is None:
        return Card(name=name, netdev=None, kind=None, switch=None)
    netdev, kind, text = peer.groups()
    switch = _SWITCH.search(text) if kind == "vde" else None
    return Card(
        name=name, netdev=netdev, kind=kind, switch=None if switch is None else Path(switch[1])
    )
