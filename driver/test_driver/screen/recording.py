"""A recording of a machine's screen: pictures at intervals, kept where something has changed.

The number of pictures and their size are bounded: when there are too many, every second one goes,
and from then on half as many are taken. So a recording covers the whole test, however long.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..errors import DriverError, HostError
from ..run.verdict import HOST_ERRNOS

RecordScreen = Literal["never", "on-failure", "always"]

INTERVAL_SECONDS = 1.0
# A picture costs QEMU, and so the guest, time: at most this share of it.
LARGEST_SHARE = 0.05
MOST_PICTURES = 240
MOST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Kept:
    path: Path
    size: int


class ScreenRecording:
    """The recording of one machine, whatever becomes of its QEMU. It belongs to the loop."""

    def __init__(
        self,
        mode: RecordScreen,
        folder: Path,
        scratch: Path,
        on_picture: Callable[[Path], None],
        on_failure: Callable[[HostError], None] = lambda error: None,
    ) -> None:
        self._on_failure = on_failure
        self._mode = mode
        self._folder = folder
        self._scratch = scratch  # QEMU writes there, even when nobody wants it any more
        self._on_picture = on_picture
        self._interval = INTERVAL_SECONDS
        self._kept: list[_Kept] = []
        self._last = b""
        self._number = 0
        self._task: asyncio.Task[None] | None = None

    def follow(self, dump: Callable[[Path], Awaitable[object]]) -> None:
        """Record the screen that `dump` takes pictures of, until it cannot any more."""
        if self._mode == "never":
            return
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.ensure_future(self._follow(dump))

    async def stop(self) -> None:
        """Record no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def forget(self) -> None:
        """Delete the pictures, because the test has passed, unless they were asked for."""
        await self.stop()
        if self._mode != "on-failure":
            return
        with contextlib.suppress(OSError):
            for kept in self._kept:
                kept.path.unlink(missing_ok=True)
            self._folder.rmdir()
            self._folder.parent.rmdir()  # if nothing else is there
        self._kept.clear()

    async def _follow(self, dump: Callable[[Path], Awaitable[object]]) -> None:
        try:
            await self._record(dump)
        except DriverError:  # the machine is off, or has no screen
            return
        except OSError as error:
            # Of a machine that is switched off, the folder may be gone as well.
            if error.errno in HOST_ERRNOS:
                self._on_failure(HostError(f"the screen is not recorded any more: {error}"))

    async def _record(self, dump: Callable[[Path], Awaitable[object]]) -> None:
        loop = asyncio.get_running_loop()
        self._folder.mkdir(parents=True, exist_ok=True)
        while True:
            started = loop.time()
            await dump(self._scratch)
            self._take(self._scratch.read_bytes())
            took = loop.time() - started
            await asyncio.sleep(max(self._interval, took / LARGEST_SHARE))

    def _take(self, content: bytes) -> None:
        digest = hashlib.sha256(content).digest()
        if digest == self._last:
            return
        self._last = digest
        self._number += 1
        path = self._folder / f"{self._number:05}.png"
        path.write_bytes(content)
        self._kept.append(_Kept(path, len(content)))
        self._on_picture(path)
        size = sum(kept.size for kept in self._kept)
        if len(self._kept) > MOST_PICTURES or size > MOST_BYTES:
            self._thin()

    def _thin(self) -> None:
        for kept in self._kept[1::2]:
            kept.path.unlink(missing_ok=True)
        del self._kept[1::2]
        self._interval *= 2
