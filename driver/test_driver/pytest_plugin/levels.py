"""One level of the stack of checkpoints: what the machines, networks and shared files were."""

import itertools
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..driver import Driver
from ..errors import CheckpointError
from ..faults.active_fault import heal
from ..machine import BaseMachine
from ..machine.file_snapshot import FileSnapshotMethods
from ..machine.snapshot import SnapshotMethods, forget, make, restore
from ..network.active_faults import NetworkFault

_numbers = itertools.count(1)


@dataclass(kw_only=True)
class Level:
    """A state to which machines return, and the fixtures that have made it."""

    fixtures: list[object] = field(default_factory=list)
    name: str = ""
    machines: frozenset[str] = frozenset()
    containers: dict[str, bool] = field(default_factory=dict)  # whether each was on
    faults: tuple[NetworkFault, ...] = ()
    shared: Path | None = None

    def make(self, driver: Driver) -> None:
        """Keep all machines as they are. Raises CheckpointError."""
        self.name = f"tests {next(_numbers)}"
        for machine in driver.everyone:
            if lasting := [fault.what for fault in machine.faults if fault.in_force]:
                reason = (
                    f"a fault is in force that ends when the machine is restored: {lasting[0]}; "
                    "make it in a fixture of function scope"
                )
                raise CheckpointError(machine.name, reason)
        self.machines = frozenset(machine.name for machine in driver.everyone)
        make(in_qemu(driver.everyone), self.name)
        for container in _containers(driver.everyone):
            self.containers[container.name] = container.booted
            if container.booted:
                container.checkpoint_files(self.name)
        self.faults = tuple(driver.network.faults)
        self.shared = _kept_folder(driver.shared_folder, self.name)

    def restore(self, driver: Driver) -> None:
        """Make all machines what they were. Raises DriverError."""
        faults = driver.network.faults
        heal(one for one in faults if one not in self.faults)
        for fault in self.faults:
            if fault.capture is None and not fault.in_force:
                faults.put(fault)
        driver.release_created(besides=self.machines)
        restore(in_qemu(driver.everyone), self.name, ask=False)
        for container in _containers(driver.everyone):
            if self.containers.get(container.name):
                container.restore_files(self.name)
            else:
                driver.end_machine(container)
        _put_back(driver.shared_folder, self.shared)

    def forget(self, driver: Driver) -> None:
        """Delete what was kept."""
        forget(driver.everyone, self.name)
        for container in _containers(driver.everyone):
            container.drop_kept_files(self.name)
        if self.shared is not None:
            shutil.rmtree(self.shared, ignore_errors=True)


def empty_folder(folder: Path) -> None:
    """Delete what is in a folder."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def in_qemu(machines: Sequence[BaseMachine]) -> list[BaseMachine]:
    """Return the machines that can have checkpoints of their memory."""
    return [machine for machine in machines if isinstance(machine, SnapshotMethods)]


def _containers(machines: Sequence[BaseMachine]) -> list[FileSnapshotMethods]:
    return [machine for machine in machines if isinstance(machine, FileSnapshotMethods)]


def _kept_folder(folder: Path, name: str) -> Path | None:
    """Return a copy of a folder; None if it is empty."""
    if not any(folder.iterdir()):
        return None
    copy = folder.with_name(f"{folder.name} {name}")
    shutil.copytree(folder, copy, symlinks=True)
    return copy


def _put_back(folder: Path, copy: Path | None) -> None:
    empty_folder(folder)
    if copy is not None:
        shutil.copytree(copy, folder, symlinks=True, dirs_exist_ok=True)
