"""The program that releases a version."""

from __future__ import annotations

import datetime
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "dev/release.py"
CHANGELOG = """# Changelog

Keep a Changelog.

## Unreleased

### Added

- A program.
  It has two lines.

## 0.1.0 - 2026-01-01

### Added

- The first one.
"""
# Says what a test wants of it, and writes down how it was called.
GIT = """\
#!/bin/sh
for argument; do printf '<%s>' "$argument"; done >>"$CALLS"
echo >>"$CALLS"
case $1 in
  status) printf '%s' "$CHANGED" ;;
  tag) [ "$2" != --list ] || printf '%s\\n' $TAGS ;;
  commit) [ -z "$REFUSAL" ] || { echo "$REFUSAL" >&2; exit 1; } ;;
esac
"""


@dataclass(frozen=True)
class Checkout:
    """A checkout with the program, and a stand-in for git."""

    folder: Path

    def write(self, changelog: str) -> None:
        """Write the files that a release changes."""
        (self.folder / "CHANGELOG.md").write_text(changelog)

    def release(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the program."""
        given = {"CHANGED": "", "TAGS": "v0.1.0", "REFUSAL": "", **variables}
        shell = Path(shutil.which("sh") or "sh").parent
        return subprocess.run(
            [sys.executable, "-B", self.folder / "dev/release.py", *arguments],
            env={"PATH": f"{self.folder / 'bin'}:{shell}", "CALLS": str(self.calls), **given},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    @property
    def calls(self) -> Path:
        """The file with the calls of git."""
        return self.folder / "calls"

    @property
    def changelog(self) -> str:
        """The changelog."""
        return (self.folder / "CHANGELOG.md").read_text()

    @property
    def version(self) -> str:
        """The version."""
        return (self.folder / "driver/test_driver/version.txt").read_text()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout whose version is 0.1.0."""
    for folder in ("dev", "bin", "driver/test_driver"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(PROGRAM, tmp_path / "dev")
    git = tmp_path / "bin/git"
    shell = shutil.which("dash") or shutil.which("sh")
    git.write_text(GIT.replace("/bin/sh", str(shell)))
    git.chmod(0o755)
    (tmp_path / "driver/test_driver/version.txt").write_text("0.1.0\n")
    found = Checkout(tmp_path)
    found.write(CHANGELOG)
    return found


def test_a_release_dates_the_changes_and_is_a_tag(checkout: Checkout) -> None:
    done = checkout.release("0.2.0")
    assert (done.returncode, done.stderr) == (0, "")
    assert "git push --follow-tags" in done.stdout
    day = datetime.datetime.now(datetime.UTC).date()
    new = f"## Unreleased\n\n## 0.2.0 - {day}\n\n### Added\n\n- A program.\n"
    assert new in checkout.changelog
    assert checkout.changelog.replace(f"## 0.2.0 - {day}\n\n", "") == CHANGELOG
    assert checkout.version == "0.2.0\n"
    notes = "### Added\n\n- A program.\n  It has two lines."
    assert checkout.calls.read_text().splitlines()[-5:] == [
        "<commit><--quiet><--message><release: rehearse 0.2.0>",
        *f"<tag><--annotate><--cleanup=verbatim><--message><{notes}><v0.2.0>".splitlines(),
    ]


def test_a_dry_run_changes_nothing(checkout: Checkout) -> None:
    done = checkout.release("--dry-run", "0.2.0")
    assert done.returncode == 0
    assert done.stdout.startswith("0.2.0 would have these notes:\n\n### Added\n\n- A program.\n")
    assert (checkout.changelog, checkout.version) == (CHANGELOG, "0.1.0\n")
    assert "<commit>" not in checkout.calls.read_text()


@pytest.mark.parametrize(
    ("version", "changelog", "variables", "message"),
    [
        ("0.2", CHANGELOG, {}, "0.2: expected a version such as 0.2.0"),
        ("0.02.0", CHANGELOG, {}, "expected a version such as"),
        ("0.1.0", CHANGELOG, {}, "expected a version after 0.1.0, the last one"),
        ("0.9.0", CHANGELOG, {"TAGS": "v0.9.0 v0.10.0"}, "expected a version after 0.10.0"),
        ("0.2.0", CHANGELOG, {"CHANGED": " M flake.nix"}, "commit or stash first what has ch"),
        ("0.2.0", "# Changelog\n", {}, "CHANGELOG.md: there is no heading `## Unreleased`"),
        (
            "0.2.0",
            "## Unreleased\n\n## 0.1.0 - 2026-01-01\n\n- One.\n",
            {},
            "CHANGELOG.md: nothing is listed below `## Unreleased`",
        ),
        ("0.1.0", CHANGELOG, {"TAGS": ""}, "CHANGELOG.md: 0.1.0 has a section already"),
    ],
)
def test_what_cannot_be_released(
    checkout: Checkout, version: str, changelog: str, variables: dict[str, str], message: str
) -> None:
    checkout.write(changelog)
    done = checkout.release(version, **variables)
    assert done.returncode == 1
    assert done.stderr.startswith("release.py: ")
    assert message in done.stderr
    assert (checkout.changelog, checkout.version) == (changelog, "0.1.0\n")


def test_what_git_refuses_is_told(checkout: Checkout) -> None:
    done = checkout.release("0.2.0", REFUSAL="who are you?")
    assert done.returncode == 1
    assert done.stderr == "release.py: git commit failed: who are you?\n"


def test_the_changelog_of_this_project_can_be_released(checkout: Checkout) -> None:
    checkout.write((PROGRAM.parents[1] / "CHANGELOG.md").read_text())
    done = checkout.release("--dry-run", "0.2.0", TAGS="")
    assert done.returncode == 0, done.stderr
    kinds = [line[4:] for line in done.stdout.splitlines() if line.startswith("### ")]
    assert kinds == [kind for kind in ("Changed", "Removed", "Fixed", "Added") if kind in kinds]
