"""The command line `rehearse-debian`."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Never

from .errors import ArchiveError
from .fetch import fetch
from .installables import CHECKS
from .lock import PYPI, Lock
from .lock_file import read_lock, write_lock
from .mirror import find_mirror
from .progress import Progress
from .refresh import add_packages, lock_changes, refresh_suites
from .relock import LOCK_PATH
from .wheels import add_wheels, refresh_wheels


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rehearse-debian",
        description="Lock packages of Debian and wheels of Python packages, and fetch the locked "
        "ones into the Nix store.",
    )
    mirror = argparse.ArgumentParser(add_help=False)
    mirror.add_argument(
        "--mirror",
        metavar="URL",
        default=os.environ.get("REHEARSE_DEBIAN_MIRROR"),
        help="where the archive is (else REHEARSE_DEBIAN_MIRROR, else what the machine's apt uses)",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    get = commands.add_parser(
        "fetch",
        parents=[mirror],
        help="put into the store what building attributes of a flake takes",
        description="Put into the store what building the attributes of a flake takes, tests with "
        "their driverInteractive, and print the flake to build them from: the one given, or a copy "
        "with a newer lock when the archive no longer has what is locked.",
    )
    flake = get.add_mutually_exclusive_group()
    flake.add_argument("--checkout", metavar="DIR", type=Path, default=Path(), help="default: .")
    flake.add_argument("--flake", metavar="REF", help="a flake that is not a folder here")
    get.add_argument(
        "attributes",
        metavar="INSTALLABLE",
        nargs="*",
        help=f"like {CHECKS}.NAME; default: all of {CHECKS}",
    )

    locks = commands.add_parser("lock", help="make or renew the lock")
    actions = locks.add_subparsers(dest="action", required=True, metavar="ACTION")
    file = argparse.ArgumentParser(add_help=False, parents=[mirror])
    file.add_argument("--lock", metavar="FILE", type=Path, default=LOCK_PATH, help=str(LOCK_PATH))
    refresh = actions.add_parser(
        "refresh",
        parents=[file],
        help="lock all packages anew",
        description="Lock all packages and wheels anew, at the versions that the archive and the "
        "Python package index have now.",
    )
    refresh.add_argument(
        "--suite", metavar="SUITE", help=f"only those of this suite, or only the wheels ({PYPI})"
    )
    add = actions.add_parser(
        "add",
        parents=[file],
        help="lock further packages of a suite, or wheels",
        description="Lock further packages of a suite, and what is missing to them. What is locked "
        "already stays as it is; a package that a new one needs in another version moves, with "
        f"those that depend on it, and is named. With {PYPI} as the suite: lock wheels of plain "
        "Python, and those that they depend on, from the index that pip is configured for; each "
        "PACKAGE is a name, with versions if they matter ('stamina', 'stamina>=25,<26').",
    )
    add.add_argument(
        "--alone",
        action="store_true",
        help="without what they depend on: kernels, and plain Python modules of another suite",
    )
    add.add_argument("suite", metavar="SUITE", help=f"like trixie, or {PYPI}")
    add.add_argument("packages", metavar="PACKAGE", nargs="+")
    return parser


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "rehearse"


def _fetch(arguments: argparse.Namespace) -> None:
    flake = arguments.flake or str(arguments.checkout.resolve())
    built_from = fetch(
        flake,
        arguments.attributes,
        mirror=arguments.mirror,
        cache=_cache(),
        listener=Progress(sys.stderr),
    )
    sys.stdout.write(f"{built_from}\n")


def _refreshed(old: Lock, arguments: argparse.Namespace) -> Lock:
    known = [*sorted(old.suites), *([PYPI] if old.pypi.roots else [])]
    if arguments.suite and arguments.suite not in known:
        raise ArchiveError(f"the lock has no suite '{arguments.suite}'; it has {', '.join(known)}")
    wanted = [arguments.suite] if arguments.suite else known
    mirror = find_mirror(arguments.mirror)
    suites = [name for name in wanted if name != PYPI]
    new = refresh_suites(old, suites, mirror) if suites else old
    return refresh_wheels(new, mirror) if PYPI in wanted else new


def _extended(old: Lock, arguments: argparse.Namespace) -> Lock:
    mirror = find_mirror(arguments.mirror)
    if arguments.suite != PYPI:
        return add_packages(old, arguments.suite, arguments.packages, mirror, alone=arguments.alone)
    if arguments.alone:
        raise ArchiveError(
            "--alone is for packages of Debian; wheels are locked with those that they depend on"
        )
    return add_wheels(old, arguments.packages, mirror)


def _lock(arguments: argparse.Namespace) -> None:
    old = read_lock(arguments.lock)
    new = _extended(old, arguments) if arguments.action == "add" else _refreshed(old, arguments)
    write_lock(new, arguments.lock)
    sys.stdout.write("\n".join(lock_changes(old, new)) + "\n")


def _terminated(number: int, _frame: FrameType | None) -> Never:
    """End by an exception, so that everything half-done is removed on the way out."""
    raise SystemExit(128 + number)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 0, or 1 when it failed (2 is wrong usage)."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    signal.signal(signal.SIGTERM, _terminated)
    try:
        if arguments.command == "fetch":
            _fetch(arguments)
        else:
            _lock(arguments)
    except (ArchiveError, OSError) as error:
        sys.stderr.write(f"rehearse-debian: error: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0
