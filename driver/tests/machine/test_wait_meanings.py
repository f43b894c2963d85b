"""What a wait takes for success, for "not yet", and for an error."""

import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.error import URLError

import pytest

from test_driver.backend.stop_job import _seconds
from test_driver.errors import (
    AddressNotFound,
    AgentSilent,
    CommandFailed,
    ConditionFailed,
    GuestPaused,
    MachineExited,
    StopJobStuck,
    WaitTimedOut,
)
from test_driver.machine import QemuMachine
from test_driver.retrying import retry
from test_driver.script.conditions import PollingConditionMaker

from .test_waits import with_systemd

WRONG_DURATIONS = ["5", float("nan"), -1, -0.001, timedelta(seconds=-1), True, [3], 10**400]


@pytest.fixture
def polling_condition(machine: QemuMachine) -> PollingConditionMaker:
    """The global of that name."""
    return PollingConditionMaker(machine.context.conditions, machine.context.steps)


@pytest.mark.parametrize("wrong", WRONG_DURATIONS, ids=repr)
@pytest.mark.parametrize(
    "call",
    [
        lambda machine, wrong: machine.succeed("true", timeout=wrong),
        lambda machine, wrong: machine.wait_for_unit("x", timeout=wrong),
        lambda machine, wrong: machine.wait_for_open_port(1, timeout=wrong),
        lambda machine, wrong: machine.wait_for_console_text("x", timeout=wrong),
        lambda machine, wrong: machine.wait_for_qmp_event(lambda event: True, timeout=wrong),
        lambda machine, wrong: machine.wait_for_shutdown(timeout=wrong),
        lambda machine, wrong: machine.reboot(timeout=wrong),
        lambda machine, wrong: retry(lambda last: True, timeout=wrong),
    ],
)
def test_a_wrong_timeout_is_refused_with_its_name(
    machine: QemuMachine, call: Callable[[QemuMachine, object], object], wrong: object
) -> None:
    machine.start()
    with pytest.raises((TypeError, ValueError), match="timeout: expected a duration"):
        call(machine, wrong)


def test_other_durations_are_named_by_their_arguments(
    machine: QemuMachine, polling_condition: PollingConditionMaker
) -> None:
    with pytest.raises(ValueError, match="secs: expected a duration"):
        machine.sleep(-1)
    with pytest.raises(TypeError, match="duration: expected a duration"):
        machine.sleep(duration="3")  # type: ignore[arg-type]  # that is the point
    with pytest.raises(ValueError, match="interval: expected a duration"):
        polling_condition(lambda: True, interval=-3)
    with pytest.raises(ValueError, match="delay: expected a duration"):
        machine.send_key("a", delay=float("nan"))
    machine.default_timeout = -5
    with pytest.raises(ValueError, match="default_timeout: expected a duration"):
        machine.succeed("true")


@pytest.mark.parametrize("port", [0, -1, 65536, 99999, True, "80", 80.0, None, 2**70])
@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("port", lambda machine, port: machine.wait_for_open_port(port)),
        ("port", lambda machine, port: machine.wait_for_closed_port(port)),
        ("host_port", lambda machine, port: machine.forward_port(port, 80)),
        ("guest_port", lambda machine, port: machine.forward_port(8080, port)),
    ],
)
def test_what_is_no_port_is_refused(
    machine: QemuMachine, name: str, call: Callable[[QemuMachine, object], object], port: object
) -> None:
    with pytest.raises(ValueError, match=f"{name}: expected a port .*got {port!r}"):
        call(machine, port)


@pytest.mark.parametrize(
    "call",
    [
        lambda machine: machine.wait_for_file(""),
        lambda machine: machine.wait_for_file("  "),
        lambda machine: machine.wait_for_open_unix_socket(""),
        lambda machine: machine.wait_for_open_port(80, ""),
        lambda machine: machine.wait_for_open_port(80, "a/b"),
        lambda machine: machine.wait_for_unit(""),
        lambda machine: machine.wait_for_unit("ssh*"),
        lambda machine: machine.start_job(""),
        lambda machine: machine.require_unit_state("x", "activ"),
        lambda machine: machine.wait_for_unit("x", state="activ"),
        lambda machine: machine.wait_for_console_text(""),
        lambda machine: machine.wait_for_console_text("("),
        lambda machine: machine.wait_until_tty_matches("1", ""),
        lambda machine: machine.wait_for_window("["),
    ],
)
def test_what_says_nothing_is_refused(
    machine: QemuMachine, call: Callable[[QemuMachine], object]
) -> None:
    with pytest.raises(ValueError, match=r"expected|no state|no regular expression"):
        call(machine)
    assert machine.qemu is None  # nothing was started for it


@pytest.mark.parametrize("seconds", [0, 0.02])
def test_there_is_one_whole_look_however_short_the_wait(
    machine: QemuMachine,
    tmp_path: Path,
    polling_condition: PollingConditionMaker,
    seconds: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # QEMU is at work while its guest is. The stand-in's commands are processes of their own.
    monkeypatch.setattr("test_driver.machine.guest_work.family_works", lambda pid: True)
    with_systemd(machine, "LoadState=loaded ActiveState=active SubState=running")
    machine.connect()
    handle = machine.spawn("true")
    machine.wait_for_unit("x", timeout=seconds)
    machine.wait_for_file(str(tmp_path), timeout=seconds)
    machine.wait_until_succeeds("true", timeout=seconds)
    machine.wait_until_fails("false", timeout=seconds)
    machine.wait_for_closed_port(1, timeout=seconds)
    machine.wait_for_console_text("login", timeout=seconds)
    machine.send_monitor_command("event RTC_CHANGE")
    machine.wait_for_qmp_event(lambda event: event["event"] == "RTC_CHANGE", timeout=seconds)
    retry(lambda last: machine.succeed("echo x") == "x\n", timeout=seconds)
    polling_condition(lambda: machine.succeed("echo x") == "x\n").wait(timeout=seconds)
    handle.wait(timeout=20)
    assert handle.wait(timeout=seconds).status == 0
    with socket.create_server(("localhost", 0)) as server:
        machine.wait_for_open_port(server.getsockname()[1], timeout=seconds)


def test_the_time_for_a_method_includes_the_boot(make_machine: Callable[..., QemuMachine]) -> None:
    machine = make_machine("slow", "--mute")
    began = time.monotonic()
    with pytest.raises(WaitTimedOut, match=r"for file .* \(last state: the machine was not start"):
        machine.wait_for_file("/etc/passwd", timeout=0.5)
    machine = make_machine("deaf")
    machine.start()
    assert machine.qemu is not None
    os.kill(machine.qemu.process.pid, signal.SIGQUIT)
    machine.wait_for_console_text("deaf from now on")
    expected = r"after 0\.5 s waiting for unit x \(last state: the guest does not take commands yet"
    with pytest.raises(WaitTimedOut, match=expected):
        machine.wait_for_unit("x", timeout=0.5)
    with pytest.raises(
        AgentSilent, match=r"did not answer within 0\.5 s \(waiting for the boot, which"
    ):
        machine.succeed("true", timeout=0.5)
    assert time.monotonic() - began < 30


def test_a_try_that_is_under_way_at_the_deadline_is_killed(
    machine: QemuMachine, tmp_path: Path
) -> None:
    machine.connect()
    with pytest.raises(WaitTimedOut, match=r"the last try had not ended after .* and was killed"):
        machine.wait_until_succeeds(f"sleep 3; touch {tmp_path}/survivor", timeout=0.5)
    time.sleep(4)
    assert not (tmp_path / "survivor").exists()


class Own(Exception):
    """An error of the script's own."""


@pytest.mark.parametrize(
    "error",
    [
        AttributeError("no such method"),
        NameError("x"),
        TypeError("x"),
        KeyError("x"),
        ZeroDivisionError("x"),
        ImportError("x"),
        SyntaxError("x"),
        RecursionError("x"),
        OSError(28, "No space left on device"),
        FileNotFoundError(2, "x"),
        Own("x"),
        AgentSilent("machine1", 1, "x"),
        MachineExited("machine1", -9, None, "", ""),
        ExceptionGroup("both", [AssertionError("x"), NameError("y")]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_of_script_host_or_machine_is_no_not_yet(
    machine: QemuMachine, polling_condition: PollingConditionMaker, error: Exception
) -> None:
    def raises() -> bool:
        raise error

    condition = polling_condition(raises, interval=0)
    began = time.monotonic()
    with pytest.raises(type(error)) as caught:
        condition.wait(timeout=60)
    assert caught.value is error
    with pytest.raises(type(error)):
        condition.check()
    with pytest.raises(type(error)), condition:
        machine.succeed("true")
    with pytest.raises(type(error)):
        retry(lambda last: raises(), timeout=60)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    "error",
    [
        AssertionError("x"),
        CommandFailed("machine1", "x", "failed"),
        WaitTimedOut("machine1", "x", 3),
        ConnectionRefusedError(111, "x"),
        TimeoutError("x"),
        URLError(ConnectionRefusedError(111, "x")),
        ExceptionGroup("both", [AssertionError("x"), ConnectionResetError("y")]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_not_so_is_waited_for(
    machine: QemuMachine, polling_condition: PollingConditionMaker, error: Exception
) -> None:
    calls: list[int] = []

    def third() -> bool:
        calls.append(1)
        if len(calls) < 3:
            raise error
        return True

    polling_condition(third).wait(timeout=30)
    assert len(calls) == 3

    def raises() -> bool:
        raise error

    condition = polling_condition(raises, interval=0, description="it is so")
    with pytest.raises(WaitTimedOut, match=f"waiting for it is so.*{type(error).__name__}"):
        condition.wait(timeout=0.1)
    with pytest.raises(ConditionFailed), condition:
        machine.succeed("true")


def test_a_wait_for_a_condition_ends_with_the_machine(
    machine: QemuMachine, polling_condition: PollingConditionMaker
) -> None:
    machine.connect()
    condition = polling_condition(lambda: machine.execute("false")[0] == 0)
    assert machine.qemu is not None
    threading.Timer(0.5, os.kill, (machine.qemu.process.pid, signal.SIGKILL)).start()
    began = time.monotonic()
    with pytest.raises(MachineExited):
        condition.wait(timeout=60)
    with pytest.raises(MachineExited):
        condition.wait(timeout=60)
    assert time.monotonic() - began < 30


def test_a_name_that_does_not_resolve_is_no_closed_port(machine: QemuMachine) -> None:
    machine.connect()
    with pytest.raises(AddressNotFound, match=r"80 on nosuch.invalid is closed.*not found"):
        machine.wait_for_closed_port(80, "nosuch.invalid", timeout=20)
    with pytest.raises(WaitTimedOut, match=r"last state: the name 'nosuch.invalid' was not found"):
        machine.wait_for_open_port(80, "nosuch.invalid", timeout=0.5)


@pytest.mark.parametrize("addr", ["127.0.0.1", "localhost", "127.0.0.7"])
def test_a_connection_to_itself_is_no_listener(machine: QemuMachine, addr: str) -> None:
    low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    family = socket.AF_INET
    with socket.socket(family) as one:
        # The kernel gives a connection its own port for sure if it was bound to it.
        one.bind((addr, 0))
        port = one.getsockname()[1]
    assert low <= port <= high
    machine.connect()
    with pytest.raises(WaitTimedOut, match="to be open"):
        machine.wait_for_open_port(port, addr, timeout=0.5)
    machine.wait_for_closed_port(port, addr, timeout=20)


def test_an_unfinished_line_ends_only_where_the_script_says_so(machine: QemuMachine) -> None:
    machine.start()
    for regex in ("login: $", "^login: $", r"login:\s*$", r"login: (?!.)", r"login\W+\b$"):
        with pytest.raises(WaitTimedOut):
            machine.wait_for_console_text(regex, timeout=0.2)
    machine.wait_for_console_text(r"^login: \Z", timeout=20)
    machine.send_console("hamlet\n")
    machine.wait_for_console_text("hamlet$", timeout=20)


def test_waits_of_a_paused_machine_end_at_once(machine: QemuMachine) -> None:
    machine.connect()
    handle = machine.spawn("sleep 100")
    waits: list[Callable[[], object]] = [
        lambda: machine.succeed("true"),
        lambda: machine.wait_for_file("/nowhere"),
        lambda: machine.wait_until_succeeds("false"),
        lambda: machine.wait_for_unit("x"),
        lambda: machine.wait_for_console_text("nothing like that"),
        lambda: machine.wait_for_shutdown(),
        lambda: machine.shutdown(),
        lambda: handle.wait(),
    ]
    began = time.monotonic()
    with machine.pause():
        machine.wait_for_console_text("login")  # it was there before
        for wait in waits:
            with pytest.raises(GuestPaused, match=r"the guest is paused.*machine\.resume\(\)"):
                wait()
    assert machine.succeed("echo on") == "on\n"
    assert time.monotonic() - began < 30


def test_a_pause_of_another_thread_is_waited_through(machine: QemuMachine) -> None:
    machine.connect()
    paused = threading.Event()

    def pause_for_a_moment() -> None:
        with machine.pause():
            paused.set()
            time.sleep(0.5)

    thread = threading.Thread(target=pause_for_a_moment)
    thread.start()
    paused.wait()
    assert machine.succeed("sleep 1; echo on") == "on\n"
    thread.join()


@pytest.mark.parametrize("event", ["SUSPEND", "SUSPEND SUSPEND"])
def test_waits_of_a_suspended_guest_end_at_once(machine: QemuMachine, event: str) -> None:
    machine.connect()
    threading.Timer(0.5, machine.send_monitor_command, (f"event {event}",)).start()
    with pytest.raises(GuestPaused, match=r"suspended.*system_wakeup"):
        machine.wait_until_succeeds("false")
    machine.send_monitor_command("event WAKEUP")
    machine.wait_for_qmp_event(lambda event: event["event"] == "WAKEUP", timeout=20)
    assert machine.succeed("echo on") == "on\n"


@pytest.mark.parametrize(
    ("span", "seconds"),
    [("5s", 5), ("1min 30s", 90), ("2h 1min", 7260), ("1min 500ms", 60.5), ("", 0)],
)
def test_a_span_of_time_is_read(span: str, seconds: float) -> None:
    assert _seconds(span) == seconds


def test_a_stop_job_without_a_limit_ends_the_wait(machine: QemuMachine) -> None:
    machine.connect()
    expected = r"does not go down: a stop job has run for 41s.*for Ghost of Hamlet's Father; give"

    def tell() -> None:
        for span in ("5s / no limit", "31s / 1min 30s", "41s / no limit"):
            text = f"[ *** ] A stop job is running for Ghost of Hamlet's Father ({span})\n"
            machine.send_console(text)
            time.sleep(0.3)

    threading.Timer(0.3, tell).start()
    began = time.monotonic()
    with pytest.raises(StopJobStuck, match=re.compile(expected)):
        machine.wait_for_shutdown(timeout=60)
    assert time.monotonic() - began < 30
