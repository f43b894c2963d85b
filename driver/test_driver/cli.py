"""The command line."""

import argparse
import logging
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from .errors import ConfigurationError
from .log import LEVELS, LogOutput
from .output import REPORT_FILE
from .run import run

logger = logging.getLogger(__name__)

CONFIGURATION_STATUS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the driver, and return its exit status.

    0: the test passed; 1: it failed; 2: the command line or the configuration is wrong; 3: a fault
    of the host; 4: the whole test took too long; 128 + number: a signal.
    """
    options = _parser().parse_args(arguments)
    output = LogOutput(sys.stderr, LEVELS[options.log_level])
    try:
        status = run(options, output)
    except ConfigurationError as error:
        logger.error("%s", error)
        status = CONFIGURATION_STATUS
    finally:
        output.close()
    _leave_no_thread(status)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nixos-test-driver",
        description="Boot the machines of a test in QEMU and run its script against them.",
    )
    parser.add_argument(
        "-c", "--config", type=Path, required=True, metavar="PATH", help="JSON configuration"
    )
    parser.add_argument(
        "--test-script", type=Path, metavar="PATH", help="script to run instead of the configured"
    )
    parser.add_argument(
        "-o",
        "--output_directory",
        "--output-directory",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="where logs, reports and copied files go (default: the current folder)",
    )
    parser.add_argument(
        "-K",
        "--keep-machine-state",
        "--keep-vm-state",
        action="store_true",
        help="begin with the disks of the last run, and keep them",
    )
    parser.add_argument(
        "-I",
        "--interactive",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="give a Python prompt instead of running the script",
    )
    parser.add_argument(
        "--log-level",
        choices=sorted(LEVELS),
        default=_default_level(),
        help="what the log shows at least (default: info, or the environment's logLevel)",
    )
    parser.add_argument(
        "--junit-xml",
        type=Path,
        default=Path(REPORT_FILE),
        metavar="PATH",
        help=f"the JUnit report, relative to the output folder (default: {REPORT_FILE})",
    )
    return parser


def _default_level() -> str:
    level = os.environ.get("logLevel", "info")
    return level if level in LEVELS else "info"


def _leave_no_thread(status: int) -> None:
    """End the process although the script left a thread behind that would keep it alive."""
    left = [
        thread
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and not thread.daemon
    ]
    if left:
        sys.stderr.flush()
        os._exit(status)
