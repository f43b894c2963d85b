"""What commands are compared with: a fresh bash for each, through a pipe into base64, on a console.

That is how nixpkgs' driver runs a command: a line with the command goes to a shell on a virtio
console, which answers with the output in base64; a second line asks for the exit status.
"""

import shlex
import socket
import time
from pathlib import Path

CONNECT_SECONDS = 120.0


class Base64Pipe:
    """The shell on a machine's console, reached through a socket of its QEMU."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(CONNECT_SECONDS)
        self._socket.connect(str(path))
        self._received = b""

    def __enter__(self) -> "Base64Pipe":
        # A line that does nothing: its answer says that the shell is there.
        self._socket.sendall(b"echo ready\n")
        while self._line() != b"ready":
            pass
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def run(self, command: str, timeout: int = 900) -> tuple[int, bytes]:
        """Run a command, and return its exit status and its output, still in base64."""
        inner = shlex.quote(f"set -euo pipefail; {command}")
        line = f"timeout {timeout} bash -c {inner} 2>/dev/null | (base64 -w 0; echo)\n"
        self._socket.sendall(line.encode())
        output = self._line()
        self._socket.sendall(b"echo ${PIPESTATUS[0]}\n")
        return int(self._line()), output

    def _line(self) -> bytes:
        while b"\n" not in self._received:
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionError("the machine closed its console")
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        return line


def connect(path: Path) -> Base64Pipe:
    """Connect when the machine's QEMU serves the socket. Raises the last error after a while."""
    end = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            return Base64Pipe(path)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
