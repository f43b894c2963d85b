"""Folders of drivers that were killed: the next driver removes them, and nothing else."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from test_driver.state import private_folder, socket_folder
from test_driver.temporary_folders import MARK, remove_abandoned_folders

from .conftest import DriverProcess
from .faults.test_losses_of_all_kinds import start_two_machines
from .test_process import wait_for_death


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files, with a short path."""
    with tempfile.TemporaryDirectory(prefix="t") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def abandoned(place: Path, name: str = "test-driver-old", mode: int = 0o700) -> Path:
    """Make what a killed driver leaves."""
    folder = place / name
    folder.mkdir()
    (folder / MARK).touch()
    (folder / "vm-state-a").mkdir()
    (folder / "vm-state-a" / "root.qcow2").write_text("a disk")
    folder.chmod(mode)
    return folder


def names(place: Path) -> list[str]:
    """Return what lies in a folder."""
    return sorted(path.name for path in place.iterdir())


@pytest.mark.parametrize("name", ["test-driver-old", "td-old"])
def test_what_a_killed_driver_left_is_removed(
    place: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "test_driver")
    folder = abandoned(place, name)
    remove_abandoned_folders()
    assert names(place) == []
    assert f"removed {folder}, which a driver that was killed has left" in caplog.text


def test_what_a_driver_that_runs_has_is_left_alone(place: Path) -> None:
    with ExitStack() as stack:
        mine = [private_folder(stack), socket_folder(stack)]
        remove_abandoned_folders()
        assert all((folder / MARK).exists() for folder in mine)
    assert names(place) == []


def test_what_is_about_to_be_a_drivers_is_left_alone(place: Path) -> None:
    (place / "test-driver-new").mkdir(mode=0o700)
    remove_abandoned_folders()
    assert names(place) == ["test-driver-new"]


def test_what_others_can_write_to_or_name_so_is_left_alone(place: Path) -> None:
    abandoned(place, "test-driver-open", 0o755)
    abandoned(place, "vm-state-kept")
    abandoned(place, "other")
    (place / "td-file").write_text("")
    remove_abandoned_folders()
    assert names(place) == ["other", "td-file", "test-driver-open", "vm-state-kept"]


def test_links_are_not_followed(place: Path) -> None:
    (place / "elsewhere").mkdir()
    target = abandoned(place / "elsewhere", "x")
    (place / "test-driver-link").symlink_to(target)
    inside = abandoned(place)
    (inside / "link").symlink_to(place / "elsewhere")
    remove_abandoned_folders()
    assert names(place) == ["elsewhere", "test-driver-link"]
    assert (target / "vm-state-a" / "root.qcow2").read_text() == "a disk"


def test_the_folder_of_another_user_is_left_alone(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    abandoned(place)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    remove_abandoned_folders()
    assert names(place) == ["test-driver-old"]


def test_a_folder_that_another_driver_removes_at_the_same_time_is_no_error(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = abandoned(place)

    def lock(descriptor: int, how: int) -> None:
        folder.rename(place / "gone")
        folder.mkdir(mode=0o700)

    monkeypatch.setattr(fcntl, "flock", lock)
    remove_abandoned_folders()
    assert names(place) == ["gone", "test-driver-old"]


def test_the_next_driver_removes_what_a_killed_one_left(driver_process: DriverProcess) -> None:
    process, found = start_two_machines(driver_process)
    process.kill()
    process.communicate()
    for pid in found:
        wait_for_death(pid)
    assert len(names(driver_process.temporary)) == 2
    result = driver_process.run("machine1.succeed('true')\n")
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("which a driver that was killed has left") == 2
    assert names(driver_process.temporary) == []
