"""How a state machine says what can be done: rules, their conditions, and what must always hold."""

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeGuard

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ..machine import BaseMachine
from .errors import StatefulError
from .example import Example
from .steps import Taken
from .strategies import Choices

Function = Callable[..., Any]
Condition = Callable[[Any], object]
_MARK = "rehearse_stateful"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is known of a method of a state machine."""

    kind: str = ""
    arguments: Mapping[str, object] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()


RULE, INITIAL, INVARIANT = "rule", "initialize", "invariant"


def rule(**arguments: object) -> Callable[[Function], Function]:
    """Make a method a rule: something that can be done, and what must be so then.

    Each argument is drawn from a list, from the machines that are `running` or `stopped`, or from a
    strategy of Hypothesis (`st`). A rule waits until there is something to choose from. A function
    instead is called with the arguments before it that it names, and with the state machine as
    `state`, and returns what to draw from. In a script the method is called with values.

    >>> @rule(source=running, target=machines)
    ... def ping(self, source, target):
    ...     status, _ = source.execute(f"ping -c 1 -W 1 {target.name}")
    ...     assert (status == 0) == target.is_up()
    """
    return _maker(RULE, arguments)


def initialize(**arguments: object) -> Callable[[Function], Function]:
    """Make a method a first step of every example. Its arguments are those of `rule`.

    >>> @initialize(leader=machines)
    ... def elect(self, leader):
    ...     self.leader = leader
    """
    return _maker(INITIAL, arguments)


def invariant() -> Callable[[Function], Function]:
    """Make a method something that must hold at the beginning, and after every step.

    >>> @invariant()
    ... def nothing_is_lost(self):
    ...     for machine in machines:
    ...         assert machine.succeed("ls /var/lib/letters").split() == self.letters
    """
    return _maker(INVARIANT, {})


def precondition(condition: Condition) -> Callable[[Function], Function]:
    """Apply a rule, or ask about an invariant, only when something holds of the state machine.

    >>> @precondition(lambda self: self.written)
    ... @rule(machine=running)
    ... def read(self, machine): ...
    """

    def decorate(function: Function) -> Function:
        known = mark(function)
        also = (*known.conditions, condition)
        made = Mark(kind=known.kind, arguments=known.arguments, conditions=also)
        setattr(function, _MARK, made)
        return function

    return decorate


def mark(function: object) -> Mark:
    """Return what is known of a method."""
    found: Mark = getattr(function, _MARK, Mark())
    return found


def methods(kind: type, what: str) -> list[str]:
    """Return the names of a state machine's rules, initial steps or invariants, as written."""
    names = dict.fromkeys(name for owner in reversed(kind.__mro__) for name in vars(owner))
    return [name for name in names if mark(getattr(kind, name)).kind == what]


def applies(state: Example, step: Taken) -> bool:
    """Tell whether a step could be taken now: all that it needs is there."""
    known = mark(getattr(type(state), step.name))
    if not all(condition(state) for condition in known.conditions):
        return False
    values: dict[str, object] = {"state": state}
    for name, source in known.arguments.items():
        choices = _resolved(source, values)
        if isinstance(choices, Choices) and step.arguments[name] not in choices.now():
            return False
        values[name] = step.arguments[name]
    return True


def simpler(kind: type, step: Taken) -> Iterator[Taken]:
    """Yield a step with a value that stands before its own in the list that it was drawn from.

    Machines stay: other steps speak of them. So do values that depend on the state machine.
    """
    values: dict[str, object] = {}
    for name, source in mark(getattr(kind, step.name)).arguments.items():
        value = step.arguments[name]
        if not _is_function(source) or set(_asked(source)) <= values.keys():
            choices = _resolved(source, values)
            listed = choices.now() if isinstance(choices, Choices) else []
            if value in listed and not isinstance(value, BaseMachine):
                for other in listed[: list(listed).index(value)]:
                    yield Taken(name=step.name, arguments={**step.arguments, name: other})
        values[name] = value


def next_step(state: Example) -> SearchStrategy[Taken | None]:
    """Draw what to do next; nothing if nothing can be done."""
    kind = type(state)
    begin = methods(kind, INITIAL)[len(state.taken) :]
    names = begin[:1] or [name for name in methods(kind, RULE) if _could_apply(state, name)]
    return _step(state, names)


@st.composite
def _step(draw: Callable[..., Any], state: Example, names: Sequence[str]) -> Taken | None:
    if not names:
        return None
    if (chance := state.chance) is None:
        # One number for all of an example's choices: Hypothesis would make most examples out of
        # pieces of earlier ones, and find a fault in four times as many.
        state.chance = chance = Random(draw(st.integers(0, 2**64 - 1)))
    name = chance.choice(names)
    values: dict[str, Any] = {}
    for argument, source in mark(getattr(type(state), name)).arguments.items():
        choices = _resolved(source, {"state": state, **values})
        if not isinstance(choices, Choices):
            values[argument] = draw(choices)
        elif now := choices.now():
            values[argument] = chance.choice(now)
        else:
            return None
    return Taken(name=name, arguments=values)


def _could_apply(state: Example, name: str) -> bool:
    """Tell whether a rule can be applied, as far as it depends on nothing that is drawn."""
    known = mark(getattr(type(state), name))
    if not all(condition(state) for condition in known.conditions):
        return False
    for source in known.arguments.values():
        if not _is_function(source) or set(_asked(source)) <= {"state"}:
            choices = _resolved(source, {"state": state})
            if isinstance(choices, Choices) and not choices.now():
                return False
    return True


def _maker(kind: str, arguments: Mapping[str, object]) -> Callable[[Function], Function]:
    def decorate(function: Function) -> Function:
        _check(function, arguments)

        @functools.wraps(function)
        def taken(state: Example, *given: object, **named: object) -> Any:  # noqa: ANN401
            values = {**dict(zip(arguments, given, strict=False)), **named}
            step = Taken(name=function.__name__, arguments=values)
            return state.take(step, function, asks=kind == INVARIANT)

        before = mark(function).conditions
        setattr(taken, _MARK, Mark(kind=kind, arguments=arguments, conditions=before))
        return taken

    return decorate


def _resolved(source: object, known: Mapping[str, object]) -> object:
    """Return what to draw from, of a function that depends on what was drawn before."""
    if _is_function(source):
        source = source(**{name: known[name] for name in _asked(source)})
    return Choices(lambda: source) if isinstance(source, list | tuple) else source


def _is_function(source: object) -> TypeGuard[Callable[..., object]]:
    return callable(source) and not isinstance(source, SearchStrategy)


def _asked(function: Callable[..., object]) -> Sequence[str]:
    return list(inspect.signature(function).parameters)


def _check(function: Function, arguments: Mapping[str, object]) -> None:
    """Refuse arguments that no value could come from."""
    earlier = ["state"]
    for name, source in arguments.items():
        where = f"rule {function.__name__}, argument {name}"
        if isinstance(source, SearchStrategy | Choices | list | tuple):
            pass
        elif not _is_function(source):
            raise StatefulError(
                f"{where}: {source!r} is nothing to draw from; expected a list, `running`, "
                "`stopped`, a strategy (`st`), or a function that returns one of these"
            )
        elif unknown := [asked for asked in _asked(source) if asked not in earlier]:
            raise StatefulError(
                f"{where}: the function asks for {unknown[0]!r}, which is not drawn before it; "
                f"it can ask for: {', '.join(earlier)}"
            )
        earlier.append(name)
