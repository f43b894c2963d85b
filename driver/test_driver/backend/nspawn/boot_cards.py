"""The network cards of one boot of a container, which boots when they are as they must be."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from ...errors import CardsFailed, DriverError
from ...given_up import give_up
from ...network.control import HUNG_UP
from .cards import ContainerCards

# How often to look whether the guest is there without its cards.
LOOK_SECONDS = 0.05
# The program of the cards ends with the container, whose end is seen within that time.
ENDING_SECONDS = 5.0


class BootCards:
    """The cards from the start of a container until it ends or reboots."""

    def __init__(
        self,
        machine: str,
        socket: Path,
        *,
        before_guest: Callable[[], Awaitable[None]],
        guest_is_there: Callable[[], bool],
        on_failure: Callable[[DriverError], None],
    ) -> None:
        """Wait for the program of the cards on a socket.

        `before_guest` is awaited when it has made them, before the guest boots, or when the guest
        is there without them. `on_failure` gets the error that ends the container.
        """
        self._machine = machine
        self._before_guest = before_guest
        self._guest_is_there = guest_is_there
        self._on_failure = on_failure
        self._cards = ContainerCards(machine, socket)
        # Set when the cards are as they must be, or will not come.
        self.settled = asyncio.Event()
        self._following = asyncio.ensure_future(self._follow())

    @property
    def cards(self) -> ContainerCards | None:
        """The cards, while their program runs."""
        return self._cards if self._cards.present else None

    @property
    def refusal(self) -> str:
        """Why the driver does not reach the cards."""
        if self._cards.has_ended:
            return f"{self._machine}: the program of its network cards has ended"
        return (
            f"{self._machine}: its start script does not run the command in $CONTAINER_CARDS, so "
            "that the driver does not reach its network cards: there can be no faults on its links"
        )

    def close(self) -> None:
        """End the program."""
        self._following.cancel()
        self._cards.close()
        self.settled.set()

    async def _follow(self) -> None:
        accepting = asyncio.ensure_future(self._cards.accept())
        try:
            while not accepting.done() and not self._guest_is_there():
                await asyncio.wait({accepting}, timeout=LOOK_SECONDS)
            if accepting.done():
                accepting.result()
            await self._before_guest()
            self.settled.set()
            if accepting.done():
                await self._cards.go()
                await self._cards.ended()
                await asyncio.sleep(ENDING_SECONDS)
                raise CardsFailed(self._machine, HUNG_UP)
        except DriverError as error:
            self._on_failure(error)
            self._cards.close()
        finally:
            self.settled.set()
            await give_up(accepting)
