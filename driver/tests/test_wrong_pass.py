"""No script passes wrongly: generated failures all fail, expected ones all pass."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from .conftest import HERE, Document
from .failing_scripts import failing_scripts
from .passing_scripts import passing_scripts

AT_A_TIME = 2
# They work all the time, on whatever processors are left.
pytestmark = pytest.mark.timeout(180)


def run_all(folder: Path, document: Document, scripts: Iterable[tuple[str, str, str]]) -> Any:  # noqa: ANN401 - JSON
    """Run scripts with the real driver, and return how each process ended."""
    part = {"start_command": ["/bin/false"], "vlans": [], "memory_mib": 1, "cores": 1}
    order = {
        "folder": str(folder),
        "document": {**document, "vlans": [], "machines": {"machine": part}},
        "scripts": {name: script for name, script, _ in scripts},
        "at_a_time": AT_A_TIME,
    }
    farm = subprocess.run(
        [sys.executable, str(HERE / "script_farm.py")],
        input=json.dumps(order),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(farm.stdout)


def verdicts(folder: Path) -> list[dict[str, Any]]:
    """Return the verdicts in the events of a run."""
    lines = (folder / "out" / "events.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["kind"] == "verdict"]


def test_no_generated_failure_passes_and_each_is_told_by_its_first_cause(
    tmp_path: Path, document: Document
) -> None:
    scripts = list(failing_scripts())
    assert len(scripts) >= 200
    ended = run_all(tmp_path, document, scripts)
    wrong = []
    for name, _, told in scripts:
        said = (tmp_path / name / "said").read_text()
        found = verdicts(tmp_path / name)
        statuses = [ended[name] % 256, *(verdict["exit_status"] for verdict in found)]
        if 0 in statuses or len(found) != 1:
            wrong.append(f"{name}: statuses {statuses}")
        elif told not in found[0]["headline"] or told not in said:
            wrong.append(f"{name}: {told!r} is not in {found[0]['headline']!r}")
    assert wrong == []


def test_what_a_script_expects_is_no_failure(tmp_path: Path, document: Document) -> None:
    scripts = list(passing_scripts())
    assert len(scripts) >= 50
    ended = run_all(tmp_path, document, scripts)
    wrong = {}
    for name, _, _ in scripts:
        statuses = [verdict["exit_status"] for verdict in verdicts(tmp_path / name)]
        if ended[name] != 0 or statuses != [0]:
            wrong[name] = (tmp_path / name / "said").read_text()
    assert wrong == {}
