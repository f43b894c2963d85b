"""Small Debian packages, made without any tool of Debian."""

from __future__ import annotations

import io
import lzma
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Deb:
    """A package file."""

    name: str
    version: str
    content: bytes


def _tar(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size = len(content)
            member.mode = 0o755
            archive.addfile(member, io.BytesIO(content))
    return lzma.compress(buffer.getvalue())


def _member(name: str, content: bytes) -> bytes:
    header = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n"
    return header.encode() + content + b"\n" * (len(content) % 2)


def small_deb(
    name: str, version: str, files: Mapping[str, bytes] | None = None, more: str = ""
) -> Deb:
    """Make a package; `more` are further lines of its control file."""
    control = f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: nobody\n{more}"
    members = [
        ("debian-binary", b"2.0\n"),
        ("control.tar.xz", _tar({"control": f"{control}Description: {name}\n".encode()})),
        ("data.tar.xz", _tar(files or {f"usr/share/{name}": name.encode()})),
    ]
    content = b"!<arch>\n" + b"".join(_member(*member) for member in members)
    return Deb(name=name, version=version, content=content)


def busybox_deb(program: bytes) -> Deb:
    """Make the package of a busybox."""
    return small_deb("busybox-static", "1.37", {"usr/bin/busybox": program})
