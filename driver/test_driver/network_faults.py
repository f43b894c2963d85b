"""Faults of networks, as scripts make them: the global `network`."""

import asyncio
import itertools
import struct
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .errors import CopyRefused, HostError, NetworkFaultRefused, SwitchFailed
from .impairment import Impairment, combined
from .log import say
from .loop import LoopThread, Meanwhile
from .network import Vlan
from .output import OutputFolder
from .qemu import Qemu
from .wiring import CapturePlan, NetworkPlan, Rules, Wiring

if TYPE_CHECKING:
    from .machine import Machine

Direction = Literal["both", "forward", "backward"]
DIRECTIONS = ("both", "forward", "backward")
# Of a pcap file: its kind and version, whole frames, Ethernet.
PCAP_HEADER = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
OUTPUT_OWNER = "the network"

# A network, who sends, and who is to hear it.
Path = tuple[int, str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InForce:
    """Something that is in force on networks. The end of a `with` undoes it."""

    network: "Network"
    text: str
    paths: frozenset[Path] = frozenset()
    # What happens on the paths; nothing passes if it is `None`.
    impairment: Impairment | None = None
    unplugged: tuple[str, int] | None = None
    capture: CapturePlan | None = None

    def __enter__(self) -> None:
        """Do nothing: it is in force already."""

    def __exit__(self, *error: object) -> None:
        self.network.undo([self])


class Link:
    """What one machine sends to another, or both to each other, on all networks they share."""

    def __init__(self, network: "Network", paths: frozenset[Path], text: str) -> None:
        self._network = network
        self._paths = paths
        self._text = text

    def impair(
        self,
        *,
        loss: float = 0.0,
        delay: float = 0.0,
        jitter: float = 0.0,
        duplicate: float = 0.0,
        reorder: float = 0.0,
        corrupt: float = 0.0,
        rate: float | None = None,
    ) -> AbstractContextManager[None]:
        """Make the link a bad one, at once, and until the end of a `with` or `network.heal()`.

        `loss`, `duplicate`, `reorder` (the next frame overtakes it) and `corrupt` (one bit is
        wrong) are probabilities from 0 to 1 for each frame. `delay` is in seconds, for each
        direction; `jitter` is the most that is added to it, by chance. `rate` is in bits per
        second: what is sent faster waits, for a second at most. What several calls have put in
        force adds up. Raises NetworkFaultRefused for a value out of range.

        >>> with network.link(client, server).impair(loss=0.1, delay=0.05):
        ...     client.succeed("curl --fail http://server/")
        """
        impairment = Impairment(
            loss=loss,
            delay=delay,
            jitter=jitter,
            duplicate=duplicate,
            reorder=reorder,
            corrupt=corrupt,
            rate=rate,
        )
        text = f"{self._text}: {impairment.describe() or 'as before'}"
        return self._network.put(
            InForce(network=self._network, text=text, paths=self._paths, impairment=impairment)
        )

    def cut(self) -> AbstractContextManager[None]:
        """Let nothing pass, at once, and until the end of a `with` or `network.heal()`.

        The machines' cards do not notice: `machine.unplug` takes the carrier away.

        >>> with network.link(client, server, direction="forward").cut():
        ...     client.fail("curl --fail --max-time 5 http://server/")
        """
        text = f"{self._text}: cut"
        return self._network.put(InForce(network=self._network, text=text, paths=self._paths))


class Network:
    """The networks of the test, and what is to go wrong on them.

    >>> with network.partition([a, b], [c]):
    ...     c.fail("ping -c 1 -W 2 a")
    """

    def __init__(
        self,
        *,
        loop: LoopThread,
        output: OutputFolder,
        meanwhile: Meanwhile,
        machines: Callable[[], Sequence["Machine"]],
        vlans: Callable[[], Sequence[Vlan]],
        on_failure: Callable[[SwitchFailed], None],
    ) -> None:
        self._wiring = Wiring(self._has_outsiders, on_failure)
        self._loop = loop
        self._output = output
        self._meanwhile = meanwhile
        self._machines = machines
        self._vlans = vlans
        self._in_force: list[InForce] = []
        self._seed = (0, 0)
        self._untouched = True
        self._captures = itertools.count(1)
        self._changing = threading.RLock()

    def partition(self, *groups: Sequence["Machine"]) -> AbstractContextManager[None]:
        """Let machines in different groups hear nothing of each other, at once.

        It ends with a `with`, or with `network.heal()`. Machines in no group keep all their links.
        Raises NetworkFaultRefused if a machine is in two groups, or in no network.

        >>> with network.partition([a, b], [c]):
        ...     a.succeed("ping -c 1 b")
        """
        if len(groups) < 2 or not all(groups):
            raise NetworkFaultRefused(
                "a partition has two groups of machines or more, and none is empty: "
                "network.partition([a, b], [c])"
            )
        everyone = [machine for group in groups for machine in group]
        for machine in everyone:
            self._check(machine)
            if everyone.count(machine) > 1:
                raise NetworkFaultRefused(
                    f"{machine.name} is in the partition more than once; a machine is in one group"
                )
        paths: set[Path] = set()
        for some, others in itertools.permutations(groups, 2):
            for sender, receiver in itertools.product(some, others):
                paths |= {(vlan, sender.name, receiver.name) for vlan in _shared(sender, receiver)}
        sides = (", ".join(machine.name for machine in group) for group in groups)
        text = f"partition: {' | '.join(sides)}"
        return self.put(InForce(network=self, text=text, paths=frozenset(paths)))

    def link(self, a: "Machine", b: "Machine", direction: Direction = "both") -> Link:
        """Return the link between two machines, to be made worse.

        `forward` is only what the first sends to the second, `backward` the other way. Raises
        NetworkFaultRefused if they share no network.

        >>> network.link(client, server, direction="backward").impair(rate=1e6)
        """
        if direction not in DIRECTIONS:
            raise NetworkFaultRefused(
                f"direction={direction!r} is not accepted: it is one of {', '.join(DIRECTIONS)}"
            )
        for machine in (a, b):
            self._check(machine)
        if a is b:
            raise NetworkFaultRefused(f"a link has two ends, and both of this one are {a.name}")
        if not (shared := _shared(a, b)):
            raise NetworkFaultRefused(
                f"{a.name} and {b.name} share no network: {_membership(a)}, {_membership(b)}"
            )
        ways = {"forward": [(a, b)], "backward": [(b, a)], "both": [(a, b), (b, a)]}[direction]
        paths = {(vlan, one.name, other.name) for vlan in shared for one, other in ways}
        arrow = {"forward": "->", "backward": "<-", "both": "<->"}[direction]
        return Link(self, frozenset(paths), f"{a.name} {arrow} {b.name}")

    def heal(self) -> None:
        """End all faults of networks, unplugged cables among them. Captures go on.

        >>> network.heal()
        """
        say("network: healed")
        self.undo([one for one in self._in_force if one.capture is None], quietly=True)

    def begin_anew(self) -> None:
        """End all faults, and begin their random numbers anew, if there was one since then."""
        if not self._untouched:
            self.heal()
            self.seed(self._seed[0])
            self._untouched = True

    def seed(self, n: int) -> None:
        """Begin the random numbers of faults anew, from a number; they begin from 0.

        Each link has its own in each direction: the same frames have the same fate, whatever
        happens on other links.

        >>> network.seed(42)
        """
        if not isinstance(n, int) or isinstance(n, bool):
            raise NetworkFaultRefused(f"network.seed({n!r}) is not accepted: it takes an integer")
        with self._changing:
            self._seed = (n, self._seed[1] + 1)
            self._update()

    def capture(
        self,
        name: str,
        *,
        vlan: int | Vlan | None = None,
        machine: "Machine | None" = None,
    ) -> AbstractContextManager[None]:
        """Write what machines send to a pcap file in the output folder, until the end of a `with`.

        Without `vlan`, that is on all networks. Each frame is there once, as it was sent, before
        faults. With `machine`, what that machine sends and what reaches it. Raises CopyRefused if
        the name cannot be used, and NetworkFaultRefused if there is nothing to capture.

        >>> with network.capture("handshake.pcap"):
        ...     client.succeed("curl --fail https://server/")
        """
        vlans = self._captured(vlan, machine)
        file = self._output.place(OUTPUT_OWNER, "", name)
        self._output.claim(OUTPUT_OWNER, file)
        if any(one.capture and one.capture.file == file for one in self._in_force):
            raise CopyRefused(
                OUTPUT_OWNER, f"{name} is written by another capture; give this one another name"
            )
        try:
            file.write_bytes(PCAP_HEADER)
        except OSError as error:
            raise HostError(f"cannot write to {file}: {error.strerror}") from error
        plan = CapturePlan(
            number=next(self._captures),
            file=file,
            vlans=frozenset(vlans),
            machine=machine.name if machine is not None else None,
        )
        return self.put(InForce(network=self, text=f"capture to {name}", capture=plan))

    def unplug(self, machine: "Machine", vlan: int | Vlan) -> AbstractContextManager[None]:
        """Take a machine's cable out of a network; `machine.unplug` has the words."""
        cable = (machine.name, self._membership_of(machine, vlan))
        text = f"{machine.name}: unplugged from network {cable[1]}"
        return self.put(InForce(network=self, text=text, unplugged=cable))

    def plug(self, machine: "Machine", vlan: int | Vlan) -> None:
        """Plug the cable in again."""
        cable = (machine.name, self._membership_of(machine, vlan))
        self.undo([one for one in self._in_force if one.unplugged == cable])

    def delays_start(self, machine: "Machine") -> bool:
        """Tell whether a machine must not run before `plug_in`."""
        return self._wiring.delays_start(machine.name, machine.configuration.vlans)

    async def plug_in(self, machine: "Machine", qemu: Qemu, *, resume: bool = True) -> None:
        """Do to a QEMU that stands still what is in force; with `resume`, let it go on."""
        vlans = [vlan for vlan in self._vlans() if vlan.number in machine.configuration.vlans]
        await self._wiring.plug_in(machine.name, qemu, vlans, resume=resume)

    async def prepare(self) -> None:
        """Make ready for faults."""
        await self._wiring.prepare(self._vlans())

    async def stop(self) -> None:
        """Stop what makes the faults."""
        await self._wiring.stop()

    def put(self, one: InForce) -> InForce:
        """Put something in force."""
        say(f"network: {one.text}")
        self._untouched = False
        with self._changing:
            self._in_force.append(one)
            try:
                self._update()
            except BaseException:
                self._in_force.remove(one)
                raise
        return one

    def undo(self, some: Iterable[InForce], *, quietly: bool = False) -> None:
        """End what is still in force of these."""
        with self._changing:
            ended = [one for one in some if one in self._in_force]
            for one in ended:
                self._in_force.remove(one)
                if not quietly:
                    say(f"network: ended: {one.text}")
            if ended:
                self._update()

    def _update(self) -> None:
        # An error of the script does not leave it half done.
        work = self._wiring.update(self._plan(), self._vlans())

        async def whole() -> None:
            await asyncio.shield(asyncio.ensure_future(work))

        self._loop.run(whole(), self._meanwhile)

    def _plan(self) -> NetworkPlan:
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

    def _has_outsiders(self, vlan: int) -> bool:
        """Tell whether there are machines on a network that no hub can reach."""
        return any(
            machine.configuration.container and vlan in machine.configuration.vlans
            for machine in self._machines()
        )

    def _captured(self, vlan: int | Vlan | None, machine: "Machine | None") -> Sequence[int]:
        if machine is not None:
            self._check(machine)
            own = machine.configuration.vlans
            return own if vlan is None else [self._membership_of(machine, vlan)]
        existing = [one.number for one in self._vlans()]
        wanted = existing if vlan is None else [_number(vlan)]
        if not wanted or not set(wanted) <= set(existing):
            known = ", ".join(map(str, existing)) or "none"
            what = "" if vlan is None else f" {_number(vlan)}"
            raise NetworkFaultRefused(
                f"there is no network{what} to capture; those there are: {known}"
            )
        return wanted

    def _check(self, machine: "Machine") -> None:
        """Raise NetworkFaultRefused unless there can be faults between a machine and others."""
        if machine.configuration.container:
            raise NetworkFaultRefused(
                f"{machine.name} is a container: what it sends does not pass a QEMU, where faults "
                "are made; use one of the test's machines in QEMU"
            )
        if not machine.configuration.vlans:
            raise NetworkFaultRefused(
                f"{machine.name} is in no network; give it one with `vlans` or "
                "`virtualisation.vlans`"
            )

    def _membership_of(self, machine: "Machine", vlan: int | Vlan) -> int:
        """Return the number of a network that a machine is in."""
        self._check(machine)
        if (number := _number(vlan)) not in machine.configuration.vlans:
            raise NetworkFaultRefused(
                f"{machine.name} is not in network {number}: {_membership(machine)}"
            )
        return number


def _number(vlan: int | Vlan) -> int:
    return vlan.number if isinstance(vlan, Vlan) else vlan


def _shared(a: "Machine", b: "Machine") -> list[int]:
    return [vlan for vlan in a.configuration.vlans if vlan in b.configuration.vlans]


def _membership(machine: "Machine") -> str:
    return f"{machine.name} is in {', '.join(map(str, machine.configuration.vlans))}"
