"""Busybox out of its package, and the hash of its folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_deb import busybox_deb, small_deb

from debian_archive.busybox import busybox_nar_hash, read_busybox, write_busybox


def test_the_program_is_taken_out(tmp_path: Path) -> None:
    deb = tmp_path / "busybox.deb"
    deb.write_bytes(busybox_deb(b"#!busybox").content)
    assert read_busybox(deb) == b"#!busybox"
    folder = write_busybox(deb, tmp_path)
    assert folder == tmp_path / "busybox"
    assert (folder / "bin" / "busybox").stat().st_mode & 0o777 == 0o755
    assert [path.name for path in folder.rglob("*")] == ["bin", "busybox"]


def test_the_hash_is_the_one_nix_gives() -> None:
    # Printed by `nix hash path` for a folder with an executable bin/busybox holding these bytes.
    assert busybox_nar_hash(b"hello\n") == "sha256-YaiNR7zZWqpUQ6WSZpIC3yEdFdULXifUiz1qwoLJ3TA="


def test_another_package_has_no_busybox(tmp_path: Path) -> None:
    deb = tmp_path / "other.deb"
    deb.write_bytes(small_deb("other", "1").content)
    with pytest.raises(ValueError, match="it has no bin/busybox and no usr/bin/busybox"):
        read_busybox(deb)


def test_what_is_no_package_is_told(tmp_path: Path) -> None:
    deb = tmp_path / "page.deb"
    deb.write_bytes(b"<html>please log in</html>")
    with pytest.raises(ValueError, match=r"not a Debian package with a data\.tar\.xz"):
        read_busybox(deb)


def test_a_damaged_package_is_told(tmp_path: Path) -> None:
    deb = tmp_path / "damaged.deb"
    content = busybox_deb(b"x" * 1000).content
    deb.write_bytes(content[:-80] + bytes(80))
    with pytest.raises(ValueError, match=r"Corrupt|end-of-stream"):
        read_busybox(deb)
