"""A nixpkgs tree, as it is and with the test framework of this project in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[3]
FACTS = Path(__file__).with_name("facts.nix")
# The file through which all of nixpkgs comes to its framework.
ENTRY = Path("nixos/lib/testing/default.nix")
TESTS = Path("nixos/tests/all-tests.nix")
# The oldest release whose machines this project makes. Older ones lack options that it sets.
OLDEST = (24, 11)
SECONDS = 900
# Whole systems fill this. Collecting garbage in a smaller heap took a third of the time.
HEAP = {"GC_INITIAL_HEAP_SIZE": "2G"}


class EvaluationFailed(Exception):
    """Nix could not evaluate something; the text is its last error."""


class UnusableTree(Exception):
    """A folder cannot be compared: it is no nixpkgs, or one that is too old."""


@dataclass(frozen=True, kw_only=True)
class Tree:
    """One nixpkgs."""

    path: Path

    def attributes(self, under: str | None = None) -> list[str]:
        """Return the names in `nixos/tests/all-tests.nix`, or those in one of its attributes."""
        arguments = [] if under is None else ["--argstr", "under", under]
        names = self._evaluate(arguments)
        assert isinstance(names, list)
        return names

    def facts(self, names: Sequence[str], *, whole: bool) -> dict[str, object]:
        """Return what `facts.nix` says of some tests. Raises EvaluationFailed."""
        listed = "[ " + " ".join(json.dumps(name) for name in names) + " ]"
        arguments = ["--arg", "names", listed, "--arg", "whole", "true" if whole else "false"]
        found = self._evaluate(arguments)
        assert isinstance(found, list)
        return dict(zip(names, found, strict=True))

    def _evaluate(self, arguments: list[str]) -> object:
        return evaluate(FACTS, ["--arg", "tree", str(self.path), *arguments], dict(os.environ))


def evaluate(file: Path, arguments: list[str], environment: Mapping[str, str]) -> object:
    """Return the value of a file that is a function. Raises EvaluationFailed."""
    command = ["nix-instantiate", "--eval", "--strict", "--json", "--read-write-mode"]
    try:
        done = subprocess.run(
            [*command, str(file), *arguments],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            env={**HEAP, **environment},
        )
    except FileNotFoundError as error:
        raise EvaluationFailed(f"{command[0]} not found: Nix must be on the PATH") from error
    except subprocess.TimeoutExpired as error:
        raise EvaluationFailed(f"timed out after {SECONDS} s") from error
    if done.returncode < 0:
        raise EvaluationFailed(f"nix-instantiate was killed by signal {-done.returncode}")
    if done.returncode != 0:
        raise EvaluationFailed(_last_error(done.stderr))
    value: object = json.loads(done.stdout)
    return value


def open_tree(path: Path) -> Tree:
    """Return the nixpkgs in a folder. Raises UnusableTree with what is wrong with it."""
    missing = [file for file in (ENTRY, TESTS) if not (path / file).is_file()]
    release = _release(path)
    if release is not None and release < OLDEST:
        raise UnusableTree(
            f"{path}: this nixpkgs is of release {_shown(release)}, which is too old: the "
            f"comparison takes release {_shown(OLDEST)} or newer"
        )
    if missing:
        raise UnusableTree(
            f"{path}: {missing[0]} not found: NIXPKGS_TREE must be the folder of a nixpkgs of "
            f"release {_shown(OLDEST)} or newer"
        )
    return Tree(path=path)


def with_our_framework(tree: Path, folder: Path) -> Tree:
    """Copy a tree into a folder, with this project's framework in the place of its own."""
    # A machine that refers to the tree refers to it by this name.
    copy = folder / tree.name
    shutil.copytree(tree, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    entry = copy / ENTRY
    entry.write_text(f"{{ lib }}: import {SOURCE}/lib {{ inherit lib; }}\n")
    return Tree(path=copy)


def _release(path: Path) -> tuple[int, int] | None:
    for file in (path / "lib/.version", path / ".version"):
        if file.is_file() and (found := re.match(r"(\d+)\.(\d+)", file.read_text())):
            return int(found[1]), int(found[2])
    return None


def _shown(release: tuple[int, int]) -> str:
    return f"{release[0]}.{release[1]:02}"


def _last_error(text: str) -> str:
    """Return the last error of Nix' messages; those before it say where it happened."""
    parts = re.split(r"(?:^|\n) *(?=error:\s)", text)
    return parts[-1].strip()
