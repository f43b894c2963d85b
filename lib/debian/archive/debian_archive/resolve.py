"""From what is asked of a suite to the packages that are locked."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence

from .errors import AptFailed, PackageUnknown, PackageUnresolvable
from .index import Index
from .lock import LockedPackage, LockedSuite
from .stanza import Atom, Stanza, clauses, meets, provided

log = logging.getLogger(__name__)


def closure_of(index: Index, names: Sequence[str], *, lenient: bool) -> list[tuple[str, str]]:
    """Resolve all names together, so that any of them can share a machine.

    Names that cannot (they conflict) are resolved each by itself.
    """
    try:
        return index.closure(names)
    except AptFailed:
        pass
    found: dict[tuple[str, str], None] = {}
    for name in names:
        try:
            found.update(dict.fromkeys(index.closure([name])))
        except AptFailed as error:
            unresolvable = PackageUnresolvable(index.suite, name, error.output)
            if not lenient:
                raise unresolvable from error
            log.warning("left out: %s", unresolvable)
    return list(found)


class Providers:
    """Finds which of some packages meets an alternative of a dependency."""

    def __init__(self, stanzas: Mapping[str, Stanza]) -> None:
        self._stanzas = stanzas
        self._by_name: dict[str, list[str]] = {}
        for name, stanza in sorted(stanzas.items()):
            for atom in provided(stanza):
                self._by_name.setdefault(atom.name, []).append(name)

    def first(self, clause: Iterable[Atom]) -> str | None:
        for wanted in clause:
            for name in [wanted.name, *self._by_name.get(wanted.name, [])]:
                if name in self._stanzas and meets(self._stanzas[name], wanted):
                    return name
        return None


def locked_package(stanza: Stanza, depends: Iterable[str]) -> LockedPackage:
    return LockedPackage(
        version=stanza["Version"],
        path=stanza["Filename"],
        sha256=stanza["SHA256"],
        size=int(stanza["Size"]),
        depends=tuple(sorted(set(depends) - {stanza["Package"]})),
        essential=stanza.get("Essential") == "yes",
    )


def _with_dependencies(
    index: Index, names: Sequence[str], *, lenient: bool
) -> dict[str, LockedPackage]:
    exact = [f"{name}={version}" for name, version in closure_of(index, names, lenient=lenient)]
    stanzas = {stanza["Package"]: stanza for stanza in index.show(exact)}
    providers = Providers(stanzas)
    packages: dict[str, LockedPackage] = {}
    for name, stanza in stanzas.items():
        depends: list[str] = []
        for clause in clauses(stanza):
            found = providers.first(clause)
            if found is None:
                missing = " | ".join(atom.name for atom in clause)
                raise PackageUnresolvable(index.suite, name, f"nothing locked meets '{missing}'")
            depends.append(found)
        packages[name] = locked_package(stanza, depends)
    return packages


def without_dependencies(index: Index, names: Sequence[str]) -> dict[str, LockedPackage]:
    """Return packages by themselves; of a kernel also the packages that it comes in."""
    packages: dict[str, LockedPackage] = {}
    wanted = list(names)
    while wanted:
        found: list[str] = []
        for stanza in index.show(wanted):
            parts = _kernel_parts(stanza)
            packages[stanza["Package"]] = locked_package(stanza, parts)
            found += parts
        wanted = [name for name in dict.fromkeys(found) if name not in packages]
    return packages


def _kernel_parts(stanza: Stanza) -> list[str]:
    """Name the kernel a metapackage stands for, or the parts a newer kernel is split into."""
    if not stanza["Package"].startswith("linux-image-"):
        return []
    prefixes = ("linux-base-", "linux-binary-", "linux-image-", "linux-modules-")
    atoms = [atom.name for clause in clauses(stanza) for atom in clause]
    return [name for name in atoms if name.startswith(prefixes)]


def without_unknown(index: Index, names: Sequence[str], *, lenient: bool) -> list[str]:
    unknown = index.unknown(names)
    for name, near in unknown.items():
        error = PackageUnknown(index.suite, name, near)
        if not lenient:
            raise error
        log.warning("left out: %s", error)
    return [name for name in names if name not in unknown]


def resolve_suite(
    index: Index,
    roots: Sequence[str],
    alone: Sequence[str],
    *,
    essential: bool,
    lenient: bool = False,
) -> LockedSuite:
    """Lock what is asked of the suite; with `essential`, also what every Debian system has.

    With `lenient`, what the suite no longer has is left out with a warning. Raises an `AptError`.
    """
    names = list(dict.fromkeys([*roots, *(index.essential() if essential else ())]))
    packages = without_dependencies(index, without_unknown(index, alone, lenient=lenient))
    packages |= _with_dependencies(
        index, without_unknown(index, names, lenient=lenient), lenient=lenient
    )
    return LockedSuite(roots=tuple(roots), alone=tuple(alone), packages=packages)
