"""Which machines' frames pass a process that makes faults, and what that process is told.

Without a fault nothing stands between a machine and the switch of its network. While there is one
on a network, each card there leads to the relay of `relay/relay.py` instead (`backend/cards.py`).
Who sent a frame, and who gets it, is known by the connection.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..at_once import all_of
from ..backend.base import Backend
from ..backend.cards import Card, Cards, RelayPort
from ..errors import DriverError, SwitchFailed
from ..given_up import drop_result
from .relay.relay import FaultRelay
from .vlan import Vlan

# What is told of a link: what becomes of its frames; nothing passes where it is `None`.
Rules = Mapping[str, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturePlan:
    """A file that gets the frames of networks, or those that one machine sends and receives."""

    number: int
    file: Path
    vlans: frozenset[int]
    machine: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPlan:
    """All that is to be in force."""

    links: Mapping[int, Mapping[tuple[str, str], Rules]] = field(default_factory=dict)
    unplugged: frozenset[tuple[str, int]] = frozenset()
    captures: tuple[CapturePlan, ...] = ()
    # The second number tells one call of `seed` from the next.
    seed: tuple[int, int] = (0, 0)

    def needs_relay(self, vlan: int) -> bool:
        """Tell whether frames of a network must pass a relay."""
        return bool(self.links.get(vlan)) or any(vlan in one.vlans for one in self.captures)


@dataclass(slots=True, kw_only=True)
class Wired:
    """A running machine, its cards, and what was done to them."""

    machine: str
    backend: Backend
    hands: Cards
    # Those that it has, once they were asked for.
    cards: Sequence[Card] = ()
    # The places at relays of those that lead there.
    ports: dict[Card, RelayPort] = field(default_factory=dict)
    plugged: dict[int, bool] = field(default_factory=dict)

    def alive(self) -> bool:
        """Tell whether it runs with these cards still: a container that reboots has new ones."""
        return self.backend.alive() and self.backend.cards is self.hands

    async def cards_on(self, vlan: Vlan) -> Iterable[Card]:
        """Return its cards on a network."""
        if not self.cards:
            self.cards = await self.hands.listed()
        return [card for card in self.cards if card.switch == vlan.folder]

    def moves(self, vlan: Vlan, *, to_relay: bool) -> bool:
        """Tell whether there is something to do for its frames to go that way."""
        if to_relay and not self.cards:  # they were not asked for yet
            return True
        on_vlan = [card for card in self.cards if card.switch == vlan.folder]
        return any((card in self.ports) != to_relay for card in on_vlan)


class Rerouting:
    """The networks' relays, and the machines at them. Methods belong to the loop's thread."""

    def __init__(
        self, has_outsiders: Callable[[int], bool], on_failure: Callable[[SwitchFailed], None]
    ) -> None:
        self._has_outsiders = has_outsiders
        self._on_failure = on_failure
        self._plan = NetworkPlan()
        self._relays: dict[int, FaultRelay] = {}
        self._starts: dict[int, asyncio.Task[None]] = {}
        self._wired: dict[str, Wired] = {}
        self._captures: dict[tuple[int, int], CapturePlan] = {}
        # The cables that were ever unplugged: of others, a restored machine knows best itself.
        self._touched: set[tuple[str, int]] = set()
        self._numbers = itertools.count()
        self._lock = asyncio.Lock()

    async def prepare(self, vlans: Sequence[Vlan]) -> None:
        """Begin to start the relays, so that the first fault does not wait for them."""
        for vlan in vlans:
            self._begin(vlan)

    async def update(self, plan: NetworkPlan, vlans: Sequence[Vlan]) -> None:
        """Put a plan in force. Raises HostError or MachineError."""
        async with self._lock:
            self._plan = plan
            self._touched |= plan.unplugged
            await all_of(
                *(self._update_vlan(vlan) for vlan in vlans),
                *(self._update_cables(wired, vlans) for wired in self._running()),
            )

    def delays_start(self, machine: str, vlans: Iterable[int]) -> bool:
        """Tell whether a machine must not run before it was plugged in."""
        unplugged = any(name == machine for name, _ in self._touched)
        return unplugged or any(self._plan.needs_relay(vlan) for vlan in vlans)

    async def plug_in(
        self, machine: str, backend: Backend, cards: Cards, vlans: Sequence[Vlan]
    ) -> None:
        """Do to a machine whose guest does not run yet what is in force."""
        async with self._lock:
            wired = Wired(machine=machine, backend=backend, hands=cards)
            self._wired[machine] = wired
            if self._relays:
                wired.cards = await cards.listed()  # now, because QEMU is busy later
            await self._update_cables(wired, vlans)
            for vlan in vlans:
                if self._plan.needs_relay(vlan.number):
                    relay = await self._relay(vlan)
                    await self._attach(wired, relay)
                    await self._meet_outsiders(relay)

    async def meet_outsiders(self, vlans: Sequence[Vlan]) -> None:
        """Have those whose cards do not lead to a relay hear what others send, and be heard."""
        async with self._lock:
            for vlan in vlans:
                if self._plan.needs_relay(vlan.number):
                    await self._meet_outsiders(await self._relay(vlan))

    def reaches(self, backend: Backend) -> bool:
        """Tell whether the cards of a run lead to a relay when that is needed."""
        return any(wired.backend is backend and wired.alive() for wired in self._wired.values())

    async def stop(self) -> None:
        """Stop all relays."""
        for start in self._starts.values():
            start.cancel()
        await asyncio.gather(*(relay.stop() for relay in self._relays.values()))

    def _running(self) -> list[Wired]:
        return [wired for wired in self._wired.values() if wired.alive()]

    def _begin(self, vlan: Vlan) -> asyncio.Task[None]:
        if (start := self._starts.get(vlan.number)) is None:
            self._relays[vlan.number] = relay = FaultRelay(vlan, self._on_failure)
            self._starts[vlan.number] = start = asyncio.ensure_future(relay.start())
            # Whoever waits for it is told how it failed; it is no fault that nobody does.
            drop_result(start)
        return start

    async def _relay(self, vlan: Vlan) -> FaultRelay:
        await asyncio.shield(self._begin(vlan))
        return self._relays[vlan.number]

    async def _update_vlan(self, vlan: Vlan) -> None:
        number = vlan.number
        needed = self._plan.needs_relay(number)
        if not needed and number not in self._relays:
            return
        relay = await self._relay(vlan)
        links = [[*pair, rules] for pair, rules in self._plan.links.get(number, {}).items()]
        await relay.ask("rules", links=links, seed=self._plan.seed)
        await self._update_captures(number, relay)
        moving = [wired for wired in self._running() if wired.moves(vlan, to_relay=needed)]
        if moving:
            # As long as not all machines are there, they meet by way of the switch.
            await relay.ask("join")
            await all_of(*(self._move(wired, relay, needed) for wired in moving))
        await self._meet_outsiders(relay)

    async def _meet_outsiders(self, relay: FaultRelay) -> None:
        number = relay.vlan.number
        joined = self._plan.needs_relay(number) and self._has_outsiders(number)
        await relay.ask("join" if joined else "leave")

    async def _update_captures(self, vlan: int, relay: FaultRelay) -> None:
        wanted = {one.number: one for one in self._plan.captures if vlan in one.vlans}
        for key in [key for key in self._captures if key[0] == vlan and key[1] not in wanted]:
            del self._captures[key]
            await relay.ask("release", number=key[1])
        for number, one in wanted.items():
            if (vlan, number) not in self._captures:
                self._captures[vlan, number] = one
                file = str(one.file)
                await relay.ask("capture", number=number, path=file, machine=one.machine)

    async def _move(self, wired: Wired, relay: FaultRelay, needed: bool) -> None:
        try:
            if needed:
                await self._attach(wired, relay)
            else:
                await self._detach(wired, relay)
        except DriverError:
            if wired.alive():
                raise

    async def _attach(self, wired: Wired, relay: FaultRelay) -> None:
        """Lead the frames of a machine through a relay."""
        for card in await wired.cards_on(relay.vlan):
            if card not in wired.ports:
                port = self._next_port(relay)
                try:
                    await self._divert(wired, card, relay, port)
                except DriverError:
                    with contextlib.suppress(DriverError):
                        await self._release(wired, card, relay, port)
                    raise
                wired.ports[card] = port

    def _next_port(self, relay: FaultRelay) -> RelayPort:
        number = next(self._numbers)
        one, other = (relay.vlan.folder.with_name(f"f{number}{end}") for end in "ft")
        return RelayPort(number=number, from_card=one, to_card=other)

    async def _divert(self, wired: Wired, card: Card, relay: FaultRelay, port: RelayPort) -> None:
        await relay.ask(
            "listen",
            port=port.number,
            machine=wired.machine,
            from_card=str(port.from_card),
            to_card=str(port.to_card),
        )
        await wired.hands.connect(card, port)
        await relay.ask("accept", port=port.number)
        await wired.hands.divert(card, port)

    async def _detach(self, wired: Wired, relay: FaultRelay) -> None:
        """Let the frames of a machine go the direct way again."""
        for card in await wired.cards_on(relay.vlan):
            if card in wired.ports:
                await self._release(wired, card, relay, wired.ports.pop(card))

    async def _release(self, wired: Wired, card: Card, relay: FaultRelay, port: RelayPort) -> None:
        try:
            await wired.hands.release(card, port)
        finally:
            await relay.ask("close", port=port.number)

    async def _update_cables(self, wired: Wired, vlans: Sequence[Vlan]) -> None:
        try:
            for vlan in vlans:
                cable = (wired.machine, vlan.number)
                plugged = cable not in self._plan.unplugged
                if cable not in self._touched or wired.plugged.get(vlan.number) == plugged:
                    continue
                for card in await wired.cards_on(vlan):
                    await wired.hands.set_carrier(card, up=plugged)
                wired.plugged[vlan.number] = plugged
        except DriverError:
            if wired.alive():
                raise
