"""The log as a terminal shows it: steps, what matters of the machines, what is under way."""

import contextlib
import logging
import os
import threading
from contextlib import AbstractContextManager
from typing import TextIO

from ..log import plain
from ..steps import Step

# A step that takes longer is shown as under way, in the last line of a terminal.
LONG_SECONDS = 2.0
TICK_SECONDS = 1.0
DEFAULT_COLUMNS = 80
_ERASE = "\r\x1b[2K"
_DIM = "\x1b[2m"
_RESET = "\x1b[0m"


def is_capable(stream: TextIO) -> bool:
    """Tell whether a stream is a terminal that can overwrite a line.

    What Nix gives its builders, with this variable, is one by name alone: it goes on line by line.
    Colours do no harm there, since Nix takes them out where it writes to no terminal.
    """
    if "NIX_LOG_FD" in os.environ:
        return False
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def wants_colours(stream: TextIO) -> bool:
    """Tell whether a stream is a terminal, and nobody has said that it shall have no colours."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


class TerminalHandler(logging.StreamHandler[TextIO]):
    """Writes the log, and below it what is under way; it hears of steps for that."""

    def __init__(self, stream: TextIO, *, verbose: bool) -> None:
        super().__init__(stream)
        self._verbose = verbose
        self._under_way: dict[int, Step] = {}
        self._drawn = False
        self._ended = threading.Event()
        self._ticking: threading.Thread | None = None
        self.addFilter(self._is_wanted)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record where the line of what is under way was."""
        self._erase()
        super().emit(record)

    def step_started(self, step: Step) -> None:
        """Begin to show what is under way, if the terminal can."""
        if not is_capable(self.stream):
            return
        with self._locked():
            self._under_way[step.number] = step
            if self._ticking is None:
                self._ticking = threading.Thread(target=self._tick, daemon=True)
                self._ticking.start()

    def step_finished(self, step: Step) -> None:
        """Show the step no more."""
        with self._locked():
            self._under_way.pop(step.number, None)
            self._erase()

    def close(self) -> None:
        """Leave a clean terminal."""
        self._ended.set()
        with self._locked():
            self._erase()
        super().close()

    def _is_wanted(self, record: logging.LogRecord) -> bool:
        if getattr(record, "only_in_files", False):
            return False
        return self._verbose or not getattr(record, "short", False)

    def _tick(self) -> None:
        while not self._ended.wait(TICK_SECONDS):
            with self._locked():
                self._draw()

    def _draw(self) -> None:
        steps = list(self._under_way.values())
        around = {step.within for step in steps}
        innermost = [step for step in steps if step.number not in around]
        long = [step for step in innermost if step.seconds >= LONG_SECONDS]
        if not long or self._ended.is_set():
            return
        step = long[-1]
        others = f" and {len(long) - 1} more" if len(long) > 1 else ""
        ending = f"{others} ({step.seconds:.0f} s)"
        room = max(10, _columns(self.stream) - len(ending) - 6)
        title = plain(step.title().replace("\n", " "))
        title = title if len(title) <= room else f"{title[: room - 3]}..."
        self.stream.write(f"{_ERASE}{_DIM}... {title}{ending}{_RESET}")
        self.flush()
        self._drawn = True

    def _erase(self) -> None:
        if self._drawn:
            self._drawn = False
            with contextlib.suppress(OSError, ValueError):  # the terminal may be gone
                self.stream.write(_ERASE)

    def _locked(self) -> AbstractContextManager[object]:
        # The lock itself, not `acquire()`: between that and a `try` a signal may raise something.
        return self.lock or contextlib.nullcontext()


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or DEFAULT_COLUMNS
    except (OSError, ValueError):
        return DEFAULT_COLUMNS
