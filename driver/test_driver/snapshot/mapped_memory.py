"""The memory inside the state of a machine, so that a new QEMU maps it instead of reading it.

With QEMU's capability `mapped-ram` each page has its place in the file, and a bitmap before the
pages says which are to be read. When that is empty, a QEMU whose memory is this part of the file
has them all, and copies those that it writes to. QEMU's docs/devel/migration/mapped-ram.rst
describes the format.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

from .state import BACKEND

VERSION = 1
PAGE = 4096
# The list of a machine's memories is at the beginning.
SEARCHED_BYTES = 2**16
# Of the list: the length in bytes. Of what follows: version, page size, places of bitmap and pages.
_ENTRY = struct.Struct(">QIQQQ")


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedMemory:
    """Where the memory lies in a file, in bytes."""

    file: Path
    offset: int
    size: int


def detach_memory(state: Path) -> MappedMemory | None:
    """Make a state one that is loaded without the memory, and return where that is.

    None, and nothing is changed, if it is not as this format has it: it is read then.
    """
    name = BACKEND.encode()
    with state.open("r+b") as file:
        head = file.read(SEARCHED_BYTES)
        place = head.find(bytes([len(name)]) + name)
        if place < 0 or len(head) < (end := place + 1 + len(name) + _ENTRY.size):
            return None
        size, version, page, bitmap, pages = _ENTRY.unpack(head[end - _ENTRY.size : end])
        bitmap_bytes = -(-size // page // 64) * 8 if page else 0
        whole = state.stat().st_size >= pages and bitmap == end and pages >= bitmap + bitmap_bytes
        if version != VERSION or page != PAGE or pages % page or not whole:
            return None
        file.seek(bitmap)
        file.write(bytes(bitmap_bytes))
        if state.stat().st_size < pages + size:
            file.truncate(pages + size)  # what is zero at the end is not there
    return MappedMemory(file=state, offset=pages, size=size)
