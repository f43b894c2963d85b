"""What can happen inside a guest: its agent, its shell, its units."""

from collections.abc import Sequence

from ..error_text import indented
from ..hints import hint_line
from .base import RequestedAssertionFailed
from .machine import MachineError

__all__ = [
    "AddressNotFound",
    "AgentError",
    "AgentLost",
    "AgentSilent",
    "BootEnded",
    "GuestSilent",
    "KilledByShutdown",
    "ShellLost",
    "UnitFailed",
    "UnitNotInState",
    "UnitRefused",
    "UnitSkipped",
]


class AgentError(MachineError):
    """The guest agent refused a request."""


class AgentLost(AgentError):
    """The connection to the guest agent, or to the root shell in its place, ended."""

    def __init__(
        self, machine: str, reason: str, console: str = "", who: str = "the guest agent"
    ) -> None:
        self.reason = reason
        super().__init__(
            machine,
            f"{who} is gone: {reason}" + indented("end of the console", console),
        )


class ShellLost(AgentLost):
    """The shell that runs the driver's commands in a guest has ended under one of them."""

    def __init__(self, machine: str, reason: str) -> None:
        self.reason = reason
        MachineError.__init__(
            self, machine, f"the shell that ran the command in the guest is gone: {reason}"
        )


class KilledByShutdown(AgentLost):
    """A command was killed because its guest is going down: that is no failure of the command."""

    def __init__(self, machine: str, how: str) -> None:
        self.reason = how
        MachineError.__init__(
            self,
            machine,
            f"the guest is going down, which killed the command ({how}): end the command first, or "
            "start it with check_output=False",
        )


class AgentSilent(AgentError):
    """The guest agent, or the root shell in its place, does not answer."""

    def __init__(
        self,
        machine: str,
        seconds: float,
        what: str,
        console: str = "",
        who: str = "the guest agent",
    ) -> None:
        super().__init__(
            machine,
            f"{who} did not answer within {seconds:.3g} s ({what})"
            + indented("end of the console", console),
        )


class GuestSilent(AgentSilent):
    """Neither the guest agent nor a root shell on hvc0 answers."""

    def __init__(
        self, machine: str, seconds: float, what: str, console: str, hvc0: str, *, unfit: bool
    ) -> None:
        how = (
            "a root shell on hvc0 answers, but lacks one of base64, env, head, sleep, tail and tr"
            if unfit
            else "let the guest have services.qemuGuest.enable = true, or NixOS' backdoor.service"
        )
        MachineError.__init__(
            self,
            machine,
            "neither the guest agent nor a root shell on hvc0 answered within "
            f"{seconds:.3g} s ({what}): {how}"
            + indented("on hvc0", hvc0)
            + indented("end of the console", console),
        )


class BootEnded(MachineError, RequestedAssertionFailed):
    """The boot of a guest ended in emergency or rescue mode, and the test did not ask for it."""

    def __init__(self, machine: str, mode: str, failed: Sequence[str], journal: str) -> None:
        self.mode = mode
        self.failed = tuple(failed)
        super().__init__(
            machine,
            f"boot ended in {mode} mode, so nothing that is waited for will come"
            + indented("failed units", "\n".join(failed))
            + indented("journal", journal),
        )


class AddressNotFound(MachineError, RequestedAssertionFailed):
    """A name of a host does not resolve in a guest."""

    def __init__(self, machine: str, addr: str, what: str) -> None:
        self.addr = addr
        super().__init__(
            machine,
            f"cannot tell whether {what}: the name {addr!r} was not found in the guest; "
            "correct it, or make it known in the guest's /etc/hosts",
        )


class UnitFailed(MachineError, RequestedAssertionFailed):
    """A systemd unit that was waited for has failed."""

    def __init__(
        self,
        machine: str,
        unit: str,
        state: str,
        journal: str,
        *,
        why: str = "has failed",
        detail: str = "",
    ) -> None:
        self.unit = unit
        self.state = state
        super().__init__(
            machine,
            f'unit "{unit}" {why} ({state})'
            + detail
            + indented("journal", journal)
            + hint_line(journal),
        )


class UnitSkipped(UnitFailed):
    """The start of a systemd unit that was waited for was skipped, or cannot come."""


class UnitRefused(MachineError, RequestedAssertionFailed):
    """systemd refuses the name of a unit, or to load it."""

    def __init__(self, machine: str, unit: str, reason: str) -> None:
        self.unit = unit
        super().__init__(machine, f'unit "{unit}" was refused by systemd: {reason}')


class UnitNotInState(MachineError, RequestedAssertionFailed):
    """A systemd unit is not in the state it must be in."""

    def __init__(self, machine: str, unit: str, state: str, wanted: str) -> None:
        self.unit = unit
        self.state = state
        super().__init__(machine, f'unit "{unit}" is {state}, but must be {wanted}')
