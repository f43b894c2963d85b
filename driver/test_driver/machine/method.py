"""What a method of a machine is: all facts about it stand on the method itself."""

import functools
import inspect
from collections.abc import Callable
from contextlib import nullcontext
from typing import Concatenate, ParamSpec, TypeVar

from ..public_names import Facts, Needs, with_facts
from ..reserved_names import variable_name
from ..run.timings import Phase, call_text
from .core import MachineCore

M = TypeVar("M", bound=MachineCore)
P = ParamSpec("P")
T = TypeVar("T")


def method(
    *, phase: Phase, needs: Needs = Needs.NOTHING, title: str | None = None
) -> Callable[[Callable[Concatenate[M, P], T]], Callable[Concatenate[M, P], T]]:
    """Make a function of a class a public method of a machine.

    Its time counts to `phase`. `title` is the heading of its step in the log, in which `{name}` is
    an argument; without one it makes no step. With `needs`, polling conditions that are due are
    checked, and the machine is started, and waited for, before the body runs, which has it as
    `self.instance`. A method with a time limit needs nothing: its own deadline covers the start.

    The reference, the stubs and the timings know a method by this decorator alone.

    >>> class GreetingMethods(MachineCore):
    ...     @method(phase=Phase.COMMAND, needs=Needs.GUEST, title="greeting {name}")
    ...     def greet(self, name: str) -> None:
    ...         self.lines.say(f"hello {name}")
    """

    def decorate(function: Callable[Concatenate[M, P], T]) -> Callable[Concatenate[M, P], T]:
        name = function.__name__
        facts = Facts(phase=phase, needs=needs, title=title)
        signature = inspect.signature(function)

        @functools.wraps(function)
        def run(machine: M, /, *arguments: P.args, **keywords: P.kwargs) -> T:
            def called() -> str:
                return call_text(f"{variable_name(machine.name)}.{name}", arguments, keywords)

            with machine.context.steps.timings.spend(phase, called):
                heading = facts.heading(signature, (machine, *arguments), keywords)
                with machine.nested(heading) if heading is not None else nullcontext():
                    _prepare(machine, needs)
                    return function(machine, *arguments, **keywords)

        return with_facts(run, facts)

    return decorate


def _prepare(machine: MachineCore, needs: Needs) -> None:
    if needs is Needs.GUEST:
        machine.reach_guest()
    elif needs is Needs.MACHINE:
        machine.reach_machine()
