"""What is kept between runs: evaluations, and nothing that has changed."""

import json
import subprocess

import pytest

from ..support.fake_flake import CHECKS, FakeFlake
from ..support.rehearse_program import rehearse, rehearse_test


def put_into_git(flake: FakeFlake) -> None:
    """Make the folder a flake in a repository of git."""
    (flake.folder / ".gitignore").write_text("*\n!flake.*\n")
    for name in ("flake.nix", "flake.lock"):
        (flake.folder / name).write_text("{}")
    try:
        for command in (["init", "-q", "."], ["add", "flake.nix", "flake.lock"]):
            subprocess.run(["git", *command], cwd=flake.folder, check=True)
    except FileNotFoundError:
        pytest.skip("git is not on PATH")


def test_an_unchanged_flake_is_evaluated_once(flake: FakeFlake) -> None:
    put_into_git(flake)
    flake.test("web", 1)
    assert rehearse_test(flake).returncode == 1
    done = rehearse_test(flake)
    assert done.returncode == 1
    assert "0 ran, 1 from the store" in done.stdout
    assert len(flake.calls("eval")) == 1
    (flake.folder / "flake.nix").write_text("{ }")
    rehearse_test(flake)
    assert len(flake.calls("eval")) == 2


def test_other_options_are_another_evaluation(flake: FakeFlake) -> None:
    put_into_git(flake)
    flake.test("web")
    rehearse(flake, "show", f".#{CHECKS}")
    rehearse(flake, "show", f".#{CHECKS}", "--option", "a", "b")
    rehearse(flake, "show", f".#{CHECKS}", "--impure")
    rehearse(flake, "show", f".#{CHECKS}", "--impure")
    assert len(flake.calls("eval")) == 4


def test_what_is_gone_from_the_store_is_evaluated_again(flake: FakeFlake) -> None:
    put_into_git(flake)
    derivation = flake.test("web")
    rehearse(flake, "show", f".#{CHECKS}")
    del flake.world["derivations"][derivation]
    flake.write()
    rehearse(flake, "show", f".#{CHECKS}")
    assert len(flake.calls("eval")) == 2


def test_a_history_in_the_cache_that_cannot_be_used_is_written_anew(flake: FakeFlake) -> None:
    flake.test("web")
    assert rehearse_test(flake).returncode == 0
    (path,) = flake.folder.rglob("timings.json")
    path.write_text('{"version": 7}')
    assert rehearse_test(flake).returncode == 0
    assert list(json.loads(path.read_text())["tests"]) == ["web"]


def test_nothing_can_be_kept(flake: FakeFlake) -> None:
    flake.test("web")
    flake.environment["XDG_CACHE_HOME"] = "/dev/null"
    done = rehearse_test(flake)
    assert done.returncode == 0, done.stderr
    refused = rehearse_test(flake, "--retry-failed")
    assert "no earlier run of this command in this folder is known" in refused.stderr
