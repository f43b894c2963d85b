"""Download pinned files and put them into the store, several at a time."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Protocol

from .busybox import write_busybox
from .derivations import STORE, PinnedFile
from .download import Downloader
from .errors import DiskFull, FileDiffers, FileGone
from .nix import add_files, add_folder

_THREADS = 4
_FILES_AN_ADD = 16


class Listener(Protocol):
    """Is told how a download goes; from several threads."""

    def started(self, files: int, size: int) -> None:
        """Hear of so many files of so many bytes together."""

    def received(self, size: int) -> None:
        """Hear that so many more bytes are there."""

    def ended(self) -> None:
        """Hear that no more comes."""


def prefetch(
    files: Sequence[PinnedFile], downloader: Downloader, cache: Path, listener: Listener
) -> list[PinnedFile]:
    """Put the files into the store; return those that the archive no longer has.

    Raises a `MirrorError` or a `StoreError`; what is complete by then stays in the store.
    """
    cache.mkdir(parents=True, exist_ok=True)
    listener.started(len(files), sum(file.package.size for file in files))
    try:
        with tempfile.TemporaryDirectory(prefix=".downloading-", dir=cache) as folder:
            return _prefetch(files, downloader, Path(folder), listener)
    except DiskFull as error:
        # The folder that was being written to is gone by now.
        raise DiskFull(STORE if error.place == STORE else cache) from error
    finally:
        listener.ended()


def _prefetch(
    files: Sequence[PinnedFile], downloader: Downloader, folder: Path, listener: Listener
) -> list[PinnedFile]:
    gone: list[PinnedFile] = []
    with ThreadPoolExecutor(_THREADS) as pool:
        try:
            running: dict[Future[None], tuple[PinnedFile, Path]] = {}
            for number, file in enumerate(files):
                target = folder / str(number) / Path(file.store_path).name.partition("-")[2]
                target.parent.mkdir()
                task = pool.submit(downloader.fetch, file.package, target, listener.received)
                running[task] = (file, target)
            finished = as_completed(running)
            while some := list(itertools.islice(finished, _FILES_AN_ADD)):
                complete, lost, failure = _sorted(some)
                # What is complete stays, also when something else went wrong.
                _add([running[task] for task in complete], downloader.mirror)
                if failure is not None:
                    raise failure
                gone += [running[task][0] for task in lost]
        except BaseException:
            downloader.stop()
            pool.shutdown(cancel_futures=True)
            raise
    return gone


def _sorted(
    tasks: Sequence[Future[None]],
) -> tuple[list[Future[None]], list[Future[None]], BaseException | None]:
    """Tell finished downloads apart: complete, no longer in the archive, and the first failure."""
    complete = [task for task in tasks if task.exception() is None]
    lost = [task for task in tasks if isinstance(task.exception(), FileGone)]
    failures = [task.exception() for task in tasks if task not in [*complete, *lost]]
    return complete, lost, failures[0] if failures else None


def _add(complete: Sequence[tuple[PinnedFile, Path]], mirror: str) -> None:
    plain = [(file, target) for file, target in complete if file.kind == "deb"]
    added = add_files([target for _, target in plain])
    for (file, _), got in zip(plain, added, strict=True):
        _check(file, got, mirror)
    for file, target in complete:
        if file.kind == "busybox":
            _check(file, add_folder(_unpacked(file, target, mirror)), mirror)
        target.unlink()


def _unpacked(file: PinnedFile, deb: Path, mirror: str) -> Path:
    # The file downloaded for the folder `busybox` has that name itself.
    parent = deb.parent / "unpacked"
    parent.mkdir()
    try:
        return write_busybox(deb, parent)
    except ValueError as error:
        url = f"{mirror}/{file.package.path}"
        raise FileDiffers(url, "content", "a package with bin/busybox", error) from error


def _check(file: PinnedFile, got: str, mirror: str) -> None:
    if got != file.store_path:
        url = f"{mirror}/{file.package.path}"
        raise FileDiffers(url, "store path", file.store_path, got)
