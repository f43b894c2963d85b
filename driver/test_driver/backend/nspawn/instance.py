"""One run of a container."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ...deadline import Deadline
from ...errors import MonitorError
from ...guest.agent import Agent
from ...guest.command import CommandRunner
from ...process import Process
from ...process_state import child_processes
from ..base import Backend, Launch
from ..console import Console
from ..exits import Exit

STOP_SECONDS = 5.0
# A signal that ends a container has had its effect after that time.
SIGNAL_SECONDS = 0.1
EXIT_SECONDS = 6.0
REFUSAL = (
    "the machine is a container, and there is no QEMU: it has no keyboard, screen, power button, "
    "network cable, forwarded port or snapshot"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NspawnLaunch(Launch):
    """What it takes to start one container. `agent` is the socket of its guest agent."""

    agent: Path


class NspawnInstance(Backend):
    """A container that systemd-nspawn runs, and the channel to the guest agent in it."""

    program = "the container"

    def __init__(self, launch: NspawnLaunch, console: Console) -> None:
        machine = launch.machine
        agent = Agent(machine, launch.agent, console.last_lines)
        # Its console has no other way out than the output of the program that runs it.
        process = Process(f"container {machine}", lambda line: console.feed(f"{line}\n".encode()))
        super().__init__(launch, console, process, agent, CommandRunner(machine, agent))
        self._socket = launch.agent

    async def start(self) -> None:
        """Start the container. Raises HostError."""
        # A socket of the last run would not be answered.
        self._socket.unlink(missing_ok=True)
        self.process.start(
            self._launch.command, cwd=self._launch.cwd, environment=self._launch.environment
        )
        self._runs()

    async def execute(
        self, command: str, arguments: Mapping[str, object] | None, deadline: Deadline
    ) -> NoReturn:
        """Refuse a monitor command. Raises MonitorError."""
        raise MonitorError(self.machine, command, REFUSAL)

    async def quit(self) -> None:
        """End the container at once, as if the power went out."""
        self.exit_expected = True
        self.attachments.end()
        if self._ready and not self.process.exited.done():
            # Told to end, systemd-nspawn would let the guest power off first.
            for child in child_processes(self.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            await self.process.wait(STOP_SECONDS)
        await self.process.stop()
        await self.agent.close()

    async def settle(self) -> None:
        """Wait until everything that has happened to the container is noted."""
        if not await self.suspension_noted():
            return
        await self.process.wait(SIGNAL_SECONDS)
        await self.left_alone_noted()
        if self.process.exited.done() and self._exit_task is not None:
            await asyncio.wait({self._exit_task}, timeout=EXIT_SECONDS)
        await self.panic_noted()

    def _exit(self) -> Exit:
        return Exit(
            status=self.process.exited.result(),
            reason=None,
            watchdog=None,
            console=self.console.last_lines(),
            sent=self.process.sent,
            asked=self.exit_expected,
            container=True,
        )
