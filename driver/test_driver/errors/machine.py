"""What can happen to a machine as a whole: QEMU, its monitor, its disks and snapshots."""

from ..error_text import exit_text, indented
from .base import DriverError

__all__ = [
    "CheckpointError",
    "CopyRefused",
    "FaultRefused",
    "GuestPaused",
    "GuestStopped",
    "MachineError",
    "MachineExited",
    "MachinePanicked",
    "MonitorBroken",
    "MonitorError",
    "MonitorLost",
    "QemuSuspended",
    "RecognitionMissing",
    "StopJobStuck",
    "VariantError",
    "WatchdogExpired",
]


class MachineError(DriverError):
    """Something happened to a machine."""

    def __init__(self, machine: str, message: str) -> None:
        self.machine = machine
        super().__init__(f"{machine}: {message}")


class MachineExited(MachineError):
    """QEMU of a machine exited, and neither the script nor the driver asked for it."""

    def __init__(
        self,
        machine: str,
        status: int,
        reason: str | None,
        output: str,
        console: str,
        *,
        program: str = "QEMU",
        by_host: bool | None = None,
    ) -> None:
        self.status = status
        # Whether neither the guest nor the script has ended it.
        self.by_host = status != 0 if by_host is None else by_host
        because = f", because of {reason}" if reason else ""
        super().__init__(
            machine,
            f"{program} has exited ({exit_text(status)}{because})"
            + indented(f"output of {program}", output)
            + indented("end of the console", console),
        )


class MachinePanicked(MachineError):
    """The kernel of a guest panicked."""

    def __init__(self, machine: str, line: str, console: str) -> None:
        super().__init__(
            machine,
            "the kernel of the guest panicked"
            + (f": {line.strip()}" if line else "")
            + indented("end of the console", console),
        )


class GuestStopped(MachineError):
    """QEMU has stopped the processors of the guest, and will not start them again."""

    def __init__(self, machine: str, status: str, why: str, detail: str = "") -> None:
        self.status = status
        super().__init__(
            machine,
            f"QEMU has stopped the processors of the guest ({status}): {why}"
            + indented("the disk", detail),
        )


class StopJobStuck(MachineError):
    """A guest that goes down waits for a unit whose stop has no time limit."""

    def __init__(self, machine: str, job: str, lasted: str, console: str) -> None:
        self.job = job
        super().__init__(
            machine,
            f"the guest does not go down: a stop job has run for {lasted}, without a limit, for "
            f"{job}; give the unit a TimeoutStopSec=" + indented("end of the console", console),
        )


class GuestPaused(MachineError):
    """The guest stands still, and only the script could let it go on."""

    def __init__(self, machine: str, why: str, remedy: str) -> None:
        super().__init__(
            machine, f"the guest is {why}, so nothing that is waited for can happen: {remedy}"
        )


class WatchdogExpired(MachineError):
    """The watchdog of the guest was not fed, and has stopped it."""

    def __init__(self, machine: str, action: str) -> None:
        super().__init__(
            machine, f"the watchdog of the guest has expired, and has stopped it (action {action})"
        )


class QemuSuspended(MachineError):
    """A signal has stopped the process of QEMU."""

    def __init__(self, machine: str, pid: int, seconds: float) -> None:
        super().__init__(
            machine,
            f"QEMU (process {pid}) was stopped by a signal such as SIGSTOP, and did not go on "
            f"within {seconds:g} s",
        )


class MonitorBroken(MachineError):
    """QEMU runs, but its monitor cannot be understood, or is closed."""

    def __init__(self, machine: str, reason: str) -> None:
        super().__init__(machine, f"QEMU runs, but its monitor is broken: {reason}")


class MonitorError(MachineError):
    """QEMU refused a command of its monitor, or the monitor is gone.

    `class_name` and `description` are QEMU's own; `class_name` is empty if it said nothing.
    """

    transaction_id: object = None  # as nixpkgs' driver has it: the driver waits for each answer

    def __init__(self, machine: str, command: str, reason: str, class_name: str = "") -> None:
        self.command = command
        self.class_name = class_name
        self.description = reason
        super().__init__(machine, f"QEMU's monitor command `{command}` failed: {reason}")


class MonitorLost(MonitorError):
    """The connection to QEMU's monitor ended."""


class RecognitionMissing(MachineError):
    """A method that reads the screen was called, and the host lacks what is needed for that."""

    def __init__(self, machine: str, what: str) -> None:
        super().__init__(
            machine,
            f"cannot read text on the screen: {what}; set `enableOCR = true` in the test, which "
            "gives the driver tesseract, pytesseract and Pillow",
        )


class CheckpointError(MachineError):
    """A checkpoint of a machine cannot be made or restored."""

    ends_search = True


class VariantError(MachineError):
    """A machine cannot become the variant that was asked for."""


class FaultRefused(MachineError):
    """A fault of a machine's disks, power, clock, processors or memory cannot be made."""


class CopyRefused(MachineError):
    """A file cannot be copied to or from a machine."""
