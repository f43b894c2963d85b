"""What is said about an exception: a headline, a sentence with its notes, the text of a chain."""

from collections.abc import Callable, Sequence
from functools import partial

from . import errors
from .errors import Halted
from .exception_chain import Chain, Relation, chain_of

# What stands without its module, as in Python's own tracebacks.
_PLAIN_MODULES = ("builtins", "__main__")
_INDENT = "  "


def headline(error: BaseException) -> str:
    """Return an exception in one line, without its module."""
    text = message_of(error).split("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def message_of(error: BaseException) -> str:
    """Return the message of an exception, whatever its own methods do."""
    if isinstance(error, SystemExit):
        return shown(lambda: f"the script called sys.exit({error.code!r})", "argument")
    return shown(lambda: str(error), "message")


def shown(show: Callable[[], str], what: str) -> str:
    """Return what code of the script gives to be shown, which may raise anything, or exit."""
    try:
        return show()
    except Halted:
        raise
    except BaseException as failure:  # noqa: BLE001 - the test has failed for another reason
        return f"[its {what} cannot be shown: {type(failure).__name__} was raised]"


def sentence(error: BaseException) -> str:
    """Return the class of an exception, its message and its notes."""
    kind = type(error)
    name = kind.__name__
    if kind.__module__ not in _PLAIN_MODULES and not kind.__module__.startswith(errors.__name__):
        name = f"{kind.__module__}.{name}"
    text = message_of(error)
    lines = [f"{name}: {text}" if text else name]
    lines += [shown(partial(str, note), "note") for note in notes_of(error)]
    return "\n".join(lines)


def notes_of(error: BaseException) -> Sequence[object]:
    """Return the notes of the exception itself: its class may make something else of the name."""
    notes = error.__dict__.get("__notes__")
    return notes if isinstance(notes, list | tuple) else ()


def failure_text(error: BaseException) -> str:
    """Return all that is known of an exception, the first failure first, without any line."""
    return chain_text(chain_of(error))


def chain_text(chain: Chain, where: Callable[[BaseException], str] = lambda error: "") -> str:
    """Return the text of a chain. `where` gives the lines that an exception came through."""
    parts = []
    for link in chain:
        if link.left_out:
            parts.append(f"[{link.left_out} exceptions left out]")
        if link.relation is not Relation.FIRST:
            parts.append(link.relation.value)
        if link.members:
            parts.append(where(link.error) + _group_sentence(link.error))
            count = len(link.members)
            for number, member in enumerate(link.members, start=1):
                parts.append(f"sub-exception {number} of {count}:")
                parts.append(_indented(chain_text(member, where)))
        else:
            parts.append(where(link.error) + sentence(link.error))
    return "\n".join(parts)


def _group_sentence(error: BaseException) -> str:
    """Return the sentence of a group; the messages of its members follow it."""
    if isinstance(error, errors.SeveralErrors):
        return f"{type(error).__name__}: {len(error.errors)} failures at once"
    return sentence(error)


def _indented(text: str) -> str:
    return "\n".join(f"{_INDENT}{line}" if line else line for line in text.split("\n"))
