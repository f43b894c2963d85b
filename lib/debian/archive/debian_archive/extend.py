"""Lock further packages of a suite, and move no pin that can stay."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence

from .errors import PackageUnresolvable
from .index import Index
from .lock import LockedPackage, LockedSuite
from .resolve import (
    Providers,
    closure_of,
    locked_package,
    without_dependencies,
    without_unknown,
)
from .stanza import Atom, Stanza, clauses

log = logging.getLogger(__name__)


def _stanzas(index: Index, names: Sequence[str]) -> dict[str, Stanza]:
    return {stanza["Package"]: stanza for stanza in index.show(names)}


def _shown(clause: Sequence[Atom]) -> str:
    return " | ".join(
        atom.name if atom.version is None else f"{atom.name} ({atom.relation} {atom.version})"
        for atom in clause
    )


class _Extension:
    """A suite's locked packages, and what is taken from the index besides."""

    def __init__(self, index: Index, suite: LockedSuite, current: dict[str, Stanza]) -> None:
        self._index = index
        self._locked = suite.packages
        self._current = current
        # What the index would choose.
        self._offered: dict[str, Stanza] = {}
        self._taken: list[str] = []
        # Each package as it would be installed now.
        self._known: dict[str, Stanza] = {
            name: {**current.get(name, {}), "Package": name, "Version": package.version}
            for name, package in suite.packages.items()
        }
        self._providers = Providers(self._known)

    def add(self, names: Sequence[str]) -> None:
        """Take packages, and whatever is missing to them. Raises an `AptError`."""
        self._offer(names)
        for name in names:
            self._take(name)
        # Grows meanwhile.
        for name in self._taken:
            for clause in clauses(self._known[name]):
                if self._providers.first(clause) is None:
                    self._meet(name, clause)
            if name in self._locked:
                self._check_users(name)

    def packages(self) -> dict[str, LockedPackage]:
        """Return what is locked now."""
        taken: dict[str, LockedPackage] = {}
        for name in self._taken:
            stanza = self._known[name]
            found = (self._providers.first(clause) for clause in clauses(stanza))
            taken[name] = locked_package(stanza, [one for one in found if one is not None])
        return {**self._locked, **taken}

    def _offer(self, names: Sequence[str]) -> None:
        chosen = closure_of(self._index, names, lenient=False)
        exact = [f"{name}={version}" for name, version in chosen]
        self._offered |= _stanzas(self._index, exact)

    def _take(self, name: str) -> None:
        if name not in self._taken:
            self._taken.append(name)
            self._known[name] = self._offered[name]
            self._providers = Providers(self._known)

    def _meet(self, name: str, clause: Sequence[Atom]) -> None:
        """Take what the index offers for a dependency that no locked package meets."""
        found = Providers(self._offered).first(clause)
        if found is None:
            raise PackageUnresolvable(
                self._index.suite, name, f"nothing locked meets '{_shown(clause)}'"
            )
        if (was := self._locked.get(found)) is not None and found not in self._taken:
            self._tell(found, was, f"{name} depends on {_shown(clause)}")
        self._take(found)

    def _check_users(self, moved: str) -> None:
        """Move those that depend on a moved package, unless they are known to fit still."""
        for name, package in self._locked.items():
            if moved not in package.depends or name in self._taken:
                continue
            stanza = self._current.get(name)
            if stanza is None:
                raise PackageUnresolvable(
                    self._index.suite,
                    moved,
                    f"the locked {name} {package.version} depends on {moved}, and is no longer in "
                    "the suite: lock all of it anew with `lock refresh`",
                )
            # What the index says is said of the locked version only if that is the same.
            if stanza["Version"] == package.version and all(
                self._providers.first(clause) for clause in clauses(stanza)
            ):
                continue
            self._offer([name])
            self._tell(name, package, f"it depends on {moved}, which moved")
            self._take(name)

    def _tell(self, name: str, was: LockedPackage, reason: str) -> None:
        now = self._offered[name]["Version"]
        log.warning("moved: %s %s -> %s, because %s", name, was.version, now, reason)


def extend_suite(index: Index, suite: LockedSuite, names: Sequence[str]) -> LockedSuite:
    """Return the suite with further packages and what is missing to them.

    Packages that are locked already stay as they are. One moves only if a new package cannot do
    with the locked version, and then those move that depend on it and may not fit any more. Each
    is logged with the reason. Raises an `AptError`.
    """
    new = [
        name for name in without_unknown(index, names, lenient=False) if name not in suite.packages
    ]
    gone = index.unknown(list(suite.packages))
    current = _stanzas(index, [name for name in suite.packages if name not in gone])
    extension = _Extension(index, suite, current)
    if new:
        extension.add(new)
    roots = tuple(sorted({*suite.roots, *names}))
    return dataclasses.replace(suite, roots=roots, packages=extension.packages())


def extend_suite_alone(index: Index, suite: LockedSuite, names: Sequence[str]) -> LockedSuite:
    """Return the suite with further packages without what they depend on; no pin moves.

    Raises an `AptError`.
    """
    known = without_unknown(index, names, lenient=False)
    new = [name for name in known if name not in suite.packages]
    found = without_dependencies(index, new) if new else {}
    alone = tuple(sorted({*suite.alone, *(name for name in names if name not in suite.roots)}))
    return dataclasses.replace(suite, alone=alone, packages={**found, **suite.packages})
