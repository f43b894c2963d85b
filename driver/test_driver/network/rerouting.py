"""Which machines' frames pass a process that makes faults, and what that process is told.

Without a fault nothing stands between a QEMU and the switch of its network. While there is one on
a network, filters in each QEMU there take what its card sends and give it what it is to get, so
that all frames pass through the relay of `relay/relay.py`. Who sent a frame, and who gets it, is
known by the connection.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..backend.qemu.instance import QemuInstance
from ..deadline import Deadline
from ..errors import DriverError, SwitchFailed
from ..given_up import drop_result
from .cards import Card, cards_of
from .relay.relay import FaultRelay
from .vlan import Vlan

COMMAND_SECONDS = 60.0

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
    """A running QEMU, its cards, and what was done to them."""

    machine: str
    qemu: QemuInstance
    cards: Sequence[Card]
    # The ports of those that lead to a relay.
    ports: dict[Card, int] = field(default_factory=dict)
    plugged: dict[int, bool] = field(default_factory=dict)

    async def do(self, command: str, arguments: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        """Run a command of its monitor."""
        return await self.qemu.execute(command, arguments, Deadline.after(COMMAND_SECONDS))

    def cards_on(self, vlan: Vlan) -> Iterable[Card]:
        """Return its cards on a network."""
        return [card for card in self.cards if card.switch == vlan.folder]

    def moves(self, vlan: Vlan, *, to_relay: bool) -> bool:
        """Tell whether there is something to do for its frames to go that way."""
        if to_relay and not self.cards:  # they were not asked for yet
            return True
        return any((card in self.ports) != to_relay for card in self.cards_on(vlan))


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
            await _all(
                *(self._update_vlan(vlan) for vlan in vlans),
                *(self._update_cables(wired, vlans) for wired in self._running()),
            )

    def delays_start(self, machine: str, vlans: Iterable[int]) -> bool:
        """Tell whether a machine must not run before it was plugged in."""
        unplugged = any(name == machine for name, _ in self._touched)
        return unplugged or any(self._plan.needs_relay(vlan) for vlan in vlans)

    async def plug_in(self, machine: str, qemu: QemuInstance, vlans: Sequence[Vlan]) -> None:
        """Do to a QEMU whose guest stands still what is in force."""
        async with self._lock:
            self._wired[machine] = wired = Wired(machine=machine, qemu=qemu, cards=())
            if self._relays:
                wired.cards = await cards_of(qemu)  # now, because it is busy later
            await self._update_cables(wired, vlans)
            for vlan in vlans:
                if self._plan.needs_relay(vlan.number):
                    await self._attach(wired, await self._relay(vlan))

    async def stop(self) -> None:
        """Stop all relays."""
        for start in self._starts.values():
            start.cancel()
        await asyncio.gather(*(relay.stop() for relay in self._relays.values()))

    def _running(self) -> list[Wired]:
        return [wired for wired in self._wired.values() if wired.qemu.alive()]

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
        outsiders = needed and self._has_outsiders(number)
        if moving or outsiders:
            # As long as not all machines are there, they meet by way of the switch.
            await relay.ask("join")
            await _all(*(self._move(wired, relay, needed) for wired in moving))
        if not outsiders:
            await relay.ask("leave")

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
            if wired.qemu.alive():
                raise

    async def _attach(self, wired: Wired, relay: FaultRelay) -> None:
        """Lead the frames of a machine through a relay."""
        if not wired.cards:
            wired.cards = await cards_of(wired.qemu)
        for card in wired.cards_on(relay.vlan):
            if card not in wired.ports:
                number = next(self._numbers)
                try:
                    await self._filter(wired, card, relay, number)
                except DriverError:
                    await self._remove(wired, relay, number, quietly=True)
                    raise
                wired.ports[card] = number

    async def _filter(self, wired: Wired, card: Card, relay: FaultRelay, number: int) -> None:
        names = _names(number)
        sockets = {end: relay.vlan.folder.with_name(f"f{number}{end[0]}") for end in ("from", "to")}
        await relay.ask(
            "listen",
            port=number,
            machine=wired.machine,
            from_card=str(sockets["from"]),
            to_card=str(sockets["to"]),
        )
        devices: dict[str, object] = {"lost": {"type": "null", "data": {}}}
        for end, path in sockets.items():
            address = {"type": "unix", "data": {"path": str(path)}}
            devices[end] = {"type": "socket", "data": {"addr": address, "server": False}}
        await _all(
            *(
                wired.do("chardev-add", {"id": names[end], "backend": device})
                for end, device in devices.items()
            )
        )
        await relay.ask("accept", port=number)
        # Nearest the switch, so that other filters see what the card does. What comes from the
        # switch from now on came from the relay, or was sent there as well.
        both = {"qom-type": "filter-redirector", "netdev": card.netdev, "position": "head"}
        to = {"queue": "tx", "indev": names["to"], "outdev": names["lost"]}
        out = {"queue": "rx", "outdev": names["from"]}
        await _all(
            wired.do("object-add", {"id": f"{names['to']}-filter", **both, **to}),
            wired.do("object-add", {"id": f"{names['from']}-filter", **both, **out}),
        )

    async def _detach(self, wired: Wired, relay: FaultRelay) -> None:
        """Let the frames of a machine go the direct way again."""
        for card in wired.cards_on(relay.vlan):
            if card not in wired.ports:
                continue
            await self._remove(wired, relay, wired.ports.pop(card))

    async def _remove(
        self, wired: Wired, relay: FaultRelay, number: int, *, quietly: bool = False
    ) -> None:
        """Remove the filters of a card; quietly, whatever there is of them."""
        names = _names(number)
        filters = [f"{names[end]}-filter" for end in ("from", "to")]
        for work in (
            *(wired.do("object-del", {"id": name}) for name in filters),
            *(wired.do("chardev-remove", {"id": name}) for name in names.values()),
            relay.ask("close", port=number),
        ):
            with contextlib.suppress(*([DriverError] if quietly else [])):
                await work

    async def _update_cables(self, wired: Wired, vlans: Sequence[Vlan]) -> None:
        try:
            for vlan in vlans:
                cable = (wired.machine, vlan.number)
                plugged = cable not in self._plan.unplugged
                if cable not in self._touched or wired.plugged.get(vlan.number) == plugged:
                    continue
                if not wired.cards:
                    wired.cards = await cards_of(wired.qemu)
                for card in wired.cards_on(vlan):
                    await wired.do("set_link", {"name": card.name, "up": plugged})
                wired.plugged[vlan.number] = plugged
        except DriverError:
            if wired.qemu.alive():
                raise


def _names(number: int) -> dict[str, str]:
    """Return the names of a port's character devices."""
    return {end: f"test-driver-fault-{number}-{end}" for end in ("from", "to", "lost")}


async def _all(*work: Awaitable[object]) -> None:
    """Do things at the same time, and raise the first error when all are done."""
    for result in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
