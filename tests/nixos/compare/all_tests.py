"""Evaluate nixpkgs' tests under its own framework and under this project's, and compare.

    NIXPKGS_TREE=/path/to/nixpkgs python3 -m tests.nixos.compare.all_tests [PATTERN...]

PATTERN is an attribute of `nixos/tests/all-tests.nix` or a pattern of them (`containers-*`,
`nixos-test-driver.*`); or, with a slash in it, the file of a test module. Without one, all
attributes are compared.

What users build is forced: the derivations of the test, of its driver and of its interactive
driver, and the system and start script of each machine. Names, addresses, hosts entries, scripts,
systems and start scripts must be equal. Where derivations differ, the comparison walks down to the
inputs that make the difference. Differences that docs/nixos-nodes.md lists count as equal.

`--report FILE` gets each outcome as soon as it is known. A comparison that was stopped goes on with
`--resume`, which takes the outcomes that FILE has already.

The last lines are each cause with the number of tests that have it, and the counts. The exit
status is 0 if all that evaluates under nixpkgs' own framework evaluates here to the same, 1 if
not, and 2 for a wrong argument or an unusable tree.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import random
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from .judge import SAME
from .outcomes import add, compare, earlier, positive, say, summary
from .tree import EvaluationFailed, Tree, UnusableTree, open_tree, with_our_framework

# Names and scripts of more tests at a time share what they have in common. Systems need the memory.
BATCH, WHOLE_BATCH = 6, 1


def main(arguments: list[str] | None = None) -> int:
    """Compare, print each difference, the causes and the counts, and return the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.resume and options.report is None:
        parser.error("--resume: --report FILE is missing: it has the outcomes to keep")
    tree = os.environ.get("NIXPKGS_TREE")
    if tree is None:
        say("skipped: NIXPKGS_TREE does not name a nixpkgs tree to take the tests from")
        return 0
    try:
        theirs = open_tree(Path(tree).resolve())
        names = chosen(theirs, options.names, options.sample, options.seed)
    except (UnusableTree, EvaluationFailed) as error:
        parser.error(str(error))
    if options.report is not None and not options.resume:
        options.report.write_text("")
    outcomes = earlier(options.report, names) if options.resume else []
    known = {outcome.name for outcome in outcomes}
    with tempfile.TemporaryDirectory(prefix="nixpkgs-", dir=options.folder) as folder:
        ours = with_our_framework(theirs.path, Path(folder))
        for outcome in compare(
            lambda names: theirs.facts(names, whole=not options.quick),
            lambda names: ours.facts(names, whole=not options.quick),
            [name for name in names if name not in known],
            jobs=options.jobs,
            batch=BATCH if options.quick else WHOLE_BATCH,
        ):
            outcomes.append(outcome)
            add(outcome, options.report)
            if outcome.verdict != SAME:
                say(f"{outcome.verdict}: {outcome.name}: {outcome.detail()}")
    return summary(outcomes)


def chosen(tree: Tree, patterns: list[str], sample: int | None, seed: int) -> list[str]:
    """Return the tests that patterns select; of these, a random choice of `sample`.

    Raises UnusableTree for a pattern that selects nothing.
    """
    attributes = cache(tree.attributes)
    top = attributes()
    names: list[str] = []
    for pattern in patterns or ["*"]:
        if "/" in pattern:
            found = [str(Path(pattern).resolve())]
        else:
            found = fnmatch.filter(top, pattern) or _inside(attributes, top, pattern)
        if not found:
            raise UnusableTree(f"pattern `{pattern}`: no such attribute found in {tree.path}")
        names += [name for name in found if name not in names]
    if sample is None:
        return names
    return sorted(random.Random(seed).sample(names, min(sample, len(names))))


def _inside(attributes: Callable[[str], list[str]], top: list[str], pattern: str) -> list[str]:
    """Return the attributes of attributes that a pattern with a dot selects."""
    outer, dot, _ = pattern.partition(".")
    outside = fnmatch.filter(top, outer) if dot else []
    inside = [f"{name}.{inner}" for name in outside for inner in attributes(name)]
    return fnmatch.filter(inside, pattern)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "names", nargs="*", metavar="PATTERN", help="attributes of all-tests.nix, or files"
    )
    parser.add_argument("--jobs", type=positive, default=1, help="evaluations at the same time")
    parser.add_argument("--sample", type=positive, metavar="N", help="a random choice of N tests")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the random choice")
    parser.add_argument(
        "--quick", action="store_true", help="names, addresses and scripts only, not systems"
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write outcomes and facts, as lines of JSON"
    )
    parser.add_argument(
        "--resume", action="store_true", help="keep the outcomes that the report has"
    )
    parser.add_argument("--folder", type=Path, help="where the tree is copied to (default: TMPDIR)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
