"""Lock suites anew from the signed index."""

from __future__ import annotations

import dataclasses
import logging
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from .apt_root import AptRoot
from .busybox import busybox_nar_hash, read_busybox
from .changes import Pin, pin_changes
from .download import Downloader
from .errors import PackageUnknown
from .extend import extend_suite, extend_suite_alone
from .index import OpenIndex
from .lock import PYPI, Lock, LockedBusybox, LockedPackage, LockedSuite
from .mirror import download_address
from .resolve import resolve_suite

log = logging.getLogger(__name__)


def refresh_suites(
    lock: Lock,
    suites: Iterable[str],
    mirror: str,
    *,
    open_index: OpenIndex = AptRoot,
    lenient: bool = False,
) -> Lock:
    """Return the lock with the named suites resolved anew.

    With `lenient`, what a suite no longer has is left out with a warning.
    Raises an `AptError` or a `MirrorError`.
    """
    renewed = dict(lock.suites)
    for name in suites:
        log.info("reading the index of %s from %s ...", name, mirror)
        asked = renewed[name]
        with open_index(mirror, name) as index:
            renewed[name] = resolve_suite(
                index,
                asked.roots,
                asked.alone,
                essential=name == lock.busybox.suite,
                lenient=lenient,
            )
    busybox = _renew_busybox(lock, renewed[lock.busybox.suite], mirror)
    return dataclasses.replace(lock, busybox=busybox, suites=renewed)


def _renew_busybox(lock: Lock, suite: LockedSuite, mirror: str) -> LockedBusybox:
    """Hash the busybox folder again if its package is another one now."""
    busybox = lock.busybox
    if busybox.package not in suite.packages:
        raise PackageUnknown(busybox.suite, busybox.package, ())
    now = suite.packages[busybox.package]
    was = lock.suites[busybox.suite].packages.get(busybox.package)
    if was is not None and was.sha256 == now.sha256:
        return busybox
    return dataclasses.replace(busybox, nar_hash=_busybox_hash(now, mirror))


def _busybox_hash(package: LockedPackage, mirror: str) -> str:
    with tempfile.TemporaryDirectory(prefix="rehearse-busybox-") as folder:
        deb = Path(folder) / "busybox.deb"
        Downloader(download_address(mirror)).fetch(package, deb)
        return busybox_nar_hash(read_busybox(deb))


def add_packages(
    lock: Lock,
    suite: str,
    names: Sequence[str],
    mirror: str,
    *,
    alone: bool = False,
    open_index: OpenIndex = AptRoot,
) -> Lock:
    """Return the lock with further packages of a suite; pins move only where they must.

    With `alone`, they are locked without what they depend on, and no pin moves. Raises
    an `AptError` or a `MirrorError`.
    """
    extend = extend_suite_alone if alone else extend_suite
    old = lock.suites.get(suite) or LockedSuite(roots=(), alone=(), packages={})
    log.info("reading the index of %s from %s ...", suite, mirror)
    with open_index(mirror, suite) as index:
        suites = {**lock.suites, suite: extend(index, old, names)}
    busybox = _renew_busybox(lock, suites[lock.busybox.suite], mirror)
    return dataclasses.replace(lock, busybox=busybox, suites=suites)


def lock_changes(old: Lock, new: Lock) -> list[str]:
    """Return what changed, suite by suite, a line each."""
    lines: list[str] = []
    before, after = _pins(old), _pins(new)
    if not before[PYPI] and not after[PYPI]:
        del after[PYPI]
    for name, pinned in sorted(after.items()):
        changes = pin_changes(before.get(name, {}), pinned)
        lines += [f"{name}: {len(changes)} changed" if changes else f"{name}: nothing changed"]
        lines += [f"  {change}" for change in changes]
    return lines


def _pins(lock: Lock) -> dict[str, Mapping[str, Pin]]:
    pins: dict[str, Mapping[str, Pin]] = {PYPI: lock.pypi.wheels}
    return pins | {name: suite.packages for name, suite in lock.suites.items()}
