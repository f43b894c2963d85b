"""Runs many scripts with the real driver, each in a process forked from one that has it loaded.

A program: it reads one JSON object from standard input, with the configuration, the folder for
outputs, the scripts by name and how many run at a time, and writes each status as subprocess does.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # it runs as a program of its own

import junit_xml  # noqa: F401 - loaded once for all

from test_driver.cli import main


def run_script(folder: Path, document: dict[str, Any], script: str) -> None:
    """Run the driver in this process, which ends."""
    folder.mkdir()
    document = {**document, "test_script": str(folder / "script.py")}
    (folder / "script.py").write_text(script)
    (folder / "config.json").write_text(json.dumps(document))
    said = os.open(folder / "said", os.O_WRONLY | os.O_CREAT)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.exit(main(["--config", f"{folder}/config.json", "--output_directory", f"{folder}/out"]))


def farm(order: dict[str, Any]) -> dict[str, int]:
    """Run all scripts, some at a time."""
    running: dict[int, str] = {}
    ended: dict[str, int] = {}
    waiting = list(order["scripts"].items())
    while waiting or running:
        if waiting and len(running) < order["at_a_time"]:
            name, script = waiting.pop(0)
            if (pid := os.fork()) == 0:
                run_script(Path(order["folder"], name), order["document"], script)
            running[pid] = name
            continue
        pid, status = os.wait()
        ended[running.pop(pid)] = os.waitstatus_to_exitcode(status)
    return ended


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of the driver: its status as subprocess gives it, what it said, what it left."""

    status: int
    said: str
    output: Path

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of a kind."""
        lines = (self.output / "events.jsonl").read_text().splitlines()
        return [event for event in map(json.loads, lines) if event["kind"] == kind]


def run_scripts(
    folder: Path, document: dict[str, Any], scripts: Mapping[str, str], at_a_time: int = 2
) -> dict[str, Run]:
    """Run scripts with the real driver, which has one machine that cannot start."""
    part = {"start_command": ["/bin/false"], "vlans": [], "memory_mib": 1, "cores": 1}
    order = {
        "folder": str(folder),
        "document": {**document, "vlans": [], "machines": {"machine": part}},
        "scripts": scripts,
        "at_a_time": at_a_time,
    }
    program = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(order),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {
        name: Run(
            status=status,
            said=(folder / name / "said").read_text(),
            output=folder / name / "out",
        )
        for name, status in json.loads(program.stdout).items()
    }


if __name__ == "__main__":
    json.dump(farm(json.load(sys.stdin)), sys.stdout)
