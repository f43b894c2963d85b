"""Words of a machine: its screen."""

from pathlib import Path
from typing import TYPE_CHECKING

from .deadline import Deadline

if TYPE_CHECKING:
    from .machine import Machine

SCREENSHOT_SECONDS = 60.0


def screenshot(machine: "Machine", filename: str) -> None:
    """Take a picture of the machine's screen as PNG into the output folder.

    `.png` is added to a name without a dot; a name with a slash is a path and is used as it is.
    Raises MonitorError if the machine has no screen.

    >>> machine.screenshot("login")
    """
    name = filename if "." in filename else f"{filename}.png"
    if "/" in name:
        path = Path(name).absolute()
    else:
        path = machine.session.output.place(machine.name, "", name)
        machine.session.output.claim(machine.name, path)
    with machine.nested(f"making screenshot {path}"):
        qemu = machine.run(machine.ensure_started())
        arguments = {"filename": str(path), "format": "png"}
        machine.run(qemu.execute("screendump", arguments, Deadline.after(SCREENSHOT_SECONDS)))
