"""Locks on ranges of a file that all processes of a host can read, and need not write.

A lock belongs to an open file, and goes with it, however its process ends. Those of other processes
can be seen, also from another sandbox: so a range says a number to all of them.
"""

import errno
import fcntl
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

_LAYOUT = "hhqqi"  # struct flock
_SIZE = struct.calcsize(_LAYOUT)
# What a file system without such locks says, or a kernel.
UNSUPPORTED = (errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF)
MUTEX_SECONDS = 5.0
MUTEX_POLL_SECONDS = 0.005


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Range:
    """Bytes of a file, which need not exist: from `start`, `length` of them."""

    start: int
    length: int

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return self.start + self.length


class LockFile:
    """A file with locks of this process. Raises OSError if it cannot be used so."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self.others(Range(start=0, length=1))
        except OSError:
            self.close()
            raise

    def __enter__(self) -> "LockFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up all locks. Nothing happens the second time."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def lock(self, wanted: Range) -> None:
        """Lock a range, beside others that have locked it."""
        self._set(fcntl.F_RDLCK, wanted)

    def unlock(self, given: Range) -> None:
        """Give up a range."""
        self._set(fcntl.F_UNLCK, given)

    def first_other(self, within: Range) -> Range | None:
        """Return a range that another open file has locked and that lies in part in this one."""
        kind, start, length = self._get(within)
        if kind == fcntl.F_UNLCK:
            return None
        # A lock without a length goes on for ever: no driver has such ones.
        return Range(start=start, length=length or within.end - start)

    def others(self, within: Range) -> list[Range]:
        """Return all ranges that other open files have locked in this one, in their order."""
        found, unseen = [], [within]
        while unseen:
            looked = unseen.pop()
            if looked.length > 0 and (one := self.first_other(looked)) is not None:
                found.append(one)
                unseen.append(Range(start=looked.start, length=one.start - looked.start))
                unseen.append(Range(start=one.end, length=looked.end - one.end))
        return sorted(found)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Let no other process be in such a block of this file. Give whether that is so.

        It is not after 5 s: a process that has stopped in its block must not stop all others.
        """
        has = False
        for _ in range(int(MUTEX_SECONDS / MUTEX_POLL_SECONDS)):
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(MUTEX_POLL_SECONDS)
            else:
                has = True
                break
        try:
            yield has
        finally:
            if has:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _set(self, kind: int, given: Range) -> None:
        if given.length <= 0:
            raise ValueError(f"a range to lock has at least one byte, not {given.length}")
        request = struct.pack(_LAYOUT, kind, os.SEEK_SET, given.start, given.length, 0)
        fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, request)

    def _get(self, given: Range) -> tuple[int, int, int]:
        request = struct.pack(_LAYOUT, fcntl.F_WRLCK, os.SEEK_SET, given.start, given.length, 0)
        answer = fcntl.fcntl(self._descriptor, fcntl.F_OFD_GETLK, request)
        kind, _, start, length, _ = struct.unpack(_LAYOUT, answer[:_SIZE])
        return kind, start, length
