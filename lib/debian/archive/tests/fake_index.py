"""The index of a suite, in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from debian_archive.errors import AptFailed
from debian_archive.index import Index
from debian_archive.stanza import Stanza, clauses, meets, parse_stanzas


def package_stanza(name: str, version: str, content: bytes, more: str = "") -> Stanza:
    """Return what an index says of a package; `more` are further lines."""
    text = (
        f"Package: {name}\nVersion: {version}\nArchitecture: all\n{more}"
        f"Filename: pool/main/{name}_{version}_all.deb\nSize: {len(content)}\n"
        f"SHA256: {hashlib.sha256(content).hexdigest()}\n"
    )
    return next(parse_stanzas(text))


class FakeIndex:
    """Resolves as apt does where nothing conflicts: the first alternative that there is."""

    def __init__(self, suite: str, essential: Sequence[str] = ()) -> None:
        self.suite = suite
        self.stanzas: dict[str, Stanza] = {}
        self.conflicts: list[set[str]] = []
        self._essential = list(essential)

    def add(self, stanza: Stanza) -> None:
        self.stanzas[stanza["Package"]] = stanza

    def path(self, name: str) -> str:
        return self.stanzas[name]["Filename"]

    def open(self, mirror: str, suite: str) -> AbstractContextManager[Index]:
        assert (mirror != "", suite) == (True, self.suite)
        return nullcontext(self)

    def unknown(self, names: Sequence[str]) -> dict[str, list[str]]:
        return {name: ["something-near"] for name in names if name not in self.stanzas}

    def essential(self) -> list[str]:
        return self._essential

    def closure(self, names: Sequence[str]) -> list[tuple[str, str]]:
        found: dict[str, str] = {}
        waiting = list(names)
        while waiting:
            stanza = self.stanzas[waiting.pop()]
            if stanza["Package"] in found:
                continue
            found[stanza["Package"]] = stanza["Version"]
            for clause in clauses(stanza):
                meeting = [
                    name
                    for atom in clause
                    for name, other in self.stanzas.items()
                    if meets(other, atom)
                ]
                if not meeting:
                    raise AptFailed(["apt-get", "install"], f"{clause[0].name} is not installable")
                waiting.append(meeting[0])
        if any(both <= found.keys() for both in self.conflicts):
            raise AptFailed(["apt-get", "install"], "they conflict")
        return list(found.items())

    def show(self, packages: Sequence[str]) -> list[Stanza]:
        return [self.stanzas[package.partition("=")[0]] for package in packages]
