"""Files of containers that are kept, and put back."""

import sys
from pathlib import Path

import pytest

from test_driver.errors import CheckpointError
from test_driver.faults.machine_faults import PAUSE
from test_driver.machine import NspawnMachine, QemuMachine

from ..backend.nspawn.test_cgroups import Boxed
from ..conftest import SUPPORT, AnyMachineMaker, DriverProcess
from ..support.fake_cgroups import FakeKernel

FAKE = (sys.executable, str(SUPPORT / "fake_container.py"))


@pytest.fixture
def boxed(
    make_any_machine: AnyMachineMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Boxed:
    """Make containers that can stand still."""
    kernel = FakeKernel(tmp_path, monkeypatch)
    kernel.version_2()
    return Boxed(make_any_machine, kernel)


@pytest.fixture
def box(boxed: Boxed) -> NspawnMachine:
    """A container that runs, with a file."""
    machine = boxed.box()
    machine.succeed("true")
    write(machine, "one")
    return machine


def write(box: NspawnMachine, text: str) -> None:
    """Write the file of a container."""
    place = box.state_dir / "files/upper/file"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def read(box: NspawnMachine) -> str:
    """Read the file of a container."""
    return (box.state_dir / "files/upper/file").read_text()


def test_files_are_kept_under_several_names(box: NspawnMachine) -> None:
    box.checkpoint_files("one")
    assert box.is_up()
    write(box, "two")
    box.checkpoint_files("two")
    write(box, "three")
    first = box.get_systemd_process
    for name in ("one", "two", "one", "one", "two"):
        box.restore_files(name)
        assert read(box) == name
        assert box.connected
        write(box, "changed")
    assert box.get_systemd_process != first
    box.succeed("true")


def test_a_container_stands_still_while_its_files_are_kept(
    boxed: Boxed, box: NspawnMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(
        "test_driver.machine.kept_files.copy_files",
        lambda *arguments: seen.append(boxed.file("cgroup.events")),
    )
    box.checkpoint_files("one")
    assert seen == ["populated 1\nfrozen 1\n"]
    assert boxed.file("cgroup.events") == "populated 1\nfrozen 0\n"
    with box.pause():
        box.checkpoint_files("two")
        assert boxed.file("cgroup.events") == "populated 1\nfrozen 1\n"
        assert box.faults.of(PAUSE)


def test_names_that_are_wrong_are_refused(box: NspawnMachine) -> None:
    with pytest.raises(CheckpointError) as caught:
        box.restore_files("one")
    assert str(caught.value) == (
        "box: there is no checkpoint 'one' of its files; those there are: none"
    )
    box.checkpoint_files("one")
    box.checkpoint_files("two")
    with pytest.raises(CheckpointError, match=r"there are: 'one', 'two'$"):
        box.restore_files("on")
    with pytest.raises(CheckpointError, match="'one' of its files already; give this another name"):
        box.checkpoint_files("one")


def test_a_container_that_is_off_stays_off(box: NspawnMachine) -> None:
    box.shutdown()
    box.checkpoint_files("off")
    write(box, "changed")
    box.start()
    box.restore_files("off")
    assert not box.is_up()
    assert read(box) == "one"
    box.restore_files("off")
    box.succeed("true")


def test_a_container_that_never_ran_has_no_files(boxed: Boxed) -> None:
    box = boxed.box()
    box.checkpoint_files("new")
    box.start()
    write(box, "one")
    box.restore_files("new")
    assert list(box.state_dir.iterdir()) == []


def test_a_container_that_cannot_stand_still_is_refused(boxed: Boxed) -> None:
    boxed.kernel.mount()
    box = boxed.box()
    box.start()
    with pytest.raises(CheckpointError) as caught:
        box.checkpoint_files("one")
    assert str(caught.value).startswith(
        "box: its files cannot be kept: it needs cgroups of version"
    )
    assert str(caught.value).endswith("; switch it off with shutdown() before")
    box.shutdown()
    box.checkpoint_files("one")


def test_what_the_host_cannot_copy_is_told(
    box: NspawnMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    box.checkpoint_files("one")
    monkeypatch.setattr("test_driver.machine.kept_files.copy_files", fail)
    with pytest.raises(CheckpointError, match=r"cannot be kept: .*No space left on device"):
        box.checkpoint_files("two")
    monkeypatch.setattr("test_driver.machine.kept_files.replace_files", fail)
    with pytest.raises(CheckpointError, match=r"cannot be put back: .*No space left on device"):
        box.restore_files("one")
    assert read(box) == "one"


def test_a_machine_in_qemu_has_no_such_method(machine: QemuMachine) -> None:
    for name, other in (("checkpoint_files", "checkpoint"), ("restore_files", "restore")):
        said = f"machine1: no method {name}: the machine runs in QEMU: use {other}\\(\\)"
        with pytest.raises(AttributeError, match=said):
            getattr(machine, name)
    with pytest.raises(AttributeError, match="'QemuMachine' object has no attribute 'succed'"):
        getattr(machine, "succed")  # noqa: B009


def test_the_check_of_a_script_finds_such_a_call(driver_process: DriverProcess) -> None:
    result = driver_process.run("machine1.checkpoint_files('a')\n", "--check-only", "--skip-lint")
    assert result.returncode != 0
    said = '"QemuMachine" has no attribute "checkpoint_files"'
    assert said in result.stdout + result.stderr
