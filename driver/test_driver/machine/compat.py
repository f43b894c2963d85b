"""Attributes of a machine that scripts for nixpkgs' driver read and set."""

from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ..configuration import MachineConfiguration
from ..created_machines import start_arguments
from ..deadline import DEFAULT_TIMEOUT, Deadline
from ..guest.spawned_command import SpawnedCommand
from ..qemu.console import Console
from ..qemu.run import Qemu
from ..script_log import ScriptLog
from ..session import Session
from .human_monitor import HumanMonitor
from .process import MachineProcess
from .qmp import QMPSession
from .root_shell import RootShell
from .start_command import StartCommand

T = TypeVar("T")
SET_BY_SCRIPT = "the script has set `connected` to False"


class NixpkgsAttributes:
    """What a machine has so that scripts for nixpkgs' driver run unchanged."""

    session: Session
    configuration: MachineConfiguration
    qemu: Qemu | None
    name: str
    in_loop: Callable[[Coroutine[Any, Any, Any]], Any]
    started: Callable[[], Qemu]
    connected_qemu: Callable[[], Qemu]
    spawn: Callable[..., SpawnedCommand]
    console: Console
    state_dir: Path
    disconnected: Qemu | None = None  # that of which the script has said so
    send_monitor_command: Callable[..., str]
    wait_for_qmp_event: Callable[..., dict[str, Any]]
    _process: tuple[Qemu, MachineProcess] | None = None
    _root_shell: tuple[tuple[Qemu, int], RootShell] | None = None
    _human_monitor: tuple[Qemu, HumanMonitor] | None = None

    @property
    def connected(self) -> bool:
        """Whether the guest takes commands now.

        Set it to False to make the next call wait for the guest again, for example after the script
        has let the guest restart behind the driver's back. A guest that systemd is stopping is not
        taken for the next one, nor is one that goes within 3 s.
        """
        return (qemu := self.qemu) is not None and qemu.alive() and qemu.takes_commands

    @connected.setter
    def connected(self, value: bool) -> None:
        _check_bool(self.name, "connected", value)
        if not value and (qemu := self.qemu) is not None and qemu.alive():
            self.disconnected = qemu
            self.session.loop.run(_drop(qemu))

    @property
    def booted(self) -> bool:
        """Whether the machine is on.

        Set it to False to tell the driver that the machine went off as the script wanted: the next
        call that needs it starts it. A machine that runs goes on.
        """
        return self.qemu is not None and self.qemu.alive()

    @booted.setter
    def booted(self, value: bool) -> None:
        _check_bool(self.name, "booted", value)
        if not value and (qemu := self.qemu) is not None and not qemu.alive():
            qemu.exit_expected = True

    @property
    def out_dir(self) -> Path:
        """The output folder of the test."""
        return self.session.output.path

    @property
    def shared_dir(self) -> Path:
        """The folder of the host that each machine with a shared folder has as /tmp/shared."""
        return self.session.shared_folder

    @property
    def tmp_dir(self) -> Path:
        """The private folder of the driver, which it deletes at the end."""
        return self.session.shared_folder.parent

    @property
    def keep_machine_state(self) -> bool:
        """Whether the disks of the machine outlive the driver."""
        return self.tmp_dir not in self.state_dir.parents

    @property
    def start_command(self) -> StartCommand:
        """The command line that starts the machine, as a shell reads it.

        Set it to change what the next start runs. A machine that would start from its snapshot
        boots instead then.
        """
        return StartCommand(self.configuration.start_command, self._change_start_command)

    @start_command.setter
    def start_command(self, value: str) -> None:
        self._change_start_command(value)

    def _change_start_command(self, value: str) -> None:
        if not value.strip():
            raise ValueError(f"{self.name}.start_command: the command line is empty")
        changed = {"start_command": start_arguments(value), "warm_start": None}
        self.configuration = self.configuration.model_copy(update=changed)

    @property
    def logger(self) -> ScriptLog:
        """The log of the test, as the global `log`."""
        return ScriptLog(self.session.steps, self.session.console_echo)

    @property
    def pid(self) -> int | None:
        """The process id of QEMU or of the container, while it runs."""
        return self.qemu.process.pid if self.qemu is not None and self.qemu.alive() else None

    @property
    def process(self) -> MachineProcess | None:
        """The process of QEMU or of the container; None before the first start."""
        if (qemu := self.qemu) is None:
            return None
        if self._process is None or self._process[0] is not qemu:
            self._process = (qemu, MachineProcess(qemu, self.session))
        return self._process[1]

    @property
    def qmp_client(self) -> QMPSession:
        """QEMU's monitor: `machine.qmp_client.send("query-status")`."""
        return QMPSession(self._send_to_monitor, self.wait_for_qmp_event, self._events_pending)

    def _send_to_monitor(self, command: str, arguments: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        qemu = self.started()
        deadline = Deadline.of_method(DEFAULT_TIMEOUT)
        return self.in_loop(qemu.execute(command, arguments, deadline))

    def _events_pending(self) -> bool:
        return self.qemu is not None and self.session.loop.run(_events_pending(self.qemu))

    @property
    def full_console_log(self) -> list[str]:
        """The lines of the serial console, also those of earlier boots, as far as they are kept."""
        return self.session.loop.run(_console_text(self.console)).splitlines()

    @property
    def shell(self) -> RootShell | None:
        """A root shell that scripts send bytes to; None while the machine is off.

        >>> machine.shell.send(b"reboot\\n")
        """
        if not self.booted:
            return None
        qemu = self.connected_qemu()
        boot = (qemu, qemu.resets)
        if self._root_shell is None or self._root_shell[0] != boot:
            self._root_shell = (boot, RootShell(self.spawn))
        return self._root_shell[1]

    @property
    def monitor(self) -> HumanMonitor | None:
        """QEMU's human monitor, which scripts send bytes to; None while the machine is off.

        >>> machine.monitor.send(b"info status\\n")
        >>> print(machine.wait_for_monitor_prompt())
        """
        if (qemu := self.qemu) is None or not qemu.alive():
            return None
        if self._human_monitor is None or self._human_monitor[0] is not qemu:
            self._human_monitor = (qemu, HumanMonitor(self.send_monitor_command))
        return self._human_monitor[1]

    def wait_for_monitor_prompt(self) -> str:
        """Return what the commands that were sent to `monitor` wrote, with the prompt after each.

        Each has ended when `send` returns, so nothing is waited for.

        >>> machine.monitor.send(b"info status\\n")
        >>> assert "running" in machine.wait_for_monitor_prompt()
        """
        return self.monitor.take().decode() if self.monitor is not None else ""


def _check_bool(machine: str, name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{machine}.{name}: expected True or False, got {value!r}")


async def _drop(qemu: Qemu) -> None:
    qemu.agent.drop(SET_BY_SCRIPT)


async def _events_pending(qemu: Qemu) -> bool:
    return qemu.events.end > qemu.events.consumed


async def _console_text(console: Console) -> str:
    return console.whole_text()
