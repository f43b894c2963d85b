"""A nixpkgs tree in which either framework can be chosen: its own, or the one of this project.

Both are in one tree, so that what machines say of the tree's path is equal, too.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from .tree import SOURCE, evaluate

CHOICE = "REHEARSE_COMPARE_FRAMEWORK"

# The files through which people come to the framework, with what stands there instead: an
# expression in which `theirs` is what nixpkgs has.
ENTRIES = {
    "default.nix": (
        "arguments: theirs (arguments // {"
        " overlays = arguments.overlays or [ ]"
        f" ++ (if ours then [ (import {SOURCE}/lib/overlay.nix) ] else [ ]); }})"
    ),
    "nixos/lib/testing/default.nix": (
        f"{{ lib }}@arguments: if ours then import {SOURCE}/lib arguments else theirs arguments"
    ),
    "nixos/lib/testing-python.nix": (
        f"arguments: if ours then import {SOURCE}/lib/testing-python.nix"
        " ({ pkgs = import ../.. { inherit (arguments) system; }; } // arguments)"
        " else theirs arguments"
    ),
}


@dataclass(frozen=True, kw_only=True)
class SwappedTree:
    """The tree, with one framework chosen."""

    path: Path
    ours: bool

    def evaluate(self, file: Path, arguments: list[str]) -> object:
        """Return the value of a file that takes `tree`. Raises EvaluationFailed."""
        # `fetchTree`, for what a flake has locked, belongs to flakes.
        features = ["--option", "extra-experimental-features", "flakes nix-command"]
        environment = {**os.environ, CHOICE: "ours" if self.ours else "theirs"}
        tree = ["--arg", "tree", str(self.path)]
        return evaluate(file, [*features, *tree, *arguments], environment)


@contextmanager
def both_frameworks(tree: Path, folder: Path | None) -> Iterator[tuple[SwappedTree, SwappedTree]]:
    """Yield a copy of a tree with its own framework, and with this project's.

    A copy in `folder` is kept, and used as it is the next time. Without `folder`, it is removed.
    """
    with ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="compare-")))
        copy = folder.resolve() / "nixpkgs"
        if not copy.exists():
            _copy(tree, copy)
        for name, expression in ENTRIES.items():
            entry = copy / name
            entry.write_text(
                f'let ours = builtins.getEnv "{CHOICE}" == "ours";'
                f" theirs = import ./{_original(entry).name}; in {expression}\n"
            )
        yield SwappedTree(path=copy, ours=False), SwappedTree(path=copy, ours=True)


def _copy(tree: Path, copy: Path) -> None:
    """Copy a tree, and put its entries aside. An interrupted copy is not used again."""
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(tree, unfinished, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    for name in ENTRIES:
        entry = unfinished / name
        entry.rename(_original(entry))
    unfinished.rename(copy)


def _original(entry: Path) -> Path:
    return entry.with_name(f"{entry.stem}.nixpkgs.nix")
