"""The end of the cgroups of a test, also after the driver was killed: then by a program beside it.

It imports nothing of the driver's, so that the program begins in a moment.
"""

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

END_SECONDS = 5.0
PAUSE_SECONDS = 0.005


def write_value(file: Path, value: str) -> None:
    """Write to a file of a cgroup, which must exist. Raises OSError."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, value.encode())
    finally:
        os.close(descriptor)


def processes_in(folder: Path) -> list[int]:
    """Return the processes in a cgroup. 0 stands for one of another namespace."""
    try:
        return [int(token) for token in (folder / "cgroup.procs").read_text().split()]
    except (OSError, ValueError):
        return []


def below(folder: Path) -> Iterator[Path]:
    """Yield the cgroups below one, the deepest first."""
    for path, folders, _ in os.walk(folder, topdown=False):
        yield from (Path(path, name) for name in folders)


def remove_cgroup(folder: Path, *, itself: bool = True) -> None:
    """Kill what runs in a cgroup and below it, and remove it: all of it, or what is below it."""
    deadline = time.monotonic() + END_SECONDS
    while folder.is_dir():
        _kill(folder)
        for one in (*below(folder), *([folder] if itself else [])):
            with contextlib.suppress(OSError):
                one.rmdir()
        if not itself and not any(below(folder)):
            return
        if time.monotonic() > deadline:
            return
        time.sleep(PAUSE_SECONDS)


def move_back(base: Path, leaf: Path, controllers: Iterable[str]) -> None:
    """Move processes from a cgroup of their own back to the one above it, and remove it.

    That takes no controllers for the children of the upper one: those that were added go first.
    """
    for name in controllers:
        with contextlib.suppress(OSError):
            write_value(base / "cgroup.subtree_control", f"-{name}")
    for pid in processes_in(leaf):
        with contextlib.suppress(OSError):
            write_value(base / "cgroup.procs", str(pid))
    with contextlib.suppress(OSError):
        leaf.rmdir()


def controllers_of(file: Path) -> set[str]:
    """Return the controllers that a file names; none if there is no such file."""
    try:
        return set(file.read_text().split())
    except OSError:
        return set()


def end_cgroups(base: Path, name: str, controllers: set[str]) -> None:
    """Remove the cgroup of a test below another one, which had these controllers before."""
    remove_cgroup(base / name)
    added = controllers_of(base / "cgroup.subtree_control") - controllers
    move_back(base, leaf_of(base, name), sorted(added))


def leaf_of(base: Path, name: str) -> Path:
    """Return the cgroup to which processes move while there is a test beside it."""
    return base / f"{name}-driver"


def _kill(folder: Path) -> None:
    try:
        write_value(folder / "cgroup.kill", "1")
    except OSError:  # before Linux 5.14
        for one in (*below(folder), folder):
            for pid in processes_in(one):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Wait for the end of the driver, and then end its cgroups."""
    driver, base, name, *controllers = sys.argv[1:]
    with contextlib.suppress(ProcessLookupError):
        select.select([os.pidfd_open(int(driver))], [], [])
    end_cgroups(Path(base), name, set(controllers))


if __name__ == "__main__":
    main()
