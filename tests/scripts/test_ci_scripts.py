"""The scripts of the template for CI, with stand-ins for nix, git and sudo."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

TEMPLATE = Path(__file__).parents[2] / "templates/ci"
SHELL = shutil.which("dash") or shutil.which("sh") or "sh"
# Says which flake to build from, writes what the command writes, and ends as a test wants it.
NIX = """\
printf '%s ' "$@" >>"$CALLS"; echo >>"$CALLS"
case $2 in
  .#debian) echo "path:/locked" ;;
  .)
    for argument; do
      case $before in
        --html) html=$argument ;;
        --timings) timings=$argument ;;
      esac
      before=$argument
    done
    cat "$timings" >>"$CALLS" 2>/dev/null || true
    mkdir -p "$html/reports/web" "$html/reports/hello"
    echo "what the command says"
    echo '::error file=web.py,line=3::it is closed' >"$html/reports/web/github-actions.txt"
    echo 1 >"$html/reports/web/exit-status"
    echo '::error file=hello.py,line=3::a first try' >"$html/reports/hello/github-actions.txt"
    echo 0 >"$html/reports/hello/exit-status"
    exit "$STATUS"
    ;;
esac
"""


@dataclass
class Machine:
    """A computer that runs the scripts in a checkout."""

    folder: Path

    def __post_init__(self) -> None:
        """Make the checkout and the stand-ins."""
        shutil.copytree(TEMPLATE / "ci", self.folder / "project/ci")
        (self.folder / "bin").mkdir()
        self.program("nix", NIX)
        self.program("git", 'echo "git $*" >>"$CALLS"; exit "${GIT_STATUS:-0}"\n')

    def program(self, name: str, text: str) -> None:
        """Make a stand-in."""
        path = self.folder / "bin" / name
        path.write_text(f"#!{SHELL}\n{text}")
        path.chmod(0o755)

    def run(
        self, script: str, *arguments: str, status: int = 0, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a script of the template in the checkout; the command ends with this status."""
        return subprocess.run(
            [SHELL, str(self.folder / "project/ci" / script), *arguments],
            cwd=self.folder / "project",
            env={
                "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
                "CALLS": str(self.folder / "calls"),
                "STATUS": str(status),
                **variables,
            },
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        """What was called, in a line each."""
        return (self.folder / "calls").read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a computer with a checkout."""
    return Machine(tmp_path)


def test_a_shard_is_run_with_the_timings_of_all(machine: Machine) -> None:
    (machine.folder / "project/timings.json").write_text("earlier timings")
    done = machine.run("run-shard.sh", "2/3", "results/2")
    assert done.returncode == 0
    fetch, command, timings = machine.calls
    assert fetch == "run .#debian -- fetch "
    assert command == (
        "run . -- test path:/locked#checks.x86_64-linux --shard 2/3 "
        "--timings results/2/timings.json --junit results/2/junit.xml --html results/2/html "
    )
    assert timings == "earlier timings"
    assert "::error" not in done.stdout


@pytest.mark.parametrize(("status", "ends"), [(0, 0), (1, 1), (2, 2), (3, 3), (5, 0), (130, 130)])
def test_only_flaky_tests_let_a_shard_pass(machine: Machine, status: int, ends: int) -> None:
    done = machine.run("run-shard.sh", "1/1", "results", status=status)
    assert done.returncode == ends
    assert ("some tests are flaky" in done.stderr) == (status == 5)


def test_a_shard_fails_if_packages_cannot_be_fetched(machine: Machine) -> None:
    machine.program("nix", "echo no mirror >&2; exit 1\n")
    done = machine.run("run-shard.sh", "1/1", "results")
    assert done.returncode == 1
    assert done.stderr == "no mirror\n"


def test_annotations_of_what_failed_are_shown_to_github(machine: Machine) -> None:
    done = machine.run("run-shard.sh", "1/1", "results", status=1, GITHUB_ACTIONS="true")
    assert "::error file=web.py,line=3::it is closed\n" in done.stdout
    assert "a first try" not in done.stdout


def test_cron_is_silent_when_all_tests_pass(machine: Machine) -> None:
    done = machine.run("nightly.sh", str(machine.folder / "site"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.calls[0] == "git pull --quiet --ff-only"
    latest = machine.folder / "site/latest"
    assert latest.is_symlink()
    assert (latest / "reports/web").is_dir()
    assert (latest / "output.txt").read_text() == "what the command says\n"


@pytest.mark.parametrize("status", [1, 3, 5])
def test_cron_says_what_is_wrong(machine: Machine, status: int) -> None:
    done = machine.run("nightly.sh", str(machine.folder / "site"), status=status)
    assert done.returncode == status
    assert "what the command says" in done.stdout
    assert f"exit status {status}: {machine.folder}/site/2" in done.stdout


def test_cron_runs_nothing_without_the_newest_commits(machine: Machine) -> None:
    done = machine.run("nightly.sh", str(machine.folder / "site"), GIT_STATUS="128")
    assert done.returncode == 128
    assert machine.calls == ["git pull --quiet --ff-only"]


def test_cron_keeps_the_last_runs(machine: Machine) -> None:
    site = machine.folder / "site"
    for day in range(1, 6):
        (site / f"2020-01-0{day}T020000Z/reports").mkdir(parents=True)
    assert machine.run("nightly.sh", str(site), "3").returncode == 0
    kept = sorted(path.name for path in site.glob("2*Z"))
    assert kept[:2] == ["2020-01-04T020000Z", "2020-01-05T020000Z"]
    assert len(kept) == 3


def test_cron_does_not_begin_while_a_run_goes_on(machine: Machine) -> None:
    site = machine.folder / "site"
    site.mkdir()
    with (site / ".lock").open("w") as lock:
        held = subprocess.Popen(["flock", str(lock.fileno())], pass_fds=[lock.fileno()])
        assert held.wait() == 0
        done = machine.run("nightly.sh", str(site))
    assert done.returncode == 75
    assert "the run before this one has not ended" in done.stdout + done.stderr
    assert not (machine.folder / "calls").exists()
