"""The serial console of a machine: logged, kept, matched."""

import asyncio
import codecs
import io
import re
from collections.abc import Callable
from typing import IO

from ..error_text import TAIL_LINES
from ..errors import HostError

KEPT_CHARACTERS = 4 * 1024 * 1024
# A match may begin this far before the newest text. More would make matching quadratic.
OVERLAP_CHARACTERS = 8192
# Text arrives in small pieces: one search serves all that came within this time.
SEARCH_PAUSE_SECONDS = 0.02
LONGEST_LINE = 65536

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_=>78])")
_ASKS_FOR_END = re.compile(r"(?<!\\)(?:\\\\)*\\[Zz]")
_MORE = ("\0", "x")  # the line may go on with a letter or without
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def clean(text: str) -> str:
    """Return console text as a person sees it: no escape sequences, no control characters."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text))


def _stays(pattern: re.Pattern[str], visible: str, match: re.Match[str]) -> bool:
    """Tell whether a match in an unfinished line remains one whatever comes next in the line."""
    if match.end() < len(visible) - 1 or _ASKS_FOR_END.search(pattern.pattern):
        return True
    return all(pattern.match(visible + more, match.start()) for more in _MORE)


class Console:
    """What a machine wrote on its serial console, with a position up to which it was consumed.

    A search starts at the beginning of the current boot, or after the last text that an earlier
    search of the same machine found. Searches that run at the same time do not take text from one
    another: each starts where the machine's position was when it began.

    All methods belong to the thread of the loop.
    """

    def __init__(
        self,
        on_line: Callable[[str], None],
        raw: IO[bytes] | None = None,
        on_failure: Callable[[HostError], None] = lambda error: None,
    ) -> None:
        self._on_failure = on_failure
        # Who wants what is written as it comes: a person whose terminal shows it.
        self.listeners: list[Callable[[bytes], None]] = []
        self._on_line = on_line
        self._raw = raw
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._text = io.StringIO()  # complete lines, each with its newline; cheap to append to
        self._length = 0
        self._partial = ""  # the line that is being written
        self._first = 0  # position of the first character of _text
        self._boot = 0
        self.boots = 0  # how many have begun
        self._consumed = 0
        self._changed: asyncio.Future[None] | None = None

    def feed(self, data: bytes) -> None:
        """Take what the machine has written."""
        self._keep_raw(data)
        for listener in tuple(self.listeners):
            listener(data)
        *lines, self._partial = (self._partial + self._decoder.decode(data)).split("\n")
        if len(self._partial) > LONGEST_LINE:
            lines.append(self._partial)
            self._partial = ""
        shown = [clean(line) for line in lines]
        if shown:
            self._text.seek(0, io.SEEK_END)
            self._length += self._text.write("".join(f"{line}\n" for line in shown))
            self._forget()
        for line in shown:
            self._on_line(line)
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    def new_boot(self) -> None:
        """Mark the beginning of a boot: searches do not see what was written before."""
        if self._partial:
            self.feed(b"\n")
        self._boot = self._end()
        self.boots += 1
        self._consumed = max(self._consumed, self._boot)

    def boot_text(self) -> str:
        """Return what was written since the boot began, as far as it is kept."""
        return self._from(self._boot)

    def last_lines(self, count: int = TAIL_LINES) -> str:
        """Return the last lines, for messages."""
        text = self._from(max(self._boot, self._end() - count * 256))
        return "\n".join(text.rstrip("\n").split("\n")[-count:])

    def position(self) -> int:
        """Return where the text ends now, for `text_since`."""
        return self._end()

    def text_since(self, position: int) -> str:
        """Return what was written since a position, as far as it is kept."""
        return self._from(position)

    async def search(self, pattern: re.Pattern[str], *, from_now: bool = False) -> re.Match[str]:
        """Wait until the text matches, and consume it up to the end of the match.

        A match that needs the end of an unfinished line counts only if the pattern asks for it,
        with `\\Z`. A search `from_now` sees nothing that was written before, and consumes nothing.
        """
        position = self._end() if from_now else self._consumed
        while True:
            position = max(position, self._first)
            visible = self._from(position)
            match = pattern.search(visible)
            if match and (not self._partial or _stays(pattern, visible, match)):
                if not from_now:
                    self._consumed = max(self._consumed, position + match.end())
                return match
            position = max(position, position + len(visible) - OVERLAP_CHARACTERS)
            await self._change()
            await asyncio.sleep(SEARCH_PAUSE_SECONDS)
            # A new boot during the search: what is before it cannot be meant any more.
            position = max(position, self._boot)

    def _keep_raw(self, data: bytes) -> None:
        if self._raw is None:
            return
        try:
            self._raw.write(data)
            self._raw.flush()
        except OSError as error:
            # A full disk must not end the reading: the machine would stop at its next line.
            self._raw = None
            self._on_failure(HostError(f"the console is not kept any more: {error}"))

    def _end(self) -> int:
        return self._first + self._length

    def _from(self, position: int) -> str:
        self._text.seek(max(0, position - self._first))
        return self._text.read() + clean(self._partial)

    def _forget(self) -> None:
        # Only when twice too long: dropping a little each time would copy the text each time.
        if self._length > 2 * KEPT_CHARACTERS:
            dropped = self._length - KEPT_CHARACTERS
            self._text.seek(dropped)
            kept = self._text.read()
            self._text = io.StringIO()
            self._length = self._text.write(kept)
            self._first += dropped

    async def _change(self) -> None:
        if self._changed is None or self._changed.done():
            self._changed = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._changed)
