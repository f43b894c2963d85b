"""Words of a machine: copying files in and out."""

import os
import shlex
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Concatenate, ParamSpec

from ..deadline import Deadline
from ..errors import CopyRefused
from ..guest.command import CommandRunner
from ..guest.files import COPY_SECONDS, TAR_CHANGED_STATUS, receive, send
from .archive import pack_tree, unpack_tree
from .commands import run_command

if TYPE_CHECKING:
    from ..machine import Machine

P = ParamSpec("P")


def copy_from_host(machine: "Machine", source: str, target: str) -> None:
    """Copy a file or a tree from the host into the machine, owned by root, with its modes.

    Folders on the way to `target` are made. As with `cp -r`, the copy lands inside `target` if
    that is a folder. Raises CopyRefused if there is no such file.

    >>> machine.copy_from_host("/etc/hostname", "/root/hostname-of-the-host")
    """
    path = Path(source)
    if not path.exists():
        raise CopyRefused(machine.name, f"cannot copy {source} from the host: it does not exist")
    path = path.absolute()
    with machine.nested(f"copying {source} from the host to {target}"):
        parent = shlex.quote(str(PurePosixPath(target).parent))
        # Beside the target, so that there is room for it where there is room for the target.
        folder = _ask(
            machine, f"mkdir -p -- {parent}; mktemp -d -- {parent}/.copy-XXXXXXXX"
        ).rstrip("\n")
        try:
            copy = f"{folder}/{path.name}"
            if path.is_dir():
                with tempfile.TemporaryFile() as archive:
                    pack_tree(machine.name, path, archive)
                    archive.seek(0)
                    unpack = f"tar -C {shlex.quote(folder)} -xf -"
                    _transfer(machine, send, archive, unpack, f"{folder}/.tar")
            else:
                with path.open("rb") as file:
                    write = f"cat >{shlex.quote(copy)}"
                    _transfer(machine, send, file, write, f"{folder}/.file")
                    mode = os.fstat(file.fileno()).st_mode & 0o777
                _ask(machine, f"chmod {mode:o} {shlex.quote(copy)}")
            _ask(
                machine,
                f"cp -r --preserve=mode,timestamps -- {shlex.quote(copy)} {shlex.quote(target)}",
            )
        finally:
            _ask(machine, f"rm -rf -- {shlex.quote(folder)}")


def copy_from_machine(machine: "Machine", source: str, target_dir: str = "") -> None:
    """Copy a file or a tree from the machine into the output folder, or a folder inside it.

    Raises CopyRefused if there is no such file, if the copy would lie outside the output folder,
    or if another machine has already put a file there.

    >>> machine.copy_from_machine("/var/log/nginx", "logs")
    """
    output = machine.session.output
    name = PurePosixPath(source).name
    place = output.place(machine.name, target_dir, name)
    with machine.nested(f"copying {source} to {place}"):
        quoted = shlex.quote(source)
        kind = _ask(
            machine,
            f"if [ -d {quoted} ]; then echo folder; elif [ -f {quoted} ]; then "
            f"stat -L -c %a -- {quoted}; else echo nothing; fi",
        ).strip()
        if kind == "nothing":
            raise CopyRefused(
                machine.name, f"cannot copy {source}: there is no file or folder of this name"
            )
        with tempfile.TemporaryFile() as received:
            if kind == "folder":
                pack = f"tar -C {quoted} -cf - ."
                _receive(machine, pack, received, TAR_CHANGED_STATUS)
                received.seek(0)
                place.mkdir(parents=True, exist_ok=True)
                unpack_tree(
                    machine.name,
                    received,
                    place,
                    lambda path: output.claim(machine.name, path),
                    lambda why: machine.lines.warning("not copied: %s", why),
                )
            else:
                output.claim(machine.name, place)
                _receive(machine, f"cat -- {quoted}", received)
                received.seek(0)
                _write(place, received, int(kind, 8))


def _write(place: Path, source: IO[bytes], mode: int) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    # A link that lies there would lead the writing elsewhere.
    place.unlink(missing_ok=True)
    with place.open("xb") as file:
        while piece := source.read(1024 * 1024):
            file.write(piece)
    place.chmod(mode | 0o600)


def _receive(machine: "Machine", command: str, sink: IO[bytes], allowed: int = 0) -> None:
    """Copy what a command writes, which may be much, by way of a file in the guest if need be."""
    spool = _ask(machine, "mktemp -p /var/tmp || mktemp -p /tmp").strip()
    try:
        _transfer(machine, receive, command, spool, sink, allowed)
    finally:
        _ask(machine, f"rm -f -- {shlex.quote(spool)}")


def _ask(machine: "Machine", command: str) -> str:
    """Run a command that only fails if the copy cannot be made, and return its output."""
    result = run_command(machine, command, COPY_SECONDS, quiet=True)
    if result.status != 0:
        raise CopyRefused(
            machine.name,
            f"cannot copy: `{command}` failed ({result.describe()}): {result.stderr.strip()}",
        )
    return result.stdout_bytes.decode(errors="surrogateescape")


def _transfer(
    machine: "Machine",
    copy: Callable[Concatenate[CommandRunner, P], Coroutine[Any, Any, None]],
    *arguments: P.args,
    **options: P.kwargs,
) -> None:
    qemu = machine.connected()
    work = copy(qemu.commands, *arguments, **options)
    machine.in_loop(qemu.lifeline.hold(work, Deadline.after(None)))
