"""The one walk over an exception: all that it consists of, the first failure first.

An exception that was raised while another one was handled, or because of it, hides what went wrong
first. `chain_of` puts the links in the order of time. What the terminal, the reports, the verdict
and the exit status say about a failure comes from here, so that they agree.
"""

import asyncio
import os
import types
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

import qemu.qmp

from .errors import AssertionFailed, Halted, SeveralErrors
from .package import PACKAGE, PACKAGE_FOLDER

MOST_LINKS = 50
LAST_LINKS = 10
DEEPEST_GROUP = 100
# The driver's own code, and a library whose errors only the driver can cause.
_OWN_FOLDERS = (f"{PACKAGE_FOLDER}/", f"{os.path.dirname(qemu.qmp.__file__)}/")
_LIBRARY_FOLDER = f"{os.path.dirname(os.__file__)}/"
_INSTALLED = ("/site-packages/", "/dist-packages/")
# How Python ends loops, generators and tasks: none of these is a failure that others hide.
_CONTROL_FLOW = (GeneratorExit, StopIteration, StopAsyncIteration, asyncio.CancelledError)


class Relation(Enum):
    """How an exception follows from the one before it, in the terms of Python."""

    FIRST = ""
    CAUSE = "The above exception was the direct cause of the following exception:"
    CONTEXT = "During handling of the above exception, another exception occurred:"
    HIDDEN = "The above exception was hidden by `from None` of the following exception:"


@dataclass(frozen=True, kw_only=True)
class Link:
    """One exception of a chain. The members of a group are chains, too.

    `leads` tells whether it counts as a failure of its own: what a library caught and translated
    does not. `left_out` exceptions between this one and the one before it are left out.
    """

    error: BaseException
    relation: Relation = Relation.FIRST
    leads: bool = True
    left_out: int = 0
    members: tuple[tuple["Link", ...], ...] = ()


Chain = tuple[Link, ...]


def chain_of(error: BaseException) -> Chain:
    """Return the exceptions that led to this one, and this one, in the order of time."""
    return _chain(error, set(), 0)


def links_of(chain: Chain) -> Iterator[Link]:
    """Yield every exception of a chain, also those in groups."""
    for link in chain:
        yield link
        for member in link.members:
            yield from links_of(member)


def _chain(error: BaseException, seen: set[int], depth: int) -> Chain:
    found: list[Link] = []
    # What is to be put down, the last first. An exception comes twice: to look for those before
    # it, then to be put down behind them.
    pending: list[tuple[BaseException, BaseException | None, Relation, bool]] = [
        (error, None, Relation.FIRST, False)
    ]
    relation_to_next: dict[int, tuple[Relation, bool, bool]] = {}
    while pending:
        one, later, relation, is_ready = pending.pop()
        if is_ready:
            found.append(_link(one, seen, depth))
            continue
        if id(one) in seen:
            continue
        seen.add(id(one))
        if later is not None:
            leads = _leads(one, later, relation)
            is_told = leads or not _is_internal(one, later)
            relation_to_next[id(one)] = (relation, leads, is_told)
        pending.append((one, later, relation, True))
        pending += [(earlier, one, how, False) for earlier, how in reversed(_before(one))]
    return _related(found, error, relation_to_next)


def _related(
    found: list[Link],
    error: BaseException,
    relation_to_next: dict[int, tuple[Relation, bool, bool]],
) -> Chain:
    """Leave out what tells nothing, and let each link say how it follows from the one before."""
    kept: list[Link] = []
    relation = Relation.FIRST
    for link in found:
        how, leads, is_told = relation_to_next.get(id(link.error), (Relation.FIRST, True, True))
        if not is_told or (link.error is not error and isinstance(link.error, _CONTROL_FLOW)):
            continue
        kept.append(Link(error=link.error, relation=relation, leads=leads, members=link.members))
        relation = how
    if len(kept) > MOST_LINKS:
        gap = len(kept) - MOST_LINKS
        first, last = kept[: MOST_LINKS - LAST_LINKS], kept[-LAST_LINKS:]
        kept = [*first, replace(last[0], left_out=gap), *last[1:]]
    return tuple(kept)


def _link(error: BaseException, seen: set[int], depth: int) -> Link:
    members: tuple[BaseException, ...] = ()
    if isinstance(error, BaseExceptionGroup):
        members = error.exceptions
    elif isinstance(error, SeveralErrors):
        members = error.errors
    if depth >= DEEPEST_GROUP:
        members = ()
    chains = (_chain(member, seen, depth + 1) for member in members if id(member) not in seen)
    return Link(error=error, members=tuple(chains))


def _before(error: BaseException) -> list[tuple[BaseException, Relation]]:
    """Return what an exception came after, in the order of time."""
    if getattr(type(error), "tells_cause", False):
        return []
    cause, context = error.__cause__, error.__context__
    found: list[tuple[BaseException, Relation]] = []
    if context is not None and context is not cause:
        is_hidden = error.__suppress_context__ and cause is None and _was_caught_by(error, context)
        found.append((context, Relation.HIDDEN if is_hidden else Relation.CONTEXT))
    if cause is not None:
        found.append((cause, Relation.CAUSE))
    return found


def _leads(error: BaseException, later: BaseException, relation: Relation) -> bool:
    """Tell whether an exception is a failure of its own, not one that `later` is the name of."""
    if isinstance(error, Halted):
        return True
    if relation is Relation.HIDDEN:
        return isinstance(later, SystemExit)  # an exit is no translation of an error
    if type(error).__name__.endswith("RemoteTraceback"):
        return False  # the traceback of a child process, put there as text by Python's library
    if error.__traceback__ is None:  # made, never raised: `from` alone names it
        return not is_own(later)
    return comes_from_script(error)


def _is_internal(error: BaseException, later: BaseException) -> bool:
    """Tell whether an exception is how the driver found out, which tells a reader nothing."""
    if not is_own(later):
        return False
    frames = list(_frames(error))
    return not frames or is_of_driver(frames[0].f_code.co_filename)


def is_own(error: BaseException) -> bool:
    """Tell whether an exception is of a class of the driver, other than a script's assertion."""
    kind = type(error)
    return kind.__module__.partition(".")[0] == PACKAGE and kind is not AssertionFailed


def _frames(error: BaseException) -> Iterator[types.FrameType]:
    traceback = error.__traceback__
    while traceback is not None:
        yield traceback.tb_frame
        traceback = traceback.tb_next


def _was_caught_by(error: BaseException, context: BaseException) -> bool:
    """Tell whether the function that raised an error is the one that had caught its context.

    Else a library has said `from None` without knowing of the context: a clean-up calls it.
    """
    raised, caught = list(_frames(error)), list(_frames(context))
    if not raised or not caught:
        return True
    return caught[0] is raised[-1] or is_of_driver(caught[0].f_code.co_filename)


def comes_from_script(error: BaseException) -> bool:
    """Tell whether an exception has come through code that a test brings."""
    return any(is_of_script(frame.f_code.co_filename) for frame in _frames(error))


def is_library_only(error: BaseException) -> bool:
    """Tell whether an exception has come through Python's own library and nothing else."""
    names = [frame.f_code.co_filename for frame in _frames(error)]
    return not any(is_of_driver(name) or is_of_script(name) for name in names)


def is_of_driver(name: str) -> bool:
    """Tell whether a file of code is the driver's."""
    return name.startswith(_OWN_FOLDERS)


def is_of_script(name: str) -> bool:
    """Tell whether a file of code is what a test brings: not the driver's, nor Python's own."""
    if is_of_driver(name) or name.startswith("<frozen "):
        return False
    return not name.startswith(_LIBRARY_FOLDER) or any(part in name for part in _INSTALLED)
