"""The process of a machine, as scripts for nixpkgs' driver know it."""

import signal
import subprocess
from collections.abc import Sequence
from typing import IO

from ..backend.base import Backend
from ..deadline import Deadline, Duration
from ..run.context import TestContext


class MachineProcess:
    """The process of a machine, with what scripts use of `subprocess.Popen`."""

    stdout = None  # the driver reads it: `get_console_log` has the lines of the console
    stderr = None

    def __init__(self, backend: Backend, context: TestContext) -> None:
        self.pid = backend.process.pid
        self._backend = backend
        self._context = context
        self._stdin: IO[bytes] | None = None

    @property
    def args(self) -> Sequence[str]:
        """The command line with which the process was started."""
        return list(self._backend.command)

    @property
    def stdin(self) -> IO[bytes] | None:
        """The input of the serial console, as an unbuffered file.

        It is None for a container, and if the process had ended when it was first asked for.

        A program of the host that is to write to the console takes it as its stdout.

        >>> machine.start()
        >>> assert machine.process and machine.process.stdin
        >>> machine.process.stdin.write(b"boot\\n")
        """
        if self._stdin is None:
            self._stdin = self._context.loop.run(_console_input(self._backend))
        return self._stdin

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal; None while the process runs."""
        exited = self._backend.process.exited
        return exited.result() if exited.done() else None

    def poll(self) -> int | None:
        """Return the exit status; None while the process runs."""
        return self.returncode

    def wait(self, timeout: Duration | None = None) -> int:
        """Wait for the end of the process. Raises subprocess.TimeoutExpired."""
        deadline = Deadline.of_method(timeout)
        status = self._context.loop.run(self._backend.process.wait(deadline.timeout()))
        if status is None:
            raise subprocess.TimeoutExpired(list(self._backend.command), deadline.seconds)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal to the process. Nothing happens if it has exited."""
        self._backend.exit_expected = True
        if self.returncode is None:
            self._context.loop.run(_signal(self._backend, number))

    def terminate(self) -> None:
        """Send SIGTERM to the process."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to the process."""
        self.send_signal(signal.SIGKILL)


async def _console_input(backend: Backend) -> IO[bytes] | None:
    return backend.console_input()


async def _signal(backend: Backend, number: int) -> None:
    backend.process.end_by(number)
