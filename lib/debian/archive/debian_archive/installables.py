"""Find the attributes of a flake to fetch for: tests, each with its prompt."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from .errors import NixFailed, NoChecks
from .nix import evaluate

# The lock has packages for this kind of computer.
CHECKS = "checks.x86_64-linux"
PROMPT = "driverInteractive"

_HAS_PROMPT = f"one ? {PROMPT}"


def complete(flake: str, attributes: Sequence[str]) -> list[str]:
    """Return the attributes, each followed by its prompt if it has one.

    A prompt may take packages that the test does not: `interactive` of a test adds to its nodes.
    Without attributes, these are all checks of the flake. Raises `NoChecks` or `NixFailed`.
    """
    with_prompt = _with_prompt(flake, attributes) if attributes else _checks(flake)
    found: list[str] = []
    for attribute, has_prompt in with_prompt.items():
        found += [attribute, f"{attribute}.{PROMPT}"] if has_prompt else [attribute]
    return found


def _checks(flake: str) -> dict[str, bool]:
    apply = f"builtins.mapAttrs (_: one: {_HAS_PROMPT})"
    try:
        checks = evaluate(flake, CHECKS, apply)
    except NixFailed as error:
        if "does not provide attribute" in error.output:
            raise NoChecks(flake, CHECKS) from error
        raise
    if not isinstance(checks, dict) or not checks:
        raise NoChecks(flake, CHECKS)
    return {f"{CHECKS}.{_quoted(name)}": has_prompt for name, has_prompt in checks.items()}


def _with_prompt(flake: str, attributes: Sequence[str]) -> dict[str, bool]:
    """Ask once for all attributes of one set: a flake may have many checks."""
    sets: dict[str, list[str]] = {}
    for attribute in attributes:
        parent, _, name = attribute.rpartition(".")
        sets.setdefault("" if '"' in attribute else parent, []).append(
            attribute if '"' in attribute or not parent else name
        )
    prompts: set[str] = set()
    for parent, names in sets.items():
        if parent:
            prompts.update(f"{parent}.{name}" for name in _prompts_in(flake, parent, names))
        else:
            prompts.update(name for name in names if _asked(flake, name, f"one: {_HAS_PROMPT}"))
    return {attribute: attribute in prompts for attribute in attributes}


def _prompts_in(flake: str, parent: str, names: Sequence[str]) -> list[str]:
    listed = " ".join(json.dumps(name) for name in names)
    found = _asked(
        flake,
        parent,
        "set: builtins.filter (name: let one = set.${name} or { }; in "
        f"{_HAS_PROMPT}) [ {listed} ]",
    )
    return found if isinstance(found, list) else []


def _asked(flake: str, attribute: str, apply: str) -> object:
    """Return the answer, or none if Nix fails: fetching the attribute then tells why."""
    try:
        return evaluate(flake, attribute, apply)
    except NixFailed:
        return None


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name) else f'"{name}"'
