"""Downloads: what arrives is what is locked, or nothing stays."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from mirror_server import MirrorServer

from debian_archive.download import Downloader
from debian_archive.errors import DiskFull, FileDiffers, FileGone, MirrorUnreachable
from debian_archive.lock import LockedPackage

CONTENT = b"a package" * 50_000
PATH = "pool/main/p/package_1.0~rc1+x_all.deb"


def _package(content: bytes = CONTENT, size: int | None = None) -> LockedPackage:
    return LockedPackage(
        version="1.0",
        path=PATH,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content) if size is None else size,
        depends=(),
    )


@pytest.fixture
def downloader(server: MirrorServer, monkeypatch: pytest.MonkeyPatch) -> Downloader:
    monkeypatch.setattr("debian_archive.download._PAUSE_SECONDS", 0.01)
    server.files[PATH] = CONTENT
    return Downloader(server.address, proxies={})


def test_a_file_arrives_and_its_bytes_are_counted(
    downloader: Downloader, server: MirrorServer, tmp_path: Path
) -> None:
    counts: list[int] = []
    downloader.fetch(_package(), tmp_path / "file", counts.append)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert sum(counts) == len(CONTENT)
    assert server.agents == {"rehearse-debian"}


def test_a_file_that_is_gone_is_not_asked_for_again(
    downloader: Downloader, server: MirrorServer, tmp_path: Path
) -> None:
    for status in (404, 410):
        server.status[PATH] = [status]
        with pytest.raises(FileGone, match=r"the archive no longer has http://.*/package"):
            downloader.fetch(_package(), tmp_path / "file")
    assert len(server.requests) == 2
    assert list(tmp_path.iterdir()) == []


def test_other_content_is_told_and_not_kept(downloader: Downloader, tmp_path: Path) -> None:
    other = b"A" + CONTENT[1:]
    expected, got = hashlib.sha256(other).hexdigest(), hashlib.sha256(CONTENT).hexdigest()
    with pytest.raises(FileDiffers) as caught:
        downloader.fetch(_package(other), tmp_path / "file")
    assert f"{PATH} is not the file that is locked: sha256 expected {expected}, got {got}. " in str(
        caught.value
    )
    assert "The file was not kept; try another mirror" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_too_long_is_told(downloader: Downloader, tmp_path: Path) -> None:
    with pytest.raises(FileDiffers, match="size expected 10, got more than 10"):
        downloader.fetch(_package(size=10), tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_a_broken_transfer_is_tried_again(
    downloader: Downloader, server: MirrorServer, tmp_path: Path
) -> None:
    server.cut[PATH] = 200_000
    counts: list[int] = []
    downloader.fetch(_package(), tmp_path / "file", counts.append)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert sum(counts) == len(CONTENT)
    assert len(server.requests) == 2


def test_a_busy_server_is_tried_again(
    downloader: Downloader, server: MirrorServer, tmp_path: Path
) -> None:
    server.status[PATH] = [503, 503]
    downloader.fetch(_package(), tmp_path / "file")
    assert len(server.requests) == 3


def test_a_server_that_stays_busy_is_told(
    downloader: Downloader, server: MirrorServer, tmp_path: Path
) -> None:
    server.status[PATH] = [503] * 3
    with pytest.raises(MirrorUnreachable, match="the server answered 503 Service Unavailable"):
        downloader.fetch(_package(), tmp_path / "file")


def test_a_file_that_always_ends_early_is_told(downloader: Downloader, tmp_path: Path) -> None:
    package = _package(size=len(CONTENT) + 1)
    with pytest.raises(MirrorUnreachable, match="it ended after 450000 of 450001 bytes"):
        downloader.fetch(package, tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_a_mirror_that_does_not_answer_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("debian_archive.download._PAUSE_SECONDS", 0.01)
    downloader = Downloader("http://127.0.0.1:1/debian", proxies={})
    with pytest.raises(
        MirrorUnreachable,
        match=r"cannot download http://127\.0\.0\.1:1/debian/pool.*Connection refused\. "
        "Another mirror can be given with --mirror URL or REHEARSE_DEBIAN_MIRROR=URL",
    ):
        downloader.fetch(_package(), tmp_path / "file")


def test_a_full_disk_is_told_and_nothing_stays(downloader: Downloader, tmp_path: Path) -> None:
    # Whatever is written to this device meets a full disk.
    (tmp_path / "file").symlink_to("/dev/full")
    with pytest.raises(DiskFull, match=f"no space is left on the disk that holds {tmp_path}; "):
        downloader.fetch(_package(), tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_can_be_a_mirror(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    file = mirror / PATH
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    downloader = Downloader(f"file:{mirror}", proxies={})
    downloader.fetch(_package(), tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    file.unlink()
    with pytest.raises(FileGone):
        downloader.fetch(_package(), tmp_path / "file")


def test_a_stopped_download_ends(downloader: Downloader, tmp_path: Path) -> None:
    downloader.stop()
    with pytest.raises(MirrorUnreachable, match="it was stopped"):
        downloader.fetch(_package(), tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_a_proxy_is_used(server: MirrorServer, tmp_path: Path) -> None:
    server.files[PATH] = CONTENT
    proxy = server.address.removesuffix("/debian")
    downloader = Downloader("http://mirror.invalid/debian", proxies={"http": proxy})
    downloader.fetch(_package(), tmp_path / "file")
    assert server.requests == [f"http://mirror.invalid/debian/{PATH}"]
