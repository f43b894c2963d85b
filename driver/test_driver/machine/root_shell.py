"""The root shell of a machine, as a socket that scripts for nixpkgs' driver know."""

from collections.abc import Callable

from ..guest.spawned_command import SpawnedCommand

_COMMAND = "bash --norc"


class RootShell:
    """A shell that runs as long as its machine, apart from the shell of `succeed`: no terminal.

    Its output is for `recv`; stderr goes to the log alone.
    """

    def __init__(self, spawn: Callable[[str], SpawnedCommand]) -> None:
        self._shell = spawn(_COMMAND)
        self._rest = b""

    def send(self, data: bytes) -> int:
        """Give the shell bytes to read, and return their number. A command ends with a newline.

        Raises CommandFailed if the shell has ended.
        """
        self._shell.stdin.write(data)
        return len(data)

    def sendall(self, data: bytes) -> None:
        """Give the shell bytes to read."""
        self.send(data)

    def recv(self, bufsize: int) -> bytes:
        """Wait for a line of stdout, and return at most `bufsize` bytes of it; b"" at the end."""
        if not self._rest:
            line = next(self._shell.lines(), None)
            self._rest = b"" if line is None else f"{line}\n".encode()
        data, self._rest = self._rest[:bufsize], self._rest[bufsize:]
        return data
