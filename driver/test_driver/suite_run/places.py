"""Where tests can be built: so many at once on this machine, and on each builder."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..nix.reach import OwnStore
from ..nix.settings import Builder, NixSettings
from .work import Work

HERE = ""


@dataclass(slots=True, kw_only=True, eq=False)
class Machine:
    """A machine that builds: this one if `builder` is None."""

    builder: Builder | None
    free: int
    is_gone: bool = False
    unwanted: set[str] = field(default_factory=set)  # tests that were lost here

    @property
    def name(self) -> str:
        """Its store, or nothing for this machine."""
        return HERE if self.builder is None else self.builder.uri


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Room on a machine for a run that consists of so many parts."""

    machine: Machine
    parts: int
    options: tuple[str, ...]


class Places:
    """All machines, and how much of them is free.

    Where Nix lets us choose, each run is sent to a machine by name. Otherwise Nix chooses, and we
    only start as many runs as all machines take.
    """

    def __init__(self, settings: NixSettings, store: OwnStore, builders: Sequence[Builder]) -> None:
        self._settings = settings
        self._may_choose = store.is_trusted or not store.is_daemon
        self.machines = [
            Machine(builder=None, free=settings.jobs),
            *(Machine(builder=one, free=max(1, one.jobs)) for one in builders),
        ]

    @property
    def count(self) -> int:
        """How many runs there are at once."""
        return sum(machine.free for machine in self.machines if not machine.is_gone)

    def can_build(self, machine: Machine, work: Work) -> bool:
        """Tell whether a machine has what a run needs."""
        if work.derivation is None or machine.is_gone:
            return not machine.is_gone
        needs = work.derivation.system, work.derivation.features
        if machine.builder is None:
            return self._settings.can_build_here(*needs)
        return machine.builder.can_build(*needs)

    def possible(self, work: Work) -> bool:
        """Tell whether any machine can build it."""
        return any(self.can_build(machine, work) for machine in self.machines)

    def take(self, work: Work) -> Place | None:
        """Return room for a run, or None if there is none now.

        The machine that can build least is taken first, so that the others stay free for what
        needs them.
        """
        fitting = [one for one in self.machines if one.free > 0 and self.can_build(one, work)]
        fitting.sort(key=lambda one: (work.test.name in one.unwanted, self._abilities(one)))
        if not fitting:
            return None
        machine = fitting[0]
        parts = min(machine.free, work.test.parts)
        machine.free -= parts
        return Place(machine=machine, parts=parts, options=self._options(machine, parts))

    def release(self, place: Place) -> None:
        """Give the room back."""
        place.machine.free += place.parts

    def _abilities(self, machine: Machine) -> int:
        if machine.builder is None:
            return len(self._settings.features) + len(self._settings.systems)
        return len(machine.builder.features) + len(machine.builder.systems)

    def _options(self, machine: Machine, parts: int) -> tuple[str, ...]:
        if machine.builder is None:
            return ("--max-jobs", str(parts), "--builders", "")
        if self._may_choose:
            return ("--max-jobs", "0", "--builders", machine.builder.line)
        return ("--max-jobs", "0")
