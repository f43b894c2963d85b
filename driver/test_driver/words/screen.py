"""Words of a machine: its screen."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from ..deadline import DEFAULT_TIMEOUT, Deadline, Duration
from ..errors import HostError, WaitTimedOut
from ..output import make_folder
from ..qemu.screen_dump import record_file
from ..screen.text_recognition import ScreenReader, readers

if TYPE_CHECKING:
    from ..machine import Machine

SCREENSHOT_SECONDS = 60.0
# One screen, one way to read it.
READ_SECONDS = 300.0


def screenshot(machine: "Machine", filename: str) -> None:
    """Take a picture of the machine's screen as PNG into the output folder.

    `.png` is added to a name without a dot. A relative path is one in the output folder, whose
    folders are made; an absolute path is used as it is. Raises CopyRefused for a name that leads
    out of the output folder, or that another machine has used, and MonitorError if the machine has
    no screen.

    >>> machine.screenshot("login")
    """
    folder, slash, name = filename.rpartition("/")
    if name and "." not in name:
        name = f"{name}.png"
    output = machine.session.output
    path = Path(folder + slash + name)
    if not path.is_absolute() or path.is_relative_to(output.path):
        path = output.place(machine.name, folder, name)
        output.claim(machine.name, path)
        make_folder(machine.name, path.parent)
    with machine.nested(f"making screenshot {path}"):
        _save_picture(machine, path)
        record_file(machine, "picture", path)


def get_screen_text(machine: "Machine") -> str:
    """Return the text on the machine's screen, as tesseract reads it.

    Raises RecognitionMissing unless the test has `enableOCR = true`.

    >>> assert "Welcome" in machine.get_screen_text()
    """
    read = readers(machine.name, machine.session.tesseract)[0]
    with machine.nested("reading the screen"):
        return read(_picture(machine), READ_SECONDS)


def get_screen_text_variants(machine: "Machine") -> list[str]:
    """Return the text on the machine's screen as read in several ways, the cheapest first.

    Raises RecognitionMissing unless the test has `enableOCR = true`.

    >>> assert any("Welcome" in text for text in machine.get_screen_text_variants())
    """
    ways = readers(machine.name, machine.session.tesseract)
    with machine.nested("reading the screen in several ways"):
        picture = _picture(machine)
        return [read(picture, READ_SECONDS) for read in ways]


def wait_for_text(machine: "Machine", regex: str, timeout: Duration = DEFAULT_TIMEOUT) -> None:
    """Wait until a regular expression matches text on the machine's screen.

    `^` and `$` match at each line. Raises WaitTimedOut, with the text last read, after `timeout`
    seconds, and RecognitionMissing unless the test has `enableOCR = true`.

    >>> machine.wait_for_text("Welcome", timeout=120)
    """
    pattern = re.compile(regex, re.MULTILINE)
    ways = readers(machine.name, machine.session.tesseract)
    reader = ScreenReader(lambda: _picture(machine), ways)
    deadline = Deadline.after(timeout)
    what = f"{regex} on the screen"
    with machine.nested(f"waiting for {what}"):
        if not reader.find(lambda text: pattern.search(text) is not None, deadline.remaining):
            raise WaitTimedOut(machine.name, what, deadline.seconds, reader.last_text)


def _picture(machine: "Machine") -> bytes:
    path = machine.state_dir / "screen.png"
    _save_picture(machine, path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise HostError(
            f"{machine.name}: cannot read the picture of its screen: {error}"
        ) from error


def _save_picture(machine: "Machine", path: Path) -> None:
    qemu = machine.started()
    arguments = {"filename": str(path), "format": "png"}
    machine.in_loop(qemu.execute("screendump", arguments, Deadline.after(SCREENSHOT_SECONDS)))
