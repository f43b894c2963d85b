"""How many machines boot at the same time."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable

import pytest

from test_driver.errors import StartFailed
from test_driver.loop import LoopThread
from test_driver.machine import QemuMachine
from test_driver.run.boot_limiter import BootLimiter, available_memory_mib

from ..conftest import DriverProcess, MachineMaker

Starter = Callable[..., Awaitable[object]]


def start_all(loop: LoopThread, most: BootLimiter, machines: list[QemuMachine]) -> list[object]:
    async def starts() -> list[object]:
        work = [most.start(machine) for machine in machines]
        return list(await asyncio.gather(*work, return_exceptions=True))

    return loop.run(starts())


def test_a_machine_starts_when_those_before_it_have_booted(
    loop: LoopThread, make_machine: MachineMaker
) -> None:
    machines = [make_machine(f"m{number}") for number in range(3)]
    assert start_all(loop, BootLimiter(1), machines) == [None, None, None]
    assert all(machine.is_up() for machine in machines)
    first, second, _ = (machine.qemu for machine in machines)
    assert first is not None
    assert second is not None
    assert first.agent.connected
    assert second.agent.connected


def test_a_machine_larger_than_the_most_starts_alone(
    loop: LoopThread, make_machine: MachineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large = make_machine("small"), make_machine("large", cores=64)
    machines = [small, large, make_machine("other")]
    while_it_starts: dict[str, list[str]] = {}

    def observed(machine: QemuMachine, boot: Starter) -> Starter:
        async def start(*, allow_reboot: bool) -> object:
            while_it_starts[machine.name] = [
                one.name
                for one in machines
                if one.name in while_it_starts and (one.qemu is None or not one.qemu.agent.present)
            ]
            return await boot(allow_reboot=allow_reboot)

        return start

    for machine in machines:
        monkeypatch.setattr(machine, "boot", observed(machine, machine.boot))
    assert start_all(loop, BootLimiter(2), machines) == [None, None, None]
    assert while_it_starts["large"] == []
    assert all("large" not in booting for booting in while_it_starts.values())


def test_machines_that_fit_start_at_the_same_time(
    loop: LoopThread, make_machine: MachineMaker
) -> None:
    silent, other = make_machine("silent", "--no-agent"), make_machine("other")
    began = time.monotonic()
    assert start_all(loop, BootLimiter(2), [silent, other]) == [None, None]
    assert time.monotonic() - began < 30
    assert other.is_up()


def test_a_start_that_fails_leaves_its_place_to_others(
    loop: LoopThread, make_machine: MachineMaker
) -> None:
    machines = [make_machine("broken", "--break"), make_machine("good")]
    failed, good = start_all(loop, BootLimiter(1), machines)
    assert isinstance(failed, StartFailed)
    assert good is None


def test_a_machine_that_is_switched_off_while_it_boots_leaves_its_place(
    loop: LoopThread, make_machine: MachineMaker
) -> None:
    most, machine = BootLimiter(1), make_machine("first", "--no-agent")
    start_all(loop, most, [machine])
    machine.crash()
    began = time.monotonic()
    assert start_all(loop, most, [make_machine("second")]) == [None]
    assert time.monotonic() - began < 10


def test_available_memory_is_what_the_kernel_says() -> None:
    assert available_memory_mib("MemTotal: 4 kB\nMemAvailable:    2048 kB\n") == 2
    assert available_memory_mib("MemTotal: 4 kB\n") > 1 << 40


def test_too_many_processors_and_too_much_memory_are_told(driver_process: DriverProcess) -> None:
    host = len(os.sched_getaffinity(0))
    machines = driver_process.document["machines"]
    machines["machine1"] = {**machines["machine1"], "cores": 4 * host, "memory_mib": 1 << 30}
    result = driver_process.run("start_all()\nassert machine1.is_up() and two_2.is_up()\n")
    assert result.returncode == 0, result.stderr
    assert (
        f"the machines have {4 * host + 1} processors: on this host, no more than {2 * host} of "
        "theirs boot at the same time\n"
    ) in result.stderr
    assert "the machines may use 1073741825 MiB of memory and this host has " in result.stderr


def test_machines_that_fit_are_started_silently(driver_process: DriverProcess) -> None:
    result = driver_process.run("start_all()\n")
    assert result.returncode == 0, result.stderr
    assert "boot at the same time" not in result.stderr
    assert "MiB left" not in result.stderr
