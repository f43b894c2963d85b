"""Show how a download goes: one line that changes on a terminal, else a line now and then."""

from __future__ import annotations

import threading
import time
from typing import TextIO

_TERMINAL_SECONDS = 0.1
_LINES_SECONDS = 5.0
_MB = 1_000_000


class Progress:
    """Writes to `stream` what it hears of a download."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._lock = threading.Lock()
        self._files = 0
        self._size = 0
        self._received = 0
        self._start = 0.0
        self._shown = 0.0

    def started(self, files: int, size: int) -> None:
        """Say what will be downloaded."""
        self._files, self._size, self._received = files, size, 0
        self._start = self._shown = time.monotonic()
        packages = "1 Debian package" if files == 1 else f"{files} Debian packages"
        self._stream.write(f"downloading {packages}, {size / _MB:.1f} MB\n")
        self._stream.flush()

    def received(self, size: int) -> None:
        """Count bytes, and show them if that was not done just now."""
        with self._lock:
            self._received += size
            now = time.monotonic()
            pause = _TERMINAL_SECONDS if self._terminal else _LINES_SECONDS
            if now - self._shown >= pause:
                self._shown = now
                self._show(end="" if self._terminal else "\n")

    def ended(self) -> None:
        """Show how far it came, and how long that took."""
        with self._lock:
            self._show(end=f" in {time.monotonic() - self._start:.0f} s\n")

    def _show(self, end: str) -> None:
        percent = 100 * self._received // self._size if self._size else 100
        start = "\r" if self._terminal else ""
        self._stream.write(
            f"{start}  {self._received / _MB:.1f} of {self._size / _MB:.1f} MB, {percent} %{end}"
        )
        self._stream.flush()
