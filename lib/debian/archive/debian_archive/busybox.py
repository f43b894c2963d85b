"""The busybox that builders start from: a folder with nothing but `bin/busybox`."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from .deb import read_member


def read_busybox(deb: Path) -> bytes:
    """Return the program out of its package. Raises `ValueError`."""
    return read_member(deb, "bin/busybox", "usr/bin/busybox")


def write_busybox(deb: Path, parent: Path) -> Path:
    """Make the folder, which is named `busybox`, in `parent` and return it."""
    folder = parent / "busybox"
    program = folder / "bin" / "busybox"
    program.parent.mkdir(parents=True)
    program.write_bytes(read_busybox(deb))
    program.chmod(0o755)
    return folder


def _text(value: bytes) -> bytes:
    """Write a text as a Nix archive has it: length, text, zeroes up to a multiple of 8."""
    return len(value).to_bytes(8, "little") + value + bytes(-len(value) % 8)


def _folder(name: bytes, node: list[bytes]) -> list[bytes]:
    entry = [b"entry", b"(", b"name", name, b"node", *node, b")"]
    return [b"(", b"type", b"directory", *entry, b")"]


def busybox_nar_hash(program: bytes) -> str:
    """Return the hash Nix gives the folder, like `sha256-...=`."""
    file = [b"(", b"type", b"regular", b"executable", b"", b"contents", program, b")"]
    archive = [b"nix-archive-1", *_folder(b"bin", _folder(b"busybox", file))]
    digest = hashlib.sha256(b"".join(map(_text, archive))).digest()
    return "sha256-" + base64.b64encode(digest).decode()
