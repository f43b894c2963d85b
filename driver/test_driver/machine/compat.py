"""Attributes of a machine that scripts for nixpkgs' driver read and set."""

import shlex
import signal
import subprocess
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ..configuration import MachineConfiguration
from ..deadline import DEFAULT_TIMEOUT, Deadline, Duration
from ..guest.spawned_command import SpawnedCommand
from ..qemu.console import Console
from ..qemu.run import Qemu
from ..script_log import ScriptLog
from ..session import Session
from .human_monitor import HumanMonitor
from .qmp import QMPSession
from .root_shell import RootShell

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
    disconnected: Qemu | None = None  # that of which the script has said so
    send_monitor_command: Callable[..., str]
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
    def start_command(self) -> str:
        """The command line that starts the machine, as a shell reads it."""
        return shlex.join(self.configuration.start_command)

    @property
    def logger(self) -> ScriptLog:
        """The log of the test, as the global `log`."""
        return ScriptLog(self.session.steps, self.session.console_echo)

    @property
    def pid(self) -> int | None:
        """The process id of QEMU or of the container, while it runs."""
        return self.qemu.process.pid if self.qemu is not None and self.qemu.alive() else None

    @property
    def process(self) -> "MachineProcess | None":
        """The process of QEMU or of the container; None before the first start."""
        return None if self.qemu is None else MachineProcess(self.qemu, self.session)

    @property
    def qmp_client(self) -> QMPSession:
        """QEMU's monitor: `machine.qmp_client.send("query-status")`."""
        return QMPSession(self._send_to_monitor)

    def _send_to_monitor(self, command: str, arguments: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        qemu = self.started()
        deadline = Deadline.of_method(DEFAULT_TIMEOUT)
        return self.in_loop(qemu.execute(command, arguments, deadline))

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


class MachineProcess:
    """The process of a machine, with what scripts use of `subprocess.Popen`."""

    def __init__(self, qemu: Qemu, session: Session) -> None:
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


def _check_bool(machine: str, name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{machine}.{name}: expected True or False, got {value!r}")


async def _drop(qemu: Qemu) -> None:
    qemu.agent.drop(SET_BY_SCRIPT)


async def _console_text(console: Console) -> str:
    return console.whole_text()


async def _signal(qemu: Qemu, number: int) -> None:
    qemu.process.end_by(number)
