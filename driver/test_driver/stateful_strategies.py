"""What rules draw from: machines, their variants, links between them, faults."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from .machine import Machine
from .stateful_errors import StatefulError
from .stateful_surroundings import current_driver, script_globals


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from at the moment. A rule waits until there is something."""

    now: Callable[[], Sequence[Any]]

    def strategy(self) -> SearchStrategy[Any]:
        """Return what draws one of them."""
        return st.sampled_from(now) if (now := self.now()) else st.nothing()


def _all() -> Sequence[Machine]:
    return current_driver().machines


# Machines that are on, and those that are off.
running = Choices(lambda: [machine for machine in _all() if machine.is_up()])
stopped = Choices(lambda: [machine for machine in _all() if not machine.is_up()])


def variants(machine: Machine) -> SearchStrategy[dict[str, Any]]:
    """Draw a variant of a machine, for `use_variant`; nothing to change if it has none.

    >>> @rule(machine=stopped, variant=variants)
    ... def boot(self, machine, variant):
    ...     machine.use_variant(**variant)
    ...     machine.start()
    """
    return st.sampled_from(machine.variants or [{}])


def links() -> SearchStrategy[tuple[Machine, Machine]]:
    """Draw two machines that share a network.

    >>> @rule(link=links())
    ... def cut(self, link):
    ...     network.link(*link).cut()
    """
    return st.sampled_from(_links())


def _links() -> list[tuple[Machine, Machine]]:
    found = [
        (one, other)
        for one, other in combinations(_all(), 2)
        if set(one.configuration.vlans) & set(other.configuration.vlans)
    ]
    if not found:
        raise StatefulError("links(): no two machines of this test share a network")
    return found


class Fault:
    """A fault that begins when it is called. It is what a script says of it."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __repr__(self) -> str:
        return f"lambda: {self.words}"

    def __call__(self) -> Any:  # noqa: ANN401 - the context manager of whichever word it is
        """Begin it, and return what the word returns."""
        return eval(self.words, dict(script_globals()))


def faults(*kinds: str) -> SearchStrategy[Fault]:
    """Draw a fault of the networks or of a machine, to be called. Before each example all end.

    >>> @rule(fault=faults())
    ... def go_wrong(self, fault):
    ...     fault()
    """
    raise NotImplementedError
