"""Cgroups of containers, of version 2: one for each container, below the cgroup of the driver."""

import dataclasses
import errno
import logging
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...deadline import Deadline
from ...errors import HostError
from ...poll import OF_HOST, poll_until
from ...process_state import child_processes
from . import cgroup_end
from .cgroup_end import (
    controllers_of,
    end_cgroups,
    leaf_of,
    processes_in,
    remove_cgroup,
    write_value,
)
from .cgroup_mount import mount_nowhere

logger = logging.getLogger(__name__)

VARIABLE = "CONTAINER_CGROUP"  # names its cgroup to the start script
# What the processor's time is shared out in.
PERIOD_MICROSECONDS = 100_000
FREEZE_SECONDS = 60.0
MEMORY, CPU = "memory", "cpu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchy:
    """Where cgroups of version 2 are, and where version 1 has controllers."""

    base: Path | None  # the cgroup of the driver
    version_1: dict[str, str]
    own: str  # what the kernel calls it; nothing without version 2

    def described(self) -> str:
        """Return what there is of version 1, for people."""
        found = ", ".join(f"{name} at {where}" for name, where in sorted(self.version_1.items()))
        return f"has cgroups of version 1 alone ({found})" if found else "has no cgroups mounted"


def find_hierarchy(process: Path = Path("/proc/self")) -> Hierarchy:
    """Return what the kernel says of the cgroups of this process."""
    mounts = process.joinpath("mountinfo").read_text(errors="replace").splitlines()
    own = ""
    for line in process.joinpath("cgroup").read_text(errors="replace").splitlines():
        if line.startswith("0::"):
            own = line[3:]
    base, version_1 = None, {}
    for line in mounts:
        first, _, last = line.partition(" - ")
        root, where = (_unescaped(field) for field in first.split()[3:5])
        kind, _, options = last.split()[:3]
        if kind == "cgroup":
            for option in set(options.split(",")) - {"rw", "ro", "xattr"}:
                version_1[option] = where
        elif kind == "cgroup2" and base is None and Path(own).is_relative_to(root):
            base = Path(where) / Path(own).relative_to(root)
    return Hierarchy(base=base, version_1=version_1, own=own)


def _unescaped(field: str) -> str:
    """Return a path of mountinfo, which writes blanks as `\\040`."""
    return field.encode("latin-1", "replace").decode("unicode_escape") if "\\" in field else field


class Cgroups:
    """The cgroups of the containers of a test. They end with it, also if the driver is killed."""

    def __init__(self, process: Path = Path("/proc/self")) -> None:
        self._process = process
        self._name = f"rehearse-{os.getpid()}-{secrets.token_hex(3)}"
        self._hierarchy: Hierarchy | None = None
        self._controllers: set[str] = set()
        self._guard: subprocess.Popen[bytes] | None = None
        self._mount: int | None = None  # of the cgroups, where none were mounted

    def of(self, machine: str) -> "Cgroup":
        """Return the cgroup of a container, made if need be. Raises HostError with the reason."""
        folder = self._folder() / machine
        try:
            self._make(folder)
        except OSError as error:
            raise HostError(f"cannot make the cgroup {folder}: {error.strerror}") from error
        return Cgroup(folder, self)

    def close(self) -> None:
        """End all cgroups, and what runs in them."""
        if (guard := self._guard) is not None and (base := self._base) is not None:
            self._guard = None
            guard.kill()
            guard.wait()
            end_cgroups(base, self._name, self._controllers)
        if self._mount is not None:
            os.close(self._mount)
            self._mount = self._hierarchy = None

    def enable(self, controller: str) -> None:
        """Let cgroups of containers have a controller. Raises HostError with what is missing."""
        folder = self._folder()
        base = folder.parent
        found = controllers_of(base / "cgroup.controllers")
        if controller not in found:
            raise HostError(
                f"it needs the controller `{controller}` of cgroups, version 2, and "
                f"{base}/cgroup.controllers has {' '.join(sorted(found)) or 'none'}; "
                f"{self._remedy(controller)}"
            )
        if controller not in controllers_of(base / "cgroup.subtree_control"):
            self._add(base, controller)
        try:
            write_value(folder / "cgroup.subtree_control", f"+{controller}")
        except OSError as error:
            raise HostError(f"{folder}/cgroup.subtree_control: {error.strerror}") from error

    @property
    def _base(self) -> Path | None:
        if self._hierarchy is None:
            self._hierarchy = found = find_hierarchy(self._process)
            if found.base is None and found.own and (mount := self._mount_nowhere()) is not None:
                self._mount = mount
                # Start scripts find it there, too.
                root = Path(f"/proc/{os.getpid()}/fd/{mount}")
                self._hierarchy = dataclasses.replace(found, base=root / found.own.lstrip("/"))
        return self._hierarchy.base

    def _mount_nowhere(self) -> int | None:
        try:
            return mount_nowhere()
        except OSError as error:
            logger.debug("cgroups cannot be mounted: %s", error)
            return None

    def _folder(self) -> Path:
        """Return the cgroup above those of the containers, made when it is first needed."""
        if (base := self._base) is None:
            assert self._hierarchy is not None
            raise HostError(
                f"it needs cgroups of version 2, and this computer {self._hierarchy.described()}; "
                "mount them at /sys/fs/cgroup, or run the test as root"
            )
        folder = base / self._name
        if not folder.is_dir():
            self._controllers = controllers_of(base / "cgroup.subtree_control")
            try:
                self._make(folder)
            except OSError as error:
                raise HostError(
                    f"cannot make a cgroup in {base}: {error.strerror}; run the test as root, or "
                    "with `systemd-run --scope --property=Delegate=yes`"
                ) from error
            self._guard = self._begin_guard(base)
        return folder

    def _make(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)

    def _begin_guard(self, base: Path) -> "subprocess.Popen[bytes] | None":
        """Start what ends the cgroups if the driver is killed."""
        # What was the driver's descriptor is the program's own.
        place = str(base).replace(f"/proc/{os.getpid()}/fd/", "/proc/self/fd/")
        arguments = (str(os.getpid()), place, self._name, *sorted(self._controllers))
        return subprocess.Popen(
            [sys.executable, "-SP", cgroup_end.__file__, *arguments],
            pass_fds=() if self._mount is None else (self._mount,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _remedy(self, controller: str) -> str:
        assert self._hierarchy is not None
        if (where := self._hierarchy.version_1.get(controller)) is not None:
            return (
                f"this computer has it in version 1, at {where}: boot it with "
                "systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=all"
            )
        return "whoever started the driver must pass it on (systemd: Delegate=yes of the unit)"

    def _add(self, base: Path, controller: str) -> None:
        """Pass a controller on to the cgroups below one.

        There may be no processes in that one itself: those of the driver move to a cgroup beside
        those of the containers until the end. The kernel would refuse `memory` with them, but not
        `cpu`, which makes the cgroup the root of threads: no process can be below it then. The root
        of all cgroups, which has no type, is an exception.
        """
        file = base / "cgroup.subtree_control"
        try:
            if (base / "cgroup.type").exists() and processes_in(base):
                self._move_down(base)
                if processes_in(base):
                    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
            write_value(file, f"+{controller}")
        except OSError as error:
            others = ", ".join(map(str, processes_in(base))) or "none"
            raise HostError(
                f"cannot pass the controller `{controller}` on in {file}: {error.strerror} "
                f"(processes in it: {others}); start the test in a cgroup of its own, with "
                "`systemd-run --scope --property=Delegate=yes`"
            ) from error

    def _move_down(self, base: Path) -> None:
        leaf = leaf_of(base, self._name)
        self._make(leaf)
        there = [pid for pid in processes_in(base) if pid]
        # The root of a namespace is that of a sandbox: all processes in it belong to the build.
        if self._process.joinpath("cgroup").read_text().find("0::/\n") < 0:
            there = [pid for pid in there if pid in set(_family(os.getpid()))]
        for pid in there:
            write_value(leaf / "cgroup.procs", str(pid))


def _family(pid: int) -> Iterator[int]:
    yield pid
    for child in child_processes(pid):
        yield from _family(child)


class Cgroup:
    """The cgroup of a container. It stays from one start to the next."""

    def __init__(self, folder: Path, above: Cgroups) -> None:
        self.folder = folder
        self._above = above

    def clear(self) -> None:
        """End what the last run has left in it."""
        remove_cgroup(self.folder, itself=False)

    async def freeze(self, frozen: bool) -> None:
        """Let the processes of the guest stand still, or go on. Raises HostError."""
        # That of systemd-nspawn for the guest: its own and the network cards go on.
        guest = self.folder / "payload"
        folder = guest if guest.is_dir() else self.folder
        self._write(folder / "cgroup.freeze", "1" if frozen else "0")
        wanted = f"frozen {int(frozen)}"

        def done() -> bool:
            return wanted in (folder / "cgroup.events").read_text().splitlines()

        if not await poll_until(done, OF_HOST, Deadline.after(FREEZE_SECONDS)):
            raise HostError(
                f"{folder}: timed out after {FREEZE_SECONDS:g} s waiting for `{wanted}` in "
                "cgroup.events: a process waits for the kernel"
            )

    def limit_memory(self, mebibytes: int | None) -> None:
        """Limit the memory of the container, or no longer. Raises HostError."""
        self._above.enable(MEMORY)
        value = "max" if mebibytes is None else str(mebibytes * 2**20)
        self._write(self.folder / "memory.max", value)

    def limit_cpu(self, processors: float | None) -> None:
        """Limit the processors whose time it may use, or no longer. Raises HostError."""
        self._above.enable(CPU)
        share = "max" if processors is None else str(round(processors * PERIOD_MICROSECONDS))
        self._write(self.folder / "cpu.max", f"{share} {PERIOD_MICROSECONDS}")

    def memory_kills(self) -> int:
        """Return how many of its processes the kernel has killed for lack of memory."""
        try:
            lines = (self.folder / "memory.events").read_text().splitlines()
        except OSError:
            return 0
        return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))

    def _write(self, file: Path, value: str) -> None:
        try:
            write_value(file, value)
        except OSError as error:
            raise HostError(f"cannot write {value} to {file}: {error.strerror}") from error
