"""A `rehearse up` without machines, and clients of it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ..pytest_plugin.conftest import tests
from ..support.interruptible import interruptible

__all__ = ["tests"]  # a fixture here too

SUPPORT = Path(__file__).parent.parent / "support"
DRIVER = SUPPORT.parent.parent
BARE = ("-p", "no:cacheprovider", "--color=no", "-p", "tests.support.live_plugin")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a client has ended."""

    status: int
    text: str

    def comparable(self) -> list[str]:
        """Return the lines, but for those with times and places."""
        other = ("live: ", "- generated xml", "hypothesis profile")
        text = re.sub(r"in \d+\.\d+s", "", self.text)
        return [line for line in text.splitlines() if not line.startswith(other)]


@dataclass(kw_only=True)
class Project:
    """A folder with tests, and a testbed."""

    folder: Path
    testbed: Path
    stack: ExitStack = field(default_factory=ExitStack)

    def write(self, **files: str) -> None:
        """Write Python files."""
        for name, text in files.items():
            (self.folder / f"{name}.py").write_text(text)

    def up(self) -> subprocess.Popen[str]:
        """Start the server, and wait until it listens."""
        process = subprocess.Popen(
            [sys.executable, "-B", SUPPORT / "live_server.py", self.testbed],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(PYTEST_ADDOPTS="--no-such-option", OF_SERVER="1"),
            cwd="/",
            preexec_fn=interruptible,
        )
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        assert process.stdout is not None
        self.stack.callback(process.stdout.close)
        if (line := process.stdout.readline()) != "up\n":
            raise AssertionError(line + process.stdout.read())
        return process

    def start(self, *arguments: str, cwd: Path | None = None, **variables: str) -> "Popen":
        """Start pytest with `--live`."""
        return self._start(f"--live-of={self.testbed}", *arguments, cwd=cwd, **variables)

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs pytest."""
        return [sys.executable, "-B", "-m", "pytest", *BARE, *arguments]

    def _start(self, *arguments: str, cwd: Path | None, **variables: str) -> "Popen":
        process = subprocess.Popen(
            self.command(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=cwd or self.folder,
            env=environment(**variables),
            preexec_fn=interruptible,
        )
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        assert process.stdout is not None
        self.stack.callback(process.stdout.close)
        return process

    def run(self, *arguments: str, cwd: Path | None = None, **variables: str) -> Ended:
        """Run pytest with `--live`."""
        return _ended(self.start(*arguments, cwd=cwd, **variables))

    def run_plain(self, *arguments: str) -> Ended:
        """Run pytest without `--live`."""
        return _ended(self._start(*arguments, cwd=None))


def _ended(process: "Popen") -> Ended:
    text, _ = process.communicate(timeout=100)
    return Ended(status=process.returncode, text=text)


Popen = subprocess.Popen[str]


def environment(**variables: str) -> dict[str, str]:
    """Return environment variables for a process that imports the driver."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    path = os.pathsep.join([str(DRIVER), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    return {**kept, "PYTHONPATH": path.rstrip(os.pathsep), **variables}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project, whose processes are ended in the end."""
    (tmp_path / "project").mkdir()
    (tmp_path / "testbed").mkdir()
    (tmp_path / "project/pytest.ini").write_text("[pytest]\njunit_family = xunit1\n")
    made = Project(folder=tmp_path / "project", testbed=tmp_path / "testbed")
    with made.stack:
        yield made
