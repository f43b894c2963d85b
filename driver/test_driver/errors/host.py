"""The host could not do what the test needs."""

import shlex
from collections.abc import Sequence

from ..error_text import indented
from .base import DriverError

__all__ = [
    "AccelerationMissing",
    "AdmissionTimedOut",
    "CardsFailed",
    "HostError",
    "HostTooSmall",
    "ProgramMissing",
    "StartFailed",
    "StartRefused",
    "SwitchFailed",
    "TroubleUnknown",
]


class HostError(DriverError):
    """The host could not do what the test needs."""


class HostTooSmall(HostError):
    """The machines may use more memory than their host can ever give them."""


class AdmissionTimedOut(HostError):
    """Memory for further machines of a test that has some was not free within a time limit."""

    def __init__(self, machines: str, seconds: float, why: str) -> None:
        super().__init__(
            f"timed out after {seconds:.0f} s waiting for memory for further machines of this "
            f"test ({machines}): {why}; run fewer tests at once, or let the driver not wait: "
            "`--admission off`"
        )


class ProgramMissing(HostError):
    """A program of the host could not be started at all."""

    def __init__(self, what: str, command: Sequence[str], reason: str) -> None:
        self.command = tuple(command)
        super().__init__(f"cannot start {what}: {reason}\n  command: {shlex.join(command)}")


class AccelerationMissing(HostError):
    """The configuration requires KVM, and KVM does not work here."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"this test requires KVM, but {reason}; "
            "run it on a host with working KVM, or set the acceleration policy to "
            "`prefer` or `never` to run it under emulation"
        )


class SwitchFailed(HostError):
    """What carries a network did not start, or stopped while it was needed."""

    def __init__(self, vlan: int, what: str, output: str, program: str = "switch") -> None:
        self.vlan = vlan
        super().__init__(f"the {program} of network {vlan} {what}" + indented("output", output))


class CardsFailed(HostError):
    """The program that connects a container's network cards ended, or did not do what it was told.

    What it wrote is in the container's console log.
    """

    def __init__(self, machine: str, what: str) -> None:
        self.machine = machine
        super().__init__(
            f"{machine}: the program of its network cards {what}; what it wrote is in the "
            "console log of the container"
        )


class StartFailed(HostError):
    """QEMU of a machine did not come up."""

    def __init__(self, machine: str, what: str, command: Sequence[str], output: str) -> None:
        self.machine = machine
        self.command = tuple(command)
        super().__init__(
            f"{machine}: cannot start: {what}"
            + indented("output", output)
            + indented("command", shlex.join(command))
        )


class StartRefused(StartFailed):
    """QEMU refused its command line, so that the definition of the machine must change."""

    def __init__(self, machine: str, tokens: str, command: Sequence[str], output: str) -> None:
        super().__init__(machine, f"QEMU refused its command line: {tokens}", command, output)


class TroubleUnknown(HostError):
    """A machine could not be asked for trouble that `failOn` of the test does not allow."""

    def __init__(self, machine: str, reason: str) -> None:
        self.machine = machine
        self.reason = reason
        super().__init__(
            f"{machine}: cannot tell whether there was trouble that fails this test, by `failOn`: "
            f"the machine was not asked, because {reason}; it must run and take commands when the "
            "script ends, or be shut down with shutdown()"
        )
