"""Evaluate a project's tests under nixpkgs' own framework and under this project's, and compare.

    NIXPKGS_TREE=/path/to/nixpkgs python3 -m tests.nixos.compare.projects PROJECT [NAME...]

PROJECT is a flake (a folder with `flake.nix`; its tests are `checks.x86_64-linux`), a folder with
`default.nix`, a folder of files, or one file. A file is a test, a test module, a set of either, or
a function to one of those from `{ pkgs, lib, nixpkgs, system, inputs }`. Its tests stay as they
are: the tree has the other framework behind `testers.runNixOSTest`, `nixosTest`,
`lib.nixos.runTest` and `testing-python.nix`. The input `nixpkgs` is the tree; other inputs are
given by `--input`, or fetched as the flake's lock file says.

Each test is compared as `all_tests.py` compares them. The last lines are each cause with the
number of tests that have it, and the counts. A test that does not evaluate under nixpkgs' own
framework does not count. The exit status is 0 if all others evaluate here to the same, 1 if not,
and 2 if there is no test to compare.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .judge import SAME, THEIRS_FAILS, Outcome
from .outcomes import add, answers, compare, positive, say, summary
from .swapped_tree import SwappedTree, both_frameworks
from .tree import EvaluationFailed, UnusableTree, open_tree

PROJECT = Path(__file__).with_name("project.nix")
NO_TEST = "no test"
# Tests at a time: more share what they have in common, and take more memory.
BATCH = 3


@dataclass(frozen=True, kw_only=True)
class Project:
    """What Nix is told of a project, and the names of its tests with the way to each."""

    arguments: list[str]
    paths: dict[str, list[str]] = field(default_factory=lambda: {"": []})

    def find(self, tree: SwappedTree) -> list[str]:
        """Return the names of all that may be a test. Raises EvaluationFailed."""
        return self._leaves(tree, "", self.ask(tree, "below", [""])[""])

    def _leaves(self, tree: SwappedTree, name: str, below: object) -> list[str]:
        """Return the names of all leaves under a name. What does not evaluate is one."""
        if not isinstance(below, list):
            return [name] if name else []
        paths = [[*self.paths[name], one] for one in below]
        inner = {".".join(path): path for path in paths}
        self.paths.update(inner)
        found = answers(lambda some: self.ask(tree, "below", some), list(inner))
        return [leaf for one in inner for leaf in self._leaves(tree, one, found[one])]

    def ask(self, tree: SwappedTree, ask: str, names: list[str]) -> dict[str, object]:
        """Return what `project.nix` answers for each name. Raises EvaluationFailed."""
        listed = " ".join(
            f"[ {' '.join(_quoted(part) for part in self.paths[name])} ]" for name in names
        )
        arguments = ["--argstr", "ask", ask, "--arg", "paths", f"[ {listed} ]"]
        found = tree.evaluate(PROJECT, [*self.arguments, *arguments])
        assert isinstance(found, dict)
        return found


class NothingToCompare(Exception):
    """What was given has no tests."""


def main(arguments: list[str] | None = None) -> int:
    """Compare, print what became of each test and the count, and return the exit status."""
    options = _parser().parse_intermixed_args(arguments)
    try:
        outcomes = _compare(options)
    except (NothingToCompare, UnusableTree) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return summary(outcomes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("project", type=Path, help="folder or file")
    parser.add_argument("names", nargs="*", help="tests, or sets of them (default: all)")
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="an input: a flake, another folder, or a .nix file of what the flake would have",
    )
    parser.add_argument(
        "--attribute",
        default="",
        metavar="PATH",
        help="where a flake has its tests (default: checks.x86_64-linux)",
    )
    parser.add_argument("--jobs", type=positive, default=1, help="evaluations at the same time")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write outcomes and facts, as lines of JSON"
    )
    parser.add_argument(
        "--folder", type=Path, help="keep the copy of the tree here, and use it again"
    )
    return parser


def _compare(options: argparse.Namespace) -> list[Outcome]:
    tree = os.environ.get("NIXPKGS_TREE")
    if tree is None:
        raise NothingToCompare("NIXPKGS_TREE is not set: it must name the folder of a nixpkgs")
    project = Project(arguments=_arguments(options))
    with both_frameworks(open_tree(Path(tree).resolve()).path, options.folder) as (theirs, ours):
        try:
            found = project.find(theirs)
        except EvaluationFailed as error:
            raise NothingToCompare(f"{options.project} does not evaluate: {error}") from error
        if options.report is not None:
            options.report.write_text("")
        outcomes = []
        for outcome in compare(
            lambda names: project.ask(theirs, "facts", names),
            lambda names: project.ask(ours, "facts", names),
            _chosen(found, options),
            jobs=options.jobs,
            batch=BATCH,
        ):
            if outcome.facts != NO_TEST:
                outcomes.append(outcome)
                add(outcome, options.report)
                say(_line(outcome))
    if not outcomes:
        listed = ", ".join(found) or "nothing"
        raise NothingToCompare(f"no test found in {options.project}: it has {listed}")
    return outcomes


def _chosen(found: list[str], options: argparse.Namespace) -> list[str]:
    for name in options.names:
        if name not in found and not any(one.startswith(f"{name}.") for one in found):
            listed = ", ".join(found) or "nothing"
            raise NothingToCompare(f"{name} not found in {options.project}: it has {listed}")
    wanted = tuple(f"{name}." for name in options.names)
    return [name for name in found if not wanted or f"{name}.".startswith(wanted)]


def _arguments(options: argparse.Namespace) -> list[str]:
    """Return what Nix is given besides the tree. Raises NothingToCompare for what is not there."""
    if not options.project.exists():
        raise NothingToCompare(f"{options.project} not found: a project is a folder or a file")
    inputs = {}
    for given in options.input:
        name, equals, path = given.partition("=")
        if not (name and equals and path):
            raise NothingToCompare(f"--input {given}: expected NAME=PATH")
        if not Path(path).exists():
            raise NothingToCompare(f"--input {given}: {path} not found")
        inputs[name] = Path(path)
    listed = " ".join(f"{_quoted(name)} = {_path(path)};" for name, path in inputs.items())
    arguments = ["--arg", "project", _path(options.project), "--arg", "inputs", f"{{ {listed} }}"]
    return [*arguments, "--argstr", "attribute", options.attribute]


def _path(path: Path) -> str:
    return f"(/. + {_quoted(str(path.resolve()))})"


def _quoted(text: str) -> str:
    """Return a text as a string of Nix."""
    return json.dumps(text, ensure_ascii=False).replace("${", "\\${")


def _line(outcome: Outcome) -> str:
    said = "does not count" if outcome.verdict == THEIRS_FAILS else outcome.verdict
    if outcome.verdict == SAME:
        why = "; ".join(f"documented: {row}" for row in outcome.documented)
    else:
        why = outcome.detail()
    return f"{said}: {outcome.name}" + (f": {why}" if why else "")


if __name__ == "__main__":
    sys.exit(main())
