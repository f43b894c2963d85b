"""Why QEMU has exited, and whether that was to be expected."""

import signal
from collections.abc import Set
from dataclasses import dataclass

from ..errors import MachineExited
from .supervision import (
    GUEST_RESET,
    explain_exit,
    has_announced_reboot,
)

# As QEMU's event SHUTDOWN names them. Others are failures of the host, and so is none at all: a
# QEMU that is switched off always says why.
GUEST_REASONS = ("guest-shutdown", GUEST_RESET, "guest-panic")
QUIT = "host-qmp-quit"
ENDING_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


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
        return self.reason != GUEST_RESET or self.announced_reboot

    @property
    def announced_reboot(self) -> bool:
        """Whether the guest has said that it reboots. A container has no other way to be reset."""
        return self.container or has_announced_reboot(self.console)

    def error(self, machine: str, program: str, output: str) -> MachineExited:
        """Return the error that calls on the machine raise."""
        return MachineExited(
            machine,
            self.status,
            explain_exit(self.reason, self.watchdog, announced_reboot=self.announced_reboot),
            output,
            self.console,
            program=program,
            by_host=self.by_host,
        )
