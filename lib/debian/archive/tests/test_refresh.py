"""Renewing a lock, and telling what changed."""

from __future__ import annotations

import dataclasses

import pytest
from fake_index import FakeIndex, package_stanza
from mirror_server import MirrorServer

from debian_archive.busybox import busybox_nar_hash
from debian_archive.changes import gone_line
from debian_archive.errors import PackageUnknown
from debian_archive.lock import Lock, LockedBusybox, LockedSuite
from debian_archive.refresh import lock_changes, refresh_suites


def _empty(*roots: str) -> Lock:
    return Lock(
        busybox=LockedBusybox(suite="trixie", package="busybox-static", nar_hash="sha256-old"),
        suites={"trixie": LockedSuite(roots=roots, alone=(), packages={})},
    )


def _refresh(lock: Lock, index: FakeIndex, server: MirrorServer) -> Lock:
    return refresh_suites(lock, ["trixie"], server.address, open_index=index.open)


def test_a_suite_is_locked(trixie: FakeIndex, server: MirrorServer) -> None:
    lock = _refresh(_empty("nginx", "busybox-static"), trixie, server)
    assert sorted(lock.suites["trixie"].packages) == sorted(trixie.stanzas)
    assert lock.suites["trixie"].packages["nginx"].depends == ("libc6", "nginx-common")
    assert lock.busybox.nar_hash == busybox_nar_hash(b"new busybox")


def test_busybox_is_not_fetched_again(trixie: FakeIndex, server: MirrorServer) -> None:
    lock = _refresh(_empty("busybox-static"), trixie, server)
    server.requests.clear()
    assert _refresh(lock, trixie, server) == lock
    assert server.requests == []


def test_busybox_must_be_among_the_roots(trixie: FakeIndex, server: MirrorServer) -> None:
    with pytest.raises(PackageUnknown, match="suite 'trixie' has no package 'busybox-static'"):
        _refresh(_empty("nginx"), trixie, server)


def test_other_suites_are_left_alone(trixie: FakeIndex, server: MirrorServer) -> None:
    lock = _empty("busybox-static")
    other = LockedSuite(roots=("hello",), alone=(), packages={})
    lock = dataclasses.replace(lock, suites={**lock.suites, "testing": other})
    assert _refresh(lock, trixie, server).suites["testing"] == other


def test_changes_are_told(trixie: FakeIndex, server: MirrorServer) -> None:
    old = _refresh(_empty("nginx", "busybox-static"), trixie, server)
    assert lock_changes(old, old) == ["trixie: nothing changed"]
    trixie.add(package_stanza("nginx", "1.4", b"x", "Depends: libc6, curl\n"))
    trixie.add(package_stanza("curl", "8", b"x"))
    trixie.add(package_stanza("libc6", "2.41", b"rebuilt"))
    new = _refresh(old, trixie, server)
    assert lock_changes(old, new) == [
        "trixie: 4 changed",
        "  + curl 8",
        "    libc6 2.41 -> 2.41 (the file changed)",
        "    nginx 1.3 -> 1.4",
        "  - nginx-common 1.3",
    ]


def test_a_change_of_dependencies_alone_is_told(trixie: FakeIndex, server: MirrorServer) -> None:
    old = _refresh(_empty("nginx", "busybox-static"), trixie, server)
    packages = dict(old.suites["trixie"].packages)
    packages["nginx"] = dataclasses.replace(packages["nginx"], depends=())
    suite = dataclasses.replace(old.suites["trixie"], packages=packages)
    new = dataclasses.replace(old, suites={"trixie": suite})
    assert "    nginx 1.3 -> 1.3 (what is locked of it changed)" in lock_changes(old, new)


def test_one_line_tells_what_has_gone(trixie: FakeIndex, server: MirrorServer) -> None:
    lock = _refresh(_empty("nginx", "busybox-static"), trixie, server)
    gone = [("trixie", "nginx", "1.2"), ("trixie", "libold", "1"), ("trixie", "nginx", "1.2")]
    assert gone_line(gone, lock) == (
        "locked anew, because the archive no longer has: "
        "libold 1 (no longer needed), nginx 1.2 (now 1.3)"
    )
