"""Each fault of a machine, of its host and of the driver ends the test soon, and by its name."""

import inspect
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from test_driver.backend.supervision import explain_exit
from test_driver.deadline import DEFAULT_TIMEOUT, Deadline, seconds_of
from test_driver.errors import MachineError, MachineExited, QemuSuspended
from test_driver.machine import QemuMachine
from test_driver.process_state import process_state
from test_driver.run.verdict import judge

from ..conftest import DriverProcess
from ..machine.test_power import later, pid_of
from ..support.fake_qemu import FAULTS
from ..test_process import wait_for_death

VERDICT_SECONDS = 20.0
CLEAN_SECONDS = 2.0


@contextmanager
def soon() -> Iterator[None]:
    """Fail if the body takes longer than a verdict may."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < VERDICT_SECONDS


def fault(name: str) -> int:
    """Return the signal that makes a fake QEMU have this fault."""
    return signal.SIGRTMIN + FAULTS.index(name)


FAULT = "machine1.succeed('true'); pid = machine1.qemu.process.pid\n"


@pytest.mark.parametrize(
    ("script", "status", "message"),
    [
        pytest.param(
            "machine1.succeed(f'kill -KILL {pid}; sleep 60')",
            3,
            r"MachineExited: machine1: QEMU has exited \(killed by SIGKILL\)",
            id="qemu-killed",
        ),
        pytest.param(
            "machine1.succeed(f'kill -STOP {pid}; sleep 60')",
            3,
            r"QemuSuspended: machine1: QEMU \(process \d+\) was stopped by a signal such as SIG",
            id="qemu-stopped",
        ),
        pytest.param(
            "machine1.succeed(f'kill -USR1 {pid}; sleep 60')",
            1,
            r"MachinePanicked: machine1: the kernel of the guest panicked: Kernel panic - not sync",
            id="panic",
        ),
        pytest.param(
            "machine1.succeed('reboot -f')\nmachine1.succeed('sleep 60')",
            1,
            r"machine1: QEMU has exited \(exit status 0, because of guest-reset: the guest has reb",
            id="reboot",
        ),
        pytest.param(
            "machine1.succeed(f'kill -USR2 {pid}; sleep 60')",
            1,
            r"AgentLost: machine1: the guest agent is gone: it closed its port",
            id="agent-killed",
        ),
        pytest.param(
            "os.kill(vlan1._process.pid, 9)\nmachine1.succeed('sleep 60')",
            3,
            r"SwitchFailed: the switch of network 1 stopped \(killed by SIGKILL\)",
            id="switch-killed",
        ),
    ],
)
def test_the_verdict_on_a_fault_under_a_command_comes_soon_with_both_reports(
    driver_process: DriverProcess, script: str, status: int, message: str
) -> None:
    with soon():
        result = driver_process.run(FAULT + script)
    assert result.returncode == status
    assert re.search(message, result.stderr), result.stderr
    assert "<failure" in (driver_process.output / "junit.xml").read_text()
    assert '"kind": "verdict"' in (driver_process.output / "events.jsonl").read_text()
    assert list(driver_process.temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("triple fault", 1, r"because of guest-reset, which its kernel did not announce: a triple"),
        ("watchdog", 1, r"machine1: the watchdog of the guest has expired, and has stopped it"),
        (
            "bad disk",
            3,
            r"machine1: QEMU has stopped the processors of the guest \(io-error\): a disk of the "
            r"host failed under it\n  the disk:\n    root: write: No space left on device",
        ),
        (
            "garbage",
            3,
            r"machine1: QEMU runs, but its monitor is broken: a message is no JSON object",
        ),
        ("deaf monitor", 3, r"machine1: QEMU runs, but its monitor is broken: it was closed"),
    ],
)
def test_what_stops_a_guest_is_told_apart(
    machine: QemuMachine, name: str, status: int, message: str
) -> None:
    machine.succeed("true")
    later(machine, fault(name))
    with soon(), pytest.raises(MachineError, match=message) as caught:
        machine.succeed("sleep 60")
    assert judge(caught.value, "").exit_status == status
    with pytest.raises(MachineError, match=message):
        machine.wait_for_console_text("never")


def test_a_pause_that_somebody_asked_for_is_no_fault(machine: QemuMachine) -> None:
    machine.succeed("true")
    os.kill(pid_of(machine), fault("pause"))
    assert machine.succeed("sleep 0.3; echo on") == "on\n"


def test_a_qemu_that_is_stopped_for_a_moment_goes_on(machine: QemuMachine) -> None:
    machine.succeed("true")
    pid = pid_of(machine)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(1.5)
    os.kill(pid, signal.SIGCONT)
    assert machine.succeed("sleep 2; echo on") == "on\n"


def test_a_qemu_that_was_stopped_is_killed_and_can_be_started_again(machine: QemuMachine) -> None:
    machine.succeed("true")
    later(machine, signal.SIGSTOP)
    with soon():
        with pytest.raises(QemuSuspended, match="within 3 s"):
            machine.wait_for_console_text("never", timeout=None)
        machine.crash()
        machine.start()
        machine.succeed("true")


def test_an_exit_is_explained_by_what_was_seen_before() -> None:
    assert explain_exit("host-qmp-quit", None, announced_reboot=False) == "host-qmp-quit"
    assert explain_exit(None, None, announced_reboot=False) is None
    said = explain_exit("guest-reset", "reset", announced_reboot=True)
    assert said == "the guest's watchdog, which has expired (action reset)"


def test_a_process_that_is_gone_has_no_state() -> None:
    assert process_state(2**22 + 1) == ""
    assert process_state(os.getpid()) in "RS"


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    text = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in text for child in (task / "children").read_text().split()]


def start_two_machines(driver: DriverProcess) -> tuple[subprocess.Popen[str], list[int]]:
    """Start a driver whose two machines and network run, and return their processes."""
    process = driver.spawn("start_all()\nmachine1.succeed('true')\nmachine1.succeed('sleep 60')\n")
    assert process.stdout is not None
    assert any("must succeed: sleep 60" in line for line in process.stdout)
    found = children(process.pid)
    assert len(found) == 3
    return process, found


def test_a_driver_that_is_killed_leaves_reports_and_after_2_s_no_process(
    driver_process: DriverProcess,
) -> None:
    process, found = start_two_machines(driver_process)
    process.kill()
    process.wait()
    killed = time.monotonic()
    while left := [pid for pid in found if process_state(pid) not in ("", "Z")]:
        assert time.monotonic() - killed < CLEAN_SECONDS, left
        time.sleep(0.02)
    process.communicate()
    assert "<failure" in (driver_process.output / "junit.xml").read_text()
    assert '"sleep 60' not in (driver_process.output / "junit.xml").read_text()
    assert "must succeed: sleep 60" in (driver_process.output / "events.jsonl").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_driver_cleanly_with_both_reports(
    driver_process: DriverProcess, number: int
) -> None:
    process, found = start_two_machines(driver_process)
    with soon():
        process.send_signal(number)
        process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert [pid for pid in found if process_state(pid) not in ("", "Z")] == []
    assert "interrupted by" in (driver_process.output / "junit.xml").read_text()
    last = (driver_process.output / "events.jsonl").read_text().splitlines()[-1]
    assert '"outcome": "was interrupted"' in last
    assert list(driver_process.temporary.iterdir()) == []


def test_the_death_of_qemu_ends_a_question_to_its_monitor(machine: QemuMachine) -> None:
    machine.start()
    os.kill(pid_of(machine), signal.SIGSTOP)
    later(machine, signal.SIGKILL)
    assert machine.qemu is not None
    question = machine.qemu.execute("query-status", None, Deadline.after(None))
    with soon(), pytest.raises(MachineExited, match="killed by SIGKILL"):
        machine.in_loop(question)


def test_commands_have_a_time_limit_unless_told(machine: QemuMachine) -> None:
    for token in (
        QemuMachine.execute,
        QemuMachine.succeed,
        QemuMachine.fail,
        QemuMachine.wait_until_succeeds,
    ):
        default = inspect.signature(token).parameters["timeout"].default
        limit = machine.default_timeout if default == "default" else default
        assert limit is not None
        assert seconds_of(limit) <= DEFAULT_TIMEOUT


def test_an_error_while_one_machine_is_stopped_does_not_keep_the_others(
    driver_process: DriverProcess,
) -> None:
    result = driver_process.run(
        "start_all()\n"
        "async def broken(*arguments):\n"
        "    raise OSError('it is broken')\n"
        "machine1.qemu.quit = broken\n"
    )
    assert "stopping a machine: it is broken\n" in result.stderr
    for pid in re.findall(r"QEMU runs \(process (\d+)\)", result.stderr):
        wait_for_death(int(pid))


def test_a_disk_that_fails_for_the_guest_alone_is_told_once(
    machine: QemuMachine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.succeed("true")
    caplog.set_level("INFO", "test_driver")
    for operation in ("write", "read", "write"):
        machine.send_monitor_command(f"failing {operation}")
    machine.send_monitor_command("event RTC_CHANGE")
    machine.wait_for_qmp_event(lambda event: event["event"] == "RTC_CHANGE", timeout=20)
    for operation in ("write", "read"):
        assert caplog.text.count(f"the guest's disk fails: root: {operation}: Invalid arg") == 1
    assert machine.succeed("echo on") == "on\n"
