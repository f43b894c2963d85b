"""Methods of a machine: copying files in and out."""

import contextlib
import os
import re
import shlex
import stat
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, Concatenate, ParamSpec, TypeVar

from ..deadline import NEVER
from ..errors import CopyRefused, HostError
from ..guest.command import CommandRunner
from ..guest.files import COPY_SECONDS, TAR_CHANGED_STATUS, receive, send
from ..guest.tar_stream import TarStream, is_sparse, special_kind
from ..run.timings import Phase
from .archive import OWNER_OF_FILE, PERMISSIONS, unpack_tree
from .commands import run_command
from .core import MachineCore
from .method import method

P = ParamSpec("P")
T = TypeVar("T")

# $1 is the target, $2 the name of what is copied. Makes a folder to copy to: it lies where the copy
# will, so that there is room for it and it need not be copied again. Tells it, and the target.
STAGE = r"""
if [ -d "$1" ]; then target=$1/$2 parent=$1; else target=$1 parent=$(dirname -- "$1"); fi
mkdir -p -- "$parent" || exit
if [ -L "$target" ] && [ -f "$target" ]; then
  target=$(readlink -f -- "$target") && parent=$(dirname -- "$target") || exit
fi
mktemp -d -- "$parent/.copy-XXXXXXXX" && printf '%s' "$target"
"""
# $1 is the copy, $2 the target. What is there already, such as a mount, may not be replaced.
INSTALL = r"""
if [ -d "$1" ] && [ -d "$2" ]; then
  cp -rlfT --preserve=mode,timestamps -- "$1" "$2" 2>/dev/null ||
    cp -rfT --preserve=mode,timestamps --sparse=always -- "$1" "$2"
else
  mv -fT -- "$1" "$2" 2>/dev/null || cp -rfT --preserve=mode,timestamps --sparse=always -- "$1" "$2"
fi
"""
# $1 is a path of the guest. Tells what is there.
LOOK = r"""
if [ -d "$1" ]; then echo folder
elif [ -f "$1" ]; then stat -L -c 'file %a %Y %s %b %B' -- "$1"
elif [ -e "$1" ]; then stat -L -c 'special %F' -- "$1"
elif [ -L "$1" ]; then echo 'special link to nothing'
else echo nothing; fi
"""
_SOCKET = re.compile(r"^(?:\S*/)?tar: (.*): socket ignored$")  # it says how it was called


class FileMethods(MachineCore):
    """Methods of a machine: copying files."""

    @method(phase=Phase.TRANSFER)
    def copy_from_host(self, source: str, target: str) -> None:
        """Copy a file or a tree from the host into the machine.

        Folders on the way to `target` are made. As with `cp -r`, the copy lands inside `target` if
        that is a folder. It belongs to root, and keeps modes (setuid and sticky among them), times,
        holes, and hard links within the tree. What symbolic links point to is copied. FIFOs,
        sockets and devices are left out, and named in the log. Owners, extended attributes and ACLs
        are not copied. Room is needed once; without success, nothing of the copy is left in the
        machine.

        Raises CopyRefused if there is no such file, if a link leads to nothing or back to where it
        lies, or if the copy has no room in the machine.

        >>> machine.copy_from_host("/etc/hosts", "/root/hosts-of-the-host")
        """
        path = Path(source)
        try:
            status = path.stat()
        except FileNotFoundError as error:
            reason = "it does not exist" if not path.is_symlink() else f"it is a link to {error}"
            raise CopyRefused(
                self.name, f"cannot copy {_shown(source)} from the host: {reason}"
            ) from error
        except OSError as error:
            raise CopyRefused(
                self.name, f"cannot copy {_shown(source)} from the host: {error}"
            ) from error
        if kind := special_kind(status.st_mode):
            raise CopyRefused(
                self.name, f"cannot copy {_shown(source)} from the host: it is a {kind}"
            )
        path = path.absolute()
        with self.nested(f"copying {_shown(source)} from the host to {_shown(target)}"):
            with _staged(self, target, path.name) as (folder, final):
                copy = _quoted(f"{folder}/copy")
                if path.is_dir() or is_sparse(status):
                    archive = TarStream(self.name, path, "copy", _leave_out(self))
                    unpack = f"tar -C {_quoted(folder)} --warning=no-unknown-keyword -xpf -"
                    _transfer(self, send, archive, archive.size, unpack, f"{folder}/.tar")
                else:
                    with path.open("rb") as file:
                        size = os.fstat(file.fileno()).st_size
                        _transfer(self, send, file, size, f"cat >{copy}", f"{folder}/.file")
                    mode, changed = stat.S_IMODE(status.st_mode), int(status.st_mtime)
                    _ask(self, "chmod", f"chmod {mode:o} {copy} && touch -d @{changed} {copy}")
                _ask(
                    self,
                    f"putting it at {_shown(final)}",
                    f"set -- {copy} {_quoted(final)}\n{INSTALL}",
                )

    # It was a work-around for large files; copy_from_host has no need of one.
    copy_from_host_via_shell = copy_from_host

    @method(phase=Phase.TRANSFER)
    def copy_from_machine(self, source: str, target_dir: str = "") -> None:
        """Copy a file or a tree from the machine into the output folder, or a folder inside it.

        The copy keeps modes (but for setuid, setgid and sticky), times, holes, and hard links
        within the tree. Symbolic links stay links; those that lead out of the copy are left out, as
        are FIFOs, sockets and devices, and named in the log. A link as `source` itself is followed.
        Owners, extended attributes and ACLs are not copied.

        Raises CopyRefused if there is no such file, or if it is neither a file nor a folder. Raises
        it, too, if the copy would lie outside the output folder, or if another machine has already
        put a file there.

        >>> machine.copy_from_machine("/var/log/nginx", "logs")
        """
        output = self.context.output
        place = output.place(self.name, target_dir, PurePosixPath(source).name)
        with self.nested(f"copying {_shown(source)} to {_shown(str(place))}"):
            quoted = _quoted(source)
            kind, _, rest = (
                _ask(self, f"looking at {_shown(source)}", f"set -- {quoted}\n{LOOK}")
                .strip()
                .partition(" ")
            )
            match kind:
                case "folder":
                    with _on_the_host(self, place):
                        place.mkdir(parents=True, exist_ok=True)
                    _receive_tree(self, f"tar -C {quoted} --sparse -cf - .", place)
                case "file":
                    output.claim(self.name, place)
                    mode, *numbers = rest.split()
                    _receive_file(self, source, place, int(mode, 8), [*map(int, numbers)])
                case "special":
                    raise CopyRefused(self.name, f"cannot copy {_shown(source)}: it is a {rest}")
                case _:
                    raise CopyRefused(
                        self.name,
                        f"cannot copy {_shown(source)}: there is no file or folder of this name",
                    )


def _receive_file(
    machine: MachineCore, source: str, place: Path, mode: int, numbers: list[int]
) -> None:
    """Receive a file beside its place, where it is put when it is whole."""
    changed, size, blocks, block_size = numbers
    with _on_the_host(machine, place):
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".copy-", dir=place.parent) as folder:
            copy = Path(folder, place.name)
            if blocks * block_size < size:
                above, name = os.path.split(source)
                options = "--sparse --dereference -cf -"
                pack = f"tar -C {_quoted(above or '.')} {options} -- {_quoted(name)}"
                _receive_tree(machine, pack, Path(folder), claims=False)
            else:
                with copy.open("wb") as file:
                    _receive(machine, f"cat -- {_quoted(source)}", file)
            copy.chmod(mode & PERMISSIONS | OWNER_OF_FILE)
            os.utime(copy, (changed, changed))
            copy.replace(place)


def _receive_tree(machine: MachineCore, pack: str, place: Path, *, claims: bool = True) -> None:
    """Receive what a tar of the guest writes, and unpack it while it comes."""
    output = machine.context.output

    def claim(path: Path) -> None:
        if claims:
            output.claim(machine.name, path)

    read_end, write_end = os.pipe()
    with ThreadPoolExecutor(1) as pool:

        def unpack() -> None:
            with open(read_end, "rb") as archive:
                try:
                    unpack_tree(machine.name, archive, place, claim, _leave_out(machine))
                finally:  # or what still comes is not read
                    while archive.read(1024 * 1024):
                        pass

        unpacking = pool.submit(unpack)
        with open(write_end, "wb") as sink:
            said = _receive(machine, f"LC_ALL=C {pack}", sink, TAR_CHANGED_STATUS)
        unpacking.result()
    for line in said.splitlines():
        if found := _SOCKET.match(line):
            _leave_out(machine)(f"{found[1]}: it is a socket")
        else:
            machine.lines.warning("copying: %s", line)


class _Sink:
    """An open file of the host that may become unwritable: the rest is read and dropped."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write, unless that has failed before."""
        try:
            if self.error is None:
                self._file.write(data)
        except OSError as error:
            self.error = error
        return len(data)


def _receive(machine: MachineCore, command: str, file: IO[bytes], allowed: int = 0) -> str:
    sink = _Sink(file)
    said = _transfer(machine, receive, command, sink, allowed)
    if sink.error is not None:
        raise sink.error
    return said


@contextmanager
def _staged(machine: MachineCore, target: str, name: str) -> Iterator[tuple[str, str]]:
    """Give a folder of the guest for a copy, and where the copy will be. Remove the folder."""
    arguments = f"{_quoted(target)} {_quoted(name)}"
    folder, _, final = _ask(
        machine, f"making room at {_shown(target)}", f"set -- {arguments}\n{STAGE}"
    ).partition("\n")
    try:
        yield folder, final
    except CopyRefused as error:
        if "No space left on device" not in str(error):
            raise
        said = str(error).removeprefix(f"{machine.name}: ")
        room = _ask(machine, "df", f"df -Pk -- {_quoted(folder)} | tail -n 1").strip()
        raise CopyRefused(
            machine.name,
            f"{said}\n  the file system of {_shown(target)} in the machine is full: {room}; "
            "nothing of the copy is left there",
        ) from error
    finally:
        with contextlib.suppress(CopyRefused):
            _ask(machine, "rm", f"rm -rf -- {_quoted(folder)}")


@contextmanager
def _on_the_host(machine: MachineCore, place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise HostError(f"{machine.name}: cannot write {_shown(str(place))}: {error}") from error


def _quoted(name: str) -> str:
    """Quote a name for bash, also one that is no UTF-8."""
    data = os.fsencode(name)
    if data.decode(errors="replace").encode() == data:
        return shlex.quote(name)
    return "$'{}'".format("".join(f"\\{byte:03o}" for byte in data))


def _shown(name: str) -> str:
    return os.fsencode(name).decode(errors="backslashreplace")


def _leave_out(machine: MachineCore) -> Callable[[str], None]:
    def tell(what: str) -> None:
        machine.lines.warning("not copied: %s", _shown(what))

    return tell


def _ask(machine: MachineCore, what: str, command: str) -> str:
    """Run a command that only fails if the copy cannot be made, and return its output."""
    result = run_command(machine, command, COPY_SECONDS, quiet=True)
    if result.status != 0:
        raise CopyRefused(
            machine.name,
            f"cannot copy: {what} failed ({result.describe()}): {result.stderr.strip()}",
        )
    return result.stdout_bytes.decode(errors="surrogateescape")


def _transfer(
    machine: MachineCore,
    copy: Callable[Concatenate[CommandRunner, P], Coroutine[Any, Any, T]],
    *arguments: P.args,
    **options: P.kwargs,
) -> T:
    qemu = machine.reach_guest()
    work = copy(qemu.commands, *arguments, **options)
    return machine.in_loop(qemu.liveness.run(work, NEVER))
