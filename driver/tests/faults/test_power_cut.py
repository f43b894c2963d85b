"""A power cut: what the guest has flushed is on the disk, and nothing else."""

import json
import signal
import threading
import time
from pathlib import Path

import pytest

from test_driver.errors import FaultRefused, HostError
from test_driver.faults.write_log import SECTOR
from test_driver.machine import QemuMachine

from ..conftest import MachineMaker
from ..machine.test_power import later
from ..support.fake_disks import NOTES
from .test_write_log import FLUSH, entry, log_of, sectors

KEPT, LOST = sectors("k"), sectors("l")
LOG = log_of(entry(1, KEPT), entry(0, b"", FLUSH), entry(1, LOST), entry(2, LOST))


def disk(machine: QemuMachine) -> Path:
    """Return the first disk of a fake machine."""
    return machine.state_dir / "root.qcow2"


def prepare(machine: QemuMachine) -> None:
    """Make the disks of a machine."""
    machine.state_dir.mkdir(parents=True)
    for name in ("root.qcow2", "empty0.qcow2"):
        (machine.state_dir / name).write_bytes(sectors("-", 4))


def log(machine: QemuMachine, number: int = 0) -> Path:
    """Return the log of a disk."""
    return machine.state_dir / "write-log" / f"{number}.log"


@pytest.fixture
def machine(make_machine: MachineMaker) -> QemuMachine:
    """A machine whose power can be cut, and whose guest is up."""
    machine = make_machine(power_cuts=True)
    prepare(machine)
    machine.succeed("true")
    return machine


def notes(machine: QemuMachine) -> list[list[object]]:
    """Return what was done to the disks."""
    return [json.loads(line) for line in (machine.state_dir / NOTES).read_text().splitlines()]


def test_the_guest_runs_when_its_writes_are_logged(machine: QemuMachine) -> None:
    assert machine.qemu is not None
    assert "-S" in machine.qemu.command
    assert "virtio-blk-device.request-merging=off" in machine.qemu.command
    done = notes(machine)
    assert [command for command, _ in done] == ["blockdev-add", "qom-set"] * 2 + ["cont"]
    options = done[0][1]
    assert isinstance(options, dict)
    assert (options["driver"], options["file"]) == ("blklogwrites", "#root")
    assert options["log"]["filename"] == str(log(machine))


def test_what_was_flushed_is_there_and_the_rest_is_not(machine: QemuMachine) -> None:
    log(machine).write_bytes(LOG)
    disk(machine).write_bytes(sectors("x", 4))
    machine.power_cut()
    assert not machine.is_up()
    assert disk(machine).read_bytes() == sectors("-") + KEPT + sectors("-", 2)
    assert (machine.state_dir / "empty0.qcow2").read_bytes() == sectors("-", 4)
    assert machine.succeed("echo again") == "again\n"
    assert log(machine).read_bytes() == b""


def test_a_crash_keeps_everything(machine: QemuMachine) -> None:
    log(machine).write_bytes(LOG)
    disk(machine).write_bytes(sectors("x", 4))
    machine.crash()
    assert disk(machine).read_bytes() == sectors("x", 4)
    machine.power_cut()
    assert disk(machine).read_bytes() == sectors("x", 4)


def test_a_log_with_a_hole_is_waited_for(machine: QemuMachine) -> None:
    with_hole = log_of(bytes(2 * SECTOR), entry(0, b"", FLUSH))
    whole = log_of(entry(3, KEPT), entry(0, b"", FLUSH))
    assert len(with_hole) == len(whole)
    log(machine).write_bytes(with_hole)
    with log(machine).open("r+b", buffering=0) as file:
        threading.Timer(0.3, file.write, (whole,)).start()
        machine.power_cut()
    assert disk(machine).read_bytes() == sectors("-", 3) + KEPT


def test_a_log_that_stays_broken_is_told(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.faults.power_cut.STANDSTILL_SECONDS", 0.2)
    log(machine).write_bytes(log_of(bytes(SECTOR)))
    with pytest.raises(HostError, match=r"machine1: its power cannot be cut: the logs of what"):
        machine.power_cut()
    assert machine.succeed("echo on") == "on\n"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            "broken-daemon",
            r"storage daemon failed: .*\n  its output:\n    fake: the image is broken",
        ),
        ("no-room", r"\.start cannot be written: No space left on device"),
    ],
)
def test_a_disk_that_cannot_be_put_back_is_left_as_it_is(
    machine: QemuMachine, fault: str, message: str
) -> None:
    log(machine).write_bytes(LOG)
    disk(machine).write_bytes(sectors("x", 4))
    (machine.state_dir / "write-log" / fault).touch()
    with pytest.raises(HostError, match=message):
        machine.power_cut()
    assert disk(machine).read_bytes() == sectors("x", 4)


def test_the_cut_comes_under_a_limit_of_the_processor_too(machine: QemuMachine) -> None:
    machine.limit_cpu(0.01)
    time.sleep(0.1)
    log(machine).write_bytes(LOG)
    machine.power_cut()
    assert disk(machine).read_bytes() == sectors("-") + KEPT + sectors("-", 2)


def test_after_a_restore_what_was_there_counts_as_flushed(machine: QemuMachine) -> None:
    disk(machine).write_bytes(sectors("c", 4))
    machine.checkpoint("one")
    machine.restore("one")
    log(machine).write_bytes(LOG)
    machine.power_cut()
    assert disk(machine).read_bytes() == sectors("c") + KEPT + sectors("c", 2)


def test_disks_that_a_loaded_machine_has_not_taken_yet_are_taken(
    make_machine: MachineMaker,
) -> None:
    machine = make_machine(power_cuts=True)
    prepare(machine)
    (machine.state_dir / "inactive").touch()
    machine.succeed("true")
    assert notes(machine)[0] == ["blockdev-set-active", {"active": True}]


def test_what_was_corrupted_stays_so(machine: QemuMachine) -> None:
    machine.disk(0).corrupt(offset=SECTOR + 10, length=20)
    log(machine).write_bytes(log_of(entry(1, KEPT), entry(2, LOST)))
    machine.power_cut()
    assert disk(machine).read_bytes() == sectors("-") + KEPT + sectors("-", 2)


def test_without_a_log_there_is_no_power_cut(make_machine: MachineMaker) -> None:
    machine = make_machine()
    with pytest.raises(
        FaultRefused, match=r"machine1: its power cannot be cut.*set `powerCuts = tr"
    ):
        machine.power_cut()


def test_a_start_that_cannot_log_leaves_nothing(make_machine: MachineMaker) -> None:
    machine = make_machine(power_cuts=True)
    machine.state_dir.mkdir(parents=True)
    with pytest.raises(HostError, match=r"machine1: cannot log its writes in .*empty0.qcow2"):
        machine.start()
    assert not machine.is_up()


def test_a_machine_that_ends_by_itself_meanwhile_is_off(machine: QemuMachine) -> None:
    log(machine).write_bytes(log_of(bytes(SECTOR)))
    disk(machine).write_bytes(sectors("x", 4))
    later(machine, signal.SIGKILL)
    machine.power_cut()
    assert not machine.is_up()
    assert disk(machine).read_bytes() == sectors("x", 4)
    assert machine.succeed("echo again") == "again\n"
