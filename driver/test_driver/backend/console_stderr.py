"""What commands write to stderr, as text of their machine's console.

Scripts look for it there: with nixpkgs' driver, stderr of a command goes to the console. For the
driver the machine did not say it: a command that writes of a kernel panic makes none.
"""

import codecs
from collections.abc import Callable, Sequence

LONGEST_LINE = 65536


class ConsoleStderr:
    """Takes the stderr of one command and gives it on as lines, the last one when it is closed."""

    def __init__(self, give: Callable[[Sequence[str]], None]) -> None:
        self._give = give
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._partial = ""

    def write(self, data: bytes, /) -> None:
        """Take a piece."""
        *lines, self._partial = (self._partial + self._decoder.decode(data)).split("\n")
        if len(self._partial) > LONGEST_LINE:
            lines.append(self._partial)
            self._partial = ""
        if lines:
            self._give(lines)

    def close(self) -> None:
        """Give on what is left when nothing more comes."""
        if self._partial or self._decoder.getstate()[0]:  # the beginning of a character, too
            self.write(b"\n")
