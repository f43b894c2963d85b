"""The lock as data: which file of the archive each package is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

VERSION = 1
ARCHITECTURE = "amd64"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """One file of the archive, and the locked packages it depends on."""

    version: str
    path: str
    sha256: str
    size: int
    depends: tuple[str, ...]
    essential: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedSuite:
    """What is asked of one suite, and what that comes to."""

    roots: tuple[str, ...]
    alone: tuple[str, ...]
    packages: Mapping[str, LockedPackage]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedBusybox:
    """Which package the builders' busybox is of, and the hash of a folder with just it."""

    suite: str
    package: str
    nar_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A whole lock file."""

    busybox: LockedBusybox
    suites: Mapping[str, LockedSuite]
