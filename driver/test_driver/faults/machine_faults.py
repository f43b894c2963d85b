"""Faults of a machine that last until they are undone."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from ..backend.base import Backend
from ..backend.qemu.instance import QemuInstance
from ..errors import (
    DriverError,
    FaultRefused,
    MachineExited,
    MachinePanicked,
    WatchdogExpired,
)
from ..log import MachineLog
from .active_fault import ActiveFault

PAUSE = "pause"


class Faulty(Protocol):
    """What is known here of a machine."""

    corrupted: bool

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def lines(self) -> MachineLog:
        """Its log."""

    @property
    def faults(self) -> "MachineFaults":
        """Its faults."""

    @property
    def backend(self) -> Backend | None:
        """Its run."""

    def check_due(self) -> None:
        """Check the polling conditions that are due."""


class MachineFault(ActiveFault):
    """A fault of a machine. With `bars_snapshot`, the machine cannot be kept meanwhile."""

    def __init__(
        self,
        machine: Faulty,
        run: Backend,
        what: str,
        undo: Callable[[], None],
        *,
        subject: str = "",
        bars_snapshot: bool = False,
        ends_with_boot: bool = False,
    ) -> None:
        super().__init__(machine.faults, what)
        self.subject = subject
        self.bars_snapshot = bars_snapshot
        self.run = run
        self.boot = run.resets if ends_with_boot else None
        self.undo = undo
        machine.faults.put(self)


class MachineFaults:
    """The faults of one machine: those of its present run are in force."""

    def __init__(self, machine: Faulty) -> None:
        self._machine = machine
        self._found: list[MachineFault] = []

    def __iter__(self) -> Iterator[MachineFault]:
        """Return what was made and not undone, oldest first."""
        return iter(list(self._found))

    def put(self, fault: MachineFault) -> None:
        """Take note of a fault that was made."""
        self._machine.lines.say(f"fault: {fault.what}")
        self._found[:] = [*filter(self.in_force, self._found), fault]

    def in_force(self, fault: ActiveFault) -> bool:
        """Tell whether a fault is still there."""
        run = self._machine.backend
        if run is None or not run.alive():
            return False
        found = next((one for one in self._found if one is fault), None)
        return found is not None and found.run is run and found.boot in (None, run.resets)

    def of(self, subject: str) -> list[MachineFault]:
        """Return the faults of one kind that are in force."""
        return [one for one in self._found if one.subject == subject and self.in_force(one)]

    def end(self, faults: Sequence[ActiveFault]) -> None:
        """Undo some faults, one after the other. Nothing happens to those that have ended."""
        for fault in [one for one in self._found if one in faults]:
            lasts = self.in_force(fault)
            self._found.remove(fault)
            if lasts:
                self._machine.lines.say(f"end of the fault: {fault.what}")
                fault.undo()


def running_machine(machine: Faulty, what: str) -> Backend:
    """Return the run of a machine that is on. Raises FaultRefused if there is none."""
    machine.check_due()
    if (run := machine.backend) is None or not run.alive():
        raise FaultRefused(machine.name, f"{what} needs a machine that is on; start it first")
    return run


def running(machine: Faulty, what: str) -> QemuInstance:
    """Return the QEMU of a machine that is on. Raises FaultRefused if there is none."""
    qemu = running_machine(machine, what)
    if not isinstance(qemu, QemuInstance):
        raise FaultRefused(machine.name, f"{what} needs a machine in QEMU; this is a container")
    return qemu


def may_be_provoked(machine: Faulty, error: DriverError) -> bool:
    """Tell whether the end of a machine may come from a fault of it that the script has made.

    That is so for what a guest does without its disks or memory, and never for what befalls QEMU.
    """
    by_host = isinstance(error, MachineExited) and error.by_host
    if by_host or not isinstance(error, MachineExited | MachinePanicked | WatchdogExpired):
        return False
    return machine.corrupted or any(fault.run is machine.backend for fault in machine.faults)


def in_range(machine: Faulty, what: str, value: float, low: float, high: float) -> float:
    """Return a number that lies in a range. Raises FaultRefused if it does not."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise FaultRefused(
            machine.name, f"{what} is a number from {low:g} to {high:g}, not {value!r}"
        )
    return value
