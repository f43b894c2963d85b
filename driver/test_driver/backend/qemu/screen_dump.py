"""Pictures of a machine's screen, made by QEMU."""

from pathlib import Path

from ...deadline import Deadline
from .instance import QemuInstance

DUMP_SECONDS = 60.0


async def dump_screen(qemu: QemuInstance, path: Path, seconds: float = DUMP_SECONDS) -> None:
    """Write a PNG of the screen. Raises MonitorError if there is none.

    Not through the liveness: that of a machine that has panicked is cut, but its QEMU answers.
    """
    arguments = {"filename": str(path), "format": "png"}
    await qemu.monitor.execute("screendump", arguments, Deadline.after(seconds))
