"""Disks that fail, are slow, or lose their contents."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from test_driver.errors import FaultRefused, HostError
from test_driver.machine import QemuMachine
from test_driver.machine.disks import Disk

from ..support.fake_disks import NOTES, SIZE


@pytest.fixture
def running(machine: QemuMachine) -> QemuMachine:
    """A machine whose guest is up."""
    machine.succeed("true")
    return machine


def done(machine: QemuMachine, command: str) -> list[dict[str, Any]]:
    """Return what was done to the disks by a command of the monitor."""
    notes = (machine.state_dir / NOTES).read_text().splitlines()
    return [arguments for name, arguments in map(json.loads, notes) if name == command]


def used(machine: QemuMachine) -> list[str]:
    """Return what the guest's device was told to use, one after the other."""
    return [change["value"].rstrip("0123456789") for change in done(machine, "qom-set")]


def rules(machine: QemuMachine) -> list[tuple[str, int]]:
    """Return what fails by the last filter."""
    last = done(machine, "blockdev-add")[-1]
    return [(rule["iotype"], rule["errno"]) for rule in last["inject-error"]]


def test_a_disk_has_a_number_and_a_name(running: QemuMachine) -> None:
    assert repr(running.disk(0)) == repr(running.disk("root")) == "<disk root of machine1>"
    assert running.disk(1).name == running.disk("empty0").name == "empty0"


@pytest.mark.parametrize("which", [2, -1, "swap", True])
def test_a_disk_that_is_not_there_is_told_with_those_that_are(
    running: QemuMachine, which: int | str
) -> None:
    message = rf"machine1: it has no disk {which!r}; those it has are 0 \(root\), 1 \(empty0\)"
    with pytest.raises(FaultRefused, match=message):
        running.disk(which)


def test_a_fault_is_a_filter_until_the_end_of_its_block(running: QemuMachine) -> None:
    with running.disk(0).fail(writes=False, errno="ETIMEDOUT", sector=7):
        assert rules(running) == [("read", 110)]
        assert done(running, "blockdev-add")[-1]["inject-error"][0]["sector"] == 7
        assert used(running) == ["rehearse-faults-"]
    assert used(running) == ["rehearse-faults-", "#root"]
    assert len(done(running, "blockdev-del")) == 1


def test_faults_are_undone_one_by_one(running: QemuMachine) -> None:
    disk = running.disk(0)
    reads = disk.fail(writes=False)
    flushes = disk.fail(reads=False, writes=False, flushes=True)
    assert rules(running) == [("read", 5), ("flush", 5)]
    reads.end()
    assert rules(running) == [("flush", 5)]
    reads.end()
    flushes.end()
    assert used(running)[-1] == "#root"
    assert len(done(running, "blockdev-del")) == len(done(running, "blockdev-add")) == 3


def test_what_has_failed_once_does_not_fail_again_in_a_new_filter(running: QemuMachine) -> None:
    disk = running.disk(0)
    with disk.fail(once=True):
        assert [name for name, _ in rules(running)] == ["read", "write", "write-zeroes", "discard"]
        (running.state_dir / "failed-reads").write_text("1")
        with disk.fail(reads=False, writes=False, flushes=True):
            assert [name for name, _ in rules(running)] == [
                "write",
                "write-zeroes",
                "discard",
                "flush",
            ]


def test_the_strictest_limit_holds(running: QemuMachine) -> None:
    disk = running.disk("empty0")

    def limits() -> tuple[str, int, int]:
        last = done(running, "block_set_io_throttle")[-1]
        return last["id"], last["bps"], last["iops"]

    with disk.throttle(bytes_per_second=1000, operations_per_second=5):
        with disk.throttle(bytes_per_second=10):
            assert limits() == ("/empty0", 10, 5)
        with disk.throttle(bytes_per_second=2000):
            assert limits() == ("/empty0", 1000, 5)
    assert limits() == ("/empty0", 0, 0)


def test_heal_undoes_the_faults_of_one_disk(running: QemuMachine) -> None:
    with running.disk(0).fail(), running.disk(0).throttle(operations_per_second=1):
        other = running.disk(1).fail()
        running.disk(0).heal()
        assert [*running.faults] == [other]
        assert used(running)[-1] == "#root"
    assert [*running.faults] == [other]


def test_faults_end_with_the_machine(running: QemuMachine) -> None:
    with running.disk(0).fail() as fault:
        running.crash()
        assert not fault.in_force
        running.succeed("true")
    assert len(used(running)) == 1
    with running.disk(0).fail():
        assert used(running)[-1] == "rehearse-faults-"


def test_corruption_is_decided_by_its_seed(running: QemuMachine) -> None:
    for seed in (1, 1, 2):
        running.disk(0).corrupt(4096, 100, seed=seed)
    first, second, third = (write["data"] for write in done(running, "qemu-io"))
    assert first == second != third
    assert len(bytes.fromhex(first)) == 100
    assert done(running, "qemu-io")[0]["arguments"][-2:] == ["4096", '100"']
    assert not (running.state_dir / "corruption").exists()


def test_a_disk_is_corrupted_while_its_machine_is_off(running: QemuMachine) -> None:
    disk = running.disk(0)
    running.crash()
    image = running.state_dir / "root.qcow2"
    image.write_bytes(bytes(3000))
    disk.corrupt(1000, 500, seed=3)
    data = image.read_bytes()
    assert (data[:1000], data[1500:]) == (bytes(1000), bytes(1500))
    assert data[1000:1500] != bytes(500)


def test_a_program_that_is_missing_is_told(
    running: QemuMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = running.disk(0)
    running.crash()
    running.context.storage_daemon.unlink()
    with pytest.raises(
        HostError, match=r"cannot start QEMU's storage daemon: .*qemu-storage-daemon"
    ):
        disk.corrupt(0, 1)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda disk: disk.fail(errno="ENOSPC"), "errno cannot be ENOSPC, because QEMU stops"),
        (lambda disk: disk.fail(errno="EWHAT"), "such as EIO, and not 'EWHAT'"),
        (
            lambda disk: disk.fail(False, False),
            "fail\\(\\) needs something that fails: reads, writ",
        ),
        (lambda disk: disk.fail(sector=2048), "sector is a number from 0 to 2047, not 2048"),
        (
            lambda disk: disk.throttle(),
            "throttle\\(\\) needs bytes_per_second or operations_per_sec",
        ),
        (lambda disk: disk.throttle(0), "bytes_per_second is a number from 1 to .*, not 0"),
        (lambda disk: disk.throttle(None, -1), "operations_per_second is a number from 1 to"),
        (lambda disk: disk.corrupt(-1, 1), "offset is a number from 0 to .*, not -1"),
        (lambda disk: disk.corrupt(SIZE - 1, 2), "length is a number from 1 to 1, not 2"),
        (lambda disk: disk.corrupt(0, 0), "length is a number from 1 to"),
    ],
)
def test_faults_out_of_range_are_refused(
    running: QemuMachine, act: Callable[[Disk], object], message: str
) -> None:
    with pytest.raises(FaultRefused, match=f"machine1: .*{message}"):
        act(running.disk(0))
    assert [*running.faults] == []


def test_a_disk_that_fails_is_not_corrupted(running: QemuMachine) -> None:
    with running.disk(0).fail():
        with pytest.raises(FaultRefused, match="the way on which operations fail now; heal"):
            running.disk(0).corrupt(0, 1)


def test_a_machine_that_is_off_has_no_disks_that_fail(machine: QemuMachine) -> None:
    off = r"machine1: {} needs a machine that is on; start it first"
    with pytest.raises(FaultRefused, match=off.format(r"disk\(\)")):
        machine.disk(0)
    machine.succeed("true")
    disk = machine.disk(0)
    machine.crash()
    assert machine.disk(0).name == "root"
    with pytest.raises(FaultRefused, match=off.format("a disk that fails")):
        disk.fail()
    with pytest.raises(FaultRefused, match=off.format("a slow disk")):
        disk.throttle(1)
    disk.heal()
