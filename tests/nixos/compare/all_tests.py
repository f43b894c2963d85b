"""Evaluate nixpkgs' tests under its own framework and under this project's, and compare.

    NIXPKGS_TREE=/path/to/nixpkgs python3 -m tests.nixos.compare.all_tests [NAME...]

NAME is an attribute of `nixos/tests/all-tests.nix` (all of them, if none is given), or, with a
slash in it, the file of a test module. Both frameworks must agree on the names of the machines,
their addresses, their hosts entries and the text of the script. The last line is the count; the
exit status is 0 if all that evaluates under nixpkgs' own framework evaluates here to the same.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from .tree import EvaluationFailed, Tree, with_our_framework

# More at a time share what they have in common; some need ten gigabytes alone.
BATCH = 6


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one attribute."""

    name: str
    verdict: str
    detail: str = ""
    facts: object = None


def main(arguments: list[str] | None = None) -> int:
    """Compare, print each difference and the count, and return the exit status."""
    options = _parser().parse_args(arguments)
    tree = os.environ.get("NIXPKGS_TREE")
    if tree is None:
        say("skipped: NIXPKGS_TREE does not name a nixpkgs tree to take the tests from")
        return 0
    with tempfile.TemporaryDirectory(prefix="nixpkgs-", dir=options.folder) as folder:
        theirs = Tree(path=Path(tree).resolve())
        ours = with_our_framework(theirs.path, Path(folder))
        given = [str(Path(name).resolve()) if "/" in name else name for name in options.names]
        names = given or theirs.attributes()
        batches = [names[start : start + BATCH] for start in range(0, len(names), BATCH)]
        outcomes: list[Outcome] = []
        with ThreadPoolExecutor(options.jobs) as pool:
            for batch in pool.map(
                lambda some: _compare(theirs, ours, some, options.whole), batches
            ):
                for outcome in batch:
                    outcomes.append(outcome)
                    if outcome.verdict not in ("same", "other"):
                        say(f"{outcome.verdict}: {outcome.name}: {outcome.detail}")
    if options.report is not None:
        options.report.write_text(json.dumps([asdict(one) for one in outcomes], indent=1) + "\n")
    return _summary(outcomes)


def say(line: str) -> None:
    """Write a line for the person who waits."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "names", nargs="*", help="attributes of all-tests.nix (default: all), or files"
    )
    parser.add_argument("--jobs", type=int, default=1, help="evaluations at the same time")
    parser.add_argument("--whole", action="store_true", help="machines down to their start scripts")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write outcomes and facts as JSON"
    )
    parser.add_argument("--folder", type=Path, help="where the tree is copied to (default: TMPDIR)")
    return parser


def _compare(theirs: Tree, ours: Tree, names: list[str], whole: bool) -> list[Outcome]:
    expected = _facts(theirs, names, whole)
    found = _facts(ours, [name for name in names if isinstance(expected[name], dict | str)], whole)
    return [_judge(name, expected[name], found.get(name)) for name in names]


def _facts(tree: Tree, names: list[str], whole: bool) -> dict[str, object]:
    """Return the facts of each test, or the error: one bad test spoils its whole batch."""
    try:
        return tree.facts(names, whole=whole) if names else {}
    except EvaluationFailed as error:
        if len(names) == 1:
            return {names[0]: error}
    middle = len(names) // 2
    return _facts(tree, names[:middle], whole) | _facts(tree, names[middle:], whole)


def _judge(name: str, expected: object, found: object) -> Outcome:
    if isinstance(expected, EvaluationFailed):
        return Outcome(name=name, verdict="nixpkgs' own fails", detail=_line(str(expected)))
    if isinstance(found, EvaluationFailed):
        return Outcome(name=name, verdict="FAILS", detail=_line(str(found)))
    if difference := _difference(expected, found, ""):
        return Outcome(name=name, verdict="DIFFERS", detail=difference)
    return Outcome(name=name, verdict="same", facts=found)


def _difference(expected: object, found: object, path: str) -> str:
    """Return the first place at which two values differ; nothing if they are equal."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted(expected.keys() | found.keys()):
            # Start scripts differ by what is in the machines.
            if key != "vm" and (
                inner := _difference(expected.get(key), found.get(key), f"{path}.{key}")
            ):
                return inner
        return ""
    if _without_hashes(expected) == _without_hashes(found):
        return ""
    return f"{path}: {_line(str(expected))} != {_line(str(found))}"


def _without_hashes(value: object) -> object:
    """Return a text without the hashes of store paths: what a machine has inside differs."""
    return re.sub(r"/nix/store/[a-z0-9]{32}-", "", value) if isinstance(value, str) else value


def _line(text: str) -> str:
    return " ".join(text.split())[:300]


def _summary(outcomes: list[Outcome]) -> int:
    count = {
        verdict: sum(1 for one in outcomes if one.verdict == verdict)
        for verdict in ("same", "DIFFERS", "FAILS", "nixpkgs' own fails")
    }
    evaluated = len(outcomes) - count["nixpkgs' own fails"]
    say(
        f"{len(outcomes)} attributes, {evaluated} evaluate under nixpkgs' own framework: "
        f"{count['same']} the same here, {count['DIFFERS']} differ, {count['FAILS']} fail"
    )
    return 0 if count["DIFFERS"] == count["FAILS"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
