"""Lock wheels of a Python package index, with what they depend on."""

from __future__ import annotations

import dataclasses
import logging
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from .apt_root import AptRoot
from .download import Downloader
from .errors import PackageUnknown, WheelsUnresolvable
from .index import OpenIndex
from .lock import Lock, LockedPackage, LockedWheel, LockedWheels
from .mirror import download_address
from .pip import PACKAGE, FoundWheel, Pip, normalized, unpacked_pip
from .refresh import add_packages
from .wheel_graph import Requirements

log = logging.getLogger(__name__)

# Each asks for what the one before has left out, and rarely there is anything.
_ROUNDS = 10


def add_wheels(
    lock: Lock, requirements: Sequence[str], mirror: str, *, open_index: OpenIndex = AptRoot
) -> Lock:
    """Return the lock with wheels for further requirements.

    What is locked stays as it is, unless it does not fit: then all wheels are resolved anew. pip
    comes from the mirror, and is locked first unless it is. Raises an `ArchiveError`.
    """
    system = lock.busybox.suite
    if PACKAGE not in lock.suites[system].packages:
        lock = add_packages(lock, system, [PACKAGE], mirror, alone=True, open_index=open_index)
    with _pip(lock, mirror) as (pip, reader):
        asked = {reader.name(text): text for text in lock.pypi.roots}
        new = {reader.name(text): text.strip() for text in requirements}
        # Asked for by its name alone, what is there stays as it is.
        with_versions = {name for name, text in new.items() if normalized(text) != name}
        asked |= {n: text for n, text in new.items() if n not in asked or n in with_versions}
        kept = {n: one for n, one in lock.pypi.wheels.items() if n not in with_versions}
        roots = sorted(asked.values())
        try:
            wheels = _resolved(pip, reader, roots, kept)
        except WheelsUnresolvable:
            if not kept:
                raise
            wheels = _resolved(pip, reader, roots, {})
    return dataclasses.replace(lock, pypi=LockedWheels(roots=tuple(roots), wheels=wheels))


def refresh_wheels(lock: Lock, mirror: str) -> Lock:
    """Return the lock with its wheels resolved anew. Raises an `ArchiveError`."""
    if not lock.pypi.roots:
        return lock
    with _pip(lock, mirror) as (pip, reader):
        wheels = _resolved(pip, reader, lock.pypi.roots, {})
    return dataclasses.replace(lock, pypi=dataclasses.replace(lock.pypi, wheels=wheels))


@contextmanager
def _pip(lock: Lock, mirror: str) -> Iterator[tuple[Pip, Requirements]]:
    """Have pip as it is locked, for the Python of the tools."""
    version = re.match(r"\d+\.\d+\.\d+", _system_package(lock, "python3").version)
    if version is None:
        raise PackageUnknown(lock.busybox.suite, "python3", ())
    with tempfile.TemporaryDirectory(prefix="rehearse-pip-") as folder:
        deb = Path(folder) / f"{PACKAGE}.deb"
        Downloader(download_address(mirror)).fetch(_system_package(lock, PACKAGE), deb)
        with unpacked_pip(deb, ".".join(version[0].split(".")[:2])) as pip:
            log.info("asking pip for wheels ...")
            yield pip, Requirements(pip.modules, version[0])


def _system_package(lock: Lock, name: str) -> LockedPackage:
    try:
        return lock.suites[lock.busybox.suite].packages[name]
    except KeyError:
        raise PackageUnknown(lock.busybox.suite, name, ()) from None


def _resolved(
    pip: Pip, reader: Requirements, roots: Sequence[str], kept: Mapping[str, LockedWheel]
) -> dict[str, LockedWheel]:
    """Return wheels for the roots, of the versions in `kept` where there are."""
    pins = {name: wheel.version for name, wheel in kept.items()}
    asked = list(roots)
    for _ in range(_ROUNDS):
        found = pip.resolve(asked, pins) if asked else []
        depends, missing = reader.graph(roots, found)
        if not missing:
            return {
                one.name: _locked(one, kept.get(one.name), depends[one.name])
                for one in found
                if one.name in depends
            }
        asked += [text for text in missing if text not in asked]
    raise WheelsUnresolvable(roots, pip.python, f"nothing that pip finds meets {missing[0]}")


def _locked(found: FoundWheel, kept: LockedWheel | None, depends: tuple[str, ...]) -> LockedWheel:
    """Return a wheel for the lock: a file that is locked keeps its hash, whatever the index has."""
    wheel = kept if kept is not None and kept.file == found.wheel.file else found.wheel
    return dataclasses.replace(wheel, depends=depends)
