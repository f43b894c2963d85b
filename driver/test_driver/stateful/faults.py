"""Faults that rules draw: each is a call of a script, made when the fault begins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ..machine import BaseMachine
from .context import script_globals
from .errors import StatefulError
from .steps import text
from .strategies import all_machines, linked, running

Draw = Callable[[SearchStrategy[Any]], Any]


class PlannedFault:
    """A fault that begins when it is called. Printed, it is the function that a script would say.

    >>> fault = PlannedFault("network.link(a, b).cut()")
    """

    def __init__(self, tokens: str) -> None:
        self.tokens = tokens

    def __repr__(self) -> str:
        return f"lambda: {self.tokens}"

    def __call__(self) -> Any:  # noqa: ANN401 - the context manager of whichever method it is
        """Begin it, and return what ends it, as the method does."""
        return eval(self.tokens, dict(script_globals()))


def faults(*kinds: str) -> SearchStrategy[PlannedFault]:
    """Draw a fault, to be called, of these kinds or any.

    Of networks there are partition, cut and impair (for machines that share one) and unplug; of
    machines that are on pause, disk, clock, cpu, and power for those with `powerCuts`. All of them
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
    possible = [kind for kind in kinds if _KINDS[kind].concerned()]
    if not possible:
        reject()
    kind = _KINDS[draw(st.sampled_from(possible))]
    return PlannedFault(kind.tokens(draw, kind.concerned()))


@dataclass(frozen=True, slots=True)
class _Kind:
    """Whom a fault can be made for at the moment, and the call for one of them."""

    concerned: Callable[[], Sequence[Any]]
    tokens: Callable[[Draw, Sequence[Any]], str]


def _in_networks() -> Sequence[BaseMachine]:
    return [machine for machine in all_machines() if machine.configuration.vlans]


def _to_be_parted() -> Sequence[BaseMachine]:
    return _in_networks() if linked() else ()


def _with_power_cuts() -> Sequence[BaseMachine]:
    return [machine for machine in running.now() if machine.configuration.power_cuts]


def _partition(draw: Draw, machines: Sequence[BaseMachine]) -> str:
    alone = draw(
        st.lists(st.sampled_from(machines), min_size=1, max_size=len(machines) - 1, unique=True)
    )
    others = [machine for machine in machines if machine not in alone]
    return f"network.partition({text(alone)}, {text(others)})"


def _link(*hows: str) -> Callable[[Draw, Sequence[Any]], str]:
    def tokens(draw: Draw, pairs: Sequence[tuple[BaseMachine, BaseMachine]]) -> str:
        one, other = draw(st.sampled_from(pairs))
        direction = draw(st.sampled_from(["both", "forward", "backward"]))
        how = draw(st.sampled_from(hows))
        return f"network.link({text(one)}, {text(other)}, {direction!r}).{how}"

    return tokens


def _unplug(draw: Draw, machines: Sequence[BaseMachine]) -> str:
    machine: BaseMachine = draw(st.sampled_from(machines))
    return f"{text(machine)}.unplug({draw(st.sampled_from(machine.configuration.vlans))})"


def _machine(*hows: str) -> Callable[[Draw, Sequence[Any]], str]:
    def tokens(draw: Draw, machines: Sequence[BaseMachine]) -> str:
        machine: BaseMachine = draw(st.sampled_from(machines))
        return f"{text(machine)}.{draw(st.sampled_from(hows))}"

    return tokens


_IMPAIRMENTS = ("loss=0.3", "delay=0.2", "duplicate=0.3", "reorder=0.3", "rate=1e5")
_DISK = ("throttle(operations_per_second=20)", "fail(reads=False)", "fail()")
_KINDS = {
    "partition": _Kind(_to_be_parted, _partition),
    "cut": _Kind(linked, _link("cut()")),
    "impair": _Kind(linked, _link(*(f"impair({how})" for how in _IMPAIRMENTS))),
    "unplug": _Kind(_in_networks, _unplug),
    "pause": _Kind(running.now, _machine("pause()")),
    "disk": _Kind(running.now, _machine(*(f"disk(0).{how}" for how in _DISK))),
    "clock": _Kind(running.now, _machine("clock.offset(3600)", "clock.offset(-3600)")),
    "cpu": _Kind(running.now, _machine("limit_cpu(0.2)")),
    "power": _Kind(_with_power_cuts, _machine("power_cut()")),
}
