"""Stanzas of a package index: fields, dependency clauses, what a package provides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .versions import satisfies

Stanza = Mapping[str, str]

_ATOM = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?"
    r"\s*(?:\(\s*(?P<relation><<|<=|=|>=|>>)\s*(?P<version>[^)\s]+)\s*\))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Atom:
    """One alternative of a dependency, or one thing a package provides."""

    name: str
    relation: str | None
    version: str | None


def parse_stanzas(text: str) -> Iterator[Stanza]:
    """Yield the stanzas of an index as mappings of field to value."""
    for block in re.split(r"\n\s*\n", text.strip()):
        fields: dict[str, str] = {}
        last = ""
        for line in block.splitlines():
            if line[:1].isspace():
                fields[last] += "\n" + line
            elif ":" in line:
                last, _, value = line.partition(":")
                fields[last] = value.strip()
        if fields:
            yield fields


def _parse_atom(text: str) -> Atom:
    match = _ATOM.match(text.strip())
    if match is None:
        raise ValueError(f"not a dependency: {text!r}")
    return Atom(name=match["name"], relation=match["relation"], version=match["version"])


def _atoms(text: str, separator: str) -> tuple[Atom, ...]:
    return tuple(_parse_atom(part) for part in text.split(separator) if part.strip())


def clauses(stanza: Stanza) -> list[tuple[Atom, ...]]:
    """Return what the package needs: all the clauses, of each any one alternative."""
    fields = (stanza.get("Pre-Depends", ""), stanza.get("Depends", ""))
    return [
        _atoms(clause, "|") for field in fields for clause in field.split(",") if clause.strip()
    ]


def provided(stanza: Stanza) -> tuple[Atom, ...]:
    """Return the names the package provides besides its own."""
    return _atoms(stanza.get("Provides", ""), ",")


def meets(stanza: Stanza, wanted: Atom) -> bool:
    """Tell whether the package itself, or what it provides, is the alternative wanted."""
    if wanted.name == stanza["Package"]:
        offered: list[str | None] = [stanza["Version"]]
    else:
        offered = [atom.version for atom in provided(stanza) if atom.name == wanted.name]
    if wanted.relation is None or wanted.version is None:
        return bool(offered)
    return any(
        version is not None and satisfies(version, wanted.relation, wanted.version)
        for version in offered
    )
