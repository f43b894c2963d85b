"""The options of subcommands that go to Nix."""

import argparse


def add_nix_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that are given to each command of Nix."""
    parser.add_argument("--impure", action="store_true", help="as of `nix build`")
    parser.add_argument(
        "--option",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="as of `nix build`; may be repeated",
    )
