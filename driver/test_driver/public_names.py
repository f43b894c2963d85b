"""Which names scripts may use: the mark stands on each of them."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from .run.timings import Phase

F = TypeVar("F", bound=Callable[..., Any])
_FACTS = "__test_driver_facts__"


class Needs(Enum):
    """What a method has before its body runs. A machine that is off is started for it."""

    NOTHING = "nothing"
    MACHINE = "a machine that runs"
    GUEST = "a guest that takes commands"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a public name. The time of one without a phase is not counted apart.

    `in_scripts` tells that a script also has it as a global name.
    """

    phase: Phase | None = None
    needs: Needs = Needs.NOTHING
    title: str | None = None
    in_scripts: bool = False

    def heading(
        self,
        signature: inspect.Signature,
        arguments: tuple[object, ...],
        keywords: Mapping[str, object],
    ) -> str | None:
        """Return the title with the arguments of a call; None without one, or if that is wrong."""
        if self.title is None:
            return None
        try:
            bound = signature.bind(*arguments, **keywords)
        except TypeError:  # the call itself says so better
            return None
        bound.apply_defaults()
        return self.title.format_map(bound.arguments)


def public(function: F) -> F:
    """Mark a function, or that of a property, as one that scripts may use.

    >>> class SizeMethods(MachineCore):
    ...     @property
    ...     @public
    ...     def size(self) -> int:
    ...         return 1
    """
    return with_facts(function, Facts())


def script_global(function: F) -> F:
    """Mark a method of the driver as one that scripts also have as a global name.

    >>> class GreetingMethods:
    ...     @script_global
    ...     def greet(self) -> None:
    ...         print("hello")
    """
    return with_facts(function, Facts(in_scripts=True))


def with_facts(function: F, facts: Facts) -> F:
    """Return a function that carries what is known of it."""
    setattr(function, _FACTS, facts)
    return function


def facts_of(member: object) -> Facts | None:
    """Return what is known of a member of a class; None if scripts may not use it."""
    function = member.fget if isinstance(member, property) else member
    found = getattr(function, _FACTS, None)
    return found if isinstance(found, Facts) else None


def script_globals(owner: object) -> dict[str, Any]:
    """Return the methods of an object that scripts also have as global names."""
    names = [
        name
        for kind in type(owner).__mro__
        for name, member in public_members(kind)
        if (facts := facts_of(member)) is not None and facts.in_scripts
    ]
    return {name: getattr(owner, name) for name in names}


def public_members(owner: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods and properties that a class itself defines, and their names."""
    for name, member in vars(owner).items():
        # Another name for the same method is an older one.
        if facts_of(member) is not None and name == getattr(member, "__name__", name):
            yield name, member
