"""What scripts for nixpkgs' driver read, set and import beside its methods."""

import logging
import signal
from pathlib import Path

import pytest

from test_driver.debug import DebugAbstract
from test_driver.duration import Duration
from test_driver.errors import MonitorError
from test_driver.log import shown_level
from test_driver.logger import AbstractLogger
from test_driver.machine import BaseMachine, NspawnMachine, QemuMachine, retry
from test_driver.machine.qmp import QMPAPIError, QMPSession
from test_driver.polling_condition import PollingCondition
from test_driver.vlan import VLan

from ..conftest import DriverProcess, MachineMaker

INTERNALS = """\
machine1.start()
machine1.succeed("true")
machine1.booted = False
machine1.connected = False
machine1.connect()
assert machine1.connected and machine1.booted


def second(machine: QemuMachine, other: BaseMachine, names: "list[NspawnMachine]") -> None:
    machine.succeed("true")
    assert isinstance(other, BaseMachine) and not names


second(machine1, machine1, machines_nspawn)
assert machine1 in driver.machines and machine1 in driver.machines_qemu
assert driver.machines_nspawn == [] and not isinstance(machine1, NspawnMachine)
assert driver.out_dir == machine1.out_dir and machine1.out_dir.is_dir()
assert machine1.shared_dir.is_dir() and machine1.tmp_dir in machine1.shared_dir.parents
assert vlan1.nr == 1 and vlan1.socket_dir.is_dir()
third = create_machine("/bin/false", name="third")
driver.machines.append(third)
driver.machines_qemu.append(third)
assert len(driver.everyone) == 3 and machines is driver.machines
log.log_test_error("a test error")
log.log_serial("hidden there", "machine1")
log.print_serial_logs(True)
log.log_serial("a serial line", "machine1")
driver.logger.set_log_level("debug")
log.debug("a line for debugging")


@driver.polling_condition
def holds():
    "it holds"
    return True


with holds:
    machine1.succeed("true")
machine1.log(msg="the end")
with machine1.nested(msg="a step", attrs={}):
    print(machine1.start_command, machine1.pid, machine1.name)
driver.machines.remove(third)
driver.machines_qemu.remove(third)
"""


def test_a_script_finds_the_internals_of_nixpkgs_driver(driver_process: DriverProcess) -> None:
    result = driver_process.run(INTERNALS)
    assert result.returncode == 0, result.stderr
    for text in ("machine1 # a serial line", "a test error", "a line for debugging", "the end"):
        assert text in result.stderr
    assert "hidden there" not in result.stderr


@pytest.mark.parametrize("name", ["connected", "booted"])
@pytest.mark.parametrize("value", [3, 0, 1, None, "yes", [True]], ids=repr)
def test_a_state_that_is_no_truth_value_is_refused(
    machine: QemuMachine, name: str, value: object
) -> None:
    with pytest.raises(TypeError, match=rf"machine1\.{name}: expected True or False, got"):
        setattr(machine, name, value)


def test_a_machine_that_is_not_connected_connects_anew(machine: QemuMachine) -> None:
    assert not machine.connected
    machine.connect()
    assert machine.connected
    qemu = machine.qemu
    assert qemu is not None
    drops = qemu.agent.drops
    machine.connected = False
    assert not machine.connected
    assert qemu.agent.drops == drops + 1
    machine.connected = True  # what it is, the driver finds out by itself
    assert not machine.connected
    assert machine.succeed("echo again") == "again\n"
    assert machine.connected
    assert machine.qemu is qemu


def test_a_machine_that_ended_starts_again_if_it_is_said_to_be_off(machine: QemuMachine) -> None:
    machine.start()
    process = machine.process
    assert process is not None
    assert process.pid == machine.pid
    assert process.poll() is None
    process.terminate()
    assert process.wait(timeout=10) is not None
    assert process.returncode is not None
    machine.booted = False
    assert not machine.booted
    assert machine.pid is None
    machine.start()
    assert machine.booted
    assert machine.pid != process.pid


def test_a_process_takes_signals(machine: QemuMachine) -> None:
    assert machine.process is None
    machine.start()
    process = machine.process
    assert process is not None
    process.kill()
    assert process.wait(timeout=10) == -signal.SIGKILL
    process.kill()  # of a process that has ended


def test_the_monitor_answers_commands(machine: QemuMachine) -> None:
    assert isinstance(machine.qmp_client, QMPSession)
    assert machine.qmp_client.send("query-status")["status"] == "running"
    with pytest.raises(QMPAPIError) as caught:
        machine.qmp_client.send("nonsense", {"a": 1})
    assert caught.value.class_name == "GenericError"  # of the stand-in
    assert caught.value.description
    assert caught.value.transaction_id is None
    assert QMPAPIError is MonitorError


def test_the_human_monitor_takes_bytes_and_gives_bytes(machine: QemuMachine) -> None:
    assert machine.monitor is None
    assert machine.wait_for_monitor_prompt() == ""
    machine.start()
    monitor = machine.monitor
    assert monitor is not None
    assert monitor is machine.monitor
    expected = machine.send_monitor_command("info status").replace("\n", "\r\n")
    assert expected
    assert monitor.send(b"info stat") == 9
    assert monitor.recv(100) == b""  # a line that has not ended is no command
    monitor.sendall(b"us\n")
    assert machine.wait_for_monitor_prompt() == f"{expected}(qemu) "
    assert machine.wait_for_monitor_prompt() == ""
    monitor.send(b"info status\ninfo status\n")
    assert monitor.recv(5) == expected[:5].encode()
    assert machine.wait_for_monitor_prompt().count("(qemu) ") == 2
    machine.crash()
    machine.start()
    assert machine.monitor is not monitor


def test_what_the_monitor_refuses_is_an_error_in_bytes_too(machine: QemuMachine) -> None:
    machine.start()
    assert machine.monitor is not None
    with pytest.raises(MonitorError, match="unknown command"):
        machine.monitor.send(b"nonsense\n")


def test_a_rebooted_guest_has_a_shell_of_its_own(machine: QemuMachine) -> None:
    machine.start(allow_reboot=True)
    machine.connect()
    before = machine.shell
    assert before is machine.shell
    machine.reboot()
    after = machine.shell
    assert after is not None
    assert after is not before


def test_the_shell_takes_bytes_and_gives_bytes(
    machine: QemuMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.guest.agent_shell.SPOOLS", (str(tmp_path / "spool"),))
    assert machine.shell is None
    machine.connect()
    shell = machine.shell
    assert shell is not None
    assert shell is machine.shell
    assert shell.send(b"x=1\n") == 4
    shell.sendall(b"echo a$x; echo second\n")
    assert shell.recv(1) == b"a"
    assert shell.recv(4096) == b"1\n"
    assert shell.recv(4096) == b"second\n"
    shell.send(f"touch {tmp_path}/made &\n".encode())
    shell.send(b"exit\n")
    assert shell.recv(10) == b""
    assert (tmp_path / "made").exists()


def test_the_console_has_lines_of_all_boots(machine: QemuMachine) -> None:
    machine.start()
    machine.log_serial("x")
    assert isinstance(machine.full_console_log, list)


@pytest.mark.parametrize("level", ["loud", 7, "", "DEBUG", -10])
def test_an_unknown_log_level_is_refused(machine: QemuMachine, level: str | int) -> None:
    before = shown_level.level
    with pytest.raises(ValueError, match="log level: expected one of debug, info, warning, error"):
        machine.logger.set_log_level(level)
    assert shown_level.level == before
    machine.logger.set_log_level(logging.INFO)


def test_modules_have_the_names_of_nixpkgs_driver(make_machine: MachineMaker) -> None:
    for known in (AbstractLogger, PollingCondition, VLan, DebugAbstract, Duration):
        assert known is not None
    assert issubclass(QemuMachine, BaseMachine)
    assert not issubclass(NspawnMachine, QemuMachine)
    assert issubclass(NspawnMachine, BaseMachine)
    retry(lambda last: True, timeout=1)
