"""Pictures of a machine's screen, made by QEMU."""

from pathlib import Path
from typing import TYPE_CHECKING

from ..deadline import Deadline
from .run import Qemu

if TYPE_CHECKING:
    from ..machine.core import MachineCore

DUMP_SECONDS = 60.0


async def dump_screen(qemu: Qemu, path: Path, seconds: float = DUMP_SECONDS) -> None:
    """Write a PNG of the screen. Raises MonitorError if there is none.

    Not through the lifeline: that of a machine that has panicked is cut, but its QEMU answers.
    """
    arguments = {"filename": str(path), "format": "png"}
    await qemu.monitor.execute("screendump", arguments, Deadline.after(seconds))


def record_file(machine: "MachineCore", kind: str, path: Path) -> None:
    """Write an event about a picture, if it lies in the output folder."""
    if path.is_relative_to(folder := machine.session.output.path):
        machine.lines.record(kind, path=str(path.relative_to(folder)))
