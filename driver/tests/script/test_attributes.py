"""What scripts for nixpkgs' driver change and call on a machine and on the driver."""

import shlex
import subprocess
from pathlib import Path

import pytest

from test_driver.configuration import WarmStart
from test_driver.errors import CommandFailed, WaitTimedOut
from test_driver.machine import QemuMachine

from ..conftest import FAKE_QEMU, DriverProcess, MachineMaker

WARM = {"folder": "/no/folder", "script": "true"}


def test_callbacks_are_called_before_each_method(machine: QemuMachine) -> None:
    calls: list[str] = []
    machine.callbacks.append(lambda: calls.append("one"))
    machine.callbacks.append(lambda: calls.append(machine.succeed("echo within")))
    machine.start()
    before = len(calls)
    machine.succeed("true")
    assert calls[before:][:2] == ["one", "within\n"]
    before = len(calls)
    machine.run_callbacks()
    assert calls[before:] == ["one", "within\n"]
    machine.callbacks.clear()
    machine.succeed("true")
    assert len(calls) == before + 2


def test_what_a_callback_raises_ends_the_method(machine: QemuMachine) -> None:
    machine.connect()

    def fail() -> None:
        raise ValueError("not so")

    machine.callbacks.append(fail)
    calls = (machine.run_callbacks, machine.get_console_log, lambda: machine.succeed("true"))
    for call in calls:
        with pytest.raises(ValueError, match="not so"):
            call()
    machine.callbacks.remove(fail)
    assert machine.succeed("echo again") == "again\n"


def test_a_changed_command_line_starts_the_machine(machine: QemuMachine, tmp_path: Path) -> None:
    before = machine.start_command
    assert shlex.split(before) == list(FAKE_QEMU)
    assert before.machine_name == "machine"
    mark = tmp_path / "mark"
    program = tmp_path / "run-other-vm"
    program.write_text(f'#!/bin/sh\necho "$1" >{mark}\nshift\nexec {before} "$@"\n')
    program.chmod(0o755)
    machine.start_command._cmd = f"{program} first"
    assert machine.start_command == f"{program} first"
    assert machine.start_command.machine_name == "other"
    machine.succeed("true")
    assert mark.read_text() == "first\n"
    machine.crash()
    machine.start_command._cmd = machine.start_command._cmd.replace("first", "second")
    machine.succeed("true")
    assert mark.read_text() == "second\n"
    machine.crash()
    machine.start_command = before
    machine.succeed("true")
    assert mark.read_text() == "second\n"


@pytest.mark.parametrize(
    "text", ["program 'a b' -x", "program $HOME >/dev/null", "A=1 program", "program; other"]
)
def test_a_command_line_is_read_as_it_was_set(text: str, machine: QemuMachine) -> None:
    machine.start_command = text
    assert machine.start_command == text
    assert machine.start_command._cmd == text


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_command_line_is_refused(text: str, machine: QemuMachine) -> None:
    with pytest.raises(ValueError, match=r"machine1\.start_command: the command line is empty"):
        machine.start_command._cmd = text
    assert shlex.split(machine.start_command) == list(FAKE_QEMU)


def test_a_console_takes_bytes_through_a_file(machine: QemuMachine) -> None:
    assert machine.process is None
    machine.start()
    process = machine.process
    assert process is not None
    assert process is machine.process
    assert process.args == [*FAKE_QEMU, *process.args[len(FAKE_QEMU) :]]
    stdin = process.stdin
    assert stdin is not None
    assert stdin is process.stdin
    stdin.write(b"typed\n")
    stdin.flush()
    machine.wait_for_console_text("^login: typed$", timeout=20)
    subprocess.run(["echo", "from a program"], stdout=stdin, check=True)
    machine.wait_for_console_text("from a program", timeout=20)
    machine.send_console("as ever\n")  # what the file does belongs to the file alone
    machine.wait_for_console_text("as ever", timeout=20)
    process.kill()
    process.wait()
    machine.booted = False
    machine.start()
    assert machine.process is not process


def test_a_console_that_has_gone_takes_nothing(machine: QemuMachine) -> None:
    machine.start()
    process = machine.process
    assert process is not None
    machine.crash()
    assert process.stdin is None
    assert process.stdout is None


def test_events_are_taken_one_after_the_other(machine: QemuMachine) -> None:
    session = machine.qmp_client
    assert list(session.events()) == []
    machine.start()
    for event in list(session.events()):
        assert "event" in event
    machine.send_monitor_command("event RTC_CHANGE POWERDOWN")
    assert session.wait_for_event(timeout=20)["event"] == "RTC_CHANGE"
    assert session.wait_for_event(timeout=20)["event"] == "POWERDOWN"
    assert list(session.events()) == []
    with pytest.raises(WaitTimedOut, match=r"after 0\.2 s waiting for an event of QEMU"):
        session.wait_for_event(timeout=0.2)
    machine.send_monitor_command("event RTC_CHANGE POWERDOWN")
    assert session.wait_for_event(timeout=20)["event"] == "RTC_CHANGE"
    assert [event["event"] for event in session.events()] == ["POWERDOWN"]


def test_a_demand_that_is_not_met_is_an_assertion(machine: QemuMachine) -> None:
    with pytest.raises(AssertionError) as caught:
        machine.succeed("false")
    assert isinstance(caught.value, CommandFailed)


SCRIPT = """\
names = driver.test_symbols()
assert names["machine1"] is machine1 and names["driver"] is driver
assert names["vlans"] is driver.vlans is vlans and names["debug"] is driver.debug
assert "driver.test_symbols()" in driver.tests
assert driver.global_timeout == 30
assert driver.keep_machine_state is KEPT and machine1.keep_machine_state is KEPT
with open(f"/proc/{vlan1.pid}/cmdline") as file:
    assert "switch" in file.read()


@polling_condition
def holds():
    tries.append(1)
    return len(tries) < 2


tries = []
assert driver.polling_conditions == []
with holds:
    assert driver.polling_conditions == [holds]
    driver.check_polling_conditions()
    assert len(tries) == 1
    driver.polling_conditions.remove(holds)
    driver.check_polling_conditions()
    driver.polling_conditions.append(holds)
assert driver.polling_conditions == []
driver.dump_machine_ssh(3)
try:
    machine1.succeed("false")
except AssertionError as error:
    print("caught", error)
"""


@pytest.mark.parametrize("kept", [False, True])
def test_a_script_reads_the_driver(kept: bool, driver_process: DriverProcess) -> None:
    keep = ["--keep-machine-state"] if kept else []
    result = driver_process.run(SCRIPT.replace("KEPT", str(kept)), *keep)
    assert result.returncode == 0, result.stderr
    assert "caught machine1: command `false` failed" in result.stdout


def test_a_machine_with_another_command_line_boots(make_machine: MachineMaker) -> None:
    machine = make_machine(warm_start=WARM)
    assert isinstance(machine.configuration.warm_start, WarmStart)
    machine.start_command = str(machine.start_command)
    assert machine.configuration.warm_start is None


def printed_environment(machine: QemuMachine, folder: Path) -> dict[str, str]:
    """Start a machine anew, and return the environment of its start command."""
    machine.crash()
    written = folder / "environment"
    machine.start_command = f"env -0 >{written}; exec {shlex.join(FAKE_QEMU)}"
    machine.start()
    pairs = [line.split("=", 1) for line in written.read_text().split("\0") if line]
    return {name: value for name, value in pairs}


def test_a_start_command_gets_the_variables_that_the_script_sets(
    machine: QemuMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = printed_environment(machine, tmp_path)
    assert "NIX_DISK_IMAGE" not in before
    monkeypatch.setenv("NIX_DISK_IMAGE", "/tmp/disk.qcow2")
    monkeypatch.setenv("QEMU_OPTS", "-snapshot -name 'a b'")
    monkeypatch.setenv("OWN", "line\nline")
    monkeypatch.setenv("PATH", f"/own/bin:{before['PATH']}")
    for name in ("TMPDIR", "SHARED_DIR", "USE_TMPDIR"):  # of each machine
        monkeypatch.setenv(name, "/nowhere")
    after = printed_environment(machine, tmp_path)
    changed = {name: after[name] for name in after if before.get(name) != after[name]}
    assert changed == {
        "NIX_DISK_IMAGE": "/tmp/disk.qcow2",
        "QEMU_OPTS": "-snapshot -name 'a b'",
        "OWN": "line\nline",
        "PATH": f"/own/bin:{before['PATH']}",
    }
    monkeypatch.delenv("OWN")
    assert "OWN" not in printed_environment(machine, tmp_path)


PASSED_ON = """\
import os
os.environ["OWN"] = "1"
fourth = create_machine(f"env -0 >{driver.out_dir}/environment; exec false", name="fourth")
try:
    with fourth.expect_end():
        fourth.start()
except Exception:
    pass
text = (driver.out_dir / "environment").read_text().split(chr(0))
assert "OWN=1" in text and "QEMU_NET_OPTS=hostfwd=tcp::2222-:22" in text, text
assert not any(line.startswith("UNRELATED=") for line in text), text
"""


def test_a_start_command_gets_what_people_set_for_it(
    driver_process: DriverProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QEMU_NET_OPTS", "hostfwd=tcp::2222-:22")
    monkeypatch.setenv("UNRELATED", "1")
    result = driver_process.run(PASSED_ON)
    assert "AssertionError" not in result.stderr, result.stderr
    assert (driver_process.output / "environment").exists()
