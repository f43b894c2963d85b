"""Text on a picture of a screen: the ways to read it, and the search for a text."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from ..deadline import Deadline
from .recognition import Recognition, Way

# "Sparse text": a screen has text in all places and no paragraphs.
SCATTERED = "11"
# "A single block": the text of a row stays together, as on a terminal.
ROWS = "6"
SAME_PICTURE_PAUSE_SECONDS = 0.2

# The cheapest first: as it is; enlarged with full contrast; the same inverted, for light text on
# dark; and enlarged again, row by row.
WAYS = (
    Way(prepare="", layout=SCATTERED),
    Way(prepare="enlarged", layout=SCATTERED),
    Way(prepare="inverted", layout=SCATTERED),
    Way(prepare="enlarged", layout=ROWS),
)

ReadText = Callable[[bytes, Deadline], str | None]
"""Returns the text on a PNG; `None` if it is not read by a deadline, which is not "no text"."""


def readers(machine: str, recognition: Recognition) -> tuple[ReadText, ...]:
    """Return the ways to read a picture, the cheapest first.

    Raises RecognitionMissing if the host lacks Pillow, pytesseract or tesseract.
    """
    recognition.check(machine)
    return tuple(partial(recognition.read, machine, way) for way in WAYS)


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
    last_picture: bytes = b""  # the one in which the text was found, if it was
    _read: dict[int, bytes] = field(default_factory=dict)

    def find(self, accept: Callable[[str], bool], deadline: Deadline) -> bool:
        """Read until a text is accepted; give up, after one reading at least, at the deadline.

        There is one reading at a time: when it has found the text, nothing is left to cancel.
        """
        first, *others = range(len(self.ways))
        order = [first, *(way for other in others for way in (other, first))]
        while True:
            news = False
            for way in order:
                picture = self.take_picture()
                if self._read.get(way) == picture:
                    continue
                news = True
                self._read[way] = self.last_picture = picture
                text = self.ways[way](picture, deadline)
                if text is not None and accept(text):
                    return True
                self.last_text = (text or "").strip() or self.last_text
                if deadline.expired():
                    return False
            if deadline.expired():
                return False
            if not news:
                self.nothing_new()
                time.sleep(min(SAME_PICTURE_PAUSE_SECONDS, deadline.remaining()))
