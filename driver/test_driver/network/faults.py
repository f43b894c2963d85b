"""Faults of networks, as scripts make them: the global `network`."""

import itertools
import struct
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from ..errors import CopyRefused, HostError, NetworkFaultRefused
from ..faults.active_fault import ActiveFault
from ..output import OutputFolder
from ..public_names import public
from .active_faults import NetworkFault, NetworkFaults, Path
from .checks import check_machine, network_number, networks_of, own_network, shared_networks
from .impairment_values import Impairment
from .rerouting import CapturePlan
from .vlan import Vlan

if TYPE_CHECKING:
    from ..machine.core import MachineCore

Direction = Literal["both", "forward", "backward"]
DIRECTIONS = ("both", "forward", "backward")
# Of a pcap file: its kind and version, whole frames, Ethernet.
PCAP_HEADER = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
OUTPUT_OWNER = "the network"


class Link:
    """What one machine sends to another, or both to each other, on all networks they share."""

    def __init__(self, faults: NetworkFaults, paths: frozenset[Path], text: str) -> None:
        self._faults = faults
        self._paths = paths
        self._text = text

    @public
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
    ) -> ActiveFault:
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
        return NetworkFault(self._faults, text, paths=self._paths, impairment=impairment)

    @public
    def cut(self) -> ActiveFault:
        """Let nothing pass, at once, and until the end of a `with` or `network.heal()`.

        The machines' cards do not notice: `machine.unplug` takes the carrier away.

        >>> with network.link(client, server, direction="forward").cut():
        ...     client.fail("curl --fail --max-time 5 http://server/")
        """
        text = f"{self._text}: cut"
        return NetworkFault(self._faults, text, paths=self._paths)


class Network:
    """The networks of the test, and what is to go wrong on them.

    >>> with network.partition([a, b], [c]):
    ...     c.fail("ping -c 1 -W 2 a")
    """

    def __init__(self, faults: NetworkFaults, output: OutputFolder) -> None:
        self.faults = faults
        self._output = output
        self._captures = itertools.count(1)

    @public
    def partition(self, *groups: Sequence["MachineCore"]) -> ActiveFault:
        """Let machines in different groups hear nothing of each other, at once.

        It ends with a `with`, or with `network.heal()`. Machines in no group keep all their links.
        Raises NetworkFaultRefused if a machine is in two groups, or in no network.

        >>> with network.partition([a, b], [c]):
        ...     a.succeed("ping -c 1 b")
        """
        if len(groups) < 2 or not all(isinstance(one, Iterable) and one for one in groups):
            raise NetworkFaultRefused(
                "a partition has two groups of machines or more, and none is empty: "
                "network.partition([a, b], [c])"
            )
        everyone = [machine for group in groups for machine in group]
        for machine in everyone:
            check_machine(machine)
            if everyone.count(machine) > 1:
                raise NetworkFaultRefused(
                    f"{machine.name} is in the partition more than once; a machine is in one group"
                )
        paths: set[Path] = set()
        for some, others in itertools.permutations(groups, 2):
            for sender, receiver in itertools.product(some, others):
                paths |= {
                    (vlan, sender.name, receiver.name) for vlan in shared_networks(sender, receiver)
                }
        sides = (", ".join(machine.name for machine in group) for group in groups)
        text = f"partition: {' | '.join(sides)}"
        return NetworkFault(self.faults, text, paths=frozenset(paths))

    @public
    def link(self, a: "MachineCore", b: "MachineCore", direction: Direction = "both") -> Link:
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
            check_machine(machine)
        if a is b:
            raise NetworkFaultRefused(f"a link has two ends, and both of this one are {a.name}")
        if not (shared := shared_networks(a, b)):
            raise NetworkFaultRefused(
                f"{a.name} and {b.name} share no network: {networks_of(a)}, {networks_of(b)}"
            )
        ways = {"forward": [(a, b)], "backward": [(b, a)], "both": [(a, b), (b, a)]}[direction]
        paths = {(vlan, one.name, other.name) for vlan in shared for one, other in ways}
        arrow = {"forward": "->", "backward": "<-", "both": "<->"}[direction]
        return Link(self.faults, frozenset(paths), f"{a.name} {arrow} {b.name}")

    @public
    def heal(self) -> None:
        """End all faults of networks, unplugged cables among them. Captures go on.

        >>> network.heal()
        """
        self.faults.heal()

    @public
    def seed(self, n: int) -> None:
        """Begin the random numbers of faults anew, from a number; they begin from 0.

        Each link has its own in each direction: the same frames have the same fate, whatever
        happens on other links.

        >>> network.seed(42)
        """
        if not isinstance(n, int) or isinstance(n, bool):
            raise NetworkFaultRefused(f"network.seed({n!r}) is not accepted: it takes an integer")
        self.faults.seed(n)

    @public
    def capture(
        self,
        name: str,
        *,
        vlan: int | Vlan | None = None,
        machine: "MachineCore | None" = None,
    ) -> ActiveFault:
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
        if any(one.capture and one.capture.file == file for one in self.faults):
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
        return NetworkFault(self.faults, f"capture to {name}", capture=plan)

    def _captured(self, vlan: int | Vlan | None, machine: "MachineCore | None") -> Sequence[int]:
        if machine is not None:
            check_machine(machine)
            own = machine.configuration.vlans
            return own if vlan is None else [own_network(machine, vlan)]
        existing = [one.number for one in self.faults.vlans()]
        wanted = existing if vlan is None else [network_number(vlan)]
        if not wanted or not set(wanted) <= set(existing):
            known = ", ".join(map(str, existing)) or "none"
            what = "" if vlan is None else f" {network_number(vlan)}"
            raise NetworkFaultRefused(
                f"there is no network{what} to capture; those there are: {known}"
            )
        return wanted
