"""The state of a flake: what Nix evaluates is evaluated again when it may have changed."""

import subprocess
from pathlib import Path

import pytest

from test_driver.nix.flake_state import evaluation_key


@pytest.fixture
def flake(tmp_path: Path) -> Path:
    """A flake in a repository of git, with a lock file."""
    for name in ("flake.nix", "flake.lock", "test_web.py", ".hidden"):
        (tmp_path / name).write_text("{}")
    git(tmp_path, "init", "-q", ".")
    git(tmp_path, "add", ".")
    commit(tmp_path)
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder. A test without git on PATH cannot be done."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    try:
        subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True)
    except FileNotFoundError:
        pytest.skip("git is not on PATH")


def commit(folder: Path) -> None:
    """Make a commit."""
    git(folder, "commit", "-q", "--allow-empty", "-m", "change")


@pytest.mark.parametrize("name", ["flake.nix", "flake.lock", "test_web.py", ".hidden"])
def test_each_file_of_git_counts(flake: Path, name: str) -> None:
    before = evaluation_key(".", flake)
    assert before is not None
    (flake / name).write_text("{ }")
    assert evaluation_key(".", flake) not in (None, before)


def test_the_commit_counts(flake: Path) -> None:
    before = evaluation_key(".", flake)
    commit(flake)
    assert evaluation_key(".", flake) != before


def test_a_new_file_counts_when_git_knows_it(flake: Path) -> None:
    before = evaluation_key(".", flake)
    (flake / "new.nix").write_text("1")
    assert evaluation_key(".", flake) == before
    git(flake, "add", "--intent-to-add", ".")
    assert evaluation_key(".", flake) != before


def test_a_flake_below_the_top_is_known_with_the_whole_repository(flake: Path) -> None:
    inner = flake / "inner"
    inner.mkdir()
    for name in ("flake.nix", "flake.lock"):
        (inner / name).write_text("{}")
    assert evaluation_key("./inner", flake) is None  # git does not know the lock file
    git(flake, "add", ".")
    before = evaluation_key("./inner", flake)
    assert before is not None
    (flake / ".hidden").write_text("other")
    assert evaluation_key("./inner", flake) != before


@pytest.mark.parametrize("text", ["github:a/b", "path:.", "git+file:.", ".?ref=main", "nixpkgs"])
def test_nothing_is_kept_of_other_references(flake: Path, text: str) -> None:
    assert evaluation_key(text, flake) is None


def test_nothing_is_kept_without_a_lock_file(flake: Path) -> None:
    git(flake, "rm", "-q", "--cached", "flake.lock")
    assert evaluation_key(".", flake) is None


def test_nothing_is_kept_with_submodules(flake: Path) -> None:
    (flake / ".gitmodules").write_text("")
    git(flake, "add", ".")
    assert evaluation_key(".", flake) is None


def test_nothing_is_kept_without_git(tmp_path: Path) -> None:
    (tmp_path / "flake.nix").write_text("{}")
    (tmp_path / "flake.lock").write_text("{}")
    assert evaluation_key(".", tmp_path) is None
