"""Attributes of a machine that scripts for nixpkgs' driver read and set."""

import shlex
import signal
import subprocess
from pathlib import Path
from typing import TypeVar

from ..backend.base import Backend
from ..backend.console import Console
from ..deadline import Deadline, Duration
from ..public_names import public
from ..run.context import TestContext
from ..script_log import ScriptLog
from .commands import CommandMethods
from .root_shell import RootShell

T = TypeVar("T")


class CompatMethods(CommandMethods):
    """Methods of a machine: names that nixpkgs' scripts use."""

    _root_shell: tuple[tuple[Backend, int], RootShell] | None = None

    @property
    @public
    def out_dir(self) -> Path:
        """The output folder of the test."""
        return self.context.output.path

    @property
    @public
    def shared_dir(self) -> Path:
        """The folder of the host that each machine with a shared folder has as /tmp/shared."""
        return self.context.shared_folder

    @property
    @public
    def tmp_dir(self) -> Path:
        """The private folder of the driver, which it deletes at the end."""
        return self.context.shared_folder.parent

    @property
    @public
    def start_command(self) -> str:
        """The command line that starts the machine, as a shell reads it."""
        return shlex.join(self.configuration.start_command)

    @property
    @public
    def logger(self) -> ScriptLog:
        """The log of the test, as the global `log`."""
        return ScriptLog(self.context.steps, self.context.console_echo)

    @property
    @public
    def pid(self) -> int | None:
        """The process id of QEMU or of the container, while it runs."""
        return (
            self.backend.process.pid if self.backend is not None and self.backend.alive() else None
        )

    @property
    @public
    def process(self) -> "MachineProcess | None":
        """The process of QEMU or of the container; None before the first start."""
        return None if self.backend is None else MachineProcess(self.backend, self.context)

    @property
    @public
    def full_console_log(self) -> list[str]:
        """The lines of the serial console, also those of earlier boots, as far as they are kept."""
        return self.context.loop.run(_console_text(self.console)).splitlines()

    @property
    @public
    def shell(self) -> RootShell | None:
        """A root shell that scripts send bytes to; None while the machine is off.

        >>> machine.shell.send(b"reboot\\n")
        """
        if not self.booted:
            return None
        qemu = self.reach_guest()
        boot = (qemu, qemu.resets)
        if self._root_shell is None or self._root_shell[0] != boot:
            self._root_shell = (boot, RootShell(self.spawn))
        return self._root_shell[1]


class MachineProcess:
    """The process of a machine, with what scripts use of `subprocess.Popen`."""

    def __init__(self, qemu: Backend, session: TestContext) -> None:
        self._qemu = qemu
        self._session = session
        self.pid = qemu.process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal; None while the process runs."""
        exited = self._qemu.process.exited
        return exited.result() if exited.done() else None

    def poll(self) -> int | None:
        """Return the exit status; None while the process runs."""
        return self.returncode

    def wait(self, timeout: Duration | None = None) -> int:
        """Wait for the end of the process. Raises subprocess.TimeoutExpired."""
        deadline = Deadline.of_method(timeout)
        status = self._session.loop.run(self._qemu.process.wait(deadline.timeout()))
        if status is None:
            raise subprocess.TimeoutExpired(list(self._qemu.command), deadline.seconds)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal to the process. Nothing happens if it has exited."""
        self._qemu.exit_expected = True
        if self.returncode is None:
            self._session.loop.run(_signal(self._qemu, number))

    def terminate(self) -> None:
        """Send SIGTERM to the process."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to the process."""
        self.send_signal(signal.SIGKILL)


async def _console_text(console: Console) -> str:
    return console.whole_text()


async def _signal(qemu: Backend, number: int) -> None:
    qemu.process.end_by(number)
