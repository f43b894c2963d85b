"""Warm starts: a machine is saved, another begins from it, or boots and says why."""

import asyncio
import hashlib
import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from test_driver.backend.boot import boot
from test_driver.configuration import Identity, WarmInterface, WarmStart
from test_driver.errors import DriverError, HostError, MachineError, MachineExited
from test_driver.machine import QemuMachine
from test_driver.process_state import child_processes
from test_driver.run.verdict import judge
from test_driver.snapshot.checkpoints import RestoredBoot

from ..conftest import MachineMaker
from ..support.fake_migration import STATE

needs_perl = pytest.mark.skipif(shutil.which("perl") is None, reason="this host has no perl")


@pytest.fixture
def saved(make_machine: MachineMaker, tmp_path: Path) -> Path:
    """A snapshot, with the overlays that the one who saves it makes."""
    folder = tmp_path / "saved"
    machine = make_machine("original", memory_in_file=True)
    machine.succeed("true")
    machine.save_machine(folder)
    assert not machine.is_up()
    (folder / "overlays").mkdir()
    (folder / "overlays" / "root.qcow2").write_text("an overlay")
    return folder


def warm(make_machine: MachineMaker, folder: Path, script: str = "true") -> QemuMachine:
    """Return a machine that begins from a folder."""
    return make_machine("warm", warm_start={"folder": str(folder), "script": script})


def test_a_snapshot_has_memory_without_zeros_devices_and_disks(saved: Path) -> None:
    shell = json.loads((saved / "machine.json").read_text())["shells"]["test-driver-shell-0-out"]
    assert shell > 0
    memory = (saved / "memory").read_bytes()
    assert memory == bytes(4096) + b"m" * 4096 + bytes(8192)
    assert (saved / "disks" / "root.qcow2").read_text() == "a new disk"
    assert json.loads((saved / "machine.json").read_text()) == {
        "format": 3,
        "qemu": "10.0.0 fake",
        "machine_type": "fake-machine",
        "processor": "fake-cpu",
        "accelerator": "tcg",
        "memory_bytes": 16384,
        "devices_sha256": json.loads((saved / "machine.json").read_text())["devices_sha256"],
        "disks": {"root.qcow2": 10},
        "shells": {"test-driver-shell-0-out": shell},
    }


def test_a_machine_begins_from_it_and_runs_its_script_before_any_command(
    make_machine: MachineMaker, saved: Path, tmp_path: Path
) -> None:
    machine = warm(make_machine, saved, f'sleep 0.2; echo "$2" >{tmp_path}/identity')
    assert len(machine.succeed(f"cat {tmp_path}/identity").strip()) == 32
    assert machine.get_console_log() == ""
    assert (machine.state_dir / "root.qcow2").read_text() == "an overlay"


def test_it_goes_on_with_the_shell_it_was_saved_with_and_asks_no_agent(
    make_machine: MachineMaker, saved: Path
) -> None:
    machine = warm(make_machine, saved, "echo noise")
    assert machine.succeed("echo one; echo two >&2") == "one\n"
    assert machine.qemu is not None
    assert machine.qemu.agent.present
    assert not machine.qemu.agent.connected
    assert machine.succeed("echo $PPID").strip()  # a shell of its own, made by the one saved
    assert not machine.qemu.agent.connected
    with machine.spawn("true") as handle:
        handle.wait()
    assert machine.qemu.agent.connected


def taking(folder: Path, *files: Path, interfaces: tuple[WarmInterface, ...] = ()) -> WarmStart:
    """Return a warm start whose identity is a text in files, in a script and as data."""
    identity = Identity(files={str(file): "by data\n" for file in files}, interfaces=interfaces)
    script = "\n".join(f"echo by script >>{file}" for file in files)
    return WarmStart(folder=str(folder), script=script, identity=identity)


@needs_perl
def test_it_takes_its_identity_without_a_program(
    make_machine: MachineMaker, saved: Path, tmp_path: Path
) -> None:
    files = tmp_path / "one", tmp_path / "two"
    machine = make_machine("warm", warm_start=taking(saved, *files))
    machine.succeed("true")
    assert [file.read_text() for file in files] == ["by data\n"] * 2
    assert machine.qemu is not None
    assert not machine.qemu.agent.connected


def test_a_guest_without_the_helper_takes_its_identity_by_the_script(
    make_machine: MachineMaker, saved: Path, tmp_path: Path
) -> None:
    machine = make_machine("warm", "--no-helper", warm_start=taking(saved, tmp_path / "one"))
    machine.succeed("true")
    assert (tmp_path / "one").read_text() == "by script\n"


@needs_perl
def test_what_cannot_be_taken_is_the_error_of_the_first_command(
    make_machine: MachineMaker, saved: Path, tmp_path: Path
) -> None:
    interface = WarmInterface(name="nowhere0", mac="52:54:00:00:00:01", addresses=())
    start = taking(saved, tmp_path / "no" / "folder", interfaces=(interface,))
    machine = make_machine("warm", warm_start=start)
    with pytest.raises(MachineError, match="clock and identity failed") as raised:
        machine.succeed("true")
    assert "link nowhere0 525400000001: No such device; append " in str(raised.value)
    assert "No such file or directory" in str(raised.value)


def test_a_shell_that_is_gone_is_done_without(
    make_machine: MachineMaker, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.guest.command.RESUME_SECONDS", 0.5)
    state = {"folder": str(saved), "script": f'echo "$2" >{tmp_path}/identity'}
    machine = make_machine("warm", "--no-shells", warm_start=state)
    assert len(machine.succeed(f"cat {tmp_path}/identity").strip()) == 32
    assert machine.qemu is not None
    assert machine.qemu.agent.connected


def test_switched_on_again_it_boots_from_its_own_disk(
    make_machine: MachineMaker, saved: Path
) -> None:
    machine = warm(make_machine, saved)
    machine.start()
    machine.crash()
    machine.start()
    machine.wait_for_console_text("Linux version")
    assert (machine.state_dir / "root.qcow2").read_text() == "an overlay"


def test_a_script_that_fails_is_the_error_of_the_first_command(
    make_machine: MachineMaker, saved: Path
) -> None:
    machine = warm(make_machine, saved, "exit 3")
    with pytest.raises(MachineError, match="what sets its clock and identity failed"):
        machine.succeed("true")


def cut(path: Path) -> None:
    """Leave half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def changed(folder: Path, **fields: object) -> None:
    """Change what a snapshot says of itself."""
    path = folder / "machine.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: cut(folder / "memory"), "memory has 8192 bytes instead of 16384"),
        (lambda folder: cut(folder / "devices"), "devices is not what was saved"),
        (lambda folder: cut(folder / "machine.json"), "machine.json cannot be read"),
        (lambda folder: (folder / "memory").unlink(), "a part of it cannot be read"),
        (lambda folder: shutil.rmtree(folder / "overlays"), "its disks cannot be used"),
        (lambda folder: changed(folder, format=1), "has the format 1, and this driver knows 3"),
        (lambda folder: changed(folder, disks=1), "is no description of a snapshot"),
        (
            lambda folder: changed(folder, qemu="9.2.0 other"),
            "it was saved with the QEMU 9.2.0 other, and this is 10.0.0 fake",
        ),
        (lambda folder: changed(folder, processor="x"), "with the processor x, and this is fake-"),
        (lambda folder: changed(folder, accelerator="kvm"), "accelerator kvm, and this is tcg"),
    ],
)
def test_what_cannot_be_used_is_said_and_the_machine_boots(
    make_machine: MachineMaker,
    saved: Path,
    damage: Callable[[Path], None],
    reason: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    damage(saved)
    machine = warm(make_machine, saved)
    machine.start()
    machine.wait_for_console_text("Linux version")
    assert (machine.state_dir / "root.qcow2").read_text() == "a new disk"
    said = [line for line in caplog.messages if "boots cold" in line]
    assert len(said) == 1
    assert reason in said[0]


def test_a_state_that_qemu_refuses_is_no_reason_to_fail(
    make_machine: MachineMaker, saved: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    (saved / "devices").write_bytes(b"nonsense")
    changed(saved, devices_sha256=hashlib.sha256(b"nonsense").hexdigest())
    machine = warm(make_machine, saved)
    machine.succeed("true")
    machine.wait_for_console_text("Linux version")
    assert "QEMU cannot load it: load of migration failed" in caplog.text


def devices(folder: Path, content: bytes) -> None:
    """Let a snapshot have another state of its devices."""
    (folder / "devices").write_bytes(content)
    changed(folder, devices_sha256=hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"signal 9", r"warm: QEMU has exited \(killed by SIGKILL\)"),
        (b"signal 11", r"warm: QEMU has exited \(killed by SIGSEGV\)"),
        (b"signal 15", r"warm: QEMU has exited \(exit status 0, because of host-signal\)"),
        (b"exit: qemu: Cannot allocate memory\n", r"warm: QEMU has exited \(exit status 1\)"),
        (b"host: Cannot allocate memory", "its state cannot be loaded: Cannot allocate memory"),
    ],
)
def test_a_qemu_that_is_killed_while_it_loads_is_no_refused_state(
    make_machine: MachineMaker, saved: Path, content: bytes, message: str
) -> None:
    devices(saved, content)
    machine = warm(make_machine, saved)
    with pytest.raises(DriverError, match=message) as raised:
        machine.start()
    assert judge(raised.value, "").exit_status == 3
    assert not machine.is_up()
    devices(saved, STATE.encode())
    machine.succeed("true")


def test_a_machine_is_not_on_while_its_state_is_loaded_and_a_load_that_is_given_up_leaves_none(
    make_machine: MachineMaker, saved: Path
) -> None:
    devices(saved, b"slow")
    machine = warm(make_machine, saved)
    seen: list[bool] = []

    def look() -> None:
        for _ in range(15):
            time.sleep(0.1)
            seen.append(machine.booted or machine.connected)

    beside = threading.Thread(target=look)
    beside.start()
    with pytest.raises(MachineError, match=r"the machine was not started within 1\.5 s"):
        machine.execute("true", timeout=1.5)
    beside.join()
    assert not any(seen)
    assert not machine.is_up()
    left = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in child_processes(os.getpid())]
    assert not [command for command in left if b"-incoming" in command]
    devices(saved, STATE.encode())
    machine.succeed("true", timeout=30)


def test_a_restore_that_is_given_up_leaves_no_machine(machine: QemuMachine) -> None:
    machine.succeed("true")
    machine.checkpoint("one")
    whole = machine.checkpoints["one"].state.read_text()
    machine.checkpoints["one"].state.write_text("slow")
    kept = machine.checkpoints["one"]

    async def restore() -> None:
        async with asyncio.timeout(1):
            await machine.end()
            await boot(machine, RestoredBoot(machine, kept), machine.context.pre_launch_hooks)

    with pytest.raises(TimeoutError):
        machine.in_loop(restore())
    assert not machine.is_up()
    kept.state.write_text(whole)
    machine.restore("one")
    machine.succeed("true")


@pytest.mark.parametrize("content", [b"exit: qemu: Unknown savevm section\n", b"nonsense"])
def test_a_refused_state_is_no_unexpected_end(
    make_machine: MachineMaker, saved: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    devices(saved, content)
    machine = warm(make_machine, saved)
    with machine.context.losses.judged(lambda: None):
        machine.succeed("true")
    assert "boots cold, because its snapshot cannot be used: QEMU" in caplog.text


def test_a_restored_qemu_that_is_killed_while_it_loads_is_no_refused_state(
    machine: QemuMachine,
) -> None:
    machine.succeed("true")
    machine.checkpoint("one")
    machine.checkpoints["one"].state.write_text("signal 9")
    with pytest.raises(MachineExited, match="killed by SIGKILL") as raised:
        machine.restore("one")
    assert judge(raised.value, "").exit_status == 3


def test_a_machine_whose_memory_is_in_no_file_cannot_be_saved(
    machine: QemuMachine, tmp_path: Path
) -> None:
    with pytest.raises(MachineError, match="its memory is not in a file"):
        machine.save_machine(tmp_path / "saved")
    assert not (tmp_path / "saved").exists()


def test_a_folder_that_exists_is_not_written_to(make_machine: MachineMaker, tmp_path: Path) -> None:
    machine = make_machine(memory_in_file=True)
    with pytest.raises(HostError, match="cannot save to"):
        machine.save_machine(tmp_path)
    assert machine.is_up()


def test_a_failed_start_is_the_error_of_the_boot(make_machine: MachineMaker, saved: Path) -> None:
    warm_start = {"folder": str(saved), "script": "true"}
    machine = make_machine("warm", "--break", warm_start=warm_start)
    with pytest.raises(DriverError, match="no such machine type"):
        machine.start()
