"""The check of links follows them to files and headings, those in code and messages, too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from links import slug

TARGET = "# The `x` of a page!\n\n## Again\n\n## Again\n"


@pytest.mark.parametrize(
    ("title", "anchor"),
    [
        ("When a test fails", "when-a-test-fails"),
        ("`machine.start() -> None`", "machinestart---none"),
        ("What's new, in 0.2?", "whats-new-in-02"),
        ("a_b", "a_b"),
    ],
)
def test_anchors_are_those_of_the_view_of_a_repository(title: str, anchor: str) -> None:
    assert slug(title.replace("`", "")) == anchor


def check(folder: Path, name: str, text: str) -> subprocess.CompletedProcess[str]:
    """Run the check on a repository with two pages and one more file."""
    (folder / "docs").mkdir()
    (folder / "docs" / "target.md").write_text(TARGET)
    (folder / name).write_text(text)
    program = Path(__file__).with_name("links.py")
    command = [sys.executable, "-W", "ignore", str(program), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("docs/a.md", "[x](target.md), [y](../docs/), [z](https://example.org/)"),
        ("docs/a.md", "[x](target.md#the-x-of-a-page), [y](target.md#again-1), [z](#a)\n\n# A"),
        ("docs/a.md", "`[x](nothing.md)`\n\n```text\n[x](nothing.md)\n```"),
        ("a.py", '"see docs/target.md#again"'),
        ("a.py", '"../docs/nothing.md"'),
        ("CHANGELOG.md", "docs/old.md is docs/target.md now"),
    ],
)
def test_good_links_pass(tmp_path: Path, name: str, text: str) -> None:
    done = check(tmp_path, name, text)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("docs/a.md", "x\n[x](b.md)", "docs/a.md:2: b.md: there is no such file"),
        ("docs/a.md", "![x](b.png)", "docs/a.md:1: b.png: there is no such file"),
        ("docs/a.md", "[x](#b)", "docs/a.md:1: #b: there is no such heading in docs/a.md"),
        ("docs/a.md", "[x](target.md#b)", "docs/a.md:1: target.md#b: there is no such heading"),
        ("docs/a.md", "[x](target.md#again-2)", "docs/a.md:1: target.md#again-2: there is no such"),
        ("docs/a.md", "[x](../../b.md)", "docs/a.md:1: ../../b.md: leads out of the repository"),
        ("a.sh", "true\n# docs/b.md says", "a.sh:2: docs/b.md: there is no such file"),
        ("a.nix", "# docs/target.md#b", "a.nix:1: docs/target.md#b: there is no such heading"),
    ],
)
def test_each_broken_link_is_told(tmp_path: Path, name: str, text: str, message: str) -> None:
    done = check(tmp_path, name, text)
    assert done.returncode == 1
    assert done.stderr.startswith(message)
