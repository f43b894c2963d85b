"""The network cards of a machine, as the driver has them in its hands, with any back end."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

NOT_REACHED = (
    "its back end does not let the driver reach its network cards: there can be no faults on its "
    "links; use a machine in QEMU or a container"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A network card, and where it leads."""

    name: str
    # The folder of the network's switch, if that is where it leads.
    switch: Path | None
    # Whether it leads to a network of its own, where there are no other machines.
    on_user_network: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayPort:
    """A place for a card at a relay: its number, and the sockets to connect with."""

    number: int
    from_card: Path
    to_card: Path


class Cards(Protocol):
    """What is done to the cards of one run of a machine. Each raises DriverError if it fails."""

    async def listed(self) -> Sequence[Card]:
        """Return the cards."""

    async def connect(self, card: Card, port: RelayPort) -> None:
        """Connect a card with a relay; its frames go where they went before."""

    async def divert(self, card: Card, port: RelayPort) -> None:
        """Lead a card that is connected with a relay to it, and away from its switch."""

    async def release(self, card: Card, port: RelayPort) -> None:
        """Lead a card to its switch again, whatever `connect` and `divert` came to."""

    async def set_carrier(self, card: Card, *, up: bool) -> None:
        """Plug the cable of a card in, or unplug it."""
