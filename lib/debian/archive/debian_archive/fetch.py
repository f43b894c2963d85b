"""Put all pinned files that a build takes into the store beforehand."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from .apt_root import AptRoot
from .changes import gone_line
from .derivations import PinnedFile, PinnedWheel
from .download import Downloader
from .errors import IndexWithoutFiles, LockNotHere
from .index import OpenIndex
from .installables import complete
from .mirror import download_address, find_mirror
from .nix import derivation_graph, flake_source, invalid_paths, require_nix
from .prefetch import Listener, prefetch
from .prefetch_wheels import prefetch_wheels
from .refresh import refresh_suites
from .relock import LOCK_PATH, RenewedLock

log = logging.getLogger(__name__)


def _needed(flake: str, attributes: Sequence[str]) -> tuple[list[PinnedFile], list[PinnedWheel]]:
    graph = derivation_graph(flake, complete(flake, attributes))
    needed = graph.needed(invalid_paths(graph.outputs()))
    files = [one for one in needed if isinstance(one, PinnedFile)]
    return files, [one for one in needed if isinstance(one, PinnedWheel)]


def fetch(
    flake: str,
    attributes: Sequence[str],
    *,
    mirror: str | None,
    cache: Path,
    listener: Listener,
    open_index: OpenIndex = AptRoot,
) -> str:
    """Fetch what building attributes of a flake takes; return the flake to build them from.

    A test is fetched with its prompt; without attributes, all checks are. The flake to build
    from is `flake` itself, unless the archive no longer has what it locks: then a copy with a new
    lock. With everything in the store, no network is used. Raises an `ArchiveError`.
    """
    require_nix()
    renewed = RenewedLock(flake_source(flake), cache)
    build_from = renewed.flake() if renewed.exists() else flake
    done: set[str] = set()
    while True:
        files, wheels = _needed(build_from, attributes)
        if not files:
            break
        address = find_mirror(mirror)
        downloader = Downloader(download_address(address))
        gone = prefetch(files, downloader, cache, listener)
        if not gone:
            break
        if not renewed.possible():
            names = [f"{file.name} {file.package.version}" for file in gone]
            raise LockNotHere(flake, LOCK_PATH, names)
        suites = {file.suite for file in gone}
        if suites & done:
            paths = [file.package.path for file in gone if file.suite in done]
            raise IndexWithoutFiles(address, paths)
        done |= suites
        lock = refresh_suites(
            renewed.read(), sorted(suites), address, open_index=open_index, lenient=True
        )
        versions = [(file.suite, file.name, file.package.version) for file in gone]
        log.warning("%s", gone_line(versions, lock))
        renewed.write(lock)
        build_from = renewed.flake()
    # After the packages: pip is one of them.
    prefetch_wheels(wheels, cache)
    return build_from
