"""What the events tell of a command: how it ended, and the ends of what it wrote."""

import time

from ..guest.command_result import CommandResult
from .core import MachineCore

KEPT_BYTES = 16 * 1024


def record_command(machine: MachineCore, command: str, result: CommandResult, began: float) -> None:
    """Write the event of a command that has ended."""
    machine.lines.record(
        "command",
        step=machine.context.steps.current(),
        command=command,
        began=round(began, 6),
        seconds=round(time.time() - began, 6),
        status=result.status,
        signal=result.signal.name if result.signal is not None else None,
        timed_out=result.timed_out,
        truncated=result.truncated,
        stdout=_end(result.stdout_bytes),
        stderr=_end(result.stderr_bytes),
    )


def _end(output: bytes) -> str:
    """Return the end of a command's output, and say so if something was left out."""
    text = output[-KEPT_BYTES:].decode(errors="replace")
    left = len(output) - KEPT_BYTES
    return f"[{left} bytes left out]\n{text}" if left > 0 else text
