"""Folders for one run of the driver, and those that a killed driver has left.

The driver holds a lock on each of its folders, which the kernel releases when the driver dies, and
then writes the mark into it. A folder with the mark and without a lock belongs to no driver.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from .log import say

PREFIXES = ("test-driver-", "td-")
MARK = "owned-by-a-driver"


def own_folder(stack: ExitStack, folder: Path) -> Path:
    """Make a new folder this driver's, until the stack ends: it is removed then."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    stack.callback(os.close, descriptor)
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    fcntl.flock(descriptor, fcntl.LOCK_EX)  # another driver may look at it for a moment
    (folder / MARK).touch()
    return folder


def remove_abandoned_folders() -> None:
    """Remove the folders of drivers that were killed, of this user alone."""
    for place in {Path(tempfile.gettempdir()), Path("/tmp")}:
        for folder in _candidates(place):
            if _remove(folder):
                say(f"removed {folder}, which a driver that was killed has left")


def _candidates(place: Path) -> Iterator[Path]:
    with suppress(OSError):
        for entry in os.scandir(place):
            if entry.name.startswith(PREFIXES) and entry.is_dir(follow_symlinks=False):
                yield Path(entry.path)


def _remove(folder: Path) -> bool:
    """Remove a folder unless it is in use, or is not what a driver of this user has made."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) != 0o700:
            return False
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Another driver may have removed it meanwhile, and a third one made one of this name.
        if not os.path.samestat(found, os.lstat(folder)) or not (folder / MARK).exists():
            return False
        shutil.rmtree(folder, ignore_errors=True)
        return not folder.exists()
    except OSError:  # it is in use, or was removed
        return False
    finally:
        os.close(descriptor)
