"""What the store knows of derivations: their inputs, what they need, and what is there already."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError, HostError
from .program import nix_command, run_nix

STORE = "/nix/store"
# As many paths as a command line certainly takes.
MOST_PATHS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """A derivation: what builds it, and what it is built from.

    `inputs` are derivations with the outputs that are needed of each.
    """

    path: str
    system: str
    features: frozenset[str]
    inputs: Mapping[str, tuple[str, ...]]


async def missing_paths(paths: Iterable[str], options: Sequence[str], folder: Path) -> set[str]:
    """Return which of these paths are not in the store. Raises HostError."""
    wanted = sorted({path for path in paths if path.startswith("/")})
    found: set[str] = set()
    for start in range(0, len(wanted), MOST_PATHS):
        some = wanted[start : start + MOST_PATHS]
        command = ["nix-store", *options, "--check-validity", "--print-invalid", *some]
        done = await run_nix(command, folder=folder)
        if done.status != 0:
            said = done.stderr.strip()
            raise HostError(f"`nix-store --check-validity` failed; Nix says:\n{said}")
        found.update(done.stdout.split())
    return found


async def read_derivations(
    paths: Sequence[str], options: Sequence[str], folder: Path
) -> dict[str, Derivation]:
    """Return derivations by their paths. Raises ConfigurationError if Nix cannot show them."""
    found: dict[str, Derivation] = {}
    for start in range(0, len(paths), MOST_PATHS):
        some = paths[start : start + MOST_PATHS]
        done = await run_nix(nix_command("derivation", "show", *options, *some), folder=folder)
        if done.status != 0:
            reason = f"cannot be shown; Nix says:\n{done.stderr.strip()}"
            raise ConfigurationError("derivations", [reason])
        found.update(shown_derivations(json.loads(done.stdout)))
    return found


def shown_derivations(document: Mapping[str, Any]) -> dict[str, Derivation]:
    """Return what `nix derivation show` printed, in the forms of Nix before and after 2.32.

    >>> shown_derivations({"/nix/store/x.drv": {"system": "s", "env": {}, "inputDrvs": {}}})[
    ...     "/nix/store/x.drv"
    ... ].system
    's'
    """
    whole = document.get("derivations", document)
    return {_path(name): _derivation(_path(name), entry) for name, entry in whole.items()}


def _path(name: str) -> str:
    return name if name.startswith("/") else f"{STORE}/{name}"


def _derivation(path: str, entry: Mapping[str, Any]) -> Derivation:
    inputs = entry.get("inputDrvs")
    if inputs is None:
        inputs = entry.get("inputs", {}).get("drvs", {})
    return Derivation(
        path=path,
        system=str(entry.get("system", "")),
        features=_features(entry),
        inputs={_path(name): _outputs(outputs) for name, outputs in inputs.items()},
    )


def _outputs(value: object) -> tuple[str, ...]:
    outputs = value.get("outputs", []) if isinstance(value, dict) else value
    return tuple(map(str, outputs)) if isinstance(outputs, list) else ()


def _features(entry: Mapping[str, Any]) -> frozenset[str]:
    """Return `requiredSystemFeatures`: a text, or a list where attributes are structured."""
    environment = entry.get("env", {})
    structured = entry.get("structuredAttrs")
    if structured is None and "__json" in environment:
        structured = json.loads(environment["__json"])
    value = (structured or environment).get("requiredSystemFeatures", [])
    return frozenset(value.split() if isinstance(value, str) else map(str, value))
