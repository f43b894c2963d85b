"""`rehearse test`: build the tests of a flake with Nix, and judge them."""

import argparse
from pathlib import Path

from .nix_options import add_nix_options

NAME = "test"
HELP = "run the tests of a flake with Nix' builders, and judge them"
DESCRIPTION = (
    "Build the reports of tests with Nix and its builders, and judge them. What is in the store "
    "does not run again. Exit status: 0 all passed, 1 a test failed, 2 wrong usage, 3 errors or "
    "tests that were not run, 5 flaky only, 128 + number for a signal."
)
MOST_RUNS = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the subcommand."""
    parser.add_argument(
        "tests",
        metavar="TESTS",
        help="a set of tests of a flake such as .#checks.x86_64-linux, or one test",
    )
    _add_selection(parser)
    _add_repetition(parser)
    _add_outputs(parser)
    add_nix_options(parser)
    parser.add_argument("--max-jobs", type=_count, metavar="N", help="as of `nix build`")
    parser.add_argument("--builders", metavar="TEXT", help="as of `nix build`")


def _add_selection(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("which tests run")
    group.add_argument(
        "-k",
        dest="expression",
        default="",
        metavar="EXPRESSION",
        help="only tests whose names match, such as 'web and not slow'; as of pytest",
    )
    group.add_argument(
        "--retry-failed",
        action="store_true",
        help="only tests that did not pass in the last run of this command in this folder; those "
        "that are unchanged get another run, and are flaky if it passes",
    )
    group.add_argument(
        "--shard",
        metavar="NUMBER/COUNT",
        help="only one of several shards, such as 3/8; --timings makes them equally long",
    )


def _add_repetition(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("repetitions, to find flaky tests")
    group.add_argument(
        "--repeat",
        type=_runs,
        metavar="N",
        help=f"run each test N times, from 1 to {MOST_RUNS}, with a new seed",
    )
    group.add_argument(
        "--until-fail",
        action="store_true",
        help="stop at the first failure; without --repeat, run the tests until there is one",
    )
    group.add_argument(
        "--load",
        action="store_true",
        help="run while the processors and the disk of the builder are busy with something else",
    )
    group.add_argument("--seed", type=_seed, help="the seed of repetitions, to run the same again")


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is written")
    group.add_argument("--junit", type=Path, metavar="FILE", help="write a JUnit report of all")
    group.add_argument(
        "--html", type=Path, metavar="DIR", help="write a page of all tests, with their reports"
    )
    group.add_argument(
        "--timings",
        type=Path,
        metavar="FILE",
        help="read and write the history of the tests there (default: in the user's cache)",
    )
    group.add_argument(
        "--json",
        action="store_true",
        help="write what happens as lines of JSON to standard output, for programs",
    )


def _count(text: str) -> int:
    """Return a number that is not negative. Raises ValueError."""
    if (number := int(text)) < 0:
        raise ValueError
    return number


def _runs(text: str) -> int:
    """Return a number of runs. Raises ArgumentTypeError, whose text argparse shows."""
    if text.isdecimal() and 1 <= int(text) <= MOST_RUNS:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a number from 1 to {MOST_RUNS}, got {text!r}")


def _seed(text: str) -> str:
    """Return a seed. Raises ArgumentTypeError, whose text argparse shows."""
    if (
        text
        and len(text) <= 64
        and all(one.isascii() and (one.isalnum() or one in "-_.") for one in text)
    ):
        return text
    raise argparse.ArgumentTypeError(
        f"expected up to 64 letters, digits, `-`, `_` and `.`, got {text!r}"
    )


def run(options: argparse.Namespace) -> int:
    """Run the tests, and return the exit status. Raises DriverError."""
    # Imported here: the help shall not wait for it.
    from ..suite_run.command import run_command
    from ..suite_run.json_lines import JsonLines
    from ..suite_run.shards import read_shard
    from ..suite_run.terminal import Terminal
    from ..suite_run.wanted import Wanted

    wanted = Wanted(
        reference=options.tests,
        expression=options.expression,
        repeat=options.repeat,
        until_fail=options.until_fail,
        load=options.load,
        seed=options.seed or "",
        retry_failed=options.retry_failed,
        shard=None if options.shard is None else read_shard(options.shard),
        html=options.html,
        junit=options.junit,
        timings=options.timings,
        max_jobs=options.max_jobs,
        builders=options.builders,
        options=tuple((name, value) for name, value in options.option),
        impure=options.impure,
    )
    return run_command(wanted, JsonLines() if options.json else Terminal())
