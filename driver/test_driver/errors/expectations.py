"""An expectation of the script that was not met."""

from collections.abc import Sequence

from ..error_text import excerpt, indented, tail
from ..hints import hint_line
from .base import DriverError, RequestedAssertionFailed

__all__ = [
    "AssertionFailed",
    "CommandFailed",
    "ConditionFailed",
    "CrashNotSeen",
    "TestsFailed",
    "TroubleSeen",
    "WaitTimedOut",
]

MOST_TROUBLE = 20


class AssertionFailed(RequestedAssertionFailed):
    """An assertion of the script does not hold."""


class TestsFailed(RequestedAssertionFailed):
    """Tests of pytest have failed, or could not be run."""

    __test__ = False  # pytest shall not take it for a test


class WaitTimedOut(DriverError, RequestedAssertionFailed):
    """A condition did not become true before its deadline.

    `last` is the state that was seen last: one line stands in the first line of the message, more
    below it. `detail` is what else is worth showing, as `indented` makes it.
    """

    def __init__(
        self, machine: str | None, what: str, seconds: float, last: str = "", detail: str = ""
    ) -> None:
        self.machine = machine
        self.what = what
        prefix = f"{machine}: " if machine else ""
        line, block = ("", last) if "\n" in last.strip() else (last.strip(), "")
        super().__init__(
            f"{prefix}timed out after {seconds:g} s waiting for {excerpt(what)}"
            + (f" (last state: {line})" if line else "")
            + indented("last state", block)
            + detail
            + hint_line(last, detail)
        )


class TroubleSeen(DriverError, RequestedAssertionFailed):
    """A machine had trouble that `failOn` of the test does not allow."""

    def __init__(self, machine: str, lines: Sequence[str]) -> None:
        self.machine = machine
        self.trouble = tuple(lines)
        more = lines[1:MOST_TROUBLE]
        left = len(lines) - 1 - len(more)
        super().__init__(
            f"{lines[0]} (a kind of trouble that fails this test, by `failOn`)"
            + indented("more of it", "\n".join([*more, *([f"and {left} more"] if left else [])]))
        )


class CrashNotSeen(DriverError, RequestedAssertionFailed):
    """The trouble that a block of the script expects did not come."""

    def __init__(self, machine: str, what: str, seconds: float, seen: Sequence[str]) -> None:
        self.machine = machine
        self.what = what
        super().__init__(
            f"{machine}: expect_crash: no {what} was seen in the block, and it timed out after "
            f"{seconds:g} s more" + indented("seen instead", "\n".join(seen[:MOST_TROUBLE]))
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
            f"{machine}: command `{excerpt(command)}` {status}"
            + indented("stdout", tail(stdout))
            + indented("stderr", tail(stderr))
            + hint_line(stdout, stderr)
        )
