#!/usr/bin/env python3
"""Release a version: date its section of the changelog, set the version, commit and tag.

Usage: dev/release.py [--dry-run] VERSION

It changes the checkout that it lies in, and pushes nothing. Run ./check --long first.
"""

import argparse
import datetime
import re
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
CHANGELOG = "CHANGELOG.md"
VERSION_FILE = "driver/test_driver/version.txt"
UNRELEASED = "## Unreleased"


class ReleaseError(Exception):
    """Why nothing was released."""


def parse_version(text: str) -> tuple[int, int, int]:
    """Return the numbers of a version. Raises ReleaseError."""
    found = re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", text)
    if found is None:
        raise ReleaseError(f"{text}: expected a version such as 0.2.0")
    major, minor, patch = map(int, found.groups())
    return major, minor, patch


def dated(changelog: str, version: str, day: str) -> tuple[str, str]:
    """Return the changelog with a section for a version, and the text of that section.

    Raises ReleaseError if there is nothing to release.
    """
    head, found, rest = changelog.partition(f"{UNRELEASED}\n")
    if not found:
        raise ReleaseError(f"{CHANGELOG}: there is no heading `{UNRELEASED}`")
    if re.search(rf"^## {re.escape(version)}( |$)", rest, re.MULTILINE):
        raise ReleaseError(f"{CHANGELOG}: {version} has a section already")
    section, _, older = rest.partition("\n## ")
    if not re.search(r"^- ", section, re.MULTILINE):
        raise ReleaseError(f"{CHANGELOG}: nothing is listed below `{UNRELEASED}`")
    released = f"{head}{UNRELEASED}\n\n## {version} - {day}\n{section}"
    return released + (f"\n## {older}" if older else ""), section.strip()


def release(version: str, checkout: Path, *, dry_run: bool) -> str:
    """Release a version, and return what is left to do. Raises ReleaseError."""
    wanted = parse_version(version)
    if changed := git(checkout, "status", "--porcelain"):
        raise ReleaseError(f"commit or stash first what has changed:\n{changed}")
    tags = git(checkout, "tag", "--list", "v*").split()
    last = max(map(parse_version, (tag[1:] for tag in tags)), default=(0, 0, 0))
    if wanted <= last:
        shown = ".".join(map(str, last))
        raise ReleaseError(f"{version}: expected a version after {shown}, the last one")
    changelog = checkout / CHANGELOG
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    text, section = dated(changelog.read_text(encoding="utf-8"), version, day)
    if dry_run:
        return f"{version} would have these notes:\n\n{section}"
    changelog.write_text(text, encoding="utf-8")
    (checkout / VERSION_FILE).write_text(f"{version}\n", encoding="ascii")
    git(checkout, "add", CHANGELOG, VERSION_FILE)
    git(checkout, "commit", "--quiet", "--message", f"release: rehearse {version}")
    # Else git would take lines that begin with # as comments.
    git(checkout, "tag", "--annotate", "--cleanup=verbatim", "--message", section, f"v{version}")
    return f"{version} is a commit and the tag v{version}. To publish it: git push --follow-tags"


def git(checkout: Path, *arguments: str) -> str:
    """Return what git prints. Raises ReleaseError."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=checkout, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise ReleaseError(f"git: {error.strerror}") from error
    if done.returncode != 0:
        raise ReleaseError(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout.rstrip()


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("version", metavar="VERSION", help="such as 0.2.0")
    parser.add_argument(
        "--dry-run", action="store_true", help="show the notes of the version, and change nothing"
    )
    options = parser.parse_args()
    try:
        sys.stdout.write(release(options.version, CHECKOUT, dry_run=options.dry_run) + "\n")
    except ReleaseError as error:
        sys.stderr.write(f"release.py: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
