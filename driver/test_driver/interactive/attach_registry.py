"""Where a stopped test waits for a person, and how that place is found from outside its sandbox.

The test takes a name in the kernel's list of processes, which every user sees from every process
namespace above it. Its socket is reached through /proc, in the file system of that process. A
person sends the terminal itself through it: the test reads and writes there, nothing is copied.
"""

import contextlib
import os
import secrets
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

# The kernel keeps 15 bytes of a name.
NAME = "debug-"
NUMBERS = 10_000_000
# The same in the sandbox and outside, and short: a socket's path has at most 107 bytes.
FOLDER = "/tmp/nixos-test-{name}"
SOCKET = "socket"
GREETING_BYTES = 4096
INTERRUPT = b"i"
RESIZED = b"w"
PROC = Path("/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A test that waits."""

    number: int
    pid: int

    def connect(self) -> socket.socket:
        """Return a connection to it. Raises OSError."""
        folder = FOLDER.format(name=f"{NAME}{self.number}")
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(f"{PROC}/{self.pid}/root{folder}/{SOCKET}")
        except BaseException:
            connection.close()
            raise
        return connection


def stops() -> list[Stop]:
    """Return the tests of this computer that wait."""
    found = []
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            name = (folder / "comm").read_text().strip()
            number = name.removeprefix(NAME)
            if name != number and number.isdigit():
                found.append(Stop(number=int(number), pid=int(folder.name)))
    return sorted(found, key=lambda stop: stop.number)


class DebugSocket:
    """The place where this process waits, while entered."""

    def __init__(self) -> None:
        self.number = secrets.randbelow(NUMBERS)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "DebugSocket":
        name = f"{NAME}{self.number}"
        comm = PROC / "self" / "comm"
        with self._stack:
            self._stack.enter_context(self.listener)
            folder = FOLDER.format(name=name)
            os.mkdir(folder, 0o700)
            self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
            self.listener.bind(f"{folder}/{SOCKET}")
            self.listener.listen(1)
            self._stack.callback(comm.write_text, comm.read_text())
            comm.write_text(name)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()
