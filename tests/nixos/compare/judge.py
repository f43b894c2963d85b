"""Say whether a test is the same under two frameworks, and if not, in what it differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field

from .derivations import HASH, Difference, differences, name_of, plain, read
from .documented import explain
from .tree import EvaluationFailed

SAME, DIFFERS, FAILS, THEIRS_FAILS = "same", "DIFFERS", "FAILS", "nixpkgs' own fails"
# Facts whose values are `.drv` files. Systems and start scripts must be equal all the way down.
COMPARED = ("toplevel", "vm")
# The driver's are made by another driver: they must be there, with the same name and demands.
NAMED = ("nspawn", "test", "driver", "driverInteractive")
# Where something is in a test that has none.
NO_MACHINES = " (no machines)"
DEMANDS = ("system", "requiredSystemFeatures", "preferLocalBuild")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one test."""

    name: str
    verdict: str
    differences: list[Difference] = field(default_factory=list)  # those that no document explains
    documented: list[str] = field(default_factory=list)  # rows of docs/nixos-nodes.md
    error: str = ""
    facts: object = None

    def detail(self) -> str:
        """Return why, in a line."""
        return self.error or "; ".join(shortened(str(one)) for one in self.differences[:5])

    def as_json(self) -> dict[str, object]:
        """Return all of it, as values of JSON."""
        return asdict(self)


def judge(name: str, expected: object, found: object) -> Outcome:
    """Compare what `facts.nix` says of a test under nixpkgs' own framework and under ours."""
    if isinstance(expected, EvaluationFailed):
        return Outcome(name=name, verdict=THEIRS_FAILS, error=shortened(str(expected)))
    if isinstance(found, EvaluationFailed):
        return Outcome(name=name, verdict=FAILS, error=shortened(str(found)))
    rows, left = explain(set(_differences(expected, found, "")))
    return Outcome(
        name=name,
        verdict=DIFFERS if left else SAME,
        differences=sorted(left, key=str),
        documented=sorted(rows),
        facts=found,
    )


def causes(outcomes: Iterable[Outcome]) -> Iterator[tuple[int, str]]:
    """Return each cause with the number of tests that have it, the most frequent first."""
    counted: Counter[str] = Counter()
    for outcome in outcomes:
        if outcome.verdict in (FAILS, THEIRS_FAILS):
            counted[f"{outcome.verdict}: {outcome.error[-160:]}"] += 1
        counted.update({f"documented: {row}" for row in outcome.documented})
        counted.update({f"{DIFFERS}: {one.where}: {one.field}" for one in outcome.differences})
    for cause, count in counted.most_common():
        yield count, cause


def shortened(text: str) -> str:
    """Return a text as one line that is not too long for a terminal."""
    return " ".join(text.split())[:300]


def _differences(expected: object, found: object, path: str) -> Iterator[Difference]:
    """Return all places at which two facts differ, down to the derivations that they name."""
    key = path.rpartition(".")[2]
    if isinstance(expected, dict) and isinstance(found, dict):
        if expected.get("machines") == found.get("machines") == {}:
            path += NO_MACHINES
        for name in sorted(expected.keys() | found.keys()):
            yield from _differences(expected.get(name), found.get(name), f"{path}.{name}")
    elif isinstance(expected, str) and isinstance(found, str) and _is_derivation(expected, found):
        if key in COMPARED:
            yield from differences(expected, found)
        elif key in NAMED:
            yield from _demands(expected, found, path)
    elif _plain(expected) != _plain(found):
        yield Difference(
            where=path,
            field="value",
            removed=(shortened(str(expected)),),
            added=(shortened(str(found)),),
        )


def _is_derivation(*values: str) -> bool:
    return all(HASH.match(value) and value.endswith(".drv") for value in values)


def _demands(expected: str, found: str, path: str) -> Iterator[Difference]:
    theirs, ours = read(expected), read(found)
    pairs = {"name": (name_of(expected), name_of(found))}
    pairs |= {key: (theirs.fields.get(key, ""), ours.fields.get(key, "")) for key in DEMANDS}
    for key, (one, other) in pairs.items():
        # Builders look at features, and not at their order.
        if sorted(one.split()) != sorted(other.split()):
            yield Difference(where=path, field=key, removed=(one,), added=(other,))


def _plain(value: object) -> object:
    """Return a text without what may differ, and any other value as it is."""
    return plain(value) if isinstance(value, str) else value
