"""Methods of a machine: trouble that a script expects."""

import contextlib
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from ..deadline import NEVER, Deadline
from ..errors import CrashNotSeen, DriverError
from ..poll import OF_GUEST, poll
from ..run.timings import Phase
from ..trouble.kinds import check_kind
from ..trouble.ledger import Expectation
from ..trouble.survey import PATIENT_SECONDS, SECONDS, ask, ask_all
from .core import MachineCore
from .method import method

ARRIVAL_SECONDS = 5.0


class ExpectationMethods(MachineCore):
    """Methods of a machine: expected trouble."""

    @method(phase=Phase.COMMAND)
    @contextmanager
    def expect_crash(self, kind: str, unit: str | None = None) -> Iterator[None]:
        """Expect trouble of one kind inside the block, which then fails no test by `failOn`.

        `kind` is "kernel-oops", "kernel-warning", "stall", "oom", "core-dump", "failed-unit" or
        "sanitizer". `unit` narrows it to a unit of systemd; the kernel names none for the first
        three. Trouble of other kinds in the block is not expected: a unit whose main process dumps
        core is also a failed unit. Raises CrashNotSeen if nothing of the kind has come 5 seconds
        after the end of the block, and ValueError if there is no such kind.

        >>> with machine.expect_crash("core-dump", unit="app.service"):
        ...     machine.succeed("systemctl kill --signal=SEGV app.service")
        """
        check_kind(kind, unit)
        what = kind if unit is None else f"{kind} of unit {unit}"
        with self.nested(f"expecting {what}"):
            known = None if unit is None else _unit_id(self, unit)
            expectation = Expectation(kind=kind, unit=known)
            # Trouble from before the block does not count for it.
            before = len(self.context.troubles.all)
            qemu = self.reach_guest()
            self.in_loop(ask(self, qemu, PATIENT_SECONDS, thorough=True))
            with self.trouble.expecting(expectation):
                try:
                    yield
                except Exception:
                    with contextlib.suppress(DriverError):
                        self.in_loop(ask_all([self], SECONDS))
                    raise
                self.in_loop(_arrival(self, expectation))
            if expectation.count == 0:
                seen = [one for one in self.context.troubles.all[before:]]
                mine = [one.describe() for one in seen if one.machine == self.name]
                raise CrashNotSeen(self.name, what, ARRIVAL_SECONDS, mine)


def _unit_id(machine: MachineCore, unit: str) -> str:
    """Return the name under which systemd knows a unit: that of an alias, with its suffix."""
    command = f"systemctl show --property=Id --value -- {shlex.quote(unit)}"
    qemu = machine.reach_guest()
    work = qemu.commands.capture(command, Deadline.after(PATIENT_SECONDS))
    result = machine.in_loop(qemu.liveness.run(work, NEVER))
    return result.stdout.strip() or unit


async def _arrival(machine: MachineCore, expectation: Expectation) -> None:
    """Wait for what is expected, for a while. A machine that is off says no more."""
    thorough = True  # once: journald tells the kernel's log of it

    async def has_come() -> bool | None:
        nonlocal thorough
        qemu = machine.backend
        if qemu is not None and qemu.alive() and qemu.takes_commands:
            try:
                await ask(machine, qemu, PATIENT_SECONDS, thorough=thorough)
            except DriverError:
                if expectation.count == 0:
                    raise
        thorough = False
        return bool(expectation.count) or None

    await poll(has_come, OF_GUEST, Deadline.after(ARRIVAL_SECONDS))
