"""What can go wrong between the archive, the lock and the store.

ArchiveError
├── LockError
│   ├── LockUnreadable      there is no such file, or it cannot be written
│   ├── LockMalformed       the file is not what the format says
│   ├── LockVersionUnknown  the file is of another version of the format
│   └── LockNotHere         the flake has no lock that could be made anew
├── AptError
│   ├── AptMissing          this machine has no apt
│   ├── AptFailed           an apt program failed
│   ├── SuiteUnreadable     the mirror's index of a suite cannot be read, or is not signed
│   ├── PackageUnknown      a suite has no such package
│   └── PackageUnresolvable apt finds no set of packages that satisfies a root
├── MirrorError
│   ├── MirrorNotKnown      no mirror was given, and the machine names none
│   ├── MirrorUnreachable   no file came from the mirror
│   ├── FileGone            the mirror no longer has a file
│   ├── FileDiffers         a file is not the one that is locked
│   └── IndexWithoutFiles   the index names files that the mirror does not have
├── PipError
│   ├── RequirementMalformed what a wheel is asked for by is no requirement that can be locked
│   ├── PipFailed           pip failed
│   ├── WheelsUnresolvable  pip finds no set of wheels that meets what is asked for
│   ├── WheelDiffers        a wheel is not the one that is locked
│   └── WheelMissing        the index does not give a wheel that is locked
└── StoreError
    ├── NixMissing          there is no nix
    ├── NixTooOld           the nix found is older than what is needed
    ├── NixFailed           a nix program failed
    ├── NoChecks            the flake has no checks that could be fetched for
    ├── DerivationsUnreadable  nix described derivations in a way that is not known
    └── DiskFull            a file could not be written for want of space
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path


class ArchiveError(Exception):
    """Anything this program reports to its user."""


class LockError(ArchiveError):
    """The lock file is of no use."""


class LockUnreadable(LockError):
    """The lock file cannot be read or written."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"lock file {file}: {reason}")
        self.file = file


class LockMalformed(LockError):
    """The lock file is not what the format says."""

    def __init__(self, file: Path, where: str, expected: str, got: object) -> None:
        shown = "nothing" if got is None else repr(got)
        super().__init__(f"lock file {file}: {where}: expected {expected}, got {shown}")
        self.file = file
        self.where = where


class LockVersionUnknown(LockError):
    """The lock file is of another version of the format."""

    def __init__(self, file: Path, found: object, known: Sequence[int]) -> None:
        versions = " and ".join(map(str, known))
        super().__init__(
            f"lock file {file}: it is of version {found!r}; this program reads {versions}. "
            "Use the program from the same revision as the lock"
        )
        self.found = found


class LockNotHere(LockError):
    """Locked packages are gone, and the flake has no lock that could be made anew."""

    def __init__(self, flake: str, lock: Path, packages: Sequence[str]) -> None:
        super().__init__(
            f"the archive no longer has {', '.join(packages)}, and flake {flake} has no {lock} "
            "that could be locked anew. Update the input of the flake that brings the lock"
        )


class AptError(ArchiveError):
    """The signed index of a suite could not be put to use."""


class AptMissing(AptError):
    """This machine has no apt."""

    def __init__(self, attempted: str) -> None:
        super().__init__(
            f"{attempted} needs apt, which checks the signatures of the index; this machine has no "
            "apt-get. Run it on a machine with Debian"
        )


class AptFailed(AptError):
    """An apt program failed."""

    def __init__(self, command: Sequence[str], output: str) -> None:
        super().__init__(f"{shlex.join(command)} failed:\n{output.strip()}")
        self.output = output


class SuiteUnreadable(AptError):
    """The mirror's index of a suite cannot be read, or is not signed by a known key."""

    def __init__(self, suite: str, mirror: str, output: str) -> None:
        super().__init__(
            f"cannot read the index of suite '{suite}' from {mirror}:\n{output.strip()}\n"
            "Another mirror can be given with --mirror URL or REHEARSE_DEBIAN_MIRROR=URL"
        )
        self.suite = suite


class PackageUnknown(AptError):
    """A suite has no such package."""

    def __init__(self, suite: str, package: str, near: Sequence[str]) -> None:
        hint = f"; near it: {', '.join(near)}" if near else ""
        super().__init__(f"suite '{suite}' has no package '{package}'{hint}")
        self.suite = suite
        self.package = package


class PackageUnresolvable(AptError):
    """No set of packages satisfies a root."""

    def __init__(self, suite: str, package: str, output: str) -> None:
        super().__init__(
            f"suite '{suite}' has package '{package}', but not what it depends on:\n"
            f"{output.strip()}"
        )


class MirrorError(ArchiveError):
    """The mirror does not give what is needed."""


class MirrorNotKnown(MirrorError):
    """No mirror was given, and the machine names none."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"which Debian mirror to use is not known: {reason}. "
            "Give one with --mirror URL or REHEARSE_DEBIAN_MIRROR=URL"
        )


class MirrorUnreachable(MirrorError):
    """No file came from the mirror."""

    def __init__(self, url: str, reason: object) -> None:
        super().__init__(
            f"cannot download {url}: {reason}. "
            "Another mirror can be given with --mirror URL or REHEARSE_DEBIAN_MIRROR=URL"
        )
        self.url = url


class FileGone(MirrorError):
    """The mirror no longer has a file: the archive has moved on since it was locked."""

    def __init__(self, url: str) -> None:
        super().__init__(f"the archive no longer has {url}")
        self.url = url


class FileDiffers(MirrorError):
    """A downloaded file is not the one that is locked; it is not kept."""

    def __init__(self, url: str, what: str, expected: object, got: object) -> None:
        super().__init__(
            f"{url} is not the file that is locked: {what} expected {expected}, got {got}. "
            "The file was not kept; try another mirror with --mirror URL"
        )


class IndexWithoutFiles(MirrorError):
    """The mirror's own index names files that it does not have."""

    def __init__(self, mirror: str, urls: Sequence[str]) -> None:
        super().__init__(
            f"{mirror} has no {', '.join(urls)}, though its index of today names them: it is being "
            "updated, or is not whole. Try again later, or another mirror with --mirror URL"
        )


_INDEX = (
    "pip asks the index that it is configured for on this machine: pip.conf, or PIP_INDEX_URL=URL"
)


class PipError(ArchiveError):
    """The Python package index does not give what is needed."""


class RequirementMalformed(PipError):
    """What a wheel is asked for by cannot be locked."""

    def __init__(self, text: str, problem: str) -> None:
        super().__init__(
            f"'{text}' {problem}. Accepted is the name of a distribution, with versions if they "
            "matter: stamina, or 'stamina>=25,<26'"
        )


class PipFailed(PipError):
    """pip failed."""

    def __init__(self, command: Sequence[str], output: str) -> None:
        super().__init__(f"{shlex.join(command)} failed:\n{output.strip()}")
        self.output = output


class WheelsUnresolvable(PipError):
    """pip finds no set of wheels that meets what is asked for."""

    def __init__(self, requirements: Sequence[str], python: str, output: str) -> None:
        super().__init__(
            f"pip finds no wheels for {', '.join(requirements)}:\n{output.strip()}\n"
            f"Only wheels of plain Python (py3-none-any) that take Python {python}, the driver's, "
            "can be locked; a package with compiled code comes from Debian: lock add SUITE "
            f"python3-NAME. {_INDEX}"
        )


class WheelDiffers(PipError):
    """A wheel is not the one that is locked; it is not kept."""

    def __init__(self, wheel: str, expected: str, got: str) -> None:
        super().__init__(
            f"{wheel} is not the wheel that is locked: sha256 expected {expected}, got {got}. "
            f"No wheel was kept. {_INDEX}. If the index is right, lock its wheels anew: "
            "lock refresh --suite pypi"
        )


class WheelMissing(PipError):
    """The index does not give wheels that are locked."""

    def __init__(self, files: Sequence[str], output: str) -> None:
        super().__init__(
            f"pip cannot download {', '.join(files)}:\n{output.strip()}\n{_INDEX}. "
            "Where the index no longer has a wheel, lock anew: lock refresh --suite pypi"
        )


class StoreError(ArchiveError):
    """The Nix store or the disk does not take what is needed."""


class NixMissing(StoreError):
    """There is no nix on PATH."""

    def __init__(self, needed: str) -> None:
        super().__init__(
            f"there is no nix on PATH; needed is {needed} or newer (./demo installs one)"
        )


class NixTooOld(StoreError):
    """The nix on PATH is older than what is needed."""

    def __init__(self, found: str, needed: str) -> None:
        super().__init__(
            f"Nix is too old: found {found}, needed {needed} or newer (./demo installs one)"
        )


class NixFailed(StoreError):
    """A nix program failed."""

    def __init__(self, command: Sequence[str], output: str) -> None:
        super().__init__(f"{shlex.join(command)} failed:\n{output.strip()}")
        self.output = output


class NoChecks(StoreError):
    """No attribute was named, and the flake has no checks."""

    def __init__(self, flake: str, checks: str) -> None:
        super().__init__(
            f"flake {flake} has no {checks}, which is what is fetched for when nothing is named. "
            "Name what to fetch for: rehearse-debian fetch ATTRIBUTE"
        )


class DerivationsUnreadable(StoreError):
    """`nix derivation show` printed something that is not known."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"what this Nix prints for 'nix derivation show' is not understood ({detail}). "
            "Known are Nix 2.18 to 2.34"
        )


class DiskFull(StoreError):
    """A file could not be written for want of space."""

    def __init__(self, place: Path | str) -> None:
        super().__init__(
            f"no space is left on the disk that holds {place}; what was half-written is removed. "
            "Make room and start again: what was complete is not fetched twice"
        )
        self.place = str(place)
