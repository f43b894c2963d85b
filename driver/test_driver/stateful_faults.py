"""Faults that rules draw: each is words of a script, said when it is to begin."""

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from .machine import Machine
from .stateful_errors import StatefulError
from .stateful_steps import text
from .stateful_strategies import all_machines, linked, running
from .stateful_surroundings import script_globals

Draw = Callable[[SearchStrategy[Any]], Any]


class PlannedFault:
    """A fault that begins when it is called. Printed, it is the function that a script would say.

    >>> fault = PlannedFault("network.link(a, b).cut()")
    """

    def __init__(self, words: str) -> None:
        self.words = words

    def __repr__(self) -> str:
        return f"lambda: {self.words}"

    def __call__(self) -> Any:  # noqa: ANN401 - the context manager of whichever word it is
        """Begin it, and return what ends it, as the word does."""
        return eval(self.words, dict(script_globals()))


def faults(*kinds: str) -> SearchStrategy[PlannedFault]:
    """Draw a fault, to be called, of these kinds or any: partition, cut, impair, pause, disk.

    Those of networks need machines that share one, the others a machine that is on. All of them
    end before the next example begins. Raises StatefulError for a kind that does not exist.

    >>> @rule(fault=faults("partition", "cut"))
    ... def go_wrong(self, fault):
    ...     fault()
    """
    if unknown := [kind for kind in kinds if kind not in _KINDS]:
        known = ", ".join(_KINDS)
        raise StatefulError(f"faults(): there is no kind {unknown[0]!r}; those there are: {known}")
    return _planned(kinds or tuple(_KINDS))


@st.composite
def _planned(draw: Draw, kinds: Sequence[str]) -> PlannedFault:
    machine_kinds = ("pause", "disk") if running.now() else ()
    network_kinds = ("partition", "cut", "impair") if linked() else ()
    possible = [kind for kind in kinds if kind in (*network_kinds, *machine_kinds)]
    if not possible:
        reject()
    return PlannedFault(_KINDS[draw(st.sampled_from(possible))](draw))


def _partition(draw: Draw) -> str:
    machines = [machine for machine in all_machines() if machine.configuration.vlans]
    alone = draw(
        st.lists(st.sampled_from(machines), min_size=1, max_size=len(machines) - 1, unique=True)
    )
    others = [machine for machine in machines if machine not in alone]
    return f"network.partition({text(alone)}, {text(others)})"


def _link(draw: Draw) -> str:
    one, other = draw(st.sampled_from(linked()))
    direction = draw(st.sampled_from(["both", "forward", "backward"]))
    return f"network.link({text(one)}, {text(other)}, {direction!r})"


def _cut(draw: Draw) -> str:
    return f"{_link(draw)}.cut()"


def _impair(draw: Draw) -> str:
    how = draw(
        st.sampled_from(["loss=0.3", "delay=0.2", "duplicate=0.3", "reorder=0.3", "rate=1e5"])
    )
    return f"{_link(draw)}.impair({how})"


def _running(draw: Draw) -> str:
    machine: Machine = draw(running.strategy())
    return text(machine)


def _pause(draw: Draw) -> str:
    return f"{_running(draw)}.pause()"


def _disk(draw: Draw) -> str:
    how = draw(
        st.sampled_from(["throttle(operations_per_second=20)", "fail(reads=False)", "fail()"])
    )
    return f"{_running(draw)}.disk(0).{how}"


_KINDS: dict[str, Callable[[Draw], str]] = {
    "partition": _partition,
    "cut": _cut,
    "impair": _impair,
    "pause": _pause,
    "disk": _disk,
}
