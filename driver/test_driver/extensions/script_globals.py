"""Global names of scripts that extensions add: checked, and timed as they say."""

import builtins
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

from ..public_names import Facts, facts_of, with_facts
from ..reserved_names import KEYWORDS, OWN_GLOBALS, refusal
from ..run.timings import Phase, call_text
from ..steps import Steps
from .source import FAILURES, Source, cause_text
from .titles import title_problem

F = TypeVar("F", bound=Callable[..., Any])
HOOK = "script_globals"


def global_function(*, phase: Phase, title: str | None = None) -> Callable[[F], F]:
    """Say how the time of a global function counts, and the heading of its step in the log.

    In `title`, `{name}` is an argument; without a title it makes no step. The function may be a
    method: the driver finds the mark on what the hook `script_globals` returns.

    >>> @global_function(phase=Phase.COMMAND, title="greeting {name}")
    ... def greet_all(name: str) -> None:
    ...     print(f"hello {name}")
    """

    def decorate(function: F) -> F:
        return with_facts(function, Facts(phase=phase, title=title))

    return decorate


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalsHook:
    """The hook of an extension that returns global names. It gets the driver."""

    source: Source
    call: Callable[[object], object]


def added_globals(
    hooks: Sequence[GlobalsHook], driver: object, taken: Mapping[str, str]
) -> dict[str, object]:
    """Return what the hooks add. `taken` says of each name that exists what it is.

    Raises ExtensionError.
    """
    found: dict[str, object] = {}
    owners = dict(taken)
    for hook in hooks:
        for name, value in _names_of(hook, driver).items():
            if reason := _refusal(name, owners):
                raise hook.source.error(f"{HOOK} adds {name}, {reason}")
            if callable(value) and (problem := title_problem(value)):
                raise hook.source.error(f"{HOOK}: {name}: {problem}")
            owners[name] = f"which {hook.source} has already added; give it another name"
            found[name] = value
    return found


def timed(name: str, value: object, steps: Steps) -> object:
    """Return a global function with its step and its time; anything else as it is."""
    facts = facts_of(value)
    if facts is None or facts.phase is None or not callable(value):
        return value
    phase, signature = facts.phase, inspect.signature(value)

    @functools.wraps(value)
    def run(*arguments: object, **keywords: object) -> object:
        called = functools.partial(call_text, name, arguments, keywords)
        with steps.timings.spend(phase, called):
            heading = facts.heading(signature, arguments, keywords)
            with nullcontext() if heading is None else steps.step(heading):
                return value(*arguments, **keywords)

    return run


def _names_of(hook: GlobalsHook, driver: object) -> Mapping[str, object]:
    try:
        names = hook.call(driver)
    except FAILURES as error:
        raise hook.source.error(f"{HOOK} failed: {cause_text(error)}") from None
    if not isinstance(names, Mapping) or not all(isinstance(name, str) for name in names):
        raise hook.source.error(f"{HOOK}: expected a mapping from names to values, got {names!r}")
    return names


def _refusal(name: str, owners: Mapping[str, str]) -> str | None:
    """Return why a global cannot have this name."""
    if reason := owners.get(name):
        return reason
    if not name.isidentifier() or name in KEYWORDS:
        return "which is no name of a variable in Python"
    if refusal(name) is not None or name in OWN_GLOBALS:
        return "which is a global of test scripts; give it another name"
    if hasattr(builtins, name):
        return "which is a function or class of Python; give it another name"
    return None
