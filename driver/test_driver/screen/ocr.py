"""Text on a picture of a screen, read by tesseract."""

import importlib
import io
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..deadline import Deadline
from ..error_text import exit_text
from ..errors import HostError, RecognitionMissing
from ..process import die_with_driver
from ..process_state import process_works

# "Sparse text": a screen has text in all places and no paragraphs.
SCATTERED = "11"
# "A single block": the text of a row stays together, as on a terminal.
ROWS = "6"
ENLARGEMENT = 2
# Its threads wait for one another as soon as the host is busy: 16 s instead of 0.4 s.
ONE_THREAD = {"OMP_THREAD_LIMIT": "1"}
SAME_PICTURE_PAUSE_SECONDS = 0.2

# A reading that has begun gets so long at least, and what the deadline grants while it works.
GRACE_SECONDS = 0.2
LOOK_SECONDS = 0.1

ReadText = Callable[[bytes, Deadline], str]
"""Returns the text on a PNG, or nothing if it is not read by a deadline."""


def readers(machine: str, tesseract: str) -> tuple[ReadText, ...]:
    """Return the ways to read a picture, the cheapest first.

    They are: as it is; enlarged with full contrast; the same inverted, for light text on dark;
    and enlarged again, row by row. Raises RecognitionMissing if the host lacks Pillow.
    """
    try:
        image = importlib.import_module("PIL.Image")
        operations = importlib.import_module("PIL.ImageOps")
    except ImportError as error:
        raise RecognitionMissing(machine, f"{error.name or error} is not installed") from error

    def prepared(png: bytes, prepare: Callable[[Any], Any]) -> bytes:
        file = io.BytesIO()
        prepare(image.open(io.BytesIO(png)).convert("L")).save(file, "PNG", compress_level=1)
        return file.getvalue()

    def enlarged(picture: Any) -> Any:  # noqa: ANN401 - Pillow may not be there
        size = (picture.width * ENLARGEMENT, picture.height * ENLARGEMENT)
        return operations.autocontrast(picture.resize(size, image.Resampling.LANCZOS))

    def inverted(picture: Any) -> Any:  # noqa: ANN401
        return operations.invert(enlarged(picture))

    def read(prepare: Callable[[Any], Any] | None, layout: str) -> ReadText:
        def read_prepared(png: bytes, deadline: Deadline) -> str:
            picture = png if prepare is None else prepared(png, prepare)
            return _recognise(machine, (tesseract, "-", "-", "--psm", layout), picture, deadline)

        return read_prepared

    return (
        read(None, SCATTERED),
        read(enlarged, SCATTERED),
        read(inverted, SCATTERED),
        read(enlarged, ROWS),
    )


def _recognise(machine: str, command: Sequence[str], png: bytes, deadline: Deadline) -> str:
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **ONE_THREAD},
            preexec_fn=die_with_driver(os.getpid()),
            process_group=0,
        )
    except FileNotFoundError as error:
        raise RecognitionMissing(machine, f"there is no program `{command[0]}`") from error
    with process:
        try:
            stdout, stderr = _outputs(process, png, deadline)
        except subprocess.TimeoutExpired:
            return ""
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode != 0:
        said = stderr.decode(errors="replace").strip()
        raise HostError(
            f"{machine}: tesseract cannot read the picture of the screen "
            f"({exit_text(process.returncode)}): {said}"
        )
    return stdout.decode(errors="replace")


def _outputs(
    process: subprocess.Popen[bytes], png: bytes, deadline: Deadline
) -> tuple[bytes, bytes]:
    """Return what a program writes to stdout and stderr. Raises TimeoutExpired."""
    limit = deadline.at_least(GRACE_SECONDS)
    longest = limit.before_end(-deadline.patience)
    while True:
        try:
            return process.communicate(png, timeout=limit.timeout())
        except subprocess.TimeoutExpired:
            if longest.expired() or not process_works(process.pid):
                raise
            limit = Deadline.after(LOOK_SECONDS)


@dataclass
class ScreenReader:
    """Reads what a screen shows, again and again, until something is found.

    The next reading is always made of the newest picture. The cheapest way comes before each of
    the others, and nothing is read twice in the same way.
    """

    take_picture: Callable[[], bytes]
    ways: Sequence[ReadText]
    # Called when all that is shown was read: it may raise if nothing else can come.
    nothing_new: Callable[[], None] = lambda: None
    last_text: str = ""
    _read: dict[int, bytes] = field(default_factory=dict)

    def find(self, accept: Callable[[str], bool], deadline: Deadline) -> bool:
        """Read until a text is accepted; give up, after one reading at least, at the deadline."""
        first, *others = range(len(self.ways))
        order = [first, *(way for other in others for way in (other, first))]
        while True:
            news = False
            for way in order:
                picture = self.take_picture()
                if self._read.get(way) == picture:
                    continue
                news = True
                self._read[way] = picture
                text = self.ways[way](picture, deadline)
                if accept(text):
                    return True
                self.last_text = text.strip() or self.last_text
                if deadline.expired():
                    return False
            if deadline.expired():
                return False
            if not news:
                self.nothing_new()
                time.sleep(min(SAME_PICTURE_PAUSE_SECONDS, deadline.remaining()))
