"""The scripts of suites: what the driver is called with, and which suites are no pass."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "lib/shared"
SHELL = shutil.which("dash") or shutil.which("sh") or "sh"


def build(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script of a build, whose output is `out` in the folder."""
    environment = {"PATH": os.environ["PATH"], "out": str(folder / "out"), **variables}
    return subprocess.run(
        [SHELL, "-eu", str(SHARED / script)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def test_the_driver_writes_the_suite(tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text(f'#!{SHELL}\nprintf "%s\\n" "$@"\nexit 3\n')
    python.chmod(0o755)
    document = str(tmp_path / "document with spaces")
    done = build("suite.sh", tmp_path, python=str(python), documentPath=document)
    assert done.stdout.splitlines() == [
        "-P",
        "-m",
        "test_driver.suite.write",
        "--document",
        document,
        "--output",
        str(tmp_path / "out"),
    ]
    assert done.returncode == 3


def verdict(folder: Path, status: str | None) -> subprocess.CompletedProcess[str]:
    """Judge a suite that ended with this status."""
    (folder / "suite").mkdir()
    (folder / "suite/summary.txt").write_text("failed  web: it is closed\n1 failed\n")
    if status is not None:
        (folder / "suite/exit-status").write_text(status)
    return build("suite-verdict.sh", folder, suite=str(folder / "suite"))


@pytest.mark.parametrize("status", ["0\n", "5\n"])
def test_a_suite_without_failures_passes(tmp_path: Path, status: str) -> None:
    done = verdict(tmp_path, status)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").readlink() == tmp_path / "suite"
    assert ("tests are flaky, and none failed: the suite passed" in done.stderr) is ("5" in status)
    assert f"the page of the suite: {tmp_path}/suite/index.html" in done.stderr


@pytest.mark.parametrize(
    ("status", "expected"),
    [("1\n", 1), ("2\n", 2), ("3\n", 3), ("6\n", 6), ("", 1), ("x\n", 1), ("-1\n", 1)],
)
def test_any_other_suite_fails_and_names_the_tests(
    tmp_path: Path, status: str, expected: int
) -> None:
    done = verdict(tmp_path, status)
    assert done.returncode == expected
    assert "failed  web: it is closed\n1 failed\n" in done.stderr
    assert "the suite did not pass" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_suite_without_a_status_fails(tmp_path: Path) -> None:
    assert verdict(tmp_path, None).returncode != 0
    assert not (tmp_path / "out").exists()
