"""What ends unasked fails the test, whatever the script does afterwards."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence

import pytest

from test_driver.backend.exits import Exit
from test_driver.errors import (
    HostError,
    MachineError,
    MachineExited,
    MachinePanicked,
    SeveralErrors,
    WaitTimedOut,
)
from test_driver.loop import LoopThread
from test_driver.machine import QemuMachine
from test_driver.unexpected_ends import Losses

from .conftest import DriverProcess, MachineMaker
from .faults.test_losses_of_all_kinds import fault
from .machine.test_power import pid_of

BEGIN = """\
import signal, time
from test_driver import errors
start_all()
machine1.succeed("true")
machine1.checkpoint("c")
pid = machine1.qemu.process.pid
def kill(number):
    os.kill(pid, number)
"""
KILLED = r"machine1: QEMU has exited (killed by SIGKILL)"
TERMINATED = r"machine1: QEMU has exited (exit status 0, because of host-signal)"
PANICKED = "machine1: the kernel of the guest panicked: Kernel panic - not syncing: told to"


@pytest.mark.parametrize(
    ("script", "status", "said"),
    [
        ("kill(9)", 3, KILLED),
        ("kill(9); time.sleep(1)", 3, KILLED),
        ("kill(9)\nwith t.assertRaises(errors.MachineExited): machine1.checkpoint('x')", 3, KILLED),
        ("kill(9); time.sleep(0.5)\nmachine1.restore('c'); machine1.succeed('true')", 3, KILLED),
        ("kill(9); machine1.shutdown(); machine1.start()", 3, KILLED),
        ("kill(9); machine1.crash(); machine1.succeed('true')", 3, KILLED),
        ("kill(9); machine1.release()", 3, KILLED),
        ("kill(15)", 3, TERMINATED),
        ("kill(15)\nwith t.assertRaises(errors.MachineExited): machine1.shutdown()", 3, TERMINATED),
        (
            "kill(15)\nwith t.assertRaises(errors.MachineExited): machine1.succeed('sleep 9')",
            3,
            TERMINATED,
        ),
        ("kill(signal.SIGSTOP)", 3, "was stopped by a signal such as SIGSTOP"),
        ("kill(signal.SIGUSR1)", 1, PANICKED),
        ("kill(signal.SIGUSR1); machine1.crash(); machine1.start()", 1, PANICKED),
        ("kill(signal.SIGUSR1); time.sleep(1); machine1.restore('c')", 1, PANICKED),
        ("machine1.execute(f'sleep .3; kill -USR1 {pid}', check_output=False)", 1, PANICKED),
        (f"kill({fault('triple fault')})", 1, "because of guest-reset, which its kernel did not"),
        (f"kill({fault('watchdog')})", 1, "the watchdog of the guest has expired"),
        (f"kill({fault('bad disk')})", 3, "QEMU has stopped the processors of the guest"),
        (f"kill({fault('deaf monitor')})", 3, "its monitor is broken: it was closed"),
        ("os.kill(vlan1._process.pid, 9)", 3, "the switch of network 1 stopped (killed by SIG"),
    ],
)
def test_an_end_that_nobody_asked_for_fails_the_test(
    driver_process: DriverProcess, script: str, status: int, said: str
) -> None:
    result = driver_process.run(BEGIN + script)
    assert result.returncode == status, result.stderr
    assert result.stderr.count(said) >= 2, result.stderr  # at once, and in the verdict


@pytest.mark.parametrize(
    "script",
    [
        # The stand-in for QEMU is off at once, perhaps before its agent has answered.
        "machine1.execute('sleep 1; poweroff', check_output=False); machine1.wait_for_shutdown()",
        "machine1.execute('sleep 1; poweroff', check_output=False); time.sleep(3)",
        "machine1.execute('sleep 1; reboot -f', check_output=False); time.sleep(3)",
        "machine1.send_monitor_command('quit'); time.sleep(1)",
        "machine1.crash()",
        "machine1.restore('c'); machine1.release()",
        "with machine1.expect_end(): kill(9)",
        "with machine1.expect_end(): machine1.succeed(f'kill -USR1 {pid}; sleep 60')\n"
        "machine1.crash(); machine1.succeed('true')",
    ],
)
def test_an_end_that_somebody_asked_for_does_not(
    driver_process: DriverProcess, script: str
) -> None:
    result = driver_process.run(BEGIN + script)
    assert result.returncode == 0, result.stderr


def test_a_later_error_does_not_hide_what_came_before(driver_process: DriverProcess) -> None:
    result = driver_process.run(f"{BEGIN}kill(9); time.sleep(0.5); t.fail('of another kind')\n")
    assert result.returncode != 0
    assert "of another kind" in result.stderr
    assert result.stderr.count(KILLED) >= 2, result.stderr


@pytest.mark.parametrize(
    "error",
    [
        "sys.exit(1)",
        "raise KeyboardInterrupt('later')",
        "raise BaseExceptionGroup('later', [GeneratorExit()])",
        "raise ValueError('later') from KeyboardInterrupt()",
        "asyncio.run(asyncio.wait_for(asyncio.sleep(9), 0.01))",
    ],
)
def test_an_end_comes_before_an_error_of_any_class(
    driver_process: DriverProcess, error: str
) -> None:
    script = f"import asyncio, sys\nkill(9); time.sleep(0.5)\n{error}\n"
    result = driver_process.run(BEGIN + script)
    assert result.returncode == 3, result.stderr
    assert result.stderr.count(KILLED) >= 2, result.stderr


@pytest.mark.parametrize(
    "left",
    [
        "import atexit\natexit.register(kill, 9)",
        "import threading\nthreading.Timer(1.5, kill, [9]).start()",
        "class Left:\n    def __del__(self): kill(9)\nleft = Left()",
        "import weakref\nweakref.finalize(kill, kill, 9)",
        "import atexit, sys\natexit.register(kill, 9)\nsys.exit(0)",
    ],
)
def test_an_end_in_what_a_script_leaves_to_its_end_fails_the_test(
    driver_process: DriverProcess, left: str
) -> None:
    result = driver_process.run(BEGIN + left)
    assert result.returncode == 3, result.stderr
    assert result.stderr.count(KILLED) >= 2, result.stderr


def test_all_that_ended_is_named(driver_process: DriverProcess) -> None:
    result = driver_process.run(f"{BEGIN}kill(9); os.kill(two_2.qemu.process.pid, 9)\n")
    assert result.returncode == 3
    for name in ("machine1", "two-2"):
        assert result.stderr.count(f"{name}: QEMU has exited (killed by SIGKILL)") >= 2


def test_an_end_that_is_expected_must_come(machine: QemuMachine) -> None:
    machine.succeed("true")
    with pytest.raises(WaitTimedOut, match="the machine to end unexpectedly"):
        with machine.expect_end(timeout=0.3):
            pass
    with pytest.raises(ValueError, match="mine"), machine.expect_end():
        raise ValueError("mine")


def test_only_the_named_machine_is_expected_to_end(make_machine: MachineMaker) -> None:
    one, two = make_machine("one"), make_machine("two")
    two.succeed("true")
    one.succeed("true")
    soon_killed(two)
    with pytest.raises(MachineExited, match="two: "), one.expect_end():
        two.wait_for_console_text("never")
    soon_killed(one)
    with one.expect_end():
        one.wait_for_console_text("never")


def soon_killed(machine: QemuMachine) -> None:
    """Kill QEMU while the script waits: a machine whose end was seen before is started again."""
    threading.Timer(0.3, os.kill, [pid_of(machine), signal.SIGKILL]).start()


def judged(machine: QemuMachine, act: Callable[[], object]) -> None:
    """Do something as a script, and raise what was noted."""

    def settled() -> None:
        assert machine.qemu is not None
        machine.context.loop.run(machine.qemu.settle())

    with machine.context.losses.judged(settled):
        act()


def test_a_panic_under_a_fault_that_the_script_made_is_its_own_doing(
    make_machine: MachineMaker, caplog: pytest.LogCaptureFixture
) -> None:
    machine = make_machine(memory_mib=64)
    machine.succeed("true")
    machine.limit_memory(32)

    def panic() -> None:
        os.kill(pid_of(machine), signal.SIGUSR1)
        time.sleep(0.5)

    judged(machine, panic)
    assert "panicked: Kernel panic - not syncing: told to (under a fault that" in caplog.text
    machine.crash()
    machine.succeed("true")
    machine.limit_memory(32)
    with pytest.raises(MachineExited):
        judged(machine, lambda: os.kill(pid_of(machine), signal.SIGKILL))


def test_a_fault_that_has_ended_excuses_nothing(make_machine: MachineMaker) -> None:
    machine = make_machine(memory_mib=64)
    machine.succeed("true")
    with machine.limit_memory(32):
        pass
    with pytest.raises(MachinePanicked):
        judged(machine, lambda: os.kill(pid_of(machine), signal.SIGUSR1))


def test_an_identity_that_was_not_taken_fails_although_nobody_waits(
    make_machine: MachineMaker, snapshot: str
) -> None:
    machine = make_machine("warm", warm_start={"folder": snapshot, "script": "exit 3"})

    def start() -> None:
        machine.start()
        time.sleep(2)

    with pytest.raises(MachineError, match="what sets its clock and identity failed"):
        judged(machine, start)


@pytest.fixture
def snapshot(make_machine: MachineMaker, tmp_path: object) -> str:
    """A snapshot, with the overlay of its disk."""
    folder = f"{tmp_path}/saved"
    machine = make_machine("original", memory_in_file=True)
    machine.succeed("true")
    machine.save_machine(folder)
    os.mkdir(f"{folder}/overlays")
    with open(f"{folder}/overlays/root.qcow2", "w") as file:
        file.write("an overlay")
    return folder


def exit_of(
    status: int,
    reason: str | None,
    *,
    sent: Sequence[int] = (),
    asked: bool = False,
    console: str = "",
    watchdog: str | None = None,
    container: bool = False,
) -> tuple[bool, bool]:
    """Return whether an exit is expected, and whether it is the host's."""
    ended = Exit(
        status=status,
        reason=reason,
        watchdog=watchdog,
        console=console,
        sent=set(sent),
        asked=asked,
        container=container,
    )
    return ended.expected, ended.by_host


def test_exits_are_told_apart() -> None:
    assert exit_of(0, "guest-shutdown") == (True, False)
    assert exit_of(0, "guest-reset", console="reboot: Restarting system") == (True, False)
    assert exit_of(0, "guest-reset") == (False, False)
    assert exit_of(0, "guest-shutdown", watchdog="poweroff") == (False, False)
    assert exit_of(0, "host-qmp-quit") == (True, False)
    assert exit_of(0, "host-signal") == (False, True)
    assert exit_of(0, "host-signal", asked=True) == (False, True)
    assert exit_of(0, "host-signal", asked=True, sent=[signal.SIGTERM]) == (True, True)
    assert exit_of(0, "host-error") == (False, True)
    assert exit_of(0, None) == (False, True)
    assert exit_of(0, None, container=True) == (True, False)
    assert exit_of(1, None, container=True) == (False, True)
    assert exit_of(1, "guest-shutdown") == (False, True)
    assert exit_of(-signal.SIGKILL, None, asked=True) == (False, True)
    assert exit_of(-signal.SIGKILL, None, asked=True, sent=[signal.SIGKILL]) == (True, True)
    assert exit_of(-signal.SIGSEGV, "guest-shutdown", asked=True) == (False, True)


def test_an_error_that_no_task_bears_is_noted() -> None:
    noted: list[HostError] = []
    with LoopThread(noted.append) as loop:

        async def fail() -> None:
            asyncio.get_running_loop().call_soon(lambda: os.environ["missing"])
            asyncio.get_running_loop().call_soon(lambda: os.stat("/no/such"))
            await asyncio.sleep(0.1)

        loop.run(fail())
    assert [str(error) for error in noted] == ["a task of the driver failed: KeyError('missing')"]


def test_what_the_error_itself_tells_is_not_told_twice() -> None:
    losses = Losses()
    lost = MachineExited("a", -9, None, "", "")

    def fails(error: Exception, before: Exception | None = None) -> Exception:
        def script() -> None:
            with losses.judged(lambda: None):
                losses.note(lost, "a")
                raise error from before

        with pytest.raises(type(error)) as caught:
            script()
        return caught.value

    assert fails(lost).__cause__ is None
    assert fails(SeveralErrors([lost, ValueError("x")])).__cause__ is None
    assert fails(ValueError("x"), MachineExited("a", -9, None, "", "")).__cause__ is not lost
    assert fails(ValueError("y")).__cause__ is lost
    middle = ValueError("z")
    assert fails(TypeError("w"), middle).__cause__ is middle
    assert middle.__cause__ is lost
