"""Every method that takes a timeout ends soon after it, whatever state the guest is in."""

import asyncio
import importlib
import inspect
import os
import pkgutil
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

import test_driver
from test_driver.backend.base import Backend
from test_driver.deadline import Deadline
from test_driver.machine import QemuMachine
from test_driver.machine.guest_work import answer_by
from test_driver.retrying import retry
from test_driver.script.conditions import PollingConditionMaker

from ..conftest import MachineMaker
from .test_display import picture_of, put_tesseract
from .test_waits import with_systemd

TIMEOUT = 0.5
# A busy host takes its time. A wait that had no bound would last 60 s and more.
SLACK_SECONDS = 10.0
HANG = "sleep 100"
WORKERS = 3

Call = Callable[[QemuMachine, float], object]


def in_condition(machine: QemuMachine, seconds: float) -> None:
    """Wait for a condition whose function runs a command without a timeout of its own."""
    maker = PollingConditionMaker(machine.context.conditions, machine.context.steps)
    maker(lambda: machine.execute(HANG)[0] == 0).wait(timeout=seconds)


def in_retry(machine: QemuMachine, seconds: float) -> None:
    """Retry a command without a timeout of its own."""
    retry(lambda last: machine.execute(HANG)[0] == 0, timeout=seconds)


def in_block(machine: QemuMachine, seconds: float) -> None:
    """Expect an end that does not come."""
    with machine.expect_end(timeout=seconds):
        pass


CALLS: dict[str, Call] = {
    "Machine.execute": lambda machine, seconds: machine.execute(HANG, timeout=seconds),
    "Machine.succeed": lambda machine, seconds: machine.succeed(HANG, timeout=seconds),
    "Machine.fail": lambda machine, seconds: machine.fail(HANG, timeout=seconds),
    "Machine.run": lambda machine, seconds: machine.run(HANG, timeout=seconds),
    "Machine.wait_until_succeeds": lambda machine, seconds: machine.wait_until_succeeds(
        HANG, timeout=seconds
    ),
    "Machine.wait_until_fails": lambda machine, seconds: machine.wait_until_fails(
        HANG, timeout=seconds
    ),
    "Machine.wait_for_unit": lambda machine, seconds: machine.wait_for_unit("x", timeout=seconds),
    "Machine.wait_for_unit_active_state": lambda machine, seconds: (
        machine.wait_for_unit_active_state("x", "failed", timeout=seconds)
    ),
    "Machine.wait_for_job": lambda machine, seconds: machine.wait_for_job("x", timeout=seconds),
    "Machine.wait_for_open_unix_socket": lambda machine, seconds: machine.wait_for_open_unix_socket(
        "/nowhere", timeout=seconds
    ),
    "Machine.wait_for_open_port": lambda machine, seconds: machine.wait_for_open_port(
        1, timeout=seconds
    ),
    "Machine.wait_for_closed_port": lambda machine, seconds: machine.wait_for_closed_port(
        int(os.environ["OPEN_PORT"]), timeout=seconds
    ),
    "Machine.wait_for_file": lambda machine, seconds: machine.wait_for_file(
        "/nowhere", timeout=seconds
    ),
    "Machine.wait_for_console_text": lambda machine, seconds: machine.wait_for_console_text(
        "nothing like that", timeout=seconds
    ),
    "Machine.wait_until_tty_matches": lambda machine, seconds: machine.wait_until_tty_matches(
        "1", "nothing like that", timeout=seconds
    ),
    "Machine.wait_for_x": lambda machine, seconds: machine.wait_for_x(timeout=seconds),
    "Machine.wait_for_window": lambda machine, seconds: machine.wait_for_window(
        "nothing like that", timeout=seconds
    ),
    "Machine.wait_for_text": lambda machine, seconds: machine.wait_for_text(
        "nothing like that", timeout=seconds
    ),
    "Machine.wait_for_qmp_event": lambda machine, seconds: machine.wait_for_qmp_event(
        lambda event: False, timeout=seconds
    ),
    "Machine.switch_root": lambda machine, seconds: machine.switch_root(timeout=seconds),
    "SpawnedCommand.wait": lambda machine, seconds: machine.handle.wait(timeout=seconds),  # type: ignore[attr-defined]  # set by the test
    "PollingCondition.wait": in_condition,
    "retry": in_retry,
    "Machine.expect_end": in_block,
    "Machine.reboot": lambda machine, seconds: machine.reboot(timeout=seconds),
    "Machine.wait_for_shutdown": lambda machine, seconds: machine.wait_for_shutdown(
        timeout=seconds
    ),
    "Machine.shutdown": lambda machine, seconds: machine.shutdown(timeout=seconds),
}
# What a guest that works does by itself within the timeout.
MAY_SUCCEED = {f"Machine.{name}" for name in ("reboot", "shutdown", "execute", "run", "fail")}


def public_methods_with_timeout() -> set[str]:
    """Find each function and method of the script's interface that takes a timeout."""
    found = set()
    for module in pkgutil.walk_packages(test_driver.__path__, "test_driver."):
        if module.name.endswith("__main__"):
            continue
        for name, thing in vars(importlib.import_module(module.name)).items():
            if name.startswith("_") or getattr(thing, "__module__", "") != module.name:
                continue
            if inspect.isclass(thing):
                found |= {f"{name}.{method}" for method in methods_with_timeout(thing)}
    return found | {"retry"}


def methods_with_timeout(kind: type) -> Iterator[str]:
    """Find the public methods of a class that take a timeout."""
    for name, method in inspect.getmembers(kind, callable):
        if not name.startswith("_") and "timeout" in parameters(method):
            yield name


def parameters(function: Callable[..., object]) -> set[str]:
    """Return the names of a function's parameters."""
    try:
        return set(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return set()


def test_every_method_with_a_timeout_is_tried_here() -> None:
    kinds = r"^(Base|Qemu|Nspawn)Machine\."
    found = {re.sub(kinds, "Machine.", name) for name in public_methods_with_timeout()}
    internal = {name for name in found if name.split(".")[0] not in PUBLIC}
    assert found - internal == set(CALLS)


PUBLIC = {"Machine", "SpawnedCommand", "PollingCondition", "retry"}


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Listen on a port, which is not closed then."""
    import socket

    with socket.create_server(("localhost", 0)) as server:
        monkeypatch.setenv("OPEN_PORT", str(server.getsockname()[1]))
        yield


def pid_of(machine: QemuMachine) -> int:
    assert machine.qemu is not None
    return machine.qemu.process.pid


@contextmanager
def stopped(machine: QemuMachine) -> Iterator[None]:
    """Stop QEMU, as a debugger does."""
    os.kill(pid_of(machine), signal.SIGSTOP)
    yield
    os.kill(pid_of(machine), signal.SIGCONT)


@contextmanager
def deaf(machine: QemuMachine) -> Iterator[None]:
    """Let the guest's agent answer nothing more."""
    os.kill(pid_of(machine), signal.SIGQUIT)
    yield


def ready(make_machine: MachineMaker, name: str) -> QemuMachine:
    """Return a machine whose guest takes commands."""
    machine = make_machine(name)
    with_systemd(machine, "LoadState=loaded ActiveState=inactive SubState=dead")
    (machine.state_dir / "shown.png").write_bytes(picture_of("Elsinore"))
    machine.connect()
    machine.handle = machine.spawn(HANG)  # type: ignore[attr-defined]  # for the calls
    return machine


def seconds_of_call(name: str, machine: QemuMachine) -> float:
    """Call a method that waits for what does not come, and return how long that took."""
    began = time.monotonic()
    try:
        CALLS[name](machine, TIMEOUT)
    except Exception:  # noqa: BLE001 - the time is what counts; other tests are about the errors
        return time.monotonic() - began
    assert name in MAY_SUCCEED, f"{name} has found what is not there"
    return time.monotonic() - began


@pytest.mark.timeout(240)  # many calls
@pytest.mark.usefixtures("listener")
@pytest.mark.parametrize("state", [nullcontext, stopped, deaf])
def test_each_method_ends_at_its_timeout(
    make_machine: MachineMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    state: Callable[..., object],
) -> None:
    monkeypatch.setattr("test_driver.backend.supervision.SUSPENDED_SECONDS", 1000)
    put_tesseract(tmp_path, monkeypatch, "#!/bin/sh\nexec sleep 1000\n")
    machines = [ready(make_machine, f"m{number}") for number in range(WORKERS)]
    # A machine is off after the last methods of the list, of which each has one.
    shares = [[*CALLS][number::WORKERS] for number in range(WORKERS)]

    def in_state(machine: QemuMachine, names: list[str]) -> dict[str, float]:
        took = {}
        for name in names:
            with state(machine):  # type: ignore[attr-defined]  # a context manager
                took[name] = seconds_of_call(name, machine)
        return took

    with ThreadPoolExecutor(WORKERS) as pool:
        shares_took = pool.map(in_state, machines, shares)
        took = {name: seconds for share in shares_took for name, seconds in share.items()}
    assert set(took) == set(CALLS)
    late = {name: seconds for name, seconds in took.items() if seconds > TIMEOUT + SLACK_SECONDS}
    assert late == {}


@pytest.mark.timeout(240)  # many calls
@pytest.mark.usefixtures("listener")
def test_each_method_ends_at_its_timeout_while_a_condition_reads_the_screen(
    make_machine: MachineMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = threading.active_count()
    put_tesseract(tmp_path, monkeypatch, "#!/bin/sh\nexec sleep 1000\n")
    machine = ready(make_machine, "m1")
    maker = PollingConditionMaker(machine.context.conditions, machine.context.steps)
    reads = maker(lambda: "Elsinore" in machine.get_screen_text(), interval=0)
    late = {}
    for name in CALLS:
        with reads:
            seconds = seconds_of_call(name, machine)
        if seconds > TIMEOUT + SLACK_SECONDS:
            late[name] = seconds
        if not machine.is_up():
            break
    assert late == {}
    assert threading.active_count() - before < 50  # of earlier tests, some may still end


async def _answers_after(seconds: float, qemu: Backend, patience: float) -> bool:
    work = asyncio.sleep(seconds, result=True)
    return await answer_by(qemu, work, Deadline.after(0), patience=patience)


def test_a_guest_that_has_no_processor_is_waited_for(machine: QemuMachine) -> None:
    # A container's processes are those of its guest, and so are those of the stand-in.
    machine.connect()
    qemu = machine.qemu
    assert qemu is not None
    with machine.spawn("while :; do :; done"):
        assert machine.in_loop(_answers_after(2.0, qemu, patience=60.0))
    with pytest.raises(TimeoutError):
        machine.in_loop(_answers_after(30.0, qemu, patience=60.0))
