"""Run a command while there are remote builders on this computer.

    loopback-builders [--count N] [--slots N] [--] [COMMAND [ARGUMENT...]]

Nix, in the command, builds on them alone: NIX_CONFIG and NIX_SSHOPTS are set, `max-jobs` is 0.
Their stores, which are empty at first, are removed at the end.

    loopback-builders --lost-daemon [--fails NAME] -- rehearse test TESTS [ARGUMENT...]

checks that no result is lost silently when one of two builders fails (lost_daemon.py).
"""

import argparse
import subprocess
import sys

from loopback_builders.group import Builders
from loopback_builders.lost_daemon import check_lost_daemon
from loopback_builders.tools import Tools


def main() -> int:
    """Parse arguments, start the builders, and return the exit status of the command."""
    parser = argparse.ArgumentParser(
        prog="loopback-builders", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument("--count", type=int, default=2, metavar="N", help="builders (default: 2)")
    parser.add_argument("--slots", type=int, default=1, metavar="N", help="of each (default: 1)")
    parser.add_argument(
        "--lost-daemon",
        action="store_true",
        help="the command is `rehearse test`: kill the daemon of the second builder in the middle "
        "of a test, and check that all results arrive",
    )
    parser.add_argument(
        "--fails", action="append", default=[], metavar="NAME", help="a test that fails there"
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, help="default: a shell")
    given = parser.parse_args()
    command = given.command[given.command[:1] == ["--"] :] or ["sh"]
    with Builders(count=given.count, slots=given.slots, tools=Tools.from_environment()) as builders:
        if given.lost_daemon:
            return check_lost_daemon(command, builders, set(given.fails))
        return subprocess.run(command, env=builders.environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
