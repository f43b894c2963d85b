"""Methods of machines that extensions add: checked, and put on the classes of machines."""

import dis
import inspect
from abc import ABCMeta
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from ..machine import BaseMachine, MachineCore, NspawnMachine, QemuMachine
from ..machine.kinds import COMMON, KINDS
from ..public_names import facts_of
from .source import Source
from .titles import title_problem

M = TypeVar("M", bound=BaseMachine)

# The kinds that others may be derived from.
_GENERAL = (NspawnMachine, QemuMachine, COMMON)
# What Python itself puts into each class.
_AUTOMATIC = frozenset(
    """
    __abstractmethods__ __annotate__ __annotate_func__ __annotations__ __annotations_cache__
    __conditional_annotations__ __dict__ __doc__ __firstlineno__ __module__ __orig_bases__
    __parameters__ __qualname__ __slots__ __static_attributes__ __weakref__ _abc_impl
    """.split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A class of methods, and the extension that adds it to machines of a kind."""

    source: Source
    methods: type[MachineCore]

    @property
    def kind(self) -> type[BaseMachine]:
        """The class of the machines that get the methods: the methods are derived from it."""
        for kind in (NspawnMachine, QemuMachine):
            if issubclass(self.methods, kind):
                return kind
        return COMMON

    def members(self) -> Iterator[tuple[str, object, type]]:
        """Yield what the class, and what it is derived from besides machines, defines."""
        for owner in inspect.getmro(self.methods):
            if owner not in _classes_of_machines():
                for name, member in vars(owner).items():
                    if name not in _AUTOMATIC:
                        yield name, member, owner


class MachineClasses:
    """The classes of the machines of a test, with what extensions add to each."""

    def __init__(self, added: Sequence[Added] = ()) -> None:
        """Check what is added. Raises ExtensionError."""
        self.added: tuple[Added, ...] = ()
        self._made: dict[type[BaseMachine], type[BaseMachine]] = {}
        for one in added:
            self._add(one)

    def _add(self, one: Added) -> None:
        others = [
            (name, other, owner) for other in self.added for name, _, owner in other.members()
        ]
        for name, member, owner in one.members():
            _check_name(one, name, [other for other in others if other[2] is not owner])
            _check_mark(one, name, member)
        self.added = (*self.added, one)
        self._made.clear()
        for kind in _kinds_of(one.kind):
            try:
                self.of(kind)
            except TypeError as error:
                cause = " ".join(str(error).split())
                reason = f"cannot add {one.methods.__name__} to {kind.__name__}: {cause}"
                raise one.source.error(reason) from None

    def own(self, kind: type[BaseMachine]) -> list[Added]:
        """Return what is added to machines of this kind, and not already to all machines."""
        return [one for one in self.added if one.kind is kind]

    def of(self, kind: type[M]) -> type[M]:
        """Return a class of machines with what is added to it: the same one if that is nothing."""
        if not any(issubclass(kind, one.kind) for one in self.added):
            return kind
        if kind not in self._made:
            own = [one.methods for one in self.own(kind)]
            above = [one for one in _GENERAL if issubclass(kind, one) and kind is not one][:1]
            above = [extended for one in above if (extended := self.of(one)) is not one]
            space = {"__module__": kind.__module__, "__doc__": kind.__doc__}
            bases = (*own, *above, kind)
            self._made[kind] = cast(Any, ABCMeta(kind.__name__, bases, space))
        return cast(type[M], self._made[kind])


def checked_class(source: Source, given: object) -> Added:
    """Return a class of methods that an extension adds. Raises ExtensionError."""
    if isinstance(given, type) and issubclass(given, MachineCore):
        if issubclass(given, QemuMachine) and issubclass(given, NspawnMachine):
            raise source.error(
                f"{given.__name__} is derived from QemuMachine and NspawnMachine; derive a class "
                "of methods from one of them, or from BaseMachine for both"
            )
        return Added(source=source, methods=given)
    raise source.error(
        "machine_methods: expected classes that are derived from BaseMachine, QemuMachine or "
        f"NspawnMachine, got {given!r}"
    )


def _check_name(one: Added, name: str, others: Iterable[tuple[str, Added, type]]) -> None:
    what = f"{one.methods.__name__} adds {name}"
    for kind in _kinds_of(one.kind):
        if name in dir(kind) or name in _set_by_init(kind):
            raise one.source.error(
                f"{what}, which {kind.__name__} has already; give it another name"
            )
    for other_name, other, _ in others:
        overlap = issubclass(one.kind, other.kind) or issubclass(other.kind, one.kind)
        if name == other_name and overlap:
            raise one.source.error(
                f"{what}, which {other.source} has already added; give it another name, or leave "
                "one of the two extensions out"
            )


def _check_mark(one: Added, name: str, member: object) -> None:
    """Refuse a method without what says that scripts may call it, and how its time counts."""
    is_code = callable(member) or isinstance(member, property | staticmethod | classmethod)
    if name.startswith("_") or not is_code:
        return
    if facts_of(member) is not None:
        if not isinstance(member, property) and (problem := title_problem(cast(Any, member))):
            raise one.source.error(f"{one.methods.__name__}.{name}: {problem}")
        return
    if isinstance(member, property):
        advice = "write @public below @property"
    else:
        advice = "write @method(phase=Phase.COMMAND) above it"
    raise one.source.error(
        f"{one.methods.__name__}.{name} has no decorator that makes it a method of machines; "
        f"{advice}, or begin its name with _"
    )


def _kinds_of(kind: type[BaseMachine]) -> list[type[BaseMachine]]:
    return [one for one in KINDS.values() if issubclass(one, kind)]


def _classes_of_machines() -> set[type]:
    return {owner for kind in KINDS.values() for owner in inspect.getmro(kind)}


def _set_by_init(kind: type) -> set[str]:
    """Return the attributes that a machine sets when it is made: they would hide a method."""
    return {
        str(one.argval)
        for owner in inspect.getmro(kind)
        if inspect.isfunction(init := vars(owner).get("__init__"))
        for one in dis.get_instructions(init)
        if one.opname == "STORE_ATTR"
    }
