"""The command line of `rehearse`."""

import argparse
import sys
from collections.abc import Sequence

from ..errors import ConfigurationError, DriverError
from ..run.exit_status import ExitStatus
from ..version import add_version_option
from . import completion, schema, show, test, tokens, up

# Each has `NAME`, `HELP`, `add_arguments` and `run`.
SUBCOMMANDS = (test, show, up, completion, tokens, schema)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="rehearse", description="Work with tests of machines that Nix builds."
    )
    add_version_option(parser)
    found = parser.add_subparsers(title="subcommands", metavar="SUBCOMMAND", required=True)
    for one in SUBCOMMANDS:
        subparser = found.add_parser(one.NAME, help=one.HELP, description=f"{one.DESCRIPTION}")
        one.add_arguments(subparser)
        subparser.set_defaults(run=one.run, parser=parser)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand, and return the exit status: 2 if the command line cannot be used."""
    options = make_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except ConfigurationError as error:
        return _failed(error, ExitStatus.REFUSED)
    except DriverError as error:
        return _failed(error, ExitStatus.HOST_FAULT)


def _failed(error: Exception, status: int) -> int:
    sys.stderr.write(f"rehearse: {error}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
