"""Find the pinned files in what `nix derivation show --recursive` prints.

All of its shapes have `env`; where the rest stands differs:

    Nix 2.18 to 2.31: {"/nix/store/x.drv": {"inputDrvs": {"/nix/store/y.drv": ...}, "outputs":
                      {"out": {"path": "/nix/store/z"}}, "env": {...}}}
    Nix 2.32:         the same without "/nix/store/", and fixed outputs without "path"
    later:            {"version": 4, "derivations": {"x.drv": {"inputs": {"drvs": {"y.drv": ...}},
                      ...}}}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import DerivationsUnreadable
from .lock import LockedPackage, LockedWheel

STORE = "/nix/store"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedFile:
    """A file of the archive that a derivation stands for, and its place in the store."""

    kind: str
    suite: str
    name: str
    package: LockedPackage
    store_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedWheel:
    """A wheel that a derivation stands for, its place in the store, and the package of pip."""

    name: str
    wheel: LockedWheel
    python: str
    store_path: str
    pip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """What matters here of a derivation."""

    outputs: tuple[str | None, ...]
    inputs: tuple[str, ...]
    pinned: PinnedFile | PinnedWheel | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Derivations by name, and the ones that were asked for."""

    derivations: Mapping[str, Derivation]
    roots: tuple[str, ...]

    def outputs(self) -> list[str]:
        """Return all outputs whose paths are known."""
        paths = {path for one in self.derivations.values() for path in one.outputs if path}
        return sorted(paths)

    def needed(self, invalid: Iterable[str]) -> list[PinnedFile | PinnedWheel]:
        """Return the pinned files that building the roots takes and that are not in the store.

        What stands behind a result that is in the store is not needed.
        """
        missing = set(invalid)
        files: dict[str, PinnedFile | PinnedWheel] = {}
        seen: set[str] = set()
        waiting = list(self.roots)
        while waiting:
            key = waiting.pop()
            if key in seen:
                continue
            seen.add(key)
            derivation = self.derivations[key]
            if all(path is not None and path not in missing for path in derivation.outputs):
                continue
            if derivation.pinned is not None:
                files[derivation.pinned.store_path] = derivation.pinned
            waiting.extend(derivation.inputs)
        return [files[path] for path in sorted(files)]


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _pinned(env: Mapping[str, Any], store_path: str | None) -> PinnedFile | PinnedWheel | None:
    if store_path is None:
        return None
    if "pythonWheel" in env:
        return _pinned_wheel(json.loads(env["pythonWheel"]), env["pip"], store_path)
    text = env.get("debianFile")
    if text is None:
        return None
    fields = json.loads(text)
    return PinnedFile(
        kind=fields["kind"],
        suite=fields["suite"],
        name=fields["package"],
        package=LockedPackage(
            version=fields["version"],
            path=fields["path"],
            sha256=fields["sha256"],
            size=int(fields["size"]),
            depends=(),
        ),
        store_path=store_path,
    )


def _pinned_wheel(fields: Mapping[str, Any], pip: str, store_path: str) -> PinnedWheel:
    return PinnedWheel(
        name=fields["name"],
        wheel=LockedWheel(
            version=fields["version"],
            file=fields["file"],
            sha256=fields["sha256"],
            depends=(),
        ),
        python=fields["python"],
        store_path=store_path,
        pip=pip,
    )


def _derivation(value: Mapping[str, Any]) -> Derivation:
    env = value["env"]
    outputs: list[str | None] = []
    for name, output in value["outputs"].items():
        path = output.get("path") or env.get(name)
        outputs.append(f"{STORE}/{_base(path)}" if path else None)
    inputs = value["inputDrvs"] if "inputDrvs" in value else value["inputs"]["drvs"]
    return Derivation(
        outputs=tuple(outputs),
        inputs=tuple(_base(name) for name in inputs),
        pinned=_pinned(env, outputs[0] if outputs else None),
    )


def parse_derivations(text: str) -> Graph:
    """Read the graph. Raises `DerivationsUnreadable`."""
    try:
        document = json.loads(text)
        found = document["derivations"] if "derivations" in document else document
        derivations = {_base(name): _derivation(value) for name, value in found.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DerivationsUnreadable(repr(error)) from error
    used = {name for one in derivations.values() for name in one.inputs}
    lost = used - derivations.keys()
    if lost:
        raise DerivationsUnreadable(f"nothing is said of {sorted(lost)[0]}")
    # With --recursive, what nothing else takes is what was asked for; what was asked for and is
    # also taken by something else asked for is reached from there.
    roots = tuple(name for name in derivations if name not in used)
    return Graph(derivations=derivations, roots=roots)
