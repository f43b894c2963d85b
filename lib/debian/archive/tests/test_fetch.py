"""Fetching: from a flake with a lock to files in the store, whatever became of the archive."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from fake_index import FakeIndex, package_stanza
from mirror_server import MirrorServer

from debian_archive.errors import (
    DiskFull,
    FileDiffers,
    IndexWithoutFiles,
    LockNotHere,
    MirrorUnreachable,
    NixTooOld,
)
from debian_archive.fetch import fetch
from debian_archive.index import Index
from debian_archive.lock import Lock, LockedBusybox, LockedSuite
from debian_archive.lock_file import read_lock, write_lock
from debian_archive.refresh import refresh_suites
from debian_archive.relock import LOCK_PATH

WEB = "checks.web"


class Quiet:
    """Counts what it hears."""

    def __init__(self) -> None:
        self.downloads: list[int] = []
        self.bytes = 0

    def started(self, files: int, size: int) -> None:
        self.downloads.append(files)

    def received(self, size: int) -> None:
        self.bytes += size

    def ended(self) -> None:
        """Nothing more to count."""


def no_index(mirror: str, suite: str) -> AbstractContextManager[Index]:
    raise AssertionError(f"the index of {suite} was read")


class Project:
    """A flake with a lock, a mirror, and a store."""

    def __init__(self, folder: Path, server: MirrorServer, index: FakeIndex, state: Path) -> None:
        self.flake = folder / "flake"
        self.cache = folder / "cache"
        self.server = server
        self.index = index
        self.state = state
        self.listener = Quiet()
        self.lock_file = self.flake / LOCK_PATH
        self.lock_file.parent.mkdir(parents=True)
        empty = Lock(
            busybox=LockedBusybox(suite="trixie", package="busybox-static", nar_hash="none"),
            suites={
                "trixie": LockedSuite(roots=("busybox-static", "nginx"), alone=(), packages={})
            },
        )
        write_lock(
            refresh_suites(empty, ["trixie"], server.address, open_index=index.open),
            self.lock_file,
        )
        self.builds(["@busybox", "nginx", "libc6"])
        server.requests.clear()

    def builds(self, packages: Sequence[str]) -> None:
        self.set(builds={WEB: [["trixie", package] for package in packages]})

    def set(self, **values: object) -> None:
        self.state.write_text(json.dumps({**json.loads(self.state.read_text()), **values}))

    def valid(self) -> list[str]:
        paths: list[str] = json.loads(self.state.read_text())["valid"]
        return paths

    def folder(self, flake: str) -> Path:
        folders = json.loads(self.state.read_text())["folders"]
        return Path(folders[flake.removeprefix("path:")])

    def fetch(self, *, online: bool = True) -> str:
        return fetch(
            str(self.flake),
            [WEB],
            mirror=self.server.address if online else "http://127.0.0.1:1",
            cache=self.cache,
            listener=self.listener,
            open_index=self.index.open if online else no_index,
        )

    def release(self, name: str, version: str, content: bytes, more: str = "") -> None:
        """Replace a package in the archive."""
        self.server.files.pop(self.index.path(name))
        self.index.add(package_stanza(name, version, content, more))
        self.server.files[self.index.path(name)] = content

    def left_over(self) -> list[str]:
        return [path.name for path in self.cache.glob("*") if path.name != "locks"]


@pytest.fixture
def project(
    tmp_path: Path,
    server: MirrorServer,
    trixie: FakeIndex,
    nix_state: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Project:
    monkeypatch.setattr("debian_archive.download._PAUSE_SECONDS", 0.01)
    return Project(tmp_path, server, trixie, nix_state)


def test_what_is_missing_is_fetched_once(project: Project) -> None:
    assert project.fetch() == str(project.flake)
    assert len(project.valid()) == 3
    assert project.listener.downloads == [3]
    sizes = [len(project.server.files[project.index.path(n)]) for n in ("nginx", "libc6")]
    assert project.listener.bytes > sum(sizes)
    assert project.left_over() == []


def test_with_everything_in_the_store_no_network_is_used(project: Project) -> None:
    project.fetch()
    project.server.requests.clear()
    assert project.fetch(online=False) == str(project.flake)
    assert project.server.requests == []


def test_only_what_is_not_in_the_store_is_fetched(project: Project) -> None:
    project.fetch()
    project.server.requests.clear()
    project.builds(["@busybox", "nginx", "dash"])
    project.fetch()
    assert project.server.requests == ["/debian/" + project.index.path("dash")]


def test_a_mirror_that_does_not_answer_leaves_nothing(project: Project) -> None:
    with pytest.raises(MirrorUnreachable, match=r"cannot download http://127\.0\.0\.1:1/pool/main"):
        project.fetch(online=False)
    assert project.valid() == []
    assert project.left_over() == []


def test_a_file_that_differs_is_named_and_does_not_stay(project: Project) -> None:
    path = project.index.path("nginx")
    content = project.server.files[path]
    project.server.files[path] = b"?" * len(content)
    with pytest.raises(FileDiffers, match=rf"/{path} is not the file that is locked: sha256 exp"):
        project.fetch()
    assert not [name for name in project.valid() if "nginx" in name]
    assert project.left_over() == []
    # Mended, it goes on from where it was.
    project.server.files[path] = content
    project.fetch()
    assert [name for name in project.valid() if "nginx" in name]


def test_a_full_store_is_told(project: Project) -> None:
    project.set(full=True)
    with pytest.raises(DiskFull, match="the disk that holds /nix/store; what was half-written is"):
        project.fetch()
    assert project.left_over() == []


def test_a_full_disk_is_told_by_the_folder_that_stays(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Downloads go where every write meets a full disk.
    monkeypatch.setattr(
        "debian_archive.download._create", lambda target: Path("/dev/full").open("wb", buffering=0)
    )
    with pytest.raises(DiskFull, match=f"the disk that holds {project.cache}; what was half"):
        project.fetch()
    assert project.valid() == []
    assert project.left_over() == []


def test_an_old_nix_is_told(project: Project) -> None:
    project.set(version="2.8.0")
    with pytest.raises(NixTooOld, match=r"found 2\.8\.0, needed 2\.18 or newer"):
        project.fetch()


def test_a_busybox_of_another_hash_is_told(project: Project) -> None:
    lock = read_lock(project.lock_file)
    busybox = dataclasses.replace(lock.busybox, nar_hash=f"sha256-{'A' * 43}=")
    write_lock(dataclasses.replace(lock, busybox=busybox), project.lock_file)
    with pytest.raises(FileDiffers, match=r"store path expected /nix/store/.*-busybox, got /nix"):
        project.fetch()


def test_a_package_without_busybox_is_told(project: Project) -> None:
    lock = read_lock(project.lock_file)
    busybox = dataclasses.replace(lock.busybox, package="dash")
    write_lock(dataclasses.replace(lock, busybox=busybox), project.lock_file)
    with pytest.raises(
        FileDiffers, match="content expected a package with bin/busybox, got it has no bin/busybox"
    ):
        project.fetch()


def test_what_is_gone_is_locked_anew_outside_the_checkout(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    before = project.lock_file.read_bytes()
    project.release("nginx", "1.4", b"nginx 1.4", "Depends: libc6\n")
    with caplog.at_level(logging.INFO):
        built_from = project.fetch()
    assert caplog.messages[-1] == (
        "locked anew, because the archive no longer has: nginx 1.3 (now 1.4)"
    )
    assert project.lock_file.read_bytes() == before
    assert built_from.startswith("path:/nix/store/")
    source = project.folder(built_from)
    assert read_lock(source / LOCK_PATH).suites["trixie"].packages["nginx"].version == "1.4"
    assert [name for name in project.valid() if "nginx_1.4" in name]
    assert project.left_over() == []


def test_the_new_lock_is_used_again_without_network(project: Project) -> None:
    project.release("nginx", "1.4", b"nginx 1.4")
    built_from = project.fetch()
    project.server.requests.clear()
    assert project.fetch(online=False) == built_from
    assert project.server.requests == []


def test_a_new_lock_that_goes_stale_is_renewed(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    project.release("nginx", "1.4", b"nginx 1.4")
    first = project.fetch()
    project.release("nginx", "1.5", b"nginx 1.5")
    project.builds(["@busybox", "nginx", "dash"])
    project.set(valid=[name for name in project.valid() if "nginx" not in name])
    assert project.fetch() != first
    assert caplog.messages[-1].endswith("no longer has: nginx 1.4 (now 1.5)")


def test_a_newer_lock_in_the_checkout_is_not_held_back(project: Project) -> None:
    project.release("nginx", "1.4", b"nginx 1.4")
    project.fetch()
    new = refresh_suites(
        read_lock(project.lock_file),
        ["trixie"],
        project.server.address,
        open_index=project.index.open,
    )
    write_lock(new, project.lock_file)
    assert project.fetch() == str(project.flake)


def test_a_damaged_lock_in_the_cache_is_made_anew(project: Project) -> None:
    project.release("nginx", "1.4", b"nginx 1.4")
    built_from = project.fetch()
    (lock,) = (project.cache / "locks").iterdir()
    lock.write_text("{")
    project.set(valid=[])
    assert project.fetch() == built_from


def test_an_index_that_names_files_the_mirror_lacks_is_told(project: Project) -> None:
    path = project.index.path("nginx")
    del project.server.files[path]
    with pytest.raises(
        IndexWithoutFiles,
        match=rf"http://127.* has no {path}, though its index of today names them: .* Try again",
    ):
        project.fetch()


def test_a_flake_without_a_lock_of_its_own_is_told(project: Project, tmp_path: Path) -> None:
    # The lock came with an input of the flake: it is not in its own source.
    user = tmp_path / "user"
    user.mkdir()
    project.set(lock=str(project.lock_file))
    project.release("nginx", "1.4", b"nginx 1.4")
    with pytest.raises(
        LockNotHere,
        match=r"no longer has nginx 1\.3, and flake .*user has no lib/debian/debian\.lock\.json",
    ):
        fetch(
            str(user),
            [WEB],
            mirror=project.server.address,
            cache=project.cache,
            listener=project.listener,
            open_index=no_index,
        )
