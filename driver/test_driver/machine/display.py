"""Methods of a machine: its screen."""

import asyncio
import re
from pathlib import Path
from threading import current_thread

from ..deadline import DEFAULT_TIMEOUT, NEVER, Deadline, Duration
from ..error_text import indented
from ..errors import DriverError, HostError, WaitTimedOut
from ..output import make_folder
from ..run.timings import Phase
from ..screen.ocr import ReadText, ScreenReader, readers
from .arguments import check_pattern
from .core import MachineCore
from .guest_work import GRACE_SECONDS, PATIENCE_SECONDS, SHORT_SECONDS
from .method import method

SCREENSHOT_SECONDS = 60.0
READ_SECONDS = 300.0


class DisplayMethods(MachineCore):
    """Methods of a machine: screen."""

    @method(phase=Phase.TRANSFER)
    def screenshot(self, filename: str) -> None:
        """Take a picture of the machine's screen as PNG into the output folder.

        `.png` is added to a name without a dot. A relative path is one in the output folder, whose
        folders are made; an absolute path is used as it is. Raises CopyRefused for a name that
        leads out of the output folder, or that another machine has used, and MonitorError if the
        machine has no screen.

        >>> machine.screenshot("login")
        """
        folder, slash, name = filename.rpartition("/")
        if name and "." not in name:
            name = f"{name}.png"
        output = self.context.output
        path = Path(folder + slash + name)
        if not path.is_absolute() or path.is_relative_to(output.path):
            path = output.place(self.name, folder, name)
            output.claim(self.name, path)
            make_folder(self.name, path.parent)
        with self.nested(f"making screenshot {path}"):
            _save_picture(self, path)
            self.record_file("picture", path)

    @method(phase=Phase.COMMAND, title="reading the screen")
    def get_screen_text(self) -> str:
        """Return the text on the machine's screen, as tesseract reads it.

        Raises RecognitionMissing unless the test has `enableOCR = true`, and WaitTimedOut if
        tesseract takes longer than 300 s.

        >>> assert "Welcome" in machine.get_screen_text()
        """
        read = readers(self.name, self.context.recognition)[0]
        deadline = Deadline.of_method(READ_SECONDS)
        return _text_on(self, _picture(self, deadline), read, deadline)

    @method(phase=Phase.COMMAND, title="reading the screen in several ways")
    def get_screen_text_variants(self) -> list[str]:
        """Return the text on the machine's screen as read in several ways, the cheapest first.

        Raises RecognitionMissing unless the test has `enableOCR = true`, and WaitTimedOut if
        tesseract takes longer than 300 s.

        >>> assert any("Welcome" in text for text in machine.get_screen_text_variants())
        """
        ways = readers(self.name, self.context.recognition)
        deadline = Deadline.of_method(READ_SECONDS)
        picture = _picture(self, deadline)
        return [_text_on(self, picture, read, deadline) for read in ways]

    @method(phase=Phase.WAIT)
    def wait_for_text(self, regex: str, timeout: Duration = DEFAULT_TIMEOUT) -> None:
        """Wait until a regular expression matches text on the machine's screen.

        `^` and `$` match at each line. The text is what tesseract reads on the newest picture. The
        picture in which the text was found is in the report. A reading that is under way at the
        deadline is killed. Raises WaitTimedOut, with the text last read, after `timeout` seconds;
        the last picture is then in the report. Raises RecognitionMissing unless the test has
        `enableOCR = true`.

        >>> machine.wait_for_text("Welcome", timeout=120)
        """
        pattern = check_pattern(regex, "regex", re.MULTILINE)
        deadline = Deadline.of_method(timeout)
        ways = readers(self.name, self.context.recognition)
        what = f"{regex} on the screen"
        reader = ScreenReader(lambda: _picture(self, deadline), ways, lambda: _goes_on(self))
        patience = PATIENCE_SECONDS if deadline.seconds < SHORT_SECONDS else 0.0
        with self.nested(f"waiting for {what}"), deadline.bounds_calls():
            try:
                found = reader.find(
                    lambda text: pattern.search(text) is not None, deadline.with_patience(patience)
                )
            except TimeoutError as error:
                state = "QEMU gives no picture of the screen"
                detail = _last_seen(self, reader)
                raise WaitTimedOut(self.name, what, deadline.seconds, state, detail) from error
            except DriverError:
                _last_seen(self, reader)
                raise
            if not found:
                detail = _last_seen(self, reader)
                raise WaitTimedOut(self.name, what, deadline.seconds, detail=detail)
            _keep_picture(self, reader.last_picture)


def _last_seen(machine: MachineCore, reader: ScreenReader) -> str:
    """Keep the last picture, and return where it is and what was read, for a message."""
    if not reader.last_picture:
        return ""
    text = indented("text on the screen", reader.last_text or "(nothing was read)")
    try:
        path = _keep_picture(machine, reader.last_picture)
    except DriverError as error:
        return f"{text}\n  the picture of the screen is not kept: {error}"
    return f"{text}\n  picture of the screen: {path}"


def _keep_picture(machine: MachineCore, png: bytes) -> str:
    """Put a picture into the report, at this step, and return its place.

    Raises HostError or CopyRefused.
    """
    path = machine.read_pictures.keep(png)
    machine.record_file("picture", path)
    return str(path.relative_to(machine.context.output.path))


def _text_on(machine: MachineCore, picture: bytes, read: ReadText, deadline: Deadline) -> str:
    if (text := read(picture, deadline)) is None:
        raise WaitTimedOut(machine.name, "tesseract to read the screen", deadline.seconds)
    return text


def _goes_on(machine: MachineCore) -> None:
    """Raise GuestPaused if the guest stands still: its screen does not change any more."""
    if (qemu := machine.backend) is not None and (error := qemu.standstill.error(current_thread())):
        raise error


def _picture(machine: MachineCore, deadline: Deadline) -> bytes:
    path = machine.state_dir / "screen.png"
    _save_picture(machine, path, deadline)
    try:
        return path.read_bytes()
    except OSError as error:
        raise HostError(
            f"{machine.name}: cannot read the picture of its screen: {error}"
        ) from error


def _save_picture(machine: MachineCore, path: Path, deadline: Deadline = NEVER) -> None:
    """Let QEMU write a picture of the screen. Raises TimeoutError at the deadline."""
    qemu = machine.reach_machine(deadline)
    arguments = {"filename": str(path), "format": "png"}

    async def save() -> None:
        async with asyncio.timeout(deadline.at_least(GRACE_SECONDS).timeout()):
            await qemu.execute("screendump", arguments, Deadline.after(SCREENSHOT_SECONDS))

    machine.in_loop(save())
