"""Run a command while there are remote builders on this computer; without one, say how to use them.

    loopback-builders [--count N] [--slots N] [COMMAND [ARGUMENT...]]

Nix, in the command, builds on them alone: NIX_CONFIG and NIX_SSHOPTS are set, `max-jobs` is 0.
Their stores, which are empty at first, are removed at the end.
"""

import argparse
import subprocess
import sys

from loopback_builders.group import Builders
from loopback_builders.tools import Tools


def main() -> int:
    """Parse arguments, start the builders, and return the exit status of the command."""
    parser = argparse.ArgumentParser(
        prog="loopback-builders", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument("--count", type=int, default=2, metavar="N", help="builders (default: 2)")
    parser.add_argument("--slots", type=int, default=1, metavar="N", help="of each (default: 1)")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="default: a shell")
    given = parser.parse_args()
    tools = Tools.from_environment()
    with Builders(count=given.count, slots=given.slots, tools=tools) as builders:
        command = given.command[given.command[:1] == ["--"] :] or ["sh"]
        return subprocess.run(command, env=builders.environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
