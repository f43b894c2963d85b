"""Trees of files that a guest sends as a tar archive."""

import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from ..errors import CopyRefused

KINDS = {
    tarfile.FIFOTYPE: "FIFO",
    tarfile.CHRTYPE: "character device",
    tarfile.BLKTYPE: "block device",
}
PERMISSIONS = 0o777
# The driver must be able to read what it keeps, and to remove it.
OWNER_OF_FILE = 0o600
OWNER_OF_FOLDER = 0o700


def unpack_tree(
    machine: str,
    archive: IO[bytes],
    folder: Path,
    claim: Callable[[Path], None],
    leave_out: Callable[[str], None],
) -> None:
    """Write the files of an archive below a folder, and nothing outside of it.

    The archive is read once, from its beginning to its end. Holes stay holes. `claim` is asked
    about each file and may refuse it. Links that lead outside, FIFOs and devices are left out, and
    reported. Modes stay, but for setuid, setgid and sticky, and so do the times.
    """
    folders: list[tuple[Path, tarfile.TarInfo]] = []
    try:
        with tarfile.open(fileobj=archive, mode="r|", encoding="utf-8") as tar:
            for member in tar:
                if kind := KINDS.get(member.type):
                    leave_out(f"{member.name}: it is a {kind}")
                    continue
                checked = _unpack(machine, tar, member, folder, claim, leave_out)
                if checked is not None and checked.isdir():
                    folders.append((folder / checked.name, member))
        # Last and innermost first: files in them change their times, and need them writable.
        for path, member in sorted(folders, key=lambda pair: pair[0], reverse=True):
            if path.resolve().is_relative_to(folder.resolve()):
                _finish_folder(path, member)
    except (tarfile.TarError, ValueError, KeyError, OverflowError) as error:
        raise CopyRefused(machine, f"what it sent is no archive of files: {error}") from error


def _unpack(
    machine: str,
    tar: tarfile.TarFile,
    member: tarfile.TarInfo,
    folder: Path,
    claim: Callable[[Path], None],
    leave_out: Callable[[str], None],
) -> tarfile.TarInfo | None:
    try:
        checked = tarfile.data_filter(member, str(folder))
        if not member.isdir():
            claim((folder / checked.name).resolve())
            mode = None if member.mode is None else member.mode & PERMISSIONS | OWNER_OF_FILE
            checked = checked.replace(mode=mode, deep=False)
        else:
            checked = checked.replace(mode=OWNER_OF_FOLDER, deep=False)
        tar.extract(checked, folder, filter="fully_trusted")  # it was checked above
    except tarfile.FilterError as error:
        leave_out(str(error))
        return None
    except OSError as error:
        raise CopyRefused(machine, f"cannot write {member.name}: {error}") from error
    return checked


def _finish_folder(path: Path, member: tarfile.TarInfo) -> None:
    if path.is_symlink() or not path.is_dir():  # something later took its place
        return
    path.chmod(member.mode & PERMISSIONS | OWNER_OF_FOLDER)
    os.utime(path, (member.mtime, member.mtime))
