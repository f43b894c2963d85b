"""Adding packages to a lock: what is asked is added, and pins stay where they can."""

from __future__ import annotations

import logging

import pytest
from fake_index import FakeIndex, package_stanza
from mirror_server import MirrorServer

from debian_archive.errors import PackageUnknown, PackageUnresolvable
from debian_archive.extend import extend_suite, extend_suite_alone
from debian_archive.lock import Lock, LockedBusybox, LockedSuite
from debian_archive.refresh import add_packages, refresh_suites
from debian_archive.resolve import resolve_suite


def _index(**packages: str) -> FakeIndex:
    """Make an index; the value is a version, and what the package needs or provides."""
    index = FakeIndex("trixie")
    for name, text in packages.items():
        _set(index, name.replace("_", "-"), text)
    return index


def _set(index: FakeIndex, name: str, text: str) -> None:
    version, _, more = text.partition(" ")
    index.add(package_stanza(name, version, name.encode(), f"{more}\n" if more else ""))


def _locked(index: FakeIndex, *roots: str) -> LockedSuite:
    return resolve_suite(index, roots, (), essential=False)


def _versions(suite: LockedSuite) -> dict[str, str]:
    return {name: package.version for name, package in sorted(suite.packages.items())}


@pytest.fixture(autouse=True)
def _warnings(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)


def test_what_is_asked_is_added_with_what_is_missing() -> None:
    index = _index(web="1 Depends: libc", libc="1", tool="1 Depends: libc, libtool", libtool="1")
    old = _locked(index, "web")
    new = extend_suite(index, old, ["tool"])
    assert new.roots == ("tool", "web")
    assert _versions(new) == {"libc": "1", "libtool": "1", "tool": "1", "web": "1"}
    assert new.packages["tool"].depends == ("libc", "libtool")


def test_pins_stay_when_the_archive_has_newer_packages(caplog: pytest.LogCaptureFixture) -> None:
    index = _index(web="1 Depends: libc", libc="1", tool="1 Depends: libc (>= 0.5)", other="1")
    old = _locked(index, "web", "other")
    for name in ("web", "libc", "other"):
        _set(index, name, "2")
    new = extend_suite(index, old, ["tool"])
    assert {name: new.packages[name] for name in old.packages} == dict(old.packages)
    assert _versions(new)["tool"] == "1"
    assert caplog.messages == []


def test_pins_that_the_archive_no_longer_has_stay() -> None:
    index = _index(web="1", tool="1")
    old = _locked(index, "web")
    del index.stanzas["web"]
    assert _versions(extend_suite(index, old, ["tool"])) == {"tool": "1", "web": "1"}


def test_what_is_locked_already_moves_nothing_when_it_is_asked() -> None:
    index = _index(web="1 Depends: libc", libc="1")
    old = _locked(index, "web")
    _set(index, "libc", "2")
    new = extend_suite(index, old, ["libc"])
    assert new.roots == ("libc", "web")
    assert new.packages == old.packages


def test_a_locked_alternative_is_preferred_to_what_apt_would_choose() -> None:
    index = _index(first="1", second="1", tool="1 Depends: first | second")
    old = _locked(index, "second")
    assert "first" not in extend_suite(index, old, ["tool"]).packages


def test_a_locked_package_that_provides_a_name_is_enough() -> None:
    index = _index(exim="1 Provides: mta", postfix="1 Provides: mta", tool="1 Depends: mta")
    old = _locked(index, "postfix")
    new = extend_suite(index, old, ["tool"])
    assert "exim" not in new.packages
    assert new.packages["tool"].depends == ("postfix",)


def test_a_pin_moves_if_the_new_package_needs_another_version(
    caplog: pytest.LogCaptureFixture,
) -> None:
    index = _index(web="1", db="1", tool="2 Depends: db (= 2)")
    old = _locked(index, "web", "db")
    for name in ("web", "db"):
        _set(index, name, "2")
    new = extend_suite(index, old, ["tool"])
    assert _versions(new) == {"db": "2", "tool": "2", "web": "1"}
    assert caplog.messages == ["moved: db 1 -> 2, because tool depends on db (= 2)"]


def test_those_that_depend_on_a_moved_package_move_too(caplog: pytest.LogCaptureFixture) -> None:
    index = _index(
        server="1 Depends: common (= 1)", common="1", far="1 Depends: server", other="1", plugin="2"
    )
    old = _locked(index, "far", "other")
    _set(index, "server", "2 Depends: common (= 2), fresh")
    _set(index, "common", "2")
    _set(index, "fresh", "1")
    _set(index, "plugin", "2 Depends: common (= 2)")
    new = extend_suite(index, old, ["plugin"])
    assert _versions(new) == {
        "common": "2",
        "far": "1",
        "fresh": "1",
        "other": "1",
        "plugin": "2",
        "server": "2",
    }
    assert caplog.messages == [
        "moved: common 1 -> 2, because plugin depends on common (= 2)",
        "moved: server 1 -> 2, because it depends on common, which moved",
    ]


def test_a_package_that_still_fits_a_moved_one_stays() -> None:
    index = _index(web="1 Depends: libc (>= 1)", libc="1", tool="1 Depends: libc (>= 2)")
    old = _locked(index, "web")
    _set(index, "libc", "2")
    assert _versions(extend_suite(index, old, ["tool"])) == {"libc": "2", "tool": "1", "web": "1"}


def test_a_package_that_has_gone_and_depends_on_a_moved_one_is_told() -> None:
    index = _index(web="1 Depends: libc", libc="1", tool="1 Depends: libc (>= 2)")
    old = _locked(index, "web")
    _set(index, "libc", "2")
    del index.stanzas["web"]
    with pytest.raises(PackageUnresolvable, match=r"the locked web 1 depends on libc, and is no"):
        extend_suite(index, old, ["tool"])


def test_an_unknown_package_is_told() -> None:
    with pytest.raises(PackageUnknown, match="suite 'trixie' has no package 'tol'"):
        extend_suite(_index(tool="1"), LockedSuite(roots=(), alone=(), packages={}), ["tol"])


def test_a_package_can_be_added_to_a_suite_that_is_new(
    trixie: FakeIndex, server: MirrorServer
) -> None:
    suite = LockedSuite(roots=("busybox-static",), alone=(), packages={})
    busybox = LockedBusybox(suite="trixie", package="busybox-static", nar_hash="none")
    lock = Lock(busybox=busybox, suites={"trixie": suite})
    lock = refresh_suites(lock, ["trixie"], server.address, open_index=trixie.open)
    index = FakeIndex("sid")
    index.add(package_stanza("ruff", "1", b"x"))
    new = add_packages(lock, "sid", ["ruff"], server.address, open_index=index.open)
    assert new.suites["trixie"] == lock.suites["trixie"]
    assert _versions(new.suites["sid"]) == {"ruff": "1"}
    assert new.busybox == lock.busybox


def test_a_package_is_added_alone_and_no_pin_moves() -> None:
    index = _index(
        libc="1",
        module="2 Depends: libc (>= 2), missing",
        linux_image_amd64="6 Depends: linux-image-6-amd64, initramfs-tools",
        linux_image_6_amd64="6 Depends: kmod",
    )
    old = _locked(index, "libc")
    new = extend_suite_alone(index, old, ["linux-image-amd64", "module", "libc"])
    assert (new.roots, new.alone) == (("libc",), ("linux-image-amd64", "module"))
    assert _versions(new) == {
        "libc": "1",
        "linux-image-6-amd64": "6",
        "linux-image-amd64": "6",
        "module": "2",
    }
    assert new.packages["module"].depends == ()
    assert extend_suite_alone(index, new, ["module"]) == new
    with pytest.raises(PackageUnknown):
        extend_suite_alone(index, old, ["modul"])
