"""Texts that are JSON, taken apart: single values, and the files that some of them hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

# Keys that say which file an object describes, the most exact one first.
NAMES = ("target", "path", "name")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts of one JSON text."""

    values: list[str]  # each single value, as `path = value`
    files: dict[str, str]  # texts of several lines, by the file that the object around them names


def take_apart(text: str) -> Parts | None:
    """Return the parts of a text, or nothing if the text is no JSON object or list."""
    if not text.startswith(("{", "[")):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    values: list[str] = []
    files: dict[str, str] = {}
    for path, leaf, name in _leaves(value, "", ""):
        if isinstance(leaf, str) and "\n" in leaf.strip():
            file = name or path
            while file in files:
                file += " (another)"
            files[file] = leaf
            values.append(f"{path} = (text of {file})")
        else:
            values.append(f"{path} = {json.dumps(leaf)}")
    return Parts(values=values, files=files)


def _leaves(value: object, path: str, name: str) -> Iterator[tuple[str, object, str]]:
    """Yield each leaf with its path and with the name of the innermost file that it is of."""
    if isinstance(value, dict):
        own = next((value[key] for key in NAMES if isinstance(value.get(key), str)), name)
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}", own)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, f"{path}[]", name)
    else:
        yield path, value, name
