"""Where `rehearse up` waits for `pytest --live`: a socket for each testbed and user.

It lies in a folder that only the user can enter. A lock beside it tells whether its process lives.
"""

import fcntl
import hashlib
import json
import os
import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ..errors import ConfigurationError

# The same whatever the environment is, and short: a socket's path has at most 107 bytes.
FOLDER = "/tmp/rehearse-{user}"
_CREDENTIALS = struct.Struct("3i")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The files of one testbed."""

    testbed: Path
    socket: Path
    lock: Path


def place_of(testbed: Path) -> Place:
    """Return the place of a testbed's folder. Raises ConfigurationError if it is not private."""
    folder = Path(FOLDER.format(user=os.geteuid()))
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise ConfigurationError(str(folder), [f"cannot be made: {error.strerror}"]) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        reason = "refused: it must be a folder of this user alone (mode 0700); remove it"
        raise ConfigurationError(str(folder), [reason])
    key = hashlib.sha256(os.fsencode(testbed.resolve())).hexdigest()[:16]
    return Place(
        testbed=testbed.resolve(), socket=folder / f"{key}.socket", lock=folder / f"{key}.lock"
    )


@contextmanager
def listening(place: Place) -> Iterator[socket.socket]:
    """Listen at a place. What a process that was killed has left is replaced.

    Raises ConfigurationError if another process listens there.
    """
    _remove_abandoned(place)
    with _locked(place.lock) as lock:
        if lock is None:
            reason = f"`rehearse up` already runs for this testbed (process {holder(place)})"
            raise ConfigurationError(str(place.testbed), [f"{reason}; use it, or end it"])
        lock.truncate()
        json.dump({"process": os.getpid(), "testbed": str(place.testbed)}, lock)
        lock.flush()
        place.socket.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(place.socket))
            listener.listen()
            try:
                yield listener
            finally:
                place.socket.unlink(missing_ok=True)
                place.lock.unlink(missing_ok=True)


@contextmanager
def _locked(path: Path) -> Iterator[TextIO | None]:
    """Hold the lock of a file, which is made; give None if another process holds it."""
    while True:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            if _is_at(lock, path):
                yield lock
                return
        # Who held it has removed the file: the next one is another.


def _is_at(file: TextIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _remove_abandoned(place: Place) -> None:
    """Remove what processes have left that were killed."""
    for path in place.lock.parent.glob(f"*{place.lock.suffix}"):
        if path != place.lock:
            with _locked(path) as lock:
                if lock is not None:
                    path.with_suffix(place.socket.suffix).unlink(missing_ok=True)
                    path.unlink(missing_ok=True)


def holder(place: Place) -> int | None:
    """Return the process that listens at a place, as far as it has said so."""
    try:
        return int(json.loads(place.lock.read_text())["process"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def connect(place: Place) -> socket.socket | None:
    """Return a connection to the process that listens at a place; None if there is none."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(place.socket))
    except OSError:
        connection.close()
        return None
    return connection


def is_own(connection: socket.socket) -> bool:
    """Tell whether the same user is at the other end."""
    return _peer(connection)[1] == os.geteuid()


def process_of(connection: socket.socket) -> int:
    """Return the process at the other end."""
    return _peer(connection)[0]


def _peer(connection: socket.socket) -> tuple[int, int]:
    size = _CREDENTIALS.size
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    process, user, _ = _CREDENTIALS.unpack(data)
    return process, user
