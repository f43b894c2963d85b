"""What is in force on the networks of a test, from all that a script has said and not undone."""

import asyncio
import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from ..backend.base import Backend
from ..backend.boot import Bootable
from ..configuration import MachineConfiguration
from ..errors import DriverError, NetworkFaultRefused, SwitchFailed
from ..faults.active_fault import ActiveFault, heal
from ..log import say
from ..loop import LoopThread, Meanwhile
from .impairment_values import Impairment, combined
from .rerouting import CapturePlan, NetworkPlan, Rerouting, Rules
from .vlan import Vlan

# A network, who sends, and who is to hear it.
Path = tuple[int, str, str]


class Networked(Protocol):
    """What is known here of a machine."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def configuration(self) -> MachineConfiguration:
        """Which networks it is in."""

    @property
    def backend(self) -> Backend | None:
        """Its run."""


class NetworkFault(ActiveFault):
    """Something that is in force on networks.

    On the `paths`, what the impairment says happens; nothing passes if it is `None`.
    """

    def __init__(
        self,
        registry: "NetworkFaults",
        what: str,
        *,
        paths: frozenset[Path] = frozenset(),
        impairment: Impairment | None = None,
        unplugged: tuple[str, int] | None = None,
        capture: CapturePlan | None = None,
    ) -> None:
        super().__init__(registry, what)
        self.paths = paths
        self.impairment = impairment
        self.unplugged = unplugged
        self.capture = capture
        registry.put(self)

    def concerns(self, machine: str) -> bool:
        """Tell whether it is about the links of a machine, by its name."""
        named = {name for _, *names in self.paths for name in names}
        if self.unplugged is not None:
            named.add(self.unplugged[0])
        if self.capture is not None and self.capture.machine is not None:
            named.add(self.capture.machine)
        return machine in named


class NetworkFaults:
    """All of it, for scripts in any thread; only what is said to be is for the loop's."""

    def __init__(
        self,
        *,
        loop: LoopThread,
        meanwhile: Meanwhile,
        machines: Callable[[], Sequence[Networked]],
        vlans: Callable[[], Sequence[Vlan]],
        on_failure: Callable[[SwitchFailed], None],
    ) -> None:
        self.vlans = vlans
        self._rerouting = Rerouting(self._has_outsiders, on_failure)
        self._loop = loop
        self._meanwhile = meanwhile
        self._machines = machines
        self._in_force: list[NetworkFault] = []
        self._seed = (0, 0)
        self._untouched = True
        self._changing = threading.RLock()

    def __iter__(self) -> Iterator[NetworkFault]:
        """Return what is in force, oldest first."""
        return iter(list(self._in_force))

    def in_force(self, fault: ActiveFault) -> bool:
        """Tell whether something is still in force."""
        return fault in self._in_force

    def put(self, one: NetworkFault) -> None:
        """Put something in force."""
        say(f"network: {one.what}")
        self._untouched = False
        with self._changing:
            self._in_force.append(one)
            try:
                self._update()
            except DriverError:
                self._in_force.remove(one)
                with contextlib.suppress(DriverError):  # the first one says why
                    self._update()
                raise

    def end(self, faults: Sequence[ActiveFault]) -> None:
        """End what is still in force of these, at once."""
        with self._changing:
            ended = [one for one in self._in_force if one in faults]
            for one in ended:
                self._in_force.remove(one)
                say(f"network: ended: {one.what}")
            if ended:
                self._update()

    def seed(self, number: int) -> None:
        """Begin the random numbers anew."""
        with self._changing:
            self._seed = (number, self._seed[1] + 1)
            if self._in_force:  # otherwise the next fault brings it
                self._update()

    def heal(self) -> None:
        """End all faults; captures go on."""
        say("network: healed")
        heal(one for one in self if one.capture is None)

    def begin_anew(self) -> None:
        """End all faults, and begin their random numbers anew, if there was one since then."""
        if not self._untouched:
            self.heal()
            self.seed(self._seed[0])
            self._untouched = True

    def plan(self) -> NetworkPlan:
        """Return what all that is in force comes to."""
        found: dict[Path, list[Impairment | None]] = defaultdict(list)
        for one in self._in_force:
            for path in one.paths:
                found[path].append(one.impairment)
        links: dict[int, dict[tuple[str, str], Rules]] = defaultdict(dict)
        for (vlan, sender, receiver), impairments in found.items():
            whole = [one for one in impairments if one is not None]
            cut = len(whole) < len(impairments)
            links[vlan][sender, receiver] = None if cut else combined(whole)
        return NetworkPlan(
            links=links,
            unplugged=frozenset(one.unplugged for one in self._in_force if one.unplugged),
            captures=tuple(one.capture for one in self._in_force if one.capture),
            seed=self._seed,
        )

    def delays_start(self, machine: Bootable) -> bool:
        """Tell whether a machine must not run before the faults are in force on its links."""
        return self._rerouting.delays_start(machine.name, machine.configuration.vlans)

    async def before_launch(self, machine: Bootable, backend: Backend) -> None:
        """Do to a machine whose guest does not run yet what is in force: a pre-launch hook.

        One whose cards the driver does not reach stays at the switch. Raises NetworkFaultRefused
        if something that is in force is to be on its links.
        """
        vlans = [vlan for vlan in self.vlans() if vlan.number in machine.configuration.vlans]
        if (cards := backend.cards) is not None:
            await self._rerouting.plug_in(machine.name, backend, cards, vlans)
            return
        await self._rerouting.meet_outsiders(vlans)
        if concerning := [one.what for one in self._in_force if one.concerns(machine.name)]:
            raise NetworkFaultRefused(
                f"{backend.cards_refusal}; in force are: {', '.join(concerning)}"
            )

    async def prepare(self) -> None:
        """Make ready for faults."""
        await self._rerouting.prepare(self.vlans())

    async def stop(self) -> None:
        """Stop what makes the faults."""
        await self._rerouting.stop()

    def _update(self) -> None:
        # An error of the script does not leave it half done.
        work = self._rerouting.update(self.plan(), self.vlans())

        async def whole() -> None:
            await asyncio.shield(asyncio.ensure_future(work))

        self._loop.run(whole(), self._meanwhile)

    def _has_outsiders(self, vlan: int) -> bool:
        """Tell whether machines run on a network whose cards lead to its switch alone."""
        return any(
            machine.backend is not None
            and machine.backend.alive()
            and not self._rerouting.reaches(machine.backend)
            for machine in self._machines()
            if vlan in machine.configuration.vlans
        )
