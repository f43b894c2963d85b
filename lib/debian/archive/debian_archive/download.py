"""Download files of the archive, each checked against the lock."""

from __future__ import annotations

import errno
import hashlib
import http.client
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from .errors import DiskFull, FileDiffers, FileGone, MirrorUnreachable
from .lock import LockedPackage
from .proxy import find_proxies

_ATTEMPTS = 3
_PAUSE_SECONDS = 1.0
_STALL_SECONDS = 30.0
_CHUNK_BYTES = 128 * 1024
_GONE = (404, 410)
_FULL = (errno.ENOSPC, errno.EDQUOT)


class _Broken(Exception):
    """A transfer broke in a way that may not happen again."""


class Downloader:
    """Downloads from one mirror; may be used by several threads at once."""

    def __init__(self, mirror: str, proxies: dict[str, str] | None = None) -> None:
        self.mirror = mirror
        self._stop = threading.Event()
        found = find_proxies(mirror) if proxies is None else proxies
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler(found))
        self._opener.addheaders = [("User-Agent", "rehearse-debian")]

    def stop(self) -> None:
        """End all downloads soon, wherever they are."""
        self._stop.set()

    def fetch(
        self, package: LockedPackage, target: Path, count: Callable[[int], None] = lambda _: None
    ) -> None:
        """Download one package to `target`; `count` is told the bytes as they come.

        A file that is not whole and right does not stay. Raises `FileGone`, `FileDiffers`,
        `MirrorUnreachable` or `DiskFull`.
        """
        url = f"{self.mirror}/{package.path}"
        done = False
        try:
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    self._transfer(url, package, target, count)
                except _Broken as broken:
                    if attempt == _ATTEMPTS or self._stop.wait(_PAUSE_SECONDS * attempt):
                        raise MirrorUnreachable(url, broken) from broken
                else:
                    done = True
                    return
        finally:
            if not done:
                target.unlink(missing_ok=True)

    def _transfer(
        self, url: str, package: LockedPackage, target: Path, count: Callable[[int], None]
    ) -> None:
        digest = hashlib.sha256()
        received = 0
        with self._open(url) as response, _create(target) as file:
            while chunk := self._read(response):
                received += len(chunk)
                if received > package.size:
                    raise FileDiffers(url, "size", package.size, f"more than {package.size}")
                digest.update(chunk)
                _write(file, chunk, target)
                count(len(chunk))
        if received < package.size:
            count(-received)
            raise _Broken(f"it ended after {received} of {package.size} bytes")
        if digest.hexdigest() != package.sha256:
            raise FileDiffers(url, "sha256", package.sha256, digest.hexdigest())

    def _open(self, url: str) -> BinaryIO:
        try:
            response: BinaryIO = self._opener.open(url, timeout=_STALL_SECONDS)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in _GONE:
                raise FileGone(url) from error
            raise _Broken(f"the server answered {error.code} {error.reason}") from error
        except urllib.error.URLError as error:
            if isinstance(error.reason, FileNotFoundError):
                raise FileGone(url) from error
            raise _Broken(str(error.reason)) from error
        except (OSError, http.client.HTTPException) as error:
            raise _Broken(str(error) or type(error).__name__) from error
        return response

    def _read(self, response: BinaryIO) -> bytes:
        if self._stop.is_set():
            raise _Broken("it was stopped")
        try:
            return response.read(_CHUNK_BYTES)
        except http.client.IncompleteRead as error:
            # What is missing is found by counting.
            return error.partial
        except (OSError, http.client.HTTPException) as error:
            raise _Broken(str(error) or type(error).__name__) from error


def _create(target: Path) -> BinaryIO:
    try:
        return target.open("wb", buffering=0)
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(target.parent) from error
        raise


def _write(file: BinaryIO, chunk: bytes, target: Path) -> None:
    """Write all of the chunk: an unbuffered file may take less at a time."""
    rest = memoryview(chunk)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(target.parent) from error
        raise
