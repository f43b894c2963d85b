"""The two named pipes between a machine's serial console and the driver.

Not a socket: a serial port writes single characters, of which the buffer of a unix socket holds
fewer than three hundred. When the driver was slow for a moment, the emulated port overran and
characters were lost. A pipe keeps them together, and may be made large.
"""

import asyncio
import contextlib
import fcntl
import os
from pathlib import Path
from typing import IO

PIPE_BYTES = 1024 * 1024  # what the kernel lets anybody have


class ConsolePipes:
    """The driver's ends. QEMU opens its own, at `path` with `.in` and `.out` behind."""

    def __init__(self, path: Path) -> None:
        typed, written = path.with_name(f"{path.name}.in"), path.with_name(f"{path.name}.out")
        self._inputs: list[IO[bytes]] = []
        self._names: tuple[Path, ...] = (typed, written)
        for name in self._names:
            name.unlink(missing_ok=True)
            os.mkfifo(name, 0o600)
        flags = os.O_NONBLOCK | os.O_CLOEXEC
        self._write_end = os.open(typed, os.O_RDWR | flags)
        self._read_end = os.open(written, os.O_RDONLY | flags)
        with contextlib.suppress(OSError):  # a smaller pipe does as well
            fcntl.fcntl(self._read_end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    async def read(self, size: int) -> bytes:
        """Return what QEMU wrote, or nothing when it has closed its end."""
        while True:
            try:
                return os.read(self._read_end, size)
            except BlockingIOError:
                await self._ready(self._read_end, write=False)

    async def write(self, data: bytes) -> None:
        """Write all of it to QEMU."""
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self._write_end, left) :]
            except BlockingIOError:
                await self._ready(self._write_end, write=True)

    def open_input(self) -> IO[bytes] | None:
        """Return a file to write to QEMU with, which blocks while QEMU reads nothing.

        It is closed with the driver's ends, and None after that.
        """
        if self._write_end < 0:
            return None
        # A description of its own: whether the driver's end blocks belongs to the description.
        end = os.open(f"/proc/self/fd/{self._write_end}", os.O_WRONLY | os.O_CLOEXEC)
        self._inputs.append(os.fdopen(end, "wb", buffering=0))
        return self._inputs[-1]

    def close(self) -> None:
        """Close the driver's ends and remove the names. A second time does nothing."""
        for file in self._inputs:
            file.close()
        for end in (self._write_end, self._read_end):
            if end >= 0:
                os.close(end)
        self._write_end = self._read_end = -1
        self.unlink()

    def unlink(self) -> None:
        """Remove the names, which are of no use once QEMU has opened them. Does it only once.

        The next start of the machine makes new pipes of the same names, perhaps before `close`.
        """
        names, self._names = self._names, ()
        for name in names:
            name.unlink(missing_ok=True)

    async def _ready(self, end: int, *, write: bool) -> None:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        add, remove = (
            (loop.add_writer, loop.remove_writer)
            if write
            else (loop.add_reader, loop.remove_reader)
        )

        def wake() -> None:
            if not ready.done():
                ready.set_result(None)

        add(end, wake)
        try:
            await ready
        finally:
            remove(end)
