"""Faults of a machine that last until they are undone."""

from collections.abc import Callable
from types import TracebackType
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

PAUSE = "pause"


class Faulty(Protocol):
    """What is known here of a machine."""

    faults: "list[Fault]"
    corrupted: bool

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def lines(self) -> MachineLog:
        """Its log."""

    @property
    def backend(self) -> Backend | None:
        """Its run."""

    def check_due(self) -> None:
        """Check the polling conditions that are due."""


class Fault:
    """A fault that is in force. As a context manager, it is undone at the end of the block.

    It ends by itself when the machine is switched off or restored, and one of the guest's own, such
    as a wrong clock, also when the guest reboots.
    """

    def __init__(
        self,
        machine: Faulty,
        qemu: Backend,
        what: str,
        undo: Callable[[], None],
        *,
        subject: str = "",
        bars_snapshot: bool = False,
        ends_with_boot: bool = False,
    ) -> None:
        self.what = what
        self.subject = subject
        self.bars_snapshot = bars_snapshot
        self._machine = machine
        self._qemu = qemu
        self._undo = undo
        self._boot = qemu.resets if ends_with_boot else None
        machine.lines.say(f"fault: {what}")
        machine.faults[:] = [*(fault for fault in machine.faults if fault.in_force), self]

    def __enter__(self) -> "Fault":
        """Return the fault: it is in force already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Undo the fault."""
        self.end()

    @property
    def in_force(self) -> bool:
        """Whether it is still there."""
        machine, qemu = self._machine, self._qemu
        if self not in machine.faults or machine.backend is not qemu or not qemu.alive():
            return False
        return self._boot is None or self._boot == qemu.resets

    def befell(self, qemu: Backend | None) -> bool:
        """Tell whether it was made in this run of the machine, and not undone."""
        return self._qemu is qemu

    def end(self) -> None:
        """Undo this fault alone. Nothing happens if it has ended."""
        lasts = self.in_force
        if self in self._machine.faults:
            self._machine.faults.remove(self)
        if lasts:
            self._machine.lines.say(f"end of the fault: {self.what}")
            self._undo()


def running(machine: Faulty, what: str) -> QemuInstance:
    """Return the QEMU of a machine that is on. Raises FaultRefused if there is none."""
    machine.check_due()
    if (qemu := machine.backend) is None or not qemu.alive():
        raise FaultRefused(machine.name, f"{what} needs a machine that is on; start it first")
    if not isinstance(qemu, QemuInstance):
        raise FaultRefused(machine.name, f"{what} needs a machine in QEMU; this is a container")
    return qemu


def faults_of(machine: Faulty, subject: str) -> list[Fault]:
    """Return the faults of one kind that are in force."""
    return [fault for fault in machine.faults if fault.subject == subject and fault.in_force]


def may_be_provoked(machine: Faulty, error: DriverError) -> bool:
    """Tell whether the end of a machine may come from a fault of it that the script has made.

    That is so for what a guest does without its disks or memory, and never for what befalls QEMU.
    """
    by_host = isinstance(error, MachineExited) and error.by_host
    if by_host or not isinstance(error, MachineExited | MachinePanicked | WatchdogExpired):
        return False
    return machine.corrupted or any(fault.befell(machine.backend) for fault in machine.faults)


def in_range(machine: Faulty, what: str, value: float, low: float, high: float) -> float:
    """Return a number that lies in a range. Raises FaultRefused if it does not."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise FaultRefused(
            machine.name, f"{what} is a number from {low:g} to {high:g}, not {value!r}"
        )
    return value
