"""Take a file out of a Debian package."""

from __future__ import annotations

import io
import lzma
import re
import tarfile
from pathlib import Path

_MAGIC = b"!<arch>\n"
_HEADER_BYTES = 60


def _data_archive(deb: bytes) -> bytes:
    """Return the xz-compressed member of the package that holds its files."""
    position = len(_MAGIC)
    while deb.startswith(_MAGIC) and position + _HEADER_BYTES <= len(deb):
        header = deb[position : position + _HEADER_BYTES]
        size = int(header[48:58])
        position += _HEADER_BYTES
        if header[:16].strip().rstrip(b"/") == b"data.tar.xz":
            return deb[position : position + size]
        position += size + size % 2
    raise ValueError("it is not a Debian package with a data.tar.xz")


def read_member(deb: Path, *names: str) -> bytes:
    """Return the content of the first of `names` (like `bin/busybox`) that the package has.

    Raises `ValueError` when there is none, or when `deb` is not a package.
    """
    files = _read(deb, "|".join(map(re.escape, names)))
    for name in names:
        if name in files:
            return files[name]
    raise ValueError(f"it has no {' and no '.join(names)}")


def read_matching(deb: Path, pattern: str) -> tuple[str, bytes]:
    """Return the name, without its folders, and the content of the file that a pattern matches.

    Raises `ValueError` when there is none, or when `deb` is not a package.
    """
    for name, content in sorted(_read(deb, pattern).items()):
        return name.rpartition("/")[2], content
    raise ValueError(f"it has no {pattern}")


def _read(deb: Path, pattern: str) -> dict[str, bytes]:
    """Return the files of a package whose whole name a pattern matches."""
    found = {}
    try:
        archive = lzma.decompress(_data_archive(deb.read_bytes()))
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            for member in files:
                name = member.name.removeprefix("./")
                content = files.extractfile(member) if re.fullmatch(pattern, name) else None
                if content is not None:
                    found[name] = content.read()
    except (lzma.LZMAError, tarfile.TarError) as error:
        raise ValueError(str(error)) from error
    return found
