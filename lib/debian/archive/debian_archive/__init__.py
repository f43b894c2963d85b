"""Lock packages of the Debian archive, and fetch the locked ones into the Nix store."""

from .errors import ArchiveError
from .fetch import fetch
from .lock import Lock, LockedBusybox, LockedPackage, LockedSuite
from .lock_file import read_lock, write_lock
from .refresh import refresh_suites

__all__ = [
    "ArchiveError",
    "Lock",
    "LockedBusybox",
    "LockedPackage",
    "LockedSuite",
    "fetch",
    "read_lock",
    "refresh_suites",
    "write_lock",
]
