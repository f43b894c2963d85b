"""Text on a picture of a screen, read by tesseract."""

import importlib
import io
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..error_text import exit_text
from ..errors import HostError, RecognitionMissing
from ..process import die_with_driver

# "Sparse text": a screen has words in all places and no paragraphs.
SCATTERED = "11"
# "A single block": the words of a row stay together, as on a terminal.
ROWS = "6"
ENLARGEMENT = 2
# Its threads wait for one another as soon as the host is busy: 16 s instead of 0.4 s.
ONE_THREAD = {"OMP_THREAD_LIMIT": "1"}
SAME_PICTURE_PAUSE_SECONDS = 0.2

ReadText = Callable[[bytes, float], str]
"""Returns the text on a PNG, or nothing if that takes more than some seconds."""


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
        def read_prepared(png: bytes, seconds: float) -> str:
            picture = png if prepare is None else prepared(png, prepare)
            return _recognise(machine, (tesseract, "-", "-", "--psm", layout), picture, seconds)

        return read_prepared

    return (
        read(None, SCATTERED),
        read(enlarged, SCATTERED),
        read(inverted, SCATTERED),
        read(enlarged, ROWS),
    )


def _recognise(machine: str, command: Sequence[str], png: bytes, seconds: float) -> str:
    try:
        done = subprocess.run(
            command,
            input=png,
            capture_output=True,
            check=False,
            env={**os.environ, **ONE_THREAD},
            timeout=max(seconds, 1.0),
            preexec_fn=die_with_driver(os.getpid()),
        )
    except FileNotFoundError as error:
        raise RecognitionMissing(machine, f"there is no program `{command[0]}`") from error
    except subprocess.TimeoutExpired:
        return ""
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise HostError(
            f"{machine}: tesseract cannot read the picture of the screen "
            f"({exit_text(done.returncode)}): {said}"
        )
    return done.stdout.decode(errors="replace")


@dataclass
class ScreenReader:
    """Reads what a screen shows, again and again, until something is found.

    The next reading is always made of the newest picture. The cheapest way comes before each of
    the others, and nothing is read twice in the same way.
    """

    take_picture: Callable[[], bytes]
    ways: Sequence[ReadText]
    last_text: str = ""
    _read: dict[int, bytes] = field(default_factory=dict)

    def find(self, accept: Callable[[str], bool], remaining: Callable[[], float]) -> bool:
        """Read until a text is accepted; give up, after a last look, when no time remains."""
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
                text = self.ways[way](picture, remaining())
                if accept(text):
                    return True
                self.last_text = text.strip() or self.last_text
                if remaining() <= 0:
                    return False
            if remaining() <= 0:
                return False
            if not news:
                time.sleep(min(SAME_PICTURE_PAUSE_SECONDS, remaining()))
