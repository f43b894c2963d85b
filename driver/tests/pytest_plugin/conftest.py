"""Tests of pytest over fake machines, run as users run them: in processes of their own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Document, DriverProcess

PLUGIN = "test_driver.pytest_plugin.plugin"
# Most of what pytest takes from an environment, or writes beside the tests.
ARGUMENTS = ("-p", "no:cacheprovider")


@dataclass(kw_only=True)
class TestRun:
    """A run of tests: its exit status, what it said, and its folder for output."""

    __test__ = False

    status: int
    said: str
    output: Path

    def results(self) -> dict[str, str]:
        """Return how each test ended, by the last part of its node id."""
        return {
            event["name"].rpartition("::")[2]: event["outcome"]
            for event in self.events("step-end")
            if event.get("outcome")
        }

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of a kind."""
        lines = (self.output / "events.jsonl").read_text().splitlines()
        return [event for event in map(json.loads, lines) if event["kind"] == kind]


@dataclass(kw_only=True)
class Tests:
    """A folder of test files over the fake machines `machine1` and `two-2`."""

    __test__ = False

    process: DriverProcess
    folder: Path
    document: Document = field(default_factory=dict)

    def write(self, **files: str) -> None:
        """Write test files, by their names without `.py`."""
        for name, text in files.items():
            (self.folder / f"{name}.py").write_text(text)

    def build(self, *arguments: str, check: bool = False) -> TestRun:
        """Run the tests as a build does."""
        more = [f"--pytest-argument={one}" for one in arguments]
        tests = ["--tests", str(self.folder), *(["--check-only"] if check else [])]
        done = self.process.run("", *tests, *more)
        output = self.process.output
        return TestRun(status=done.returncode, said=done.stdout + done.stderr, output=output)

    def command(self, *arguments: str, testbed: bool = True) -> list[str]:
        """Return the command that runs the tests as in a checkout."""
        place = self.process.folder / "testbed"
        place.mkdir(exist_ok=True)
        (place / "configuration.json").write_text(json.dumps(self.process.document))
        given = ["--testbed", str(place), "--machine-output", str(self.process.output)]
        named = [*(given if testbed else []), *arguments]
        return [sys.executable, "-m", "pytest", "-p", PLUGIN, *ARGUMENTS, *named]

    def environment(self) -> dict[str, str]:
        """Return the environment of pytest."""
        own = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "COLUMNS": "200"}
        return {**self.process.environment(), **own}

    def checkout(self, *arguments: str, testbed: bool = True) -> TestRun:
        """Run the tests as `pytest` in a checkout."""
        done = subprocess.run(
            self.command(*arguments, testbed=testbed),
            env=self.environment(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        said = done.stdout + done.stderr
        return TestRun(status=done.returncode, said=said, output=self.process.output)


@pytest.fixture
def tests(driver_process: DriverProcess) -> Tests:
    """A folder for test files."""
    folder = driver_process.folder / "tests"
    folder.mkdir()
    driver_process.document["global_timeout_seconds"] = 100  # diagnostics of fakes take some time
    return Tests(process=driver_process, folder=folder)
