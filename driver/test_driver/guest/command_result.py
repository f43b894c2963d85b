"""How a command in a guest ended, and what it wrote."""

import signal as signals
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEnd:
    """How a command ended.

    `left` names the processes that the command left running; nobody knows if it is empty.
    """

    status: int
    timed_out: bool = False
    left: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult(CommandEnd):
    """How a command ended and what it wrote.

    `duration` is in seconds, by the driver's clock. `truncated` says that more than the machine's
    `output_limit` was written to stdout or to stderr: the middle is missing, and a line says so.
    `killed` says which processes the kernel killed for want of memory while it ran.
    """

    stdout_bytes: bytes
    stderr_bytes: bytes
    duration: float
    truncated: bool
    killed: str = ""

    @property
    def stdout(self) -> str:
        """What was written to stdout; bytes that are no UTF-8 are replaced."""
        return self.stdout_bytes.decode(errors="replace")

    @property
    def stderr(self) -> str:
        """What was written to stderr; bytes that are no UTF-8 are replaced."""
        return self.stderr_bytes.decode(errors="replace")

    @property
    def signal(self) -> signals.Signals | None:
        """The signal that ended the command: a shell gives 128 and its number as the status."""
        try:
            return signals.Signals(self.status - 128)
        except ValueError:
            return None

    def describe(self, status_name: str = "exit status") -> str:
        """Say how it ended, for messages."""
        if self.timed_out:
            return "timed out and was killed"
        return f"{status_name} {self.status}" + (f"; {self.killed}" if self.killed else "")
