"""The Nix store and flakes, through the nix programs."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from .derivations import STORE, Graph, parse_derivations
from .errors import DiskFull, NixFailed, NixMissing, NixTooOld
from .process import run_nix

NEEDED = (2, 18)
_FLAKES = ("--extra-experimental-features", "nix-command flakes")
# Nothing of this project is in a cache, and no lock file of a flake is to be written.
_OPTIONS = ("--option", "substituters", "", "--no-write-lock-file")
_PATHS_A_CALL = 4000


def require_nix() -> None:
    """Raise `NixMissing` or `NixTooOld` unless there is a nix of use."""
    needed = ".".join(map(str, NEEDED))
    if shutil.which("nix") is None:
        raise NixMissing(needed)
    text = run_nix(["nix", "--version"]).strip()
    match = re.search(r"(\d+)\.(\d+)\S*$", text)
    if match is None or (int(match[1]), int(match[2])) < NEEDED:
        raise NixTooOld(match[0] if match else text, needed)


def flake_source(reference: str) -> Path:
    """Return the folder in the store that Nix evaluates for a flake. Raises `NixFailed`."""
    command = ["nix", *_FLAKES, "flake", "metadata", "--json", *_OPTIONS, reference]
    path = json.loads(run_nix(command)).get("path")
    if path is None:
        raise NixFailed(command, "it does not tell where the source is in the store")
    return Path(path)


def derivation_graph(reference: str, attributes: Sequence[str]) -> Graph:
    """Return all derivations that attributes of a flake are built from. Raises `NixFailed`."""
    installables = [f"{reference}#{attribute}" for attribute in attributes]
    return parse_derivations(
        run_nix(["nix", *_FLAKES, "derivation", "show", "--recursive", *_OPTIONS, *installables])
    )


def evaluate(reference: str, attribute: str, apply: str) -> object:
    """Return what a function of Nix makes of an attribute of a flake. Raises `NixFailed`."""
    command = ["nix", *_FLAKES, "eval", "--json", *_OPTIONS, f"{reference}#{attribute}"]
    value: object = json.loads(run_nix([*command, "--apply", apply]))
    return value


def invalid_paths(paths: Iterable[str]) -> set[str]:
    """Return those of the paths that are not in the store."""
    invalid: set[str] = set()
    rest = iter(paths)
    while some := list(islice(rest, _PATHS_A_CALL)):
        printed = run_nix(["nix-store", "--check-validity", "--print-invalid", *some])
        invalid.update(printed.split())
    return invalid


def _add(command: Sequence[str]) -> list[str]:
    try:
        return run_nix(command).split()
    except NixFailed as error:
        if "No space left on device" in error.output:
            raise DiskFull(STORE) from error
        raise


def add_files(files: Sequence[Path]) -> list[str]:
    """Add files to the store under their flat sha256; return their paths there, in order.

    Raises `DiskFull` or `NixFailed`.
    """
    return _add(["nix-store", "--add-fixed", "sha256", *map(str, files)]) if files else []


def add_folder(folder: Path) -> str:
    """Add a folder under its recursive sha256. Raises `DiskFull` or `NixFailed`."""
    return _add(["nix-store", "--add-fixed", "--recursive", "sha256", str(folder)])[0]
