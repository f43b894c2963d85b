"""The output of a command in the log, while the command runs."""

import time
from collections.abc import Callable

LINES_PER_SECOND = 200
LONGEST_LINE_BYTES = 2000


class LiveLines:
    """Gives output to `say` as whole lines; what is too much or too long is only counted."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._partial = bytearray()
        self._cut = 0
        self._second = 0.0
        self._shown = 0
        self._hidden = 0

    def write(self, data: bytes, /) -> None:
        """Take a piece."""
        now = time.monotonic()
        if now - self._second >= 1:
            self._second, self._shown = now, 0
            self._tell_hidden()
        position = 0
        while self._shown < LINES_PER_SECOND and (end := data.find(b"\n", position)) >= 0:
            self._extend(data[position:end])
            self._line()
            position = end + 1
        if newlines := data.count(b"\n", position):  # more than may be shown
            self._hidden += newlines
            position = data.rfind(b"\n") + 1
            self._partial.clear()
            self._cut = 0
        self._extend(data[position:])

    def end(self) -> None:
        """Say what is left when nothing more comes."""
        self._tell_hidden()
        if self._partial:
            self._line()

    def _extend(self, data: bytes) -> None:
        room = LONGEST_LINE_BYTES - len(self._partial)
        self._partial += data[:room]
        self._cut += max(0, len(data) - room)

    def _line(self) -> None:
        text = self._partial.decode(errors="replace")
        self._say(f"{text} [{self._cut} bytes not shown]" if self._cut else text)
        self._partial.clear()
        self._cut = 0
        self._shown += 1

    def _tell_hidden(self) -> None:
        if self._hidden:
            self._say(f"[{self._hidden} lines not shown]")
            self._hidden = 0
