"""The lock as data: which file of the archive each package is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

VERSION = 1
# A lock with wheels: programs that know only the first version would lose them silently.
VERSION_WITH_WHEELS = 2
ARCHITECTURE = "amd64"
# What stands for a suite where wheels are meant. Debian has no suite of this name.
PYPI = "pypi"


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
class LockedWheel:
    """One file of a Python package index, and the locked wheels it depends on."""

    version: str
    file: str
    sha256: str
    depends: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedWheels:
    """What is asked of the index, as requirements, and what that comes to, by normalized names."""

    roots: tuple[str, ...] = ()
    wheels: Mapping[str, LockedWheel] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A whole lock file."""

    busybox: LockedBusybox
    suites: Mapping[str, LockedSuite]
    pypi: LockedWheels = field(default_factory=LockedWheels)
