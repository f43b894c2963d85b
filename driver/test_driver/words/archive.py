"""Trees of files as tar archives."""

import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from ..errors import CopyRefused


def pack_tree(machine: str, source: Path, archive: IO[bytes]) -> None:
    """Write a tree of the host to an archive, owned by root, with what links point to."""
    try:
        with tarfile.open(fileobj=archive, mode="w", dereference=True) as tar:
            tar.add(source, arcname=source.name, filter=_owned_by_root)
    except OSError as error:
        raise CopyRefused(machine, f"cannot copy {source} from the host: {error}") from error


def unpack_tree(
    machine: str,
    archive: IO[bytes],
    folder: Path,
    claim: Callable[[Path], None],
    leave_out: Callable[[str], None],
) -> None:
    """Write the files of an archive below a folder, and nothing outside of it.

    `claim` is asked about each file and may refuse it. Links that lead outside and devices are left
    out, and reported.
    """
    try:
        with tarfile.open(fileobj=archive, mode="r:") as tar:
            for member in tar:
                _unpack(machine, tar, member, folder, claim, leave_out)
    except (tarfile.TarError, ValueError, KeyError, OverflowError) as error:
        raise CopyRefused(machine, f"what it sent is no archive of files: {error}") from error


def _unpack(
    machine: str,
    tar: tarfile.TarFile,
    member: tarfile.TarInfo,
    folder: Path,
    claim: Callable[[Path], None],
    leave_out: Callable[[str], None],
) -> None:
    try:
        checked = tarfile.data_filter(member, str(folder))
        if not member.isdir():
            claim((folder / checked.name).resolve())
        tar.extract(checked, folder, filter="fully_trusted")  # it was checked above
    except tarfile.FilterError as error:
        leave_out(str(error))
    except OSError as error:
        raise CopyRefused(machine, f"cannot write {member.name}: {error}") from error


def _owned_by_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member
