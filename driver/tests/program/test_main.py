"""The command line of `rehearse`."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from test_driver.live.place import listening, place_of

from ..conftest import Document

SETTINGS = '[tool.pytest.ini_options]\ntestbed = "{}"\n'


def rehearse(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder."""
    path = os.pathsep.join(one for one in sys.path if one)
    return subprocess.run(
        [sys.executable, "-B", "-m", "test_driver.program.main", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.fixture
def testbed(tmp_path: Path, document: Document) -> Path:
    """A folder that is a testbed."""
    folder = tmp_path / "bed"
    folder.mkdir()
    (folder / "configuration.json").write_text(json.dumps(document))
    return folder


def test_the_help_tells_what_there_is(tmp_path: Path) -> None:
    done = rehearse("--help", folder=tmp_path)
    assert done.returncode == 0
    assert re.search("up +start the machines of a testbed, and keep them running", done.stdout)
    done = rehearse("up", "--help", folder=tmp_path)
    assert done.returncode == 0
    assert "Ctrl-C ends the machines." in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "the following arguments are required: SUBCOMMAND"),
        (("down",), "invalid choice: 'down' (choose from"),
        (("up", "--isolation", "some", "bed"), "invalid choice: 'some'"),
        (("up", "a", "b"), "unrecognized arguments: b"),
        (("up", "absent"), "rehearse: testbed absent: was not found (looked at"),
        (("up",), "rehearse: testbed: none is given; write `rehearse up .#checks"),
        (("up", "bed", "--machine", "x"), "bed: has no machine 'x'; it has: "),
    ],
)
def test_wrong_input_is_refused(
    tmp_path: Path, testbed: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = rehearse(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("pyproject.toml", SETTINGS.format("no-bed"), "testbed no-bed: was not found (looked at "),
        ("pyproject.toml", '[tool.pytest]\ntestbed = "no-bed"\n', "testbed no-bed: was not found"),
        ("pyproject.toml", "[tool", "pyproject.toml: cannot be read: "),
        ("pyproject.toml", "[tool.pytest]\n", "testbed: none is given"),
        ("pytest.ini", "[pytest]\naddopts = -p 50%\ntestbed = no-bed\n", "testbed no-bed: was not"),
        ("setup.cfg", "[tool:pytest]\ntestbed = no-bed\n", "testbed no-bed: was not found"),
        ("tox.ini", "testbed = no-bed\n", "tox.ini: cannot be read: "),
    ],
)
def test_the_settings_of_pytest_name_the_testbed(
    tmp_path: Path, name: str, settings: str, said: str
) -> None:
    (tmp_path / name).write_text(settings)
    (tmp_path / "inner").mkdir()
    done = rehearse("up", folder=tmp_path / "inner")
    assert done.returncode == 2
    assert said in done.stderr


def test_a_testbed_is_up_once(tmp_path: Path, testbed: Path) -> None:
    with listening(place_of(testbed)):
        done = rehearse("up", "bed", folder=tmp_path)
    assert done.returncode == 2
    assert f"already runs for this testbed (process {os.getpid()}); use it" in done.stderr


def test_another_schema_is_refused(tmp_path: Path, testbed: Path, document: Document) -> None:
    changed = {**document, "schema_version": 99}
    (testbed / "configuration.json").write_text(json.dumps(changed))
    done = rehearse("up", "bed", folder=tmp_path)
    assert done.returncode == 2
    assert "schema_version: expected 1, got 99" in done.stderr
