"""Check that no result is lost silently when a builder's Nix daemon dies in the middle of a test.

Two builders run the tests. When some have ended, the daemon of the second builder is killed in the
middle of a test. All results, reports and logs must arrive, and the lost run must be named.
"""

import json
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from loopback_builders.builder import Builder
from loopback_builders.group import Builders

# After so many tests have ended, and the test that is to be lost has run for so long.
ENDED_TESTS = 2
RUN_SECONDS = 1.0
# What every test of machines leaves.
FILES = ("exit-status", "junit.xml", "log.txt")


class Suite:
    """A run of the command, of which every line is read."""

    def __init__(self, command: list[str], builders: Builders, folder: Path) -> None:
        """Start the command; it writes its results into the folder."""
        self.folder = folder
        self.events: list[dict[str, Any]] = []
        self.lost: list[str] = []
        self._victim = builders.builders[1]
        self._process = subprocess.Popen(
            [
                *command,
                "--json",
                *("--html", str(folder / "html")),
                *("--junit", str(folder / "junit.xml")),
                *("--timings", str(folder / "timings.json")),
            ],
            env=builders.environment(),
            stdout=subprocess.PIPE,
            text=True,
        )

    def named(self, event: str) -> list[dict[str, Any]]:
        """Return the events of a kind."""
        return [one for one in self.events if one["event"] == event]

    def run(self) -> int:
        """Read what the command says, kill the daemon meanwhile, and return the exit status."""
        assert self._process.stdout is not None
        try:
            for line in self._process.stdout:
                sys.stderr.write(line)
                self.events.append(json.loads(line))
                if not self.lost and len(self.named("ended")) >= ENDED_TESTS:
                    self._kill_in_the_middle()
            return self._process.wait()
        finally:
            self._process.terminate()
            self._process.wait()

    def _kill_in_the_middle(self) -> None:
        deadline = time.monotonic() + 120
        while not self.lost and time.monotonic() < deadline and self._process.poll() is None:
            before = _running_tests(self._victim)
            time.sleep(RUN_SECONDS)
            self.lost = sorted(before & _running_tests(self._victim))
        if self.lost:
            killed = self._victim.kill_daemons()
            sys.stderr.write(f"killed {killed} of {self._victim.name} below {self.lost}\n")


def _running_tests(builder: Builder) -> set[str]:
    """Return the names of the reports that a builder makes now."""
    names = set()
    for process in builder.builds():
        try:
            variables = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
        except OSError:
            continue
        for variable in variables:
            if variable.startswith(b"name=vm-test-report-"):
                names.add(variable.decode().removeprefix("name=vm-test-report-"))
    return names


def problems(suite: Suite, status: int, fails: set[str]) -> list[str]:
    """Return what is wrong with the results of a suite."""
    if not suite.named("finished") or not suite.named("selected"):
        return [f"the command ended with status {status} and gave no results"]
    (finished,) = suite.named("finished")
    (selected,) = suite.named("selected")
    results = {test["name"]: test for test in finished["tests"]}
    found = []
    if not suite.lost:
        found.append("no daemon was killed: the tests were too short")
    if sorted(results) != sorted(selected["tests"]):
        found.append(f"results of {sorted(results)}, but these were selected: {selected['tests']}")
    if status != (1 if fails else 0):
        found.append(f"the exit status is {status}")
    for name, result in results.items():
        wanted = "failed" if name in fails else "passed"
        if result["outcome"] != wanted:
            found.append(f"{name}: {result['outcome']} instead of {wanted}: {result['headline']}")
        found += [f"{name}: {problem}" for problem in _report_problems(suite, name, result)]
    named = [one["test"] for one in suite.named("ended") if one["headline"].startswith("lost")]
    unnamed = [lost for lost in suite.lost if not any(lost.startswith(name) for name in named)]
    if unnamed:
        found.append(f"lost, and not named as lost: {unnamed}")
    where = {one.get("builder", "").partition("?")[0] for one in suite.named("building")}
    if not {"ssh-ng://builder1", "ssh-ng://builder2"} <= where:
        found.append(f"tests ran only on {sorted(where)}")
    return found + _junit_problems(suite, set(results))


def _report_problems(suite: Suite, name: str, result: dict[str, Any]) -> list[str]:
    if not result["report"]:
        return ["its report has not arrived"]
    places = (Path(result["report"]), suite.folder / "html/reports" / name)
    return [
        f"{place} has no {file}" for place in places for file in FILES if not _full(place / file)
    ]


def _full(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def _junit_problems(suite: Suite, names: set[str]) -> list[str]:
    text = (suite.folder / "junit.xml").read_text()
    ET.fromstring(text)  # it is a document
    return [f"junit.xml does not name {name}" for name in sorted(names) if name not in text]


def check_lost_daemon(command: list[str], builders: Builders, fails: set[str]) -> int:
    """Run the command, which is `rehearse test`, and return 0 if nothing is wrong."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(command, builders, Path(folder))
        found = problems(suite, suite.run(), fails)
    for problem in found:
        sys.stderr.write(f"remote builders: {problem}\n")
    seconds = time.monotonic() - began
    lost = f"{len(suite.lost)} lost in the middle"
    sys.stderr.write(f"remote builders: {len(found)} problems, {lost}, {seconds:.0f} s\n")
    return 1 if found else 0
