"""A tree of the host as a tar archive that is made while it is read: no copy of it is kept.

Holes of files are not in it (the format of GNU tar, version 1.0), hard links within the tree are,
and everything belongs to root. What symbolic links point to is in it, not the links.
"""

import os
import stat
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import CopyRefused

BLOCK = tarfile.BLOCKSIZE
END = bytes(2 * BLOCK)
PIECE = 64 * 1024
KINDS = (
    (stat.S_ISFIFO, "FIFO"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "character device"),
    (stat.S_ISBLK, "block device"),
)
# As many folders within folders as no person makes; a link that leads back makes more.
DEEPEST = 500


def special_kind(mode: int) -> str | None:
    """Return what a file is that cannot be copied, or `None` for one that can."""
    return next((kind for matches, kind in KINDS if matches(mode)), None)


def is_sparse(status: os.stat_result) -> bool:
    """Tell whether a file has holes."""
    return status.st_blocks * 512 < status.st_size


@dataclass(frozen=True, slots=True)
class _Part:
    """A header of the archive, and the pieces of a file behind it, as offsets and lengths."""

    header: bytes
    file: Path | None = None
    pieces: tuple[tuple[int, int], ...] = ()

    @property
    def padding(self) -> int:
        """How many bytes there are behind it up to a whole block."""
        return -(len(self.header) + sum(length for _, length in self.pieces)) % BLOCK

    @property
    def size(self) -> int:
        """How long it is in the archive."""
        return len(self.header) + sum(length for _, length in self.pieces) + self.padding


class TarStream:
    """The archive of one file or tree, under the name `name` in it. `size` is known beforehand.

    `leave_out` is called with what is not in it and why. Raises CopyRefused if something cannot be
    read, such as what a link points to. A file that is shorter when its turn comes ends in zeros.
    """

    def __init__(
        self, machine: str, source: Path, name: str, leave_out: Callable[[str], None]
    ) -> None:
        self._machine = machine
        self._source = source
        self._leave_out = leave_out
        self._inodes: dict[tuple[int, int], str] = {}
        try:
            self._parts = list(self._plan(source, name, ()))
        except OSError as error:
            raise CopyRefused(machine, f"cannot copy {source} from the host: {error}") from error
        self.size = sum(part.size for part in self._parts) + len(END)
        self._chunks = self._content()
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Return some of the archive, at most `size` bytes; nothing at its end."""
        chunks, length = [self._rest], len(self._rest)
        while length < size and (chunk := next(self._chunks, b"")):
            chunks.append(chunk)
            length += len(chunk)
        data = b"".join(chunks)
        self._rest = data[size:]
        return data[:size]

    def _plan(self, path: Path, name: str, around: tuple[tuple[int, int], ...]) -> Iterator[_Part]:
        status = path.stat()
        identity = (status.st_dev, status.st_ino)
        if kind := special_kind(status.st_mode):
            self._leave_out(f"{path}: it is a {kind}")
            return
        if stat.S_ISDIR(status.st_mode):
            if identity in around or len(around) > DEEPEST:
                raise CopyRefused(
                    self._machine,
                    f"cannot copy {self._source} from the host: the link {path} leads back to a "
                    "folder that it lies in",
                )
            yield _Part(_header(name, status, tarfile.DIRTYPE))
            for entry in sorted(os.listdir(path)):
                yield from self._plan(path / entry, f"{name}/{entry}", (*around, identity))
        elif status.st_nlink > 1 and (first := self._inodes.get(identity)):
            yield _Part(_header(name, status, tarfile.LNKTYPE, link=first))
        else:
            if status.st_nlink > 1:
                self._inodes[identity] = name
            with path.open("rb") as file:  # that it can be read is known before it is its turn
                yield _file(file.fileno(), path, name, status)

    def _content(self) -> Iterator[bytes]:
        for part in self._parts:
            yield part.header
            if part.file is not None:
                yield from self._pieces(part.file, part.pieces)
            if part.padding:
                yield bytes(part.padding)
        yield END

    def _pieces(self, path: Path, pieces: tuple[tuple[int, int], ...]) -> Iterator[bytes]:
        missing = 0
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            descriptor = -1
            self._leave_out(f"{path}: it was there before, and is not now ({error.strerror})")
        try:
            for offset, length in pieces:
                done = 0
                while done < length:
                    want = min(length - done, PIECE)
                    data = b"" if descriptor < 0 else os.pread(descriptor, want, offset + done)
                    if not data:
                        missing += want
                        data = bytes(want)
                    yield data
                    done += len(data)
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        if missing and descriptor >= 0:
            self._leave_out(f"the end of {path}: the file became {missing} bytes shorter")


def _file(descriptor: int, path: Path, name: str, status: os.stat_result) -> _Part:
    if not is_sparse(status):
        pieces: tuple[tuple[int, int], ...] = ((0, status.st_size),) if status.st_size else ()
        return _Part(_header(name, status, tarfile.REGTYPE), path, pieces)
    pieces = tuple(_data(descriptor, status.st_size))
    numbers = [number for piece in (*pieces, (status.st_size, 0)) for number in piece]
    table = "".join(f"{number}\n" for number in (len(numbers) // 2, *numbers)).encode()
    table += bytes(-len(table) % BLOCK)
    size = len(table) + sum(length for _, length in pieces)
    info = _info("GNUSparseFile.0/file", status, tarfile.REGTYPE, size)
    info.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": name,
        "GNU.sparse.realsize": str(status.st_size),
    }
    header = info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    return _Part(header + table, path, pieces)


def _data(descriptor: int, size: int) -> Iterator[tuple[int, int]]:
    """Return where a file has data, as offsets and lengths."""
    end = 0
    while end < size:
        try:
            start = os.lseek(descriptor, end, os.SEEK_DATA)
        except OSError:  # ENXIO: only a hole is left
            return
        end = min(os.lseek(descriptor, start, os.SEEK_HOLE), size)
        if start < end:
            yield start, end - start


def _header(name: str, status: os.stat_result, kind: bytes, link: str = "") -> bytes:
    size = status.st_size if kind == tarfile.REGTYPE else 0
    info = _info(name, status, kind, size)
    info.linkname = link
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def _info(name: str, status: os.stat_result, kind: bytes, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.mode = kind, size, stat.S_IMODE(status.st_mode)
    info.mtime = max(0, int(status.st_mtime))
    info.uname = info.gname = "root"
    return info
