"""`rehearse schema`: JSON Schemas of what the driver and this program read and write."""

import argparse
import json
import sys

NAME = "schema"
HELP = "print the JSON Schema of a format, for other programs"
DESCRIPTION = (
    "Print the JSON Schema of a format: configuration (what the driver reads), events (a line of "
    "events.jsonl), suite (suite.json), timings (timings.json), test (a line of `rehearse test "
    "--json`), show (`rehearse show --json`)."
)
FORMATS = ("configuration", "events", "suite", "timings", "test", "show")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the subcommand."""
    parser.add_argument("format", choices=FORMATS, help="the format")


def run(options: argparse.Namespace) -> int:
    """Print the schema."""
    # Imported here: the help shall not wait for it.
    from ..json_schemas import json_schema

    sys.stdout.write(json.dumps(json_schema(options.format), indent=2) + "\n")
    return 0
