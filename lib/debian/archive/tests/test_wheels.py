"""Locking wheels with a real pip, from a real small index."""

from __future__ import annotations

import dataclasses
import sys

import pytest
from fake_index import FakeIndex, package_stanza
from mirror_server import MirrorServer
from small_deb import Deb, small_deb
from small_wheel import PackageIndex, small_wheel

from debian_archive.errors import FileGone, PackageUnknown, RequirementMalformed, WheelsUnresolvable
from debian_archive.lock import Lock, LockedBusybox, LockedSuite
from debian_archive.refresh import add_packages, lock_changes, refresh_suites
from debian_archive.wheels import add_wheels, refresh_wheels


class Locker:
    """A lock, its mirror, and an index of wheels."""

    def __init__(self, server: MirrorServer, suite: FakeIndex, index: PackageIndex) -> None:
        self.server = server
        self.suite = suite
        self.index = index
        roots = ("busybox-static", "python3")
        self.lock = Lock(
            busybox=LockedBusybox(suite="trixie", package="busybox-static", nar_hash="none"),
            suites={"trixie": LockedSuite(roots=roots, alone=(), packages={})},
        )
        self.lock = refresh_suites(self.lock, ["trixie"], server.address, open_index=suite.open)

    def add(self, *requirements: str) -> list[str]:
        old = self.lock
        self.lock = add_wheels(old, requirements, self.server.address, open_index=self.suite.open)
        return [line for line in lock_changes(old, self.lock) if not line.startswith("trixie")]

    def versions(self) -> dict[str, str]:
        return {name: wheel.version for name, wheel in self.lock.pypi.wheels.items()}


@pytest.fixture
def locker(server: MirrorServer, trixie: FakeIndex, pypi: PackageIndex, pip_deb: Deb) -> Locker:
    for deb in (pip_deb, small_deb("python3", "3.13.5-1")):
        trixie.add(package_stanza(deb.name, deb.version, deb.content))
        server.files[trixie.path(deb.name)] = deb.content
    pypi.add(small_wheel("stamina", "25.1", ["tenacity>=8"]))
    pypi.add(small_wheel("tenacity", "9.0"))
    return Locker(server, trixie, pypi)


def test_a_wheel_is_locked_with_what_it_depends_on_and_with_pip(locker: Locker) -> None:
    assert locker.add("Stamina") == [
        "pypi: 2 changed",
        "  + stamina 25.1",
        "  + tenacity 9.0",
        "  + python3-pip-whl 25.1",
    ]
    assert locker.lock.pypi.roots == ("Stamina",)
    assert locker.lock.pypi.wheels["stamina"].depends == ("tenacity",)
    assert locker.lock.pypi.wheels["tenacity"].depends == ()
    assert locker.lock.suites["trixie"].alone == ("python3-pip-whl",)
    # The wheels stay when packages are locked.
    refreshed = refresh_suites(
        locker.lock, ["trixie"], locker.server.address, open_index=locker.suite.open
    )
    more = add_packages(
        refreshed, "trixie", ["nginx"], locker.server.address, open_index=locker.suite.open
    )
    assert more.pypi == refreshed.pypi == locker.lock.pypi


def test_what_is_locked_stays_until_it_is_refreshed(locker: Locker) -> None:
    locker.add("stamina")
    locker.index.add(small_wheel("tenacity", "9.1"))
    # Other bytes in the place of a file that is locked: `fetch` refuses them.
    changed = small_wheel("stamina", "25.1", ["tenacity>=7"])
    locker.server.files[f"files/{changed.file}"] = changed.content
    locker.index.remove("stamina")
    locker.index.add(changed)
    locker.index.add(small_wheel("stamina", "25.2", ["tenacity>=8"]))
    locker.index.add(small_wheel("other", "1", ["tenacity"]))
    before = locker.lock.pypi.wheels
    assert locker.add("other", "stamina") == ["pypi: 1 changed", "  + other 1"]
    assert {**locker.lock.pypi.wheels, **before} == locker.lock.pypi.wheels
    locker.lock = refresh_wheels(locker.lock, locker.server.address)
    assert locker.versions() == {"other": "1", "stamina": "25.2", "tenacity": "9.1"}


def test_what_does_not_fit_moves(locker: Locker) -> None:
    locker.add("stamina")
    locker.index.add(small_wheel("tenacity", "9.1"))
    locker.index.add(small_wheel("other", "1", ["tenacity>=9.1"]))
    assert locker.add("other") == ["pypi: 2 changed", "  + other 1", "    tenacity 9.0 -> 9.1"]


def test_a_version_that_was_asked_for_is_kept(locker: Locker) -> None:
    locker.index.add(small_wheel("tenacity", "8.5"))
    locker.index.add(small_wheel("tenacity", "8.6"))
    locker.add("stamina", "tenacity==8.5")
    assert locker.lock.pypi.roots == ("stamina", "tenacity==8.5")
    locker.add("tenacity")
    locker.lock = refresh_wheels(locker.lock, locker.server.address)
    assert locker.versions() == {"stamina": "25.1", "tenacity": "8.5"}
    # Asked for in another version, the newer wish counts.
    assert locker.add("Tenacity<9") == ["pypi: 1 changed", "    tenacity 8.5 -> 8.6"]
    assert locker.lock.pypi.roots == ("Tenacity<9", "stamina")


def test_a_condition_is_that_of_the_python_of_tests(locker: Locker) -> None:
    # It holds for no Python that runs this, or for this one alone: pip by itself would be wrong.
    this = f"{sys.version_info.major}.{sys.version_info.minor}"
    locker.lock = _with_python(locker, "3.99.1-1")
    locker.index.add(
        small_wheel(
            "conditions",
            "1",
            ['other>=1; python_version == "3.99"', f'stamina; python_version == "{this}"'],
        )
    )
    locker.index.add(small_wheel("other", "1"))
    locker.add("conditions")
    assert locker.versions() == {"conditions": "1", "other": "1"}
    assert locker.lock.pypi.wheels["conditions"].depends == ("other",)


def test_nothing_that_meets_a_condition_is_told(locker: Locker) -> None:
    locker.lock = _with_python(locker, "3.99.1-1")
    locker.index.add(small_wheel("conditions", "1", ['tenacity>=10; python_version == "3.99"']))
    with pytest.raises(
        WheelsUnresolvable, match=r"pip finds no wheels for conditions, tenacity>=1"
    ):
        locker.add("conditions")


def _with_python(locker: Locker, version: str) -> Lock:
    suite = locker.lock.suites["trixie"]
    python = dataclasses.replace(suite.packages["python3"], version=version)
    packages = {**suite.packages, "python3": python}
    return dataclasses.replace(
        locker.lock, suites={"trixie": dataclasses.replace(suite, packages=packages)}
    )


def test_what_cannot_be_locked_leaves_the_lock(locker: Locker) -> None:
    locker.add("stamina")
    before = locker.lock
    with pytest.raises(
        WheelsUnresolvable, match=r"(?s)^pip finds no wheels for nothing, stamina:\n.*ERROR"
    ):
        locker.add("nothing")
    with pytest.raises(RequirementMalformed, match=r"'\./stamina' is not a requirement"):
        locker.add("./stamina")
    assert locker.lock == before


def test_without_wheels_there_is_nothing_to_refresh(locker: Locker) -> None:
    locker.server.requests.clear()
    assert refresh_wheels(locker.lock, locker.server.address) == locker.lock
    assert locker.server.requests == []


def test_a_pip_that_the_archive_no_longer_has_is_told(locker: Locker) -> None:
    locker.add("stamina")
    path = locker.suite.path("python3-pip-whl")
    del locker.server.files[path]
    with pytest.raises(FileGone, match=rf"the archive no longer has http://.*/{path}"):
        locker.add("tenacity")


def test_a_lock_without_python_is_told(locker: Locker) -> None:
    locker.lock = dataclasses.replace(
        locker.lock, suites={"trixie": LockedSuite(roots=(), alone=(), packages={})}
    )
    locker.lock = add_packages(
        locker.lock,
        "trixie",
        ["busybox-static"],
        locker.server.address,
        open_index=locker.suite.open,
    )
    with pytest.raises(PackageUnknown, match="suite 'trixie' has no package 'python3'"):
        locker.add("stamina")
