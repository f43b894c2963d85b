"""Everything the driver raises.

Exception
├── DriverError
│   ├── ConfigurationError      the configuration or the command line is wrong
│   ├── HostError               the host, not the test, is at fault
│   │   ├── AccelerationMissing
│   │   ├── SwitchFailed
│   │   ├── StartFailed
│   │   └── ProgramMissing
│   ├── MachineError            something happened to a machine
│   │   ├── MachineExited
│   │   ├── MachinePanicked
│   │   ├── GuestStopped
│   │   ├── WatchdogExpired
│   │   ├── QemuSuspended
│   │   ├── MonitorBroken
│   │   ├── MonitorError
│   │   │   └── MonitorLost
│   │   ├── AgentError
│   │   │   ├── AgentLost
│   │   │   │   └── ShellLost
│   │   │   └── AgentSilent
│   │   ├── UnitFailed*
│   │   ├── UnitNotInState*
│   │   ├── RecognitionMissing  the driver has no text recognition
│   │   ├── CheckpointError
│   │   ├── FaultRefused        a fault cannot be made
│   │   ├── VariantError
│   │   └── CopyRefused
│   ├── StatefulError           and its kind: stateful/errors.py
│   ├── NetworkFaultRefused     a fault of a network makes no sense, or cannot be had
│   ├── WaitTimedOut*           a condition did not come true in time
│   ├── ConditionFailed*        a condition ceased to hold while something else happened
│   ├── CommandFailed*          a command in a machine did not do what it must
│   └── SeveralErrors           several machines failed at once
├── RequestedAssertionFailed    what the script demanded is not so; so are those marked * above
│   ├── AssertionFailed         the script's own assertion
│   └── PropertyFailed          in stateful/errors.py
├── ScriptSyntaxError           the script does not compile
└── (BaseException) Halted      what no `except Exception` in a script may swallow
    ├── GlobalTimeout
    ├── Interrupted
    ├── OutputLost
    └── ScriptRefused           the script has problems that are seen without running it
"""

import shlex
import signal
from collections.abc import Sequence

from .error_text import exit_text, indented, tail


class DriverError(Exception):
    """The root of what the driver reports about itself, the host, or a machine."""


class RequestedAssertionFailed(Exception):
    """What the script demanded is not so. By this name, scripts catch all errors of that kind."""


class ConfigurationError(DriverError):
    """The configuration document or the command line cannot be used."""

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        self.where = where
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{where}: {problem}" for problem in self.problems))


class HostError(DriverError):
    """The host could not do what the test needs."""


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


class MachineError(DriverError):
    """Something happened to a machine."""

    def __init__(self, machine: str, message: str) -> None:
        self.machine = machine
        super().__init__(f"{machine}: {message}")


class MachineExited(MachineError):
    """QEMU of a machine is gone, and nobody asked for it."""

    def __init__(
        self,
        machine: str,
        status: int,
        reason: str | None,
        output: str,
        console: str,
        *,
        program: str = "QEMU",
    ) -> None:
        self.status = status
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


class WatchdogExpired(MachineError):
    """The watchdog of the guest was not fed, and has stopped it."""

    def __init__(self, machine: str, action: str) -> None:
        super().__init__(
            machine, f"the watchdog of the guest has expired, and has stopped it (action {action})"
        )


class QemuSuspended(MachineError):
    """Somebody has stopped the process of QEMU with a signal."""

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
    """QEMU refused a command of its monitor, or the monitor is gone."""

    def __init__(self, machine: str, command: str, reason: str) -> None:
        self.command = command
        super().__init__(machine, f"QEMU's monitor command `{command}` failed: {reason}")


class MonitorLost(MonitorError):
    """The connection to QEMU's monitor ended."""


class AgentError(MachineError):
    """The guest agent refused a request."""


class AgentLost(AgentError):
    """The connection to the guest agent ended."""

    def __init__(self, machine: str, reason: str, console: str = "") -> None:
        self.reason = reason
        super().__init__(
            machine,
            f"the guest agent is gone: {reason}" + indented("end of the console", console),
        )


class ShellLost(AgentLost):
    """The shell that runs the driver's commands in a guest has ended under one of them."""

    def __init__(self, machine: str, reason: str) -> None:
        self.reason = reason
        MachineError.__init__(
            self, machine, f"the shell that ran the command in the guest is gone: {reason}"
        )


class AgentSilent(AgentError):
    """The guest agent does not answer."""

    def __init__(self, machine: str, seconds: float, what: str, console: str = "") -> None:
        super().__init__(
            machine,
            f"the guest agent did not answer within {seconds:.3g} s ({what})"
            + indented("end of the console", console),
        )


class UnitFailed(MachineError, RequestedAssertionFailed):
    """A systemd unit that was waited for has failed."""

    def __init__(self, machine: str, unit: str, state: str, journal: str) -> None:
        self.unit = unit
        self.state = state
        super().__init__(
            machine, f'unit "{unit}" has failed ({state})' + indented("journal", journal)
        )


class UnitNotInState(MachineError, RequestedAssertionFailed):
    """A systemd unit is not in the state it must be in."""

    def __init__(self, machine: str, unit: str, state: str, wanted: str) -> None:
        self.unit = unit
        self.state = state
        super().__init__(machine, f'unit "{unit}" is {state}, but must be {wanted}')


class RecognitionMissing(MachineError):
    """A word that reads the screen was used, and the host lacks what is needed for that."""

    def __init__(self, machine: str, what: str) -> None:
        super().__init__(
            machine,
            f"cannot read text on the screen: {what}; set `enableOCR = true` in the test, which "
            "gives the driver tesseract and Pillow",
        )


class CheckpointError(MachineError):
    """A checkpoint of a machine cannot be made or restored."""


class VariantError(MachineError):
    """A machine cannot become the variant that was asked for."""


class FaultRefused(MachineError):
    """A fault of a machine's disks, power, clock, processors or memory cannot be made."""


class CopyRefused(MachineError):
    """A file cannot be copied to or from a machine."""


class NetworkFaultRefused(DriverError):
    """A fault of a network makes no sense, or cannot be had."""


class WaitTimedOut(DriverError, RequestedAssertionFailed):
    """A condition did not become true before its deadline."""

    def __init__(self, machine: str | None, what: str, seconds: float, last: str = "") -> None:
        self.machine = machine
        self.what = what
        prefix = f"{machine}: " if machine else ""
        super().__init__(
            f"{prefix}waited {seconds:g} s for {what}, in vain" + indented("last seen", last)
        )


class ConditionFailed(DriverError, RequestedAssertionFailed):
    """A polling condition does not hold while it must."""

    def __init__(self, condition: str, reason: str) -> None:
        self.condition = condition
        super().__init__(f"the condition does not hold: {condition}\n  {reason}")


class CommandFailed(DriverError, RequestedAssertionFailed):
    """A command in a machine failed where it must succeed, or the other way round."""

    def __init__(
        self, machine: str, command: str, status: str, stdout: str = "", stderr: str = ""
    ) -> None:
        self.machine = machine
        self.command = command
        super().__init__(
            f"{machine}: command `{command}` {status}"
            + indented("stdout", tail(stdout))
            + indented("stderr", tail(stderr))
        )


class SeveralErrors(DriverError):
    """Several machines failed at once."""

    def __init__(self, errors: Sequence[Exception]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in errors))


class AssertionFailed(RequestedAssertionFailed):
    """An assertion of the script does not hold."""


class ScriptSyntaxError(Exception):
    """The script does not compile."""

    def __init__(self, path: str, line: int, source: str, reason: str) -> None:
        self.path = path
        self.line = line
        super().__init__(
            f"{path}, line {line}: {reason}"
            + (f"\n    {source.strip()}" if source.strip() else "")
            + "\nno machine was started"
        )


class Halted(BaseException):
    """The script was stopped from outside."""


class ScriptRefused(Halted):
    """The script was checked, and has problems: all of them are in the message."""


class GlobalTimeout(Halted):
    """The whole test took too long."""

    def __init__(self, seconds: float, step: str) -> None:
        self.seconds = seconds
        where = f", in the step: {step}" if step else ""
        super().__init__(f"the test did not end within {seconds:g} s{where}")


class OutputLost(Halted):
    """What happens cannot be recorded any more."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(
            f"cannot write to {where}: {reason}; "
            "make room there, or choose another output folder with --output_directory"
        )


class Interrupted(Halted):
    """A signal asked the driver to stop."""

    def __init__(self, number: int, step: str) -> None:
        self.number = number
        where = f", in the step: {step}" if step else ""
        super().__init__(f"interrupted by {signal.Signals(number).name}{where}")
