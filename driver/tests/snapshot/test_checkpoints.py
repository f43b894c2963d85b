"""Checkpoints: a machine goes back to what it was."""

from pathlib import Path

import pytest

from test_driver.errors import CheckpointError
from test_driver.machine import QemuMachine

from ..conftest import DriverProcess


def disk_of(machine: QemuMachine) -> Path:
    """Return the disk of a fake machine."""
    return machine.state_dir / "root.qcow2"


def folders(machine: QemuMachine) -> list[Path]:
    """Return what is kept of a machine's checkpoints."""
    return list(machine.state_dir.parent.glob("*-checkpoint*"))


def test_a_restore_puts_the_disk_back_and_loads_the_state(machine: QemuMachine) -> None:
    machine.succeed("true")
    machine.checkpoint("one")
    first = machine.qemu
    disk_of(machine).write_text("later")
    for _ in range(3):
        machine.restore("one")
        assert disk_of(machine).read_text() == "a new disk"
        assert machine.qemu is not first
        machine.succeed("true")
    assert machine.get_console_log().count("Linux version") == 1


def test_checkpoints_are_nested(machine: QemuMachine) -> None:
    machine.succeed("true")
    for name in ("one", "two"):
        disk_of(machine).write_text(name)
        machine.checkpoint(name)
    for name in ("one", "two", "one"):
        machine.restore(name)
        assert disk_of(machine).read_text() == name


def test_a_machine_that_is_off_is_off_again(machine: QemuMachine) -> None:
    machine.start()
    machine.wait_for_console_text("Linux version")
    machine.crash()
    machine.checkpoint("off")
    machine.start()
    machine.restore("off")
    assert not machine.is_up()
    assert disk_of(machine).exists()


def test_a_machine_that_was_never_on_has_no_disk_again(machine: QemuMachine) -> None:
    machine.checkpoint("new")
    machine.start()
    machine.wait_for_console_text("Linux version")
    machine.restore("new")
    assert not disk_of(machine).exists()


def test_a_rollback_undoes_its_block_and_leaves_nothing(machine: QemuMachine) -> None:
    machine.succeed("true")
    with machine.rollback():
        disk_of(machine).write_text("later")
        with machine.rollback():
            disk_of(machine).write_text("last")
        assert disk_of(machine).read_text() == "later"
    assert disk_of(machine).read_text() == "a new disk"
    assert (machine.checkpoints, folders(machine)) == ({}, [])


def test_a_rollback_after_an_error_leaves_the_machine_as_it_is(machine: QemuMachine) -> None:
    machine.succeed("true")

    def fails() -> None:
        with machine.rollback():
            disk_of(machine).write_text("later")
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - raised just above
        fails()
    assert disk_of(machine).read_text() == "later"
    assert folders(machine) == []


def test_a_name_that_exists_is_refused(machine: QemuMachine) -> None:
    machine.checkpoint("one")
    with pytest.raises(CheckpointError, match="there is a checkpoint 'one' already; give"):
        machine.checkpoint("one")


def test_a_name_that_does_not_exist_is_refused_with_those_that_do(machine: QemuMachine) -> None:
    with pytest.raises(CheckpointError, match="no checkpoint 'x'; those there are: none"):
        machine.restore("x")
    machine.checkpoint("one")
    machine.checkpoint("two")
    with pytest.raises(CheckpointError, match="'x'; those there are: 'one', 'two'"):
        machine.restore("x")


def test_no_room_leaves_nothing_and_the_machine_goes_on(machine: QemuMachine) -> None:
    machine.succeed("true")
    (machine.state_dir / "no-room").touch()
    with pytest.raises(CheckpointError, match=r"it cannot be kept in .*: No space left on device"):
        machine.checkpoint("one")
    assert (machine.checkpoints, folders(machine)) == ({}, [])
    machine.succeed("true")
    assert machine.send_monitor_command("info status") == "VM status: running\n"
    (machine.state_dir / "no-room").unlink()
    machine.checkpoint("one")
    machine.restore("one")


def test_a_state_that_cannot_be_loaded_is_an_error_and_the_machine_is_off(
    machine: QemuMachine,
) -> None:
    machine.succeed("true")
    machine.checkpoint("one")
    machine.checkpoints["one"].state.write_text("nonsense")
    with pytest.raises(CheckpointError, match="it cannot be restored: QEMU cannot load it"):
        machine.restore("one")
    assert not machine.is_up()


ALL = """
for machine in machines:
    machine.succeed("true")
disks = [machine.state_dir / "root.qcow2" for machine in machines]
checkpoint_all("here")
for disk in disks:
    disk.write_text("later")
with rollback():
    for disk in disks:
        disk.write_text("last")
assert [disk.read_text() for disk in disks] == ["later", "later"]
restore_all("here")
assert [disk.read_text() for disk in disks] == ["a new disk", "a new disk"]
for machine in machines:
    machine.succeed("true")
{more}
"""


def test_all_machines_go_back_together(driver_process: DriverProcess) -> None:
    result = driver_process.run(ALL.format(more=""))
    assert result.returncode == 0, result.stderr


def test_a_checkpoint_of_all_that_fails_for_one_is_made_of_none(
    driver_process: DriverProcess,
) -> None:
    more = """
(machines[1].state_dir / "no-room").touch()
try:
    checkpoint_all("there")
except Exception as error:
    assert "two-2: it cannot be kept in" in str(error), error
else:
    raise RuntimeError("it was made")
assert list(machine1.checkpoints) == ["here"]
assert len(list(machine1.state_dir.parent.glob("*-checkpoint*"))) == 2
"""
    result = driver_process.run(ALL.format(more=more))
    assert result.returncode == 0, result.stderr
