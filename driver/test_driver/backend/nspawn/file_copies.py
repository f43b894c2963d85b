"""Copies of the files of containers, with all that the upper folder of an overlay has.

The Nix sandbox lists extended attributes, but refuses to read and to set them. A folder that hides
all of what lies below it has one; its copy has a whiteout for each name below instead, which means
the same.
"""

import contextlib
import fcntl
import os
import shutil
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

OPAQUE = "user.overlay.opaque"
FICLONE = 0x40049409  # ioctl: share the blocks of another file
# What the next start makes anew, in the folder of the machine.
_MADE_ANEW = ("files/work", "cards-ready")


def copy_files(source: Path, target: Path, below: Sequence[Path] = ()) -> None:
    """Copy the folder of a container to a new one. Raises OSError.

    `below` has the roots that may lie below its upper folder, `files/upper`.
    """
    skipped = {source / name for name in _MADE_ANEW}
    upper = source / "files" / "upper"
    _Copy(skipped, upper, below).folder(source, target)


def replace_files(source: Path, target: Path, below: Sequence[Path] = ()) -> None:
    """Make what is in the folder of a container a copy of another folder. Raises OSError.

    The folder itself stays, because the driver may hold a lock on it.
    """
    old = target.with_name(f"{target.name}-old")
    copy = target.with_name(f"{target.name}-new")
    for leftover in (old, copy):
        shutil.rmtree(leftover, ignore_errors=True)
    copy_files(source, copy, below)
    old.mkdir()
    target.mkdir(exist_ok=True)
    for there, place in ((target, old), (copy, target)):
        for entry in there.iterdir():
            entry.rename(place / entry.name)
    shutil.rmtree(old, ignore_errors=True)
    copy.rmdir()


class _Copy:
    """One copy."""

    def __init__(self, skipped: Iterable[Path], upper: Path, below: Sequence[Path]) -> None:
        self._skipped = set(skipped)
        self._upper = upper
        self._below = below
        self._links: dict[tuple[int, int], Path] = {}

    def folder(self, source: Path, target: Path) -> None:
        """Copy a folder and all in it."""
        target.mkdir(mode=0o700)
        names = set()
        with os.scandir(source) as entries:
            for entry in entries:
                path = source / entry.name
                if path in self._skipped:
                    continue
                names.add(entry.name)
                if entry.is_dir(follow_symlinks=False):
                    self.folder(path, target / entry.name)
                else:
                    self._file(path, target / entry.name, entry.stat(follow_symlinks=False))
        if not _copy_attributes(source, target) and _is_opaque(source):
            self._hide(source, target, names)
        _copy_status(source.lstat(), target)

    def _file(self, source: Path, target: Path, found: os.stat_result) -> None:
        number = (found.st_dev, found.st_ino)
        if found.st_nlink > 1:
            if (other := self._links.get(number)) is not None:
                os.link(other, target, follow_symlinks=False)
                return
            self._links[number] = target
        if stat.S_ISREG(found.st_mode):
            _copy_content(source, target)
        elif stat.S_ISLNK(found.st_mode):
            target.symlink_to(source.readlink())
        elif stat.S_ISSOCK(found.st_mode):
            return  # no program listens there after a start
        else:  # a FIFO, or a device: whiteouts are such
            os.mknod(target, found.st_mode, found.st_rdev)
        if not stat.S_ISLNK(found.st_mode):
            _copy_attributes(source, target)
        _copy_status(found, target)

    def _hide(self, source: Path, target: Path, names: set[str]) -> None:
        """Make a whiteout for each name that a folder hides."""
        place = source.relative_to(self._upper)
        hidden: set[str] = set()
        for root in self._below:
            with contextlib.suppress(OSError):
                hidden |= set(os.listdir(root / place))
        for name in hidden - names:
            os.mknod(target / name, stat.S_IFCHR, os.makedev(0, 0))


def _is_opaque(folder: Path) -> bool:
    if OPAQUE not in os.listxattr(folder):
        return False
    try:
        return os.getxattr(folder, OPAQUE) == b"y"
    except OSError:  # the Nix sandbox refuses to read it; `y` is the only value in use
        return True


def _copy_attributes(source: Path, target: Path) -> bool:
    """Copy the extended attributes. Return False if one of them was refused."""
    try:
        names = os.listxattr(source, follow_symlinks=False)
    except OSError:
        return True
    copied = True
    for name in names:
        try:
            value = os.getxattr(source, name, follow_symlinks=False)
            os.setxattr(target, name, value, follow_symlinks=False)
        except OSError:
            copied = False
    return copied


def _copy_status(found: os.stat_result, target: Path) -> None:
    """Copy owner, mode and times."""
    os.chown(target, found.st_uid, found.st_gid, follow_symlinks=False)
    if not stat.S_ISLNK(found.st_mode):
        mode = stat.S_IMODE(found.st_mode)
        try:
            target.chmod(mode)
        except PermissionError:  # the Nix sandbox refuses these bits
            target.chmod(mode & ~(stat.S_ISUID | stat.S_ISGID))
    os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns), follow_symlinks=False)


def _copy_content(source: Path, target: Path) -> None:
    """Copy a file by sharing its blocks where the file system can, and else what it has."""
    with source.open("rb") as reading, target.open("xb") as writing:
        try:
            fcntl.ioctl(writing, FICLONE, reading.fileno())
        except OSError:
            _copy_data(reading.fileno(), writing.fileno())


def _copy_data(source: int, target: int) -> None:
    """Copy the data of a file, and leave its holes."""
    size = os.fstat(source).st_size
    os.truncate(target, size)
    position = 0
    while position < size:
        try:
            begin = os.lseek(source, position, os.SEEK_DATA)
        except OSError:  # the rest is a hole
            return
        position = os.lseek(source, begin, os.SEEK_HOLE)
        os.lseek(source, begin, os.SEEK_SET)
        os.lseek(target, begin, os.SEEK_SET)
        left = position - begin
        while left > 0 and (copied := os.sendfile(target, source, None, left)) > 0:
            left -= copied
