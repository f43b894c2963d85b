"""Text on a picture of a screen, read by tesseract."""

import importlib
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import RecognitionMissing

# "Sparse text": a screen has words in all places and no paragraphs.
TESSERACT_OPTIONS = "--psm 11"
ENLARGEMENT = 2
MIDDLE_GREY = 128
SAME_PICTURE_PAUSE_SECONDS = 0.2

ReadText = Callable[[bytes, float], str]
"""Returns the text on a PNG, or nothing if that takes more than some seconds."""


def readers(machine: str) -> tuple[ReadText, ...]:
    """Return the ways to read a picture, the cheapest first.

    They are: as it is; enlarged with full contrast; the same inverted, for light text on dark.
    Raises RecognitionMissing if the host lacks a library.
    """
    try:
        image = importlib.import_module("PIL.Image")
        operations = importlib.import_module("PIL.ImageOps")
        tesseract = importlib.import_module("pytesseract")
    except ImportError as error:
        raise RecognitionMissing(machine, f"{error.name or error} is not installed") from error

    def read(prepare: Callable[[Any], Any]) -> ReadText:
        def read_prepared(png: bytes, seconds: float) -> str:
            picture = prepare(image.open(io.BytesIO(png)).convert("L"))
            try:
                text = tesseract.image_to_string(
                    picture, config=TESSERACT_OPTIONS, timeout=max(seconds, 1.0)
                )
            except tesseract.TesseractNotFoundError as error:
                raise RecognitionMissing(machine, "there is no program `tesseract`") from error
            except RuntimeError as error:
                if isinstance(error, tesseract.TesseractError):
                    raise
                return ""  # it took too long
            return str(text)

        return read_prepared

    def enlarged(picture: Any) -> Any:  # noqa: ANN401 - Pillow may not be there
        size = (picture.width * ENLARGEMENT, picture.height * ENLARGEMENT)
        return operations.autocontrast(picture.resize(size, image.Resampling.LANCZOS))

    def black_on_white(picture: Any) -> Any:  # noqa: ANN401
        return enlarged(picture).point(lambda grey: 255 * (grey > MIDDLE_GREY))

    def white_on_black(picture: Any) -> Any:  # noqa: ANN401
        return operations.invert(black_on_white(picture))

    return (read(lambda picture: picture), read(black_on_white), read(white_on_black))


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
