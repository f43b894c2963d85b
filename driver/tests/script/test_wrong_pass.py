"""No script passes wrongly: generated failures all fail, expected ones all pass."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from ..conftest import Document
from ..support import easily_lost
from ..support.failing_scripts import failing_scripts
from ..support.passing_scripts import SCRIPTS
from ..support.script_farm import run_scripts

# They work all the time, on whatever processors are left.
pytestmark = pytest.mark.timeout(600)


def test_no_generated_failure_passes_and_each_is_told_by_its_first_cause(
    tmp_path: Path, document: Document
) -> None:
    scripts = {name: (script, first) for name, script, first in failing_scripts()}
    assert len(scripts) >= 200
    assert not_told(tmp_path, document, scripts) == []


def test_no_failure_is_lost_where_python_keeps_it(tmp_path: Path, document: Document) -> None:
    assert not_told(tmp_path, document, easily_lost.SCRIPTS) == []


def test_a_script_that_takes_the_timer_away_is_still_timed_out(
    tmp_path: Path, document: Document
) -> None:
    script = "import signal, time\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\ntime.sleep(1.2)\n"
    scripts = {"ignored": (script, "GlobalTimeout")}
    assert not_told(tmp_path, {**document, "global_timeout_seconds": 1}, scripts) == []


def not_told(folder: Path, document: Document, scripts: Mapping[str, tuple[str, str]]) -> list[str]:
    """Run scripts with what their failures are told with, and return what is wrong."""
    wrong = []
    for name, run in run_scripts(
        folder, document, {name: one for name, (one, _) in scripts.items()}
    ).items():
        found = run.events("verdict")
        statuses = [run.status % 256, *(verdict["exit_status"] for verdict in found)]
        if 0 in statuses or len(found) != 1:
            wrong.append(f"{name}: statuses {statuses}")
        elif (told := scripts[name][1]) not in found[0]["headline"] or told not in run.said:
            wrong.append(f"{name}: {told!r} is not in {found[0]['headline']!r}")
        elif told not in (run.output / "log.txt").read_text():
            wrong.append(f"{name}: {told!r} is not in log.txt")
    return wrong


def test_what_a_script_expects_is_no_failure(tmp_path: Path, document: Document) -> None:
    assert len(SCRIPTS) >= 50
    runs = run_scripts(tmp_path, document, SCRIPTS)
    wrong = {
        name: run.said
        for name, run in runs.items()
        if run.status != 0 or [verdict["exit_status"] for verdict in run.events("verdict")] != [0]
    }
    assert wrong == {}
