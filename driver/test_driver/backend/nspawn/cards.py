"""The network cards of a container: the driver's end of the program `network/taps.py`."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from ...errors import CardsFailed
from ...network.control import Control, ControlFailed
from ...sockets import Listener
from ..cards import Card, RelayPort


class ContainerCards:
    """The cards of one run of a container, once the program has connected."""

    def __init__(self, machine: str, socket: Path) -> None:
        """Listen on a socket. Raises OSError."""
        self._machine = machine
        self._listener = Listener(socket)
        self._control: Control | None = None
        self._cards: Sequence[Card] = ()

    @property
    def present(self) -> bool:
        """Whether the program has connected, and runs."""
        return self._control is not None and not self._control.ended.done()

    @property
    def has_ended(self) -> bool:
        """Whether the program has ended after it had connected."""
        return self._control is not None and self._control.ended.done()

    async def accept(self) -> None:
        """Wait until the program has made the cards. Raises CardsFailed."""
        await self._listener.accept()
        control = await Control.over(self._listener.take())
        self._listener.close()
        try:
            said = await control.told()
        except ControlFailed as error:
            control.close()
            raise CardsFailed(self._machine, str(error)) from error
        self._cards = [Card(name=name, switch=Path(folder)) for name, folder in said["cards"]]
        self._control = control

    async def go(self) -> None:
        """Let the container boot: it waits for its cards. Raises CardsFailed."""
        await self._ask("go")

    async def ended(self) -> None:
        """Wait until the program has ended."""
        if self._control is not None:
            await asyncio.wait({self._control.ended})

    def close(self) -> None:
        """Hang up, which ends the program."""
        self._listener.close()
        if self._control is not None:
            self._control.close()

    async def listed(self) -> Sequence[Card]:
        """Return the cards."""
        return self._cards

    async def connect(self, card: Card, port: RelayPort) -> None:
        """Connect a card with a relay. Raises CardsFailed."""
        sockets = {"from_card": str(port.from_card), "to_card": str(port.to_card)}
        await self._ask("connect", card=card.name, **sockets)

    async def divert(self, card: Card, port: RelayPort) -> None:
        """Lead a card to the relay that it is connected with. Raises CardsFailed."""
        await self._ask("divert", card=card.name)

    async def release(self, card: Card, port: RelayPort) -> None:
        """Lead a card to its switch again. Raises CardsFailed."""
        await self._ask("release", card=card.name)

    async def set_carrier(self, card: Card, *, up: bool) -> None:
        """Give a card a carrier, or take it away. Raises CardsFailed."""
        await self._ask("carrier", card=card.name, up=up)

    async def _ask(self, what: str, **arguments: object) -> None:
        if self._control is None:
            raise RuntimeError(f"{self._machine}: the program of its cards has not connected")
        try:
            await self._control.ask(what, **arguments)
        except ControlFailed as error:
            raise CardsFailed(self._machine, str(error)) from error
