"""Evaluation in parallel."""

from pathlib import Path

import pytest

from ..support.fake_flake import CHECKS, FakeFlake
from ..support.rehearse_program import rehearse_test


@pytest.fixture
def flake(tmp_path: Path) -> FakeFlake:
    """A flake with a test, and nix-eval-jobs."""
    flake = FakeFlake(tmp_path / "flake")
    flake.program("nix-eval-jobs")
    flake.test("web")
    return flake


def test_each_attribute_is_a_job(flake: FakeFlake) -> None:
    tests = flake.world["values"].pop(f"{CHECKS}.web")["tests"]
    flake.world["jobs"] = [
        {"attr": "web", "attrPath": ["web"], "extraValue": {"tests": tests, "others": []}},
        {"attr": "lint", "attrPath": ["lint"], "extraValue": {"tests": [], "others": [[]]}},
        {"attr": "bad", "attrPath": ["bad"], "error": "\x1b[31merror:\x1b[0m infinite recursion"},
    ]
    flake.write()
    done = rehearse_test(flake)
    assert done.returncode == 3
    assert "2 tests; 1 without `.report` are no tests and not run: lint" in done.stderr
    assert "error  bad: cannot be evaluated: error: infinite recursion" in done.stdout
    assert "bad cannot be evaluated: error: infinite recursion; Nix says:\n" in done.stderr
    assert flake.runs("web") == 1
    assert not flake.calls("eval")


def test_an_older_program_is_not_used(flake: FakeFlake) -> None:
    done = rehearse_test(flake)
    assert done.returncode == 0, done.stderr
    assert len(flake.calls("eval")) == 1


def test_what_it_prints_that_cannot_be_understood_is_not_used(flake: FakeFlake) -> None:
    flake.world["jobs"] = [{"attr": "web", "drvPath": "/nix/store/x.drv"}]
    flake.write()
    assert rehearse_test(flake).returncode == 0
    assert len(flake.calls("eval")) == 1
