"""What a process and those that it has started hold: files to write, folders, sockets, ports."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WRITES = os.O_WRONLY | os.O_RDWR
LISTENS = "0A"
# What has no name of its own, or cannot be written.
OF_ALL = ("/dev/", "/proc/", "/nix/store/", "anon_inode:", "pipe:", "/memfd:")


@dataclass(frozen=True, kw_only=True)
class Held:
    """What one run of the driver holds."""

    files: frozenset[str]
    sockets: frozenset[str]
    ports: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        """Files and sockets that have a name."""
        return self.files | self.sockets

    @property
    def everything(self) -> frozenset[str]:
        """Files, sockets and ports."""
        return self.names | self.ports

    @property
    def private(self) -> frozenset[str]:
        """What must be gone when the run has ended: its sockets and the state of its machines."""
        return self.sockets | {name for name in self.files if "/test-driver-" in name}


def held_by(pid: int) -> Held:
    """Find what a process and all below it hold."""
    files, inodes = set(), set()
    for each in (pid, *children(pid)):
        files.add(os.readlink(f"/proc/{each}/cwd"))
        for number in os.listdir(f"/proc/{each}/fd"):
            name = os.readlink(f"/proc/{each}/fd/{number}")
            if name.startswith("socket:["):
                inodes.add(name.removeprefix("socket:[").removesuffix("]"))
            elif not name.startswith(OF_ALL) and _is_written(each, number):
                files.add(name)
    files.discard(str(Path.cwd()))  # where all of them were started
    return Held(
        files=frozenset(files),
        sockets=frozenset(name for inode, name in _unix_sockets() if inode in inodes),
        ports=frozenset(port for inode, port in _ports() if inode in inodes),
    )


def children(pid: int) -> tuple[int, ...]:
    """Return the processes below one, the nearest first."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    own = [int(child) for task in tasks for child in task.read_text().split()]
    return (*own, *(each for child in own for each in children(child)))


def _is_written(pid: int, number: str) -> bool:
    lines = Path(f"/proc/{pid}/fdinfo/{number}").read_text().splitlines()
    flags = next(line.split()[1] for line in lines if line.startswith("flags:"))
    return bool(int(flags, 8) & WRITES)


def _unix_sockets() -> Iterator[tuple[str, str]]:
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        fields = line.split(maxsplit=7)
        if len(fields) == 8:
            yield fields[6], fields[7]


def _ports() -> Iterator[tuple[str, str]]:
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == LISTENS:
            yield fields[9], f"port {int(fields[1].split(':')[1], 16)}"
