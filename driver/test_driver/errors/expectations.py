"""An expectation of the script that was not met."""

from ..error_text import indented, tail
from .base import DriverError, RequestedAssertionFailed


class AssertionFailed(RequestedAssertionFailed):
    """An assertion of the script does not hold."""


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
