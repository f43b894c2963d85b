"""A machine that stands still, or has less processor time or memory than it should."""

import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from test_driver.backend.qemu.cpu_limit import CpuLimit
from test_driver.errors import CheckpointError, FaultRefused
from test_driver.loop import LoopThread
from test_driver.machine import QemuMachine
from test_driver.machine.faults import CpuShares
from test_driver.process_state import STOPPED_STATE, process_state

from ..conftest import MachineMaker
from ..support.fake_disks import MIB, NOTES
from .test_power import pid_of


@pytest.fixture
def machine(make_machine: MachineMaker) -> QemuMachine:
    """A machine whose guest is up."""
    machine = make_machine(memory_mib=64)
    machine.succeed("true")
    return machine


def commands(machine: QemuMachine) -> list[str]:
    """Return what the monitor was told of the machine's pace and memory."""
    notes = (machine.state_dir / NOTES).read_text().splitlines()
    return [name + str(arguments.get("value", "")) for name, arguments in map(json.loads, notes)]


def test_pauses_end_one_by_one(machine: QemuMachine) -> None:
    with machine.pause():
        with machine.pause():
            assert commands(machine) == ["stop"]
        assert commands(machine) == ["stop"]
    assert commands(machine) == ["stop", "cont"]
    assert machine.succeed("echo on") == "on\n"


def test_resume_ends_all_pauses(machine: QemuMachine) -> None:
    with machine.pause(), machine.pause():
        machine.resume()
        assert commands(machine) == ["stop", "cont"]
    machine.resume()
    assert commands(machine) == ["stop", "cont"]


@pytest.mark.parametrize("name", ["pause", "limit_memory"])
def test_a_checkpoint_is_refused_meanwhile(machine: QemuMachine, name: str) -> None:
    fault = machine.pause() if name == "pause" else machine.limit_memory(32)
    with fault:
        with pytest.raises(CheckpointError, match="it cannot be kept while there is a fault: it "):
            machine.checkpoint("one")
    machine.checkpoint("one")


def test_a_limit_of_the_processor_is_no_suspended_machine(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.backend.supervision.LOOK_SECONDS", 0.01)
    monkeypatch.setattr("test_driver.backend.supervision.SUSPENDED_SECONDS", 0.05)
    with machine.limit_cpu(0.5), machine.limit_cpu(0.01):
        pid = pid_of(machine)
        assert machine.qemu is not None
        shares = machine.qemu.attachments.get(CpuShares)
        assert shares.limit is not None
        assert shares.limit.share == 0.01
        machine.execute("sleep 1", check_output=False)
        os.kill(pid, signal.SIGSTOP)  # as the limit itself does it
        time.sleep(0.5)
        os.kill(pid, signal.SIGCONT)
    assert shares.limit is None
    assert machine.succeed("echo on") == "on\n"


def test_a_machine_is_switched_off_under_a_limit(machine: QemuMachine) -> None:
    machine.limit_cpu(0.05)
    machine.crash()
    assert machine.qemu is not None
    assert machine.qemu.process.exited.result() == 0
    assert machine.succeed("echo again") == "again\n"


def test_a_process_has_no_more_than_its_share_and_goes_on_after_it(loop: LoopThread) -> None:
    child = subprocess.Popen([sys.executable, "-c", "while True: pass"])

    async def limited(seconds: float) -> tuple[float, bool]:
        limit = CpuLimit(child.pid, 0.1)
        clock = ~child.pid << 3 | 2
        before, began, stopped = time.clock_gettime(clock), time.monotonic(), False
        while time.monotonic() < began + seconds:
            await asyncio.sleep(0.01)
            stopped = stopped or process_state(child.pid) == STOPPED_STATE
        used = (time.clock_gettime(clock) - before) / (time.monotonic() - began)
        limit.end()
        return used, stopped

    try:
        used, stopped = loop.run(limited(1.5))
        assert stopped
        assert used < 0.3  # that it is no more than twice its share is for a quieter host
        assert process_state(child.pid) != STOPPED_STATE
    finally:
        child.kill()
        child.wait()


def test_a_process_that_ends_ends_its_limit(loop: LoopThread) -> None:
    child = subprocess.Popen([sys.executable, "-c", "while True: pass"])

    async def limited() -> None:
        others, errors = asyncio.all_tasks(), list[dict[str, Any]]()
        asyncio.get_running_loop().set_exception_handler(lambda _, error: errors.append(error))
        limit = CpuLimit(child.pid, 0.5)
        assert asyncio.all_tasks() > others  # it watches
        await asyncio.sleep(0.05)
        child.kill()
        child.wait()
        async with asyncio.timeout(20):
            while asyncio.all_tasks() > others:
                await asyncio.sleep(0.01)
        del limit  # an error that nobody took is told when its task is forgotten
        gc.collect()
        assert errors == []

    loop.run(limited())


def test_memory_is_taken_and_given_back_and_the_balloon_unplugged(machine: QemuMachine) -> None:
    with machine.limit_memory(32):
        with machine.limit_memory(48):
            pass
    assert commands(machine) == [
        "device_add",
        *(f"balloon{mib * MIB}" for mib in (32, 32, 32, 64)),
        "device_del",
    ]


def test_a_guest_that_keeps_its_memory_is_told(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.machine.faults.BALLOON_SECONDS", 0.3)
    (machine.state_dir / "stiff-guest").touch()
    with pytest.raises(
        FaultRefused, match=r"told to have 32 MiB, and has 64 MiB after 0\.3 s: it l"
    ):
        machine.limit_memory(32)
    assert [*machine.faults] == []
    assert commands(machine)[-1] == "device_del"


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda machine: machine.limit_cpu(0), "share is a number from 0.01 to 1, not 0"),
        (lambda machine: machine.limit_cpu(1.5), "share is a number from 0.01 to 1, not 1.5"),
        (lambda machine: machine.limit_cpu(True), "share is a number from 0.01 to 1, not True"),
        (lambda machine: machine.limit_memory(64), "in MiB is a number from 1 to 63, not 64"),
        (lambda machine: machine.limit_memory(0), "in MiB is a number from 1 to 63, not 0"),
    ],
)
def test_limits_out_of_range_are_refused(
    machine: QemuMachine, act: Callable[[QemuMachine], object], message: str
) -> None:
    with pytest.raises(FaultRefused, match=f"machine1: .*{message}"):
        act(machine)


@pytest.mark.parametrize(
    "act",
    [
        lambda machine: machine.pause(),
        lambda machine: machine.limit_cpu(0.5),
        lambda machine: machine.limit_memory(32),
    ],
)
def test_a_machine_that_is_off_is_not_slowed(
    machine: QemuMachine, act: Callable[[QemuMachine], object]
) -> None:
    machine.crash()
    with pytest.raises(FaultRefused, match=r"machine1: .* needs a machine that is on; start it fi"):
        act(machine)
    machine.resume()
