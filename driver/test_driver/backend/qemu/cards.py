"""The network cards of a QEMU: its monitor tells of them, and puts filters before them."""

import itertools
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...at_once import all_of
from ...deadline import DEFAULT_TIMEOUT, Deadline
from ...errors import DriverError
from ..cards import Card, RelayPort

COMMAND_SECONDS = 60.0
_CARD = re.compile(r"([^\s:]+): index=\d+,type=nic,")
_PEER = re.compile(r"^ \\ ([^\s:]+): index=\d+,type=(\w+),(.*)")
_SWITCH = re.compile(r"sock=(.*?)(?:,fd=\d+)?$")

# Runs a command of the monitor.
Execute = Callable[[str, Mapping[str, object] | None, Deadline], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class QemuCard(Card):
    """A card in QEMU, and what QEMU connects it to."""

    netdev: str | None


class QemuCards:
    """The cards of one run of QEMU.

    A card that leads to a relay has two `filter-redirector`s: what it sends goes into a socket,
    and what it is to get comes out of another.
    """

    def __init__(self, execute: Execute) -> None:
        self._execute = execute
        self._netdevs: dict[str, str | None] = {}

    async def listed(self) -> Sequence[QemuCard]:
        """Ask for the cards: no command of the monitor for programs tells what they lead to."""
        arguments = {"command-line": "info network"}
        deadline = Deadline.after(DEFAULT_TIMEOUT)
        found = cards_in(str(await self._execute("human-monitor-command", arguments, deadline)))
        self._netdevs = {card.name: card.netdev for card in found}
        return found

    async def connect(self, card: Card, port: RelayPort) -> None:
        """Connect with a relay."""
        names = _names(port)
        devices: dict[str, object] = {"lost": {"type": "null", "data": {}}}
        for end, path in (("from", port.from_card), ("to", port.to_card)):
            address = {"type": "unix", "data": {"path": str(path)}}
            devices[end] = {"type": "socket", "data": {"addr": address, "server": False}}
        await all_of(
            *(
                self._do("chardev-add", {"id": names[end], "backend": device})
                for end, device in devices.items()
            )
        )

    async def divert(self, card: Card, port: RelayPort) -> None:
        """Put filters before a card.

        They are nearest the switch, so that other filters see what the card does. What comes from
        the switch from now on came from the relay, or was sent there as well.
        """
        names = _names(port)
        netdev = self._netdevs[card.name]
        both = {"qom-type": "filter-redirector", "netdev": netdev, "position": "head"}
        to = {"queue": "tx", "indev": names["to"], "outdev": names["lost"]}
        out = {"queue": "rx", "outdev": names["from"]}
        await all_of(
            self._do("object-add", {"id": f"{names['to']}-filter", **both, **to}),
            self._do("object-add", {"id": f"{names['from']}-filter", **both, **out}),
        )

    async def release(self, card: Card, port: RelayPort) -> None:
        """Remove the filters of a card, and the connections: whatever there is of them."""
        names = _names(port)
        errors = []
        for command, name in (
            *(("object-del", f"{names[end]}-filter") for end in ("from", "to")),
            *(("chardev-remove", name) for name in names.values()),
        ):
            try:
                await self._do(command, {"id": name})
            except DriverError as error:
                errors.append(error)
        if errors:
            raise errors[0]

    async def set_carrier(self, card: Card, *, up: bool) -> None:
        """Set the link of a card."""
        await self._do("set_link", {"name": card.name, "up": up})

    async def _do(self, command: str, arguments: Mapping[str, object]) -> None:
        await self._execute(command, arguments, Deadline.after(COMMAND_SECONDS))


def cards_in(listing: str) -> Sequence[QemuCard]:
    """Return the cards in what `info network` says, where the peer of a card is on the next line.

    A card on a hub inside QEMU stands in the list of that hub, without a peer.
    """
    lines = [*listing.replace("\r\n", "\n").split("\n"), ""]
    return [
        _card(found[1], _PEER.match(following))
        for line, following in itertools.pairwise(lines)
        if (found := _CARD.search(line))
    ]


def _card(name: str, peer: re.Match[str] | None) -> QemuCard:
    if peer is None:
        return QemuCard(name=name, netdev=None, switch=None)
    netdev, kind, text = peer.groups()
    switch = _SWITCH.search(text) if kind == "vde" else None
    return QemuCard(
        name=name,
        netdev=netdev,
        switch=None if switch is None else Path(switch[1]),
        on_user_network=kind == "user",
    )


def _names(port: RelayPort) -> dict[str, str]:
    """Return the names of a port's character devices."""
    return {end: f"test-driver-fault-{port.number}-{end}" for end in ("from", "to", "lost")}
