"""Text of a console: complete lines, of which the newest are kept."""

import io
from collections.abc import Iterable


class ConsoleText:
    """Lines that only grow, by position: the first character ever written has the position 0."""

    def __init__(self, kept_characters: int) -> None:
        self._kept = kept_characters
        self._text = io.StringIO()  # cheap to append to
        self._length = 0
        self.first = 0  # position of the first character that is kept

    @property
    def end(self) -> int:
        """The position behind the last line."""
        return self.first + self._length

    def append(self, lines: Iterable[str]) -> None:
        """Add lines, which have no newline."""
        self._text.seek(0, io.SEEK_END)
        self._length += self._text.write("".join(f"{line}\n" for line in lines))
        # Only when twice too long: dropping a little each time would copy the text each time.
        if self._length > 2 * self._kept:
            dropped = self._length - self._kept
            self._text.seek(dropped)
            kept = self._text.read()
            self._text = io.StringIO()
            self._length = self._text.write(kept)
            self.first += dropped

    def since(self, position: int) -> str:
        """Return what was written since a position, as far as it is kept."""
        self._text.seek(max(0, position - self.first))
        return self._text.read()
