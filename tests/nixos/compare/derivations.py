"""Find out in what two derivations differ: walk down to the inputs that make the difference."""

from __future__ import annotations

import ast
import filecmp
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from .structured import take_apart
from .tree import ENTRY

HASH = re.compile(r"(?:/[\w.+-]+)+/[a-z0-9]{32}-")
# No program reads them, but each framework has its own.
COMMENT = re.compile(r"\s*(#(?!!).*)?")
# A list of units or files, in which each one is a difference of its own.
LOOP = re.compile(r"\s*for \w+ in (.+); do")

# Between two keys of a rule of udev, a space means nothing.
BETWEEN_KEYS = re.compile(r'(?<="), +(?=[A-Z]+(\{\w+\})?[!+:-]?=)')

# Begins a line that has all lines or items of a text, where only their order differs.
REORDERED = "(another order)"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What one field of one derivation has under one framework only."""

    where: str  # name of the derivation or of the source file
    field: str  # variable of its environment, "arguments", "text"...
    removed: tuple[str, ...]  # lines or items that only nixpkgs' framework has
    added: tuple[str, ...]  # those that only this project has
    inside: str = ""  # name of the file that the text, which is JSON, holds

    def __str__(self) -> str:
        parts = [f"- {line}" for line in self.removed] + [f"+ {line}" for line in self.added]
        field = f"{self.field}: {self.inside}" if self.inside else self.field
        return f"{self.where}: {field}: " + "; ".join(parts)


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


def plain(text: str) -> str:
    """Return a text without what may differ: hashes of store paths, and spaces in rules of udev."""
    return BETWEEN_KEYS.sub(",", HASH.sub("", text))


@cache
def differences(theirs: str, ours: str) -> frozenset[Difference]:
    """Return all that makes two derivations, given by their `.drv` files, different."""
    if theirs == ours:
        return frozenset()
    left, right = read(theirs), read(ours)
    found = {
        difference
        for key in left.fields.keys() | right.fields.keys()
        for difference in _texts(
            left.name, key, left.fields.get(key, ""), right.fields.get(key, "")
        )
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
    yield from _texts(name, "text", _text(theirs), _text(ours))


def _changed_files(compared: filecmp.dircmp[str], prefix: str) -> Iterator[str]:
    for name in (*compared.left_only, *compared.right_only, *compared.diff_files):
        yield f"{prefix}{name}"
    for name, inner in compared.subdirs.items():
        yield from _changed_files(inner, f"{prefix}{name}/")


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.is_file() else f"(no file: {path.name})"


def _texts(where: str, field: str, theirs: str, ours: str) -> Iterator[Difference]:
    """Return the differences of two texts, and of each file that both, being JSON, hold."""
    left, right = plain(theirs), plain(ours)
    if left == right:
        return
    compared = {"": (_split(left), _split(right))}
    one, other = take_apart(left), take_apart(right)
    if one is not None and other is not None:
        compared = {"": (one.values, other.values)}
        for file in sorted(one.files.keys() | other.files.keys()):
            pair = one.files.get(file, ""), other.files.get(file, "")
            compared[file] = _split(pair[0]), _split(pair[1])
    for file, (parts, others) in compared.items():
        removed, added = _lines(parts, others)
        if removed or added:
            yield Difference(where=where, field=field, removed=removed, added=added, inside=file)


def _lines(parts: list[str], others: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the lines (or items, where all is one line) that one of two texts has alone."""
    counted, counted_others = Counter(parts), Counter(others)
    removed = tuple((counted - counted_others).elements())
    added = tuple((counted_others - counted).elements())
    if not removed and not added and parts != others and not _is_unordered(parts):
        return (f"{REORDERED} {' '.join(parts)}",), (f"{REORDERED} {' '.join(others)}",)
    return removed, added


def _split(text: str) -> list[str]:
    stripped = text.strip()
    if "\n" not in stripped:
        # Search paths are lists, too.
        return re.split(r"[\s:]+", stripped) if stripped else []
    return [part for line in stripped.splitlines() for part in _parts_of_line(line)]


def _parts_of_line(line: str) -> list[str]:
    if loop := LOOP.fullmatch(line):
        return ["for", *loop[1].split()]
    return [] if COMMENT.fullmatch(line) else [line]


def _is_unordered(lines: list[str]) -> bool:
    """Return whether lines are settings of a section, each given once: any order means the same."""
    if not lines or not re.fullmatch(r"\[\w+\]", lines[0]):
        return False
    keys = [line.partition("=") for line in lines[1:]]
    return all(equals for _, equals, _ in keys) and len({key for key, _, _ in keys}) == len(keys)
