"""Find out in what two derivations differ: walk down to the inputs that make the difference."""

from __future__ import annotations

import ast
import filecmp
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from .tree import ENTRY

HASH = re.compile(r"(?:/[\w.+-]+)+/[a-z0-9]{32}-")
# No program reads them, but each framework has its own.
COMMENT = re.compile(r"\s*(#(?!!).*)?")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What one field of one derivation has under one framework only."""

    where: str  # name of the derivation or of the source file
    field: str  # variable of its environment, "arguments", "text"...
    removed: tuple[str, ...]  # lines or words that only nixpkgs' framework has
    added: tuple[str, ...]  # those that only this project has

    def __str__(self) -> str:
        parts = [f"- {line}" for line in self.removed] + [f"+ {line}" for line in self.added]
        return f"{self.where}: {self.field}: " + "; ".join(parts)


@dataclass(frozen=True, kw_only=True)
class Derivation:
    """What Nix' file of a derivation says."""

    name: str
    inputs: frozenset[str]
    sources: frozenset[str]
    fields: dict[str, str] = field(hash=False)


@cache
def read(path: str) -> Derivation:
    """Read a `.drv` file, whose format is that of a tuple of lists and texts."""
    text = Path(path).read_text(encoding="utf-8", errors="surrogateescape")
    _, inputs, sources, system, builder, arguments, environment = ast.literal_eval(
        text.removeprefix("Derive")
    )
    fields = dict(environment) | {
        "builder": builder,
        "arguments": "\n".join(arguments),
        "system": system,
    }
    return Derivation(
        name=name_of(path).removesuffix(".drv"),
        inputs=frozenset(input_ for input_, _ in inputs),
        sources=frozenset(sources),
        fields=fields,
    )


def name_of(path: str) -> str:
    """Return the name of a store path, without its hash."""
    return HASH.sub("", path)


@cache
def differences(theirs: str, ours: str) -> frozenset[Difference]:
    """Return all that makes two derivations, given by their `.drv` files, different."""
    if theirs == ours:
        return frozenset()
    left, right = read(theirs), read(ours)
    found = {
        Difference(where=left.name, field=key, removed=removed, added=added)
        for key in left.fields.keys() | right.fields.keys()
        for removed, added in [_lines(left.fields.get(key, ""), right.fields.get(key, ""))]
        if removed or added
    }
    for one, other in _pairs(left.inputs - right.inputs, right.inputs - left.inputs):
        found |= differences(one, other)
    for one, other in _pairs(left.sources - right.sources, right.sources - left.sources):
        # A recipe of a system, for a build inside a machine, has derivations among its sources.
        is_recipe = one.endswith(".drv")
        found.update(differences(one, other) if is_recipe else _sources(Path(one), Path(other)))
    return frozenset(found)


def _pairs(theirs: Iterable[str], ours: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pair paths of the same name. What has no partner is seen in the text that refers to it."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for path in sorted(ours):
        by_name[name_of(path)].append(path)
    for path in sorted(theirs):
        if candidates := by_name[name_of(path)]:
            partner = min(candidates, key=partial(_distance, path))
            candidates.remove(partner)
            yield path, partner


def _distance(theirs: str, ours: str) -> int:
    if not theirs.endswith(".drv"):
        return 0
    found = differences(theirs, ours)
    return sum(len(one.removed) + len(one.added) for one in found)


def _sources(theirs: Path, ours: Path) -> Iterator[Difference]:
    """Return the differences of two files or folders."""
    name = name_of(str(theirs))
    if theirs.is_dir() and ours.is_dir():
        for file in _changed_files(filecmp.dircmp(theirs, ours), ""):
            # The comparison itself has changed it, in the copy of the tree.
            if file != str(ENTRY):
                yield Difference(where=name, field="files", removed=(file,), added=(file,))
        return
    removed, added = _lines(_text(theirs), _text(ours))
    if removed or added:
        yield Difference(where=name, field="text", removed=removed, added=added)


def _changed_files(compared: filecmp.dircmp[str], prefix: str) -> Iterator[str]:
    for name in (*compared.left_only, *compared.right_only, *compared.diff_files):
        yield f"{prefix}{name}"
    for name, inner in compared.subdirs.items():
        yield from _changed_files(inner, f"{prefix}{name}/")


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.is_file() else f"(no file: {path.name})"


def _lines(theirs: str, ours: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the lines (or words, where all is one line) that one of two texts has alone."""
    left, right = HASH.sub("", theirs), HASH.sub("", ours)
    if left == right:
        return (), ()
    parts, others = _split(left), _split(right)
    counted, counted_others = Counter(parts), Counter(others)
    removed = tuple((counted - counted_others).elements())
    added = tuple((counted_others - counted).elements())
    if not removed and not added and parts != others and not _is_unordered(parts):
        return ("(another order) " + " ".join(parts),), ("(another order) " + " ".join(others),)
    return removed, added


def _split(text: str) -> list[str]:
    if text.startswith(("{", "[")):
        try:
            return list(_flat(json.loads(text), ""))
        except ValueError:
            pass
    stripped = text.strip()
    if "\n" not in stripped:
        return stripped.split()
    return [line for line in stripped.splitlines() if not COMMENT.fullmatch(line)]


def _is_unordered(lines: list[str]) -> bool:
    """Return whether lines are settings of a section, each given once: any order means the same."""
    if not lines or not re.fullmatch(r"\[\w+\]", lines[0]):
        return False
    keys = [line.partition("=") for line in lines[1:]]
    return all(equals for _, equals, _ in keys) and len({key for key, _, _ in keys}) == len(keys)


def _flat(value: object, path: str) -> Iterator[str]:
    """Return each leaf of a JSON value as `path = value`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _flat(inner, f"{path}[]")
    else:
        yield f"{path} = {json.dumps(value)}"
