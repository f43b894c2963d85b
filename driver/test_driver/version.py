"""The version of rehearse. It stands in `version.txt`, which packages and Nix read, too."""

import argparse

from .package import PACKAGE_FOLDER


def version() -> str:
    """Return the version, such as `0.2.0`."""
    return (PACKAGE_FOLDER / "version.txt").read_text(encoding="ascii").strip()


def add_version_option(parser: argparse.ArgumentParser) -> None:
    """Add `--version` to a program's command line."""
    parser.add_argument(
        "--version",
        action="version",
        version=f"%(prog)s {version()}",
        help="show the version and exit",
    )
