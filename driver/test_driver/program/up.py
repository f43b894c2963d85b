"""`rehearse up`: the machines of a testbed run, and wait for tests."""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from ..errors import ConfigurationError, Interrupted
from ..run.exit_status import ExitStatus
from .settings import PROJECT, testbed_of_settings

NAME = "up"
HELP = "start the machines of a testbed, and keep them running for `pytest --live`"
DESCRIPTION = (
    "Start the machines of a testbed, and keep them running. `pytest --live` then runs its tests "
    "with these machines, and begins at once. Ctrl-C ends the machines."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the subcommand."""
    parser.add_argument(
        "testbed",
        nargs="?",
        metavar="TESTBED",
        help="a test of a flake such as .#checks.x86_64-linux.web, or the folder of a testbed "
        f"(default: `testbed` in the settings of pytest, such as {PROJECT})",
    )
    parser.add_argument(
        "--machine",
        action="append",
        metavar="NAME",
        help="start this machine alone; may be repeated (default: all). Tests start others",
    )
    parser.add_argument(
        "--isolation",
        choices=("restore", "boot", "none"),
        help="what a test finds after another one (default: that of the testbed)",
    )


def run(options: argparse.Namespace) -> int:
    """Start the machines, and serve clients until a signal comes. Raises DriverError."""
    # Imported here: the help shall not wait for it.
    from ..configuration import load_configuration
    from ..live.place import listening, place_of
    from ..live.up import serve
    from ..pytest_plugin.testbed_source import CONFIGURATION_FILE, find_testbed

    text, root = (
        (options.testbed, Path.cwd()) if options.testbed else testbed_of_settings(Path.cwd())
    )
    folder = find_testbed(text, root)
    document = folder / CONFIGURATION_FILE
    configuration = load_configuration(document)
    names = options.machine or list(configuration.machines)
    if unknown := [name for name in names if name not in configuration.machines]:
        there = ", ".join(configuration.machines)
        reason = f"has no machine {', '.join(map(repr, unknown))}; it has: {there}"
        raise ConfigurationError(f"testbed {text}", [reason])
    try:
        with _signals(), listening(place_of(folder)) as listener:
            serve(listener, configuration, document, names, options.isolation, text)
    except KeyboardInterrupt:
        sys.stderr.write("\n")
    except Interrupted as error:
        return ExitStatus.of_signal(error.number)
    return ExitStatus.PASSED


@contextmanager
def _signals() -> Iterator[None]:
    """Let signals that ask to end raise Interrupted, also while nothing runs."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Interrupted(number, "")

    numbers = (signal.SIGTERM, signal.SIGHUP)
    former = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
