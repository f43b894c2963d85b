"""No script passes wrongly: generated failures all fail, expected ones all pass."""

from pathlib import Path

import pytest

from .conftest import Document
from .failing_scripts import failing_scripts
from .passing_scripts import SCRIPTS
from .script_farm import run_scripts

# They work all the time, on whatever processors are left.
pytestmark = pytest.mark.timeout(600)


def test_no_generated_failure_passes_and_each_is_told_by_its_first_cause(
    tmp_path: Path, document: Document
) -> None:
    told = {name: first for name, _, first in failing_scripts()}
    assert len(told) >= 200
    scripts = {name: script for name, script, _ in failing_scripts()}
    wrong = []
    for name, run in run_scripts(tmp_path, document, scripts).items():
        found = run.events("verdict")
        statuses = [run.status % 256, *(verdict["exit_status"] for verdict in found)]
        if 0 in statuses or len(found) != 1:
            wrong.append(f"{name}: statuses {statuses}")
        elif told[name] not in found[0]["headline"] or told[name] not in run.said:
            wrong.append(f"{name}: {told[name]!r} is not in {found[0]['headline']!r}")
    assert wrong == []


def test_what_a_script_expects_is_no_failure(tmp_path: Path, document: Document) -> None:
    assert len(SCRIPTS) >= 50
    runs = run_scripts(tmp_path, document, SCRIPTS)
    wrong = {
        name: run.said
        for name, run in runs.items()
        if run.status != 0 or [verdict["exit_status"] for verdict in run.events("verdict")] != [0]
    }
    assert wrong == {}
