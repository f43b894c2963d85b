"""QEMU's human monitor, as a socket that scripts for nixpkgs' driver know."""

from collections.abc import Callable

PROMPT = b"(qemu) "


class HumanMonitor:
    """The human monitor of one run of QEMU: `machine.monitor`.

    A line that is sent is a command. What it writes, and the prompt after it, is there to be
    received: nothing has to be waited for.
    """

    def __init__(self, execute: Callable[[str], str]) -> None:
        self._execute = execute
        self._line = b""
        self._output = b""

    def send(self, data: bytes) -> int:
        """Give the monitor bytes to read, and return their number. A command ends with a newline.

        Raises MonitorError if QEMU does not answer.

        >>> monitor = machine.monitor
        >>> assert monitor is not None  # the machine runs
        >>> monitor.send(b"info status\\n")
        """
        *commands, self._line = (self._line + data).split(b"\n")
        for command in commands:
            answer = self._execute(command.decode().rstrip("\r"))
            self._output += answer.replace("\n", "\r\n").encode() + PROMPT
        return len(data)

    def sendall(self, data: bytes) -> None:
        """Give the monitor bytes to read."""
        self.send(data)

    def recv(self, bufsize: int) -> bytes:
        """Return at most `bufsize` bytes of what the commands wrote; b"" if all is received."""
        data, self._output = self._output[:bufsize], self._output[bufsize:]
        return data

    def take(self) -> bytes:
        """Return all that the commands wrote."""
        return self.recv(len(self._output))
