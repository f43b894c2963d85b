"""Tests in several processes at once, by pytest-xdist: each worker has a testbed of its own."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..run.boot_limiter import available_memory_mib
from .testbed import Testbed

FOLDER_KEY = "rehearse_testbed"  # what workers are told
LATE_KEY = "rehearse_late"  # what workers tell
# What QEMU and the driver need beside the memory of guests, for each machine.
OVERHEAD_MIB = 100


class Workers:
    """Says how many workers the host can bear."""

    def __init__(self, testbed: Testbed) -> None:
        self._testbed = testbed

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_auto_num_workers(self) -> int:
        """Return how many testbeds run at once: by processors, and by memory that is free."""
        machines = self._testbed.configuration.machines.values()
        cores = sum(machine.cores for machine in machines)
        memory = sum(machine.memory_mib + OVERHEAD_MIB for machine in machines)
        free = available_memory_mib(Path("/proc/meminfo").read_text())
        by_cores = len(os.sched_getaffinity(0)) // max(cores, 1)
        by_memory = int(free // max(memory, 1))
        return max(1, min(by_cores, by_memory))


class FolderForWorkers:
    """Tells workers which testbed the controller has found, and hears what fails in them late.

    xdist hears of the tests of a worker alone: its exit status means nothing there.
    """

    def __init__(self, folder: Path, late: Callable[[str], None]) -> None:
        self._folder = folder
        self._late = late

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 - a class of xdist
        """Tell one worker."""
        node.workerinput[FOLDER_KEY] = str(self._folder)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 - a class of xdist
        """Hear what has failed in a worker after its last test."""
        if late := getattr(node, "workeroutput", {}).get(LATE_KEY):
            self._late(f"{node.gateway.id}: {late}")


def tell_controller(config: pytest.Config, late: str) -> None:
    """Tell the controller, in a worker, what has failed after the last test."""
    if is_worker(config):
        vars(config)["workeroutput"][LATE_KEY] = late


def is_worker(config: pytest.Config) -> bool:
    """Tell whether this process is a worker of xdist."""
    return hasattr(config, "workerinput")


def worker_folder(config: pytest.Config) -> str | None:
    """Return the folder of the testbed that the controller has found; None elsewhere."""
    given: dict[str, Any] = getattr(config, "workerinput", {})
    return given.get(FOLDER_KEY)


def is_controller(config: pytest.Config) -> bool:
    """Tell whether workers of xdist run the tests of this process."""
    return not is_worker(config) and bool(getattr(config.option, "tx", None))
