"""A lock made anew for a checkout whose own has gone stale; the checkout stays as it is."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from .errors import LockError
from .lock import Lock
from .lock_file import read_lock, write_lock
from .nix import add_folder

LOCK_PATH = Path("lib/debian/debian.lock.json")


class RenewedLock:
    """The lock that stands in for the one in `source`, if it was ever made anew.

    It is kept in the cache under the hash of the one it stands in for, so that later runs begin
    with it, and a checkout that gets a newer lock is not held back by it.
    """

    def __init__(self, source: Path, cache: Path) -> None:
        self._source = source
        self._committed = source / LOCK_PATH
        self._cache = cache

    def _file(self) -> Path:
        digest = hashlib.sha256(self._committed.read_bytes()).hexdigest()
        return self._cache / "locks" / f"{digest}.json"

    def possible(self) -> bool:
        """Tell whether the source has a lock that can be stood in for."""
        return self._committed.is_file()

    def exists(self) -> bool:
        """Tell whether there is one, and it can be used."""
        if not self.possible() or not self._file().is_file():
            return False
        try:
            read_lock(self._file())
        except LockError:
            return False
        return True

    def read(self) -> Lock:
        """Return the lock in use: this one, else the one it would stand in for."""
        return read_lock(self._file() if self.exists() else self._committed)

    def write(self, lock: Lock) -> None:
        """Keep a new lock. Raises a `LockError`."""
        file = self._file()
        file.parent.mkdir(parents=True, exist_ok=True)
        write_lock(lock, file)

    def flake(self) -> str:
        """Return a flake like the source, but with this lock. Raises a `StoreError`."""
        with tempfile.TemporaryDirectory(prefix="rehearse-") as folder:
            copy = Path(folder) / "source"
            shutil.copytree(self._source, copy, symlinks=True)
            for path in (copy, *(p for p in copy.rglob("*") if p.is_dir() and not p.is_symlink())):
                path.chmod(0o755)
            target = copy / LOCK_PATH
            target.unlink()
            shutil.copyfile(self._file(), target)
            return f"path:{add_folder(copy)}"
