"""One run of a container, in the place of QEMU."""

import contextlib
import os
import signal
from collections.abc import Callable, Mapping
from typing import NoReturn

from .deadline import Deadline
from .errors import MachineError, MonitorError
from .guest.command import CommandRunner
from .process import Process
from .process_state import child_processes
from .qemu.console import Console
from .qemu.run import Qemu, QemuLaunch

STOP_SECONDS = 5.0
REFUSAL = (
    "the machine is a container, and there is no QEMU: it has no keyboard, screen, power button, "
    "network cable, forwarded port or checkpoint"
)


class Container(Qemu):
    """A container that systemd-nspawn runs, and the channel to the guest agent in it.

    It stands where a QEMU stands for other machines; what only a QEMU can do is refused.
    """

    program = "the container"
    has_monitor = False

    def __init__(
        self, launch: QemuLaunch, console: Console, on_line: Callable[[str], None]
    ) -> None:
        super().__init__(launch, console, on_line)
        # A container has no ports for lanes.
        self.commands = CommandRunner(launch.machine, self.agent)
        self.commands.console = console
        # Its console has no other way out than the output of the program that runs it.
        self.process = Process(
            f"container {launch.machine}", lambda line: console.feed(f"{line}\n".encode())
        )

    async def start(self) -> None:
        """Start the container. Raises HostError."""
        # A socket of the last run would not be answered.
        self._launch.channels.agent.unlink(missing_ok=True)
        self.process.start(
            self._launch.command, cwd=self._launch.cwd, environment=self._launch.environment
        )
        self._runs(self._watch_suspension())

    async def execute(
        self, command: str, arguments: Mapping[str, object] | None, deadline: Deadline
    ) -> NoReturn:
        """Refuse a monitor command. Raises MonitorError."""
        raise MonitorError(self.machine, command, REFUSAL)

    async def write_console(self, data: bytes, deadline: Deadline) -> None:
        """Refuse to write to the console. Raises MachineError."""
        raise MachineError(
            self.machine, "cannot write to the console: that of a container can only be read"
        )

    async def quit(self) -> None:
        """End the container at once, as if the power went out."""
        self.exit_expected = True
        if self._ready and not self.process.exited.done():
            # Told to end, systemd-nspawn would let the guest power off first.
            for child in child_processes(self.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            await self.process.wait(STOP_SECONDS)
        await self.process.stop()
        await self.agent.close()
