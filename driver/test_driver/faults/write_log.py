"""The log of what a guest has written to a disk, as QEMU's `blklogwrites` keeps it.

The format is that of the kernel's dm-log-writes: a sector with the head of the log, then for each
write a sector with its entry, and its data. All fields are little-endian.
"""

import os
import struct
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

SECTOR = 512
_FLUSH = 1
_FUA = 2  # on the disk before it is answered
_DISCARD = 4
_ENTRY = struct.Struct("<QQQ")
# Of a long write, no more is held in memory at a time.
PIECE = 4 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedWrite:
    """One entry. A flush has a length of 0."""

    offset: int
    length: int
    flags: int
    # Where its data lies in the log.
    place: int

    @property
    def is_flush(self) -> bool:
        """Whether all that came before it is on the disk."""
        return bool(self.flags & _FLUSH)

    @property
    def is_discard(self) -> bool:
        """Whether it has no data, and says that what was there is not needed any more."""
        return bool(self.flags & _DISCARD)


def read_log(log: BinaryIO) -> list[LoggedWrite] | None:
    """Return the entries of a log that nobody writes to now.

    `None` if an entry in the middle is not there yet: QEMU reserves its place before it writes it.
    """
    end = os.fstat(log.fileno()).st_size
    entries: list[LoggedWrite] = []
    place = SECTOR
    while place < end:
        head = os.pread(log.fileno(), _ENTRY.size, place)
        if len(head) < _ENTRY.size:
            return None
        sector, sectors, flags = _ENTRY.unpack(head)
        if not sectors and not flags:
            return None
        place += SECTOR
        entry = LoggedWrite(
            offset=sector * SECTOR, length=sectors * SECTOR, flags=flags, place=place
        )
        entries.append(entry)
        if not entry.is_discard:
            place += entry.length
    return entries if place == max(end, SECTOR) else None


def flushed(
    entries: Sequence[LoggedWrite], durable: Container[tuple[int, int]] = ()
) -> list[LoggedWrite]:
    """Return the writes that a disk must still have after the power went out.

    `durable` has the places, as offset and length, where what is written needs no flush.
    """
    last = max((number for number, entry in enumerate(entries) if entry.is_flush), default=-1)
    return [
        entry
        for number, entry in enumerate(entries)
        if entry.length
        and (number <= last or entry.flags & _FUA or (entry.offset, entry.length) in durable)
    ]


def pieces(log: BinaryIO, entry: LoggedWrite) -> Iterator[tuple[int, bytes]]:
    """Return what an entry writes, and where on the disk."""
    for done in range(0, entry.length, PIECE):
        size = min(PIECE, entry.length - done)
        yield entry.offset + done, os.pread(log.fileno(), size, entry.place + done)
