"""Stanzas, and what a package needs and offers."""

from __future__ import annotations

import pytest

from debian_archive.stanza import Atom, clauses, meets, parse_stanzas

TEXT = """\
Package: mail-server
Version: 1:2.0-1
Depends: libc6 (>= 2.38), python3:any | perl, default-mta [amd64]
Pre-Depends: dpkg (>= 1.17)
Provides: mail-transport-agent, api (= 7)
Description: a server
 of mail: really

Package: other
Version: 3
"""


def _atom(name: str, relation: str | None = None, version: str | None = None) -> Atom:
    return Atom(name=name, relation=relation, version=version)


def test_stanzas_are_apart_and_have_long_fields() -> None:
    first, second = parse_stanzas(TEXT)
    assert first["Description"] == "a server\n of mail: really"
    assert second == {"Package": "other", "Version": "3"}


def test_clauses_begin_with_pre_depends() -> None:
    stanza = next(parse_stanzas(TEXT))
    assert clauses(stanza) == [
        (_atom("dpkg", ">=", "1.17"),),
        (_atom("libc6", ">=", "2.38"),),
        (_atom("python3"), _atom("perl")),
        (_atom("default-mta"),),
    ]


@pytest.mark.parametrize(
    ("wanted", "met"),
    [
        (_atom("mail-server"), True),
        (_atom("mail-server", ">=", "1:1"), True),
        (_atom("mail-server", "<<", "1:1"), False),
        (_atom("mail-transport-agent"), True),
        (_atom("mail-transport-agent", ">=", "1"), False),
        (_atom("api", "=", "7"), True),
        (_atom("api", ">>", "7"), False),
        (_atom("other"), False),
    ],
)
def test_a_package_meets_what_it_is_and_what_it_provides(wanted: Atom, met: bool) -> None:
    assert meets(next(parse_stanzas(TEXT)), wanted) is met


def test_no_dependency_is_an_error() -> None:
    with pytest.raises(ValueError, match="not a dependency: '>= 3'"):
        clauses({"Depends": ">= 3"})
