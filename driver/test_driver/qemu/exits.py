"""Why QEMU has exited, and whether that was to be expected."""

import asyncio
import signal
import time
from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..deadline import Deadline
from ..errors import DriverError, MachineExited
from ..process_state import STOPPED_STATE, process_state
from .supervision import (
    GUEST_RESET,
    LOOK_SECONDS,
    SUSPENDED_SECONDS,
    explain_exit,
    has_announced_reboot,
)

if TYPE_CHECKING:
    from .run import Qemu

# As QEMU's event SHUTDOWN names them. Others are failures of the host, and so is none at all: a
# QEMU that is switched off always says why.
GUEST_REASONS = ("guest-shutdown", GUEST_RESET, "guest-panic")
QUIT = "host-qmp-quit"
ENDING_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
# A QEMU that is well answers twice within that time; a signal sent before has had its effect then.
ANSWER_SECONDS = 5.0
ANSWERS = 2
# After that time, a command that the script does not wait for has had its effect.
ALONE_SECONDS = 1.0
# After that, the rest of its text was read (run.py).
PANIC_SECONDS = 1.0
# A container answers nothing. A signal that ends it has had its effect after that time.
CONTAINER_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a machine's process has ended.

    `reason` is what QEMU said, `None` if nothing. `sent` has the signals that the driver sent, and
    `asked` says whether the driver or the script wanted the end.
    """

    status: int
    reason: str | None
    watchdog: str | None
    console: str
    sent: Set[int]
    asked: bool
    container: bool

    @property
    def by_host(self) -> bool:
        """Whether neither the guest nor the script has ended it."""
        if self.status != 0:
            return True
        return not self.container and self.reason not in (*GUEST_REASONS, QUIT)

    @property
    def expected(self) -> bool:
        """Whether it is no failure that the machine is off.

        A guest may power itself off or reboot, and a script may tell QEMU to quit.
        """
        if self.status < 0 and -self.status not in self.sent:
            return False  # killed from outside, whatever the driver had asked before
        if self.reason == "host-signal" and not self.sent & ENDING_SIGNALS:
            return False
        if self.asked:
            return True
        if self.by_host or self.watchdog is not None or self.reason == "guest-panic":
            return False
        return self.reason != GUEST_RESET or has_announced_reboot(self.console)

    def error(self, machine: str, program: str, output: str) -> MachineExited:
        """Return the error that calls on the machine raise."""
        return MachineExited(
            machine,
            self.status,
            explain_exit(self.reason, self.watchdog, self.console),
            output,
            self.console,
            program=program,
            by_host=self.by_host,
        )


async def settle(qemu: "Qemu") -> None:
    """Wait until everything that has happened to a machine is noted."""
    deadline = Deadline.after(SUSPENDED_SECONDS + 2 * LOOK_SECONDS)
    while process_state(qemu.process.pid) == STOPPED_STATE and qemu.cpu_limit is None:
        if qemu.lifeline.error() is not None or deadline.expired():
            return
        await asyncio.sleep(LOOK_SECONDS / 10)
    if not qemu.has_monitor:
        await qemu.process.wait(CONTAINER_SECONDS)
    recent = qemu.commands.left_alone + ALONE_SECONDS - time.monotonic()
    if recent > 0 and qemu.alive():
        await qemu.lifeline.cut_within(recent)
    for _ in range(ANSWERS):
        try:
            await qemu.execute("query-status", None, Deadline.after(ANSWER_SECONDS))
        except DriverError:  # it has exited, or its monitor is broken: both are noted
            break
    await qemu.stop_watch.explained()
    if task := qemu.ending():
        await asyncio.wait({task}, timeout=ANSWER_SECONDS + 1)
    if qemu.panic_line is not None:
        await qemu.lifeline.cut_within(PANIC_SECONDS)
