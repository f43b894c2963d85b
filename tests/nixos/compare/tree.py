"""A nixpkgs tree, as it is and with the test framework of this project in it."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[3]
FACTS = Path(__file__).with_name("facts.nix")
# The file through which all of nixpkgs comes to its framework.
ENTRY = Path("nixos/lib/testing/default.nix")
SECONDS = 900


class EvaluationFailed(Exception):
    """Nix could not evaluate something; the text is its last error."""


@dataclass(frozen=True, kw_only=True)
class Tree:
    """One nixpkgs."""

    path: Path

    def attributes(self) -> list[str]:
        """Return the names of `nixos/tests/all-tests.nix`."""
        names = self._evaluate([])
        assert isinstance(names, list)
        return names

    def facts(self, names: list[str], *, whole: bool) -> dict[str, object]:
        """Return what `facts.nix` says of some tests. Raises EvaluationFailed."""
        listed = "[ " + " ".join(json.dumps(name) for name in names) + " ]"
        arguments = ["--arg", "names", listed, "--arg", "whole", "true" if whole else "false"]
        found = self._evaluate(arguments)
        assert isinstance(found, dict)
        return found

    def _evaluate(self, arguments: list[str]) -> object:
        command = ["nix-instantiate", "--eval", "--strict", "--json", "--read-write-mode"]
        command += [str(FACTS), "--arg", "tree", str(self.path), *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        except subprocess.TimeoutExpired as error:
            raise EvaluationFailed(f"took longer than {SECONDS} s") from error
        if done.returncode != 0:
            raise EvaluationFailed(_last_error(done.stderr))
        value: object = json.loads(done.stdout)
        return value


def with_our_framework(tree: Path, folder: Path) -> Tree:
    """Copy a tree into a folder, with this project's framework in the place of its own."""
    copy = folder / "nixpkgs"
    shutil.copytree(tree, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    entry = copy / ENTRY
    entry.write_text(f"{{ lib }}: import {SOURCE}/lib {{ inherit lib; }}\n")
    return Tree(path=copy)


def _last_error(text: str) -> str:
    position = text.rfind("error: ")
    return text[position:].strip() if position >= 0 else text.strip()
