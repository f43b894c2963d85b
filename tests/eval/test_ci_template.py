"""The template for CI: its flake, and what puts the results of shards together."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.eval.evaluation import SOURCE

ALL = ["hello", "ping", "web"]


def environment() -> dict[str, str]:
    """Give Nix a store of its own."""
    return {
        **os.environ,
        "NIX_REMOTE": str(Path(os.environ["HOME"]) / "eval-store"),
        "NIX_CONFIG": "experimental-features = nix-command flakes\nflake-registry =\n"
        "substituters =\n",
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that began with the template, with this flake as its input."""
    folder = tmp_path_factory.mktemp("project") / "ci"
    shutil.copytree(SOURCE / "templates/ci", folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)
    flake = folder / "flake.nix"
    flake.write_text(flake.read_text().replace("flake:rehearse", f"path:{SOURCE}"))
    return folder


def evaluate_in(project: Path, attribute: str, apply: str) -> object:
    """Return a value of an attribute of the project's flake."""
    command = ["nix", "eval", "--json", "--no-write-lock-file", f"path:{project}#{attribute}"]
    done = subprocess.run(
        [*command, "--apply", apply],
        cwd=os.environ["HOME"],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    value: object = json.loads(done.stdout)
    return value


def test_all_tests_of_the_template_are_checks(project: Path) -> None:
    paths = "builtins.mapAttrs (_: test: [ test.drvPath test.report.drvPath ])"
    found = evaluate_in(project, "checks.x86_64-linux", paths)
    assert isinstance(found, dict)
    assert sorted(found) == ALL


def test_hydra_builds_the_suite_and_its_verdict(project: Path) -> None:
    found = evaluate_in(project, "hydraJobs", "builtins.mapAttrs (_: job: job.drvPath)")
    assert isinstance(found, dict)
    assert sorted(found) == ["suite", "verdict"]


def test_the_template_has_the_command(project: Path) -> None:
    names = evaluate_in(project, "apps.x86_64-linux", "builtins.attrNames")
    assert names == ["debian", "default"]


def run(began: float) -> dict[str, Any]:
    return {"began": began, "seconds": 2.0, "waited": 0.0, "outcome": "passed", "report": ""}


def shard(results: Path, name: str, verdicts: dict[str, str], runs: int = 1) -> None:
    """Write what a shard leaves."""
    folder = results / name / "html"
    folder.mkdir(parents=True)
    tests = [
        {"name": test, "verdict": verdict, "headline": f"a | b <{test}>\nnext"}
        for test, verdict in verdicts.items()
    ]
    (folder / "suite.json").write_text(json.dumps({"version": 1, "tests": tests}))
    # Each shard knows one earlier run of every test.
    timings = {test: {"runs": [run(1)]} for test in ALL}
    for test in verdicts:
        timings[test]["runs"] = [run(float(number + 1)) for number in range(runs + 1)]
    (results / name / "timings.json").write_text(json.dumps({"version": 1, "tests": timings}))


def gather(project: Path, results: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(project / "ci/gather.sh"), str(results)],
        cwd=project,
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
        timeout=120,
    )


def test_results_of_all_shards_are_put_together(project: Path, tmp_path: Path) -> None:
    shard(tmp_path, "1", {"hello": "passed", "web": "flaky"})
    shard(tmp_path, "2", {"ping": "passed"}, runs=3)
    done = gather(project, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "3 tests in 2 shards: 1 flaky, 2 passed" in done.stdout
    assert "| flaky | web | a \\| b &lt;web> next |" in done.stdout
    assert "hello" not in done.stdout
    timings = json.loads((tmp_path / "timings.json").read_text())
    assert timings["version"] == 1
    counts = {name: len(test["runs"]) for name, test in timings["tests"].items()}
    assert counts == {"hello": 2, "ping": 4, "web": 2}


@pytest.mark.parametrize(
    ("verdicts", "problem"),
    [
        ({"hello": "passed", "web": "passed"}, "in the results of no shard: ping"),
        ({}, "in the results of no shard: hello, ping, web"),
        ({"hello": "passed", "ping": "failed", "web": "passed"}, "did not pass: ping (failed)"),
        ({"hello": "error", "ping": "passed", "web": "passed"}, "did not pass: hello (error)"),
        ({"hello": "passed", "ping": "not run", "web": "flaky"}, "did not pass: ping (not run)"),
    ],
)
def test_what_did_not_pass_or_run_is_a_problem(
    project: Path, tmp_path: Path, verdicts: dict[str, str], problem: str
) -> None:
    shard(tmp_path, "1", verdicts)
    # A job that ended too early leaves nothing.
    (tmp_path / "2").mkdir()
    done = gather(project, tmp_path)
    assert done.returncode == 1
    assert problem in done.stderr
    assert json.loads((tmp_path / "timings.json").read_text())["version"] == 1
