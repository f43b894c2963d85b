"""`rehearse show`: which tests a flake has."""

import argparse
import sys
from pathlib import Path

from .nix_options import add_nix_options

NAME = "show"
HELP = "list the tests of a flake: what they need, how long they took, how they ended"
DESCRIPTION = (
    "List the tests of a flake with the memory, processors and machines that they need, and with "
    "the duration and the outcome of their last run. How often a test passed is shown if it has "
    "passed and failed. Nothing is built."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the subcommand."""
    parser.add_argument(
        "tests",
        metavar="TESTS",
        help="a set of tests of a flake such as .#checks.x86_64-linux, or one test",
    )
    parser.add_argument("--json", action="store_true", help="write a JSON document")
    parser.add_argument(
        "--timings",
        type=Path,
        metavar="FILE",
        help="the history of the tests (default: in the user's cache)",
    )
    add_nix_options(parser)


def run(options: argparse.Namespace) -> int:
    """Print the table. Raises DriverError."""
    # Imported here: the help shall not wait for it.
    from ..suite_run.show import run_show
    from ..suite_run.wanted import Wanted

    wanted = Wanted(
        reference=options.tests,
        timings=options.timings,
        options=tuple((name, value) for name, value in options.option),
        impure=options.impure,
    )
    sys.stdout.write(run_show(wanted, as_json=options.json))
    return 0
