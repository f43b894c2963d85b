"""The serial console of a machine: logged, kept, matched."""

import asyncio
import codecs
import re
from collections.abc import Callable, Sequence
from typing import IO

from ..error_text import TAIL_LINES
from ..errors import HostError
from ..guest.late_stderr import BEGIN, split_line
from .console_stderr import LONGEST_LINE, ConsoleStderr
from .console_text import ConsoleText

KEPT_CHARACTERS = 4 * 1024 * 1024
# Of what the machine itself wrote, messages need the end alone.
KEPT_FOR_MESSAGES = 1024 * 1024
# A match may begin this far before the newest text. More would make matching quadratic.
OVERLAP_CHARACTERS = 8192
# Text arrives in small pieces: one search serves all that came within this time.
SEARCH_PAUSE_SECONDS = 0.02

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

    What commands write to stderr is part of the text for scripts, and of nothing else: messages,
    and what is concluded from the console, have what the machine itself wrote.

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
        # Who wants to know of lines of processes that a command has left behind.
        self.on_late_stderr: Callable[[str], None] = lambda line: None
        self._raw = raw
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._text = ConsoleText(KEPT_CHARACTERS)
        self._of_machine = ConsoleText(KEPT_FOR_MESSAGES)
        self._partial = ""  # the line that is being written
        self._boot = 0
        self._boot_of_machine = 0
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
        if BEGIN not in "".join(lines):
            self._take(lines)
        else:
            for line in lines:
                self._take_marked(line)
        self._tell_change()

    def _take(self, lines: Sequence[str]) -> None:
        shown = [clean(line) for line in lines]
        self._text.append(shown)
        self._of_machine.append(shown)
        for line in shown:
            self._on_line(line)

    def _take_marked(self, line: str) -> None:
        """Take a line, in which a process may have written to stderr after its command's end."""
        if (parts := split_line(line)) is None:
            self._take([line])
            return
        before, late = parts
        if before:
            self._take([before])
        self._text.append([clean(late)])
        self.on_late_stderr(clean(late))

    def stderr(self) -> ConsoleStderr:
        """Return what takes the stderr of a command, for those who search the console."""
        return ConsoleStderr(self._take_stderr)

    def _take_stderr(self, lines: Sequence[str]) -> None:
        self._text.append(clean(line) for line in lines)
        self._tell_change()

    def new_boot(self) -> None:
        """Mark the beginning of a boot: searches do not see what was written before."""
        if self._partial:
            self.feed(b"\n")
        self._boot, self._boot_of_machine = self._text.end, self._of_machine.end
        self.boots += 1
        self._consumed = max(self._consumed, self._boot)

    def boot_text(self) -> str:
        """Return what was written since the boot began, as far as it is kept."""
        return self._from(self._boot)

    def whole_text(self) -> str:
        """Return what was written in all boots, as far as it is kept."""
        return self._from(0)

    def last_lines(self, count: int = TAIL_LINES) -> str:
        """Return the last lines of the machine itself, for messages."""
        since = max(self._boot_of_machine, self._of_machine.end - count * 256)
        text = self.text_since(since)
        return "\n".join(text.rstrip("\n").split("\n")[-count:])

    def position(self) -> int:
        """Return where the text of the machine itself ends now, for `text_since`."""
        return self._of_machine.end

    def text_since(self, position: int) -> str:
        """Return what the machine itself wrote since a position, as far as it is kept."""
        return self._of_machine.since(position) + clean(self._partial.partition(BEGIN)[0])

    async def search(self, pattern: re.Pattern[str], *, from_now: bool = False) -> re.Match[str]:
        """Wait until the text matches, and consume it up to the end of the match.

        A match that needs the end of an unfinished line counts only if the pattern asks for it,
        with `\\Z`. A search `from_now` is for the driver: it sees nothing that was written before,
        nor what commands write, and consumes nothing.
        """
        text = self._of_machine if from_now else self._text
        position = text.end if from_now else self._consumed
        while True:
            position = max(position, text.first)
            visible = text.since(position) + clean(self._partial)
            match = pattern.search(visible)
            if match and (not self._partial or _stays(pattern, visible, match)):
                if not from_now:
                    self._consumed = max(self._consumed, position + match.end())
                return match
            position = max(position, position + len(visible) - OVERLAP_CHARACTERS)
            await self._change()
            await asyncio.sleep(SEARCH_PAUSE_SECONDS)
            # A new boot during the search: what is before it cannot be meant any more.
            position = max(position, self._boot_of_machine if from_now else self._boot)

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

    def _from(self, position: int) -> str:
        return self._text.since(position) + clean(self._partial)

    def _tell_change(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    async def _change(self) -> None:
        if self._changed is None or self._changed.done():
            self._changed = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._changed)
