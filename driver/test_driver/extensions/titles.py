"""The titles of steps that extensions write: `{name}` in them must be an argument."""

import inspect
import string
from collections.abc import Callable
from typing import Any

from ..public_names import facts_of


def title_problem(function: Callable[..., Any]) -> str | None:
    """Return what is wrong with the title of a function's step, or None."""
    facts = facts_of(function)
    if facts is None or facts.title is None:
        return None
    try:
        fields = [
            field for _, field, _, _ in string.Formatter().parse(facts.title) if field is not None
        ]
    except ValueError as error:
        return f"its title {facts.title!r} cannot be used: {error}"
    known = list(inspect.signature(function).parameters)
    for field in fields:
        if (name := field.partition(".")[0].partition("[")[0]) not in known:
            arguments = ", ".join(one for one in known if one != "self") or "none"
            return f"its title has {{{name}}}, which is no argument of it; those are: {arguments}"
    return None
