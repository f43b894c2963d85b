"""A process that keeps a processor or the disk busy: what `--load` runs beside a test.

It is a program of its own, which imports no other module of the driver, so that it starts at once.
"""

import os
import sys
import tempfile
from typing import IO

BLOCK_BYTES = 1 << 20
BLOCKS = 64
PROCESSOR = "processor"
DISK = "disk"


def compute() -> None:
    """Compute for ever."""
    while True:
        pass


def write_and_read(file: IO[bytes]) -> None:
    """Write the file to the disk, block by block, and read it from there."""
    block = os.urandom(BLOCK_BYTES)
    number = file.fileno()
    file.seek(0)
    for _ in range(BLOCKS):
        file.write(block)
        file.flush()
        os.fsync(number)
    # Else the kernel would answer from its memory.
    os.posix_fadvise(number, 0, 0, os.POSIX_FADV_DONTNEED)
    file.seek(0)
    while file.read(BLOCK_BYTES):
        pass


def main(kind: str) -> None:
    """Do one of both until somebody kills the process. Raises OSError if the disk has no room."""
    if kind == PROCESSOR:
        compute()
    # It has no name, so that nothing of it is left.
    with tempfile.TemporaryFile() as file:
        while True:
            write_and_read(file)


if __name__ == "__main__":
    main(sys.argv[1])
