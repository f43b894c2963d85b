"""What rules draw from: machines, their variants, links between them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ..machine import BaseMachine, QemuMachine
from ..network.checks import shared_networks
from .context import current_driver
from .errors import StatefulError


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from at the moment. A rule waits until there is something."""

    now: Callable[[], Sequence[Any]]

    def strategy(self) -> SearchStrategy[Any]:
        """Return what draws one of them."""
        return st.sampled_from(now) if (now := self.now()) else st.nothing()


def all_machines() -> Sequence[BaseMachine]:
    """Return the machines of the test."""
    return current_driver().machines


# Machines that are on, and those that are off.
running = Choices(lambda: [machine for machine in all_machines() if machine.booted])
stopped = Choices(lambda: [machine for machine in all_machines() if not machine.booted])


def variants(machine: BaseMachine) -> list[dict[str, Any]]:
    """Return the variants of a machine, for `use_variant`; nothing to change if it has none.

    >>> @rule(machine=stopped, variant=variants)
    ... def boot(self, machine, variant):
    ...     machine.use_variant(**variant)
    ...     machine.start()
    """
    found = machine.variants if isinstance(machine, QemuMachine) else []
    return found or [{}]


def links() -> SearchStrategy[tuple[BaseMachine, BaseMachine]]:
    """Draw two machines that share a network.

    >>> @rule(link=links())
    ... def cut(self, link):
    ...     network.link(*link).cut()
    """
    if not (found := linked()):
        raise StatefulError("links(): no two machines of this test share a network")
    return st.sampled_from(found)


def linked() -> Sequence[tuple[BaseMachine, BaseMachine]]:
    """Return the machines that share a network, two by two."""
    return [
        (one, other)
        for one, other in combinations(all_machines(), 2)
        if shared_networks(one, other)
    ]
