"""Wheels whose place in the driver's Python is taken."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from small_wheel import Wheel, small_wheel

from debian_archive import wheel_conflicts
from debian_archive.wheel_conflicts import conflicts


def _install(folder: Path, *wheels: Wheel) -> str:
    for wheel in wheels:
        zipfile.ZipFile(BytesIO(wheel.content)).extractall(folder)
    return str(folder)


@pytest.fixture
def had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of what the driver has: tenacity 8.5."""
    folder = tmp_path / "had"
    _install(folder, small_wheel("Tenacity", "8.5"))
    monkeypatch.syspath_prepend(folder)
    return folder


def test_what_the_driver_has_not_is_no_conflict(had: Path, tmp_path: Path) -> None:
    folder = _install(tmp_path / "new", small_wheel("stamina", "25.1"))
    assert conflicts(folder, ["stamina"]) == []


def test_the_same_version_is_no_conflict(had: Path, tmp_path: Path) -> None:
    folder = _install(tmp_path / "new", small_wheel("tenacity", "8.5"))
    assert conflicts(folder, ["tenacity"]) == []


def test_what_is_asked_for_must_be_what_is_imported(had: Path, tmp_path: Path) -> None:
    folder = _install(tmp_path / "new", small_wheel("tenacity", "9.0"))
    assert conflicts(folder, ["tenacity"]) == [
        "rehearse: extraPythonPackages: wheel tenacity 9.0 cannot be imported: the driver's "
        "Python has tenacity 8.5 from Debian, which goes first, and the test asks for it. Lock "
        "wheels that go with it: nix run .#debian -- lock add pypi tenacity==8.5"
    ]


@pytest.mark.parametrize("needed", ["tenacity", "tenacity>=8,<9", "tenacity>=9; os_name=='nt'"])
def test_what_others_need_may_be_older_if_it_does(had: Path, tmp_path: Path, needed: str) -> None:
    wheels = [small_wheel("stamina", "25.1", [needed]), small_wheel("tenacity", "9.0")]
    assert conflicts(_install(tmp_path / "new", *wheels), ["stamina"]) == []


@pytest.mark.parametrize("needed", ["Tenacity>=9", "tenacity!=8.5; extra == 'retries'"])
def test_what_others_need_must_do(had: Path, tmp_path: Path, needed: str) -> None:
    wheels = [small_wheel("stamina", "25.1", [needed]), small_wheel("tenacity", "9.0")]
    (message,) = conflicts(_install(tmp_path / "new", *wheels), ["stamina"])
    assert "has tenacity 8.5 from Debian, which goes first, and stamina needs another." in message


def test_a_conflict_ends_the_build(had: Path, tmp_path: Path) -> None:
    folder = _install(tmp_path / "new", small_wheel("tenacity", "9.0"))
    program = str(wheel_conflicts.__file__)
    command = [sys.executable, program, folder, "tenacity"]
    path = ":".join([str(had), *sys.path])
    done = subprocess.run(
        command, env={"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("rehearse: extraPythonPackages: wheel tenacity 9.0 cannot be im")
