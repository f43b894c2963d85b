"""Attributes of a machine that scripts for nixpkgs' driver read and set."""

from pathlib import Path
from typing import TypeVar

from ..backend.base import Backend
from ..backend.console import Console
from ..created_machines import start_arguments
from ..public_names import public
from ..script_log import ScriptLog
from .commands import CommandMethods
from .process import MachineProcess
from .root_shell import RootShell
from .start_command import StartCommand, set_by

T = TypeVar("T")


class CompatMethods(CommandMethods):
    """Methods of a machine: names that nixpkgs' scripts use."""

    _process: tuple[Backend, MachineProcess] | None = None
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
    def keep_machine_state(self) -> bool:
        """Whether the disks of the machine outlive the driver."""
        return self.tmp_dir not in self.state_dir.parents

    def _change_start_command(self, value: str) -> None:
        if not value.strip():
            raise ValueError(f"{self.name}.start_command: the command line is empty")
        changed = {"start_command": start_arguments(value), "warm_start": None}
        self.configuration = self.configuration.model_copy(update=changed)

    @set_by(_change_start_command)
    @public
    def start_command(self) -> StartCommand:
        """The command line that starts the machine, as a shell reads it.

        Set it to change what the next start runs. A machine that would start from its snapshot
        boots instead then.

        >>> machine.start_command = f"{machine.start_command} -m 2048"
        """
        return StartCommand(self.configuration.start_command, self._change_start_command)

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
    def process(self) -> MachineProcess | None:
        """The process of QEMU or of the container; None before the first start."""
        if (backend := self.backend) is None:
            return None
        if self._process is None or self._process[0] is not backend:
            self._process = (backend, MachineProcess(backend, self.context))
        return self._process[1]

    @property
    @public
    def full_console_log(self) -> list[str]:
        """The lines of the serial console, also those of earlier boots, as far as they are kept."""
        return self.context.loop.run(_console_text(self.console)).splitlines()

    @property
    @public
    def shell(self) -> RootShell | None:
        """A root shell that scripts send bytes to; None while the machine is off.

        >>> machine.start()
        >>> shell = machine.shell
        >>> assert shell is not None
        >>> shell.send(b"echo hello >/dev/console\\n")
        """
        if not self.booted:
            return None
        qemu = self.reach_guest()
        boot = (qemu, qemu.resets)
        if self._root_shell is None or self._root_shell[0] != boot:
            self._root_shell = (boot, RootShell(self.spawn))
        return self._root_shell[1]


async def _console_text(console: Console) -> str:
    return console.whole_text()
