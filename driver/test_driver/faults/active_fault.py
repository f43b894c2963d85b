"""What is wrong on purpose, until it is undone: with a machine, or on networks."""

from collections.abc import Iterable, Sequence
from typing import Protocol, Self


class FaultRegistry(Protocol):
    """Knows the faults of one machine, or of all networks."""

    def in_force(self, fault: "ActiveFault") -> bool:
        """Tell whether a fault is still there."""

    def end(self, faults: "Sequence[ActiveFault]") -> None:
        """Undo some faults at once. Nothing happens to those that have ended."""


class ActiveFault:
    """A fault that is in force. As a context manager, it is undone at the end of the block.

    One of a machine ends by itself when the machine is switched off or restored, and one of the
    guest's own, such as a wrong clock, also when the guest reboots.
    """

    def __init__(self, registry: FaultRegistry, what: str) -> None:
        self.what = what
        self.registry = registry

    def __enter__(self) -> Self:
        """Return the fault: it is in force already."""
        return self

    def __exit__(self, *error: object) -> None:
        """Undo the fault."""
        self.end()

    @property
    def in_force(self) -> bool:
        """Whether it is still there."""
        return self.registry.in_force(self)

    def end(self) -> None:
        """Undo this fault alone. Nothing happens if it has ended."""
        heal([self])


def heal(faults: Iterable[ActiveFault]) -> None:
    """Undo faults, those of one registry at once. Nothing happens to those that have ended."""
    by_registry: dict[FaultRegistry, list[ActiveFault]] = {}
    for fault in faults:
        by_registry.setdefault(fault.registry, []).append(fault)
    for registry, found in by_registry.items():
        registry.end(found)
