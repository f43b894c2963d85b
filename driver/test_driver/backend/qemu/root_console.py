"""The virtio console that a root shell of the guest may sit on: there from the start, or later."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from ...configuration import MachineConfiguration
from ...deadline import Deadline
from ...guest.agent import Agent
from ...guest.backdoor import Backdoor
from .arguments import ROOT_CONSOLE, SERIAL_BUS

# An agent answers sooner, unless the host is overloaded. Then the console costs a little, and the
# agent is used as soon as it answers.
SILENCE_SECONDS = 20.0
LEAST_SILENCE_SECONDS = 3.0  # what was just started anew gets this time
PLUG_SECONDS = 30.0

Execute: TypeAlias = Callable[[str, Mapping[str, object], Deadline], Awaitable[object]]
When: TypeAlias = Literal["start", "silence", "never"]


class RootConsole:
    """The console of one machine, whose root shell may stand in for its agent.

    All methods belong to the thread of the loop.
    """

    def __init__(
        self, machine: str, path: Path, when: When, execute: Execute, agent: Agent
    ) -> None:
        self.is_there = when == "start"
        self._path = path
        if when != "never":
            agent.stand_in(Backdoor(machine, path, self._plug_in))
        self._execute = execute
        self._started = time.monotonic()
        self._plugging: asyncio.Future[None] | None = None

    async def _plug_in(self) -> None:
        """Wait until the agent was silent for long, then plug it in. Raises MachineError."""
        if self.is_there:
            return
        left = self._started + SILENCE_SECONDS - time.monotonic()
        await asyncio.sleep(max(LEAST_SILENCE_SECONDS, left))
        if self._plugging is None:
            self._plugging = asyncio.ensure_future(self._plug())
        # Whoever gives up meanwhile leaves no half of it.
        await asyncio.shield(self._plugging)

    async def _plug(self) -> None:
        await plug(self._execute, self._path, driver="virtconsole", chardev=ROOT_CONSOLE)
        self.is_there = True


def when_plugged(configuration: MachineConfiguration, *, restored_with: bool) -> When:
    """Tell when a machine gets its console; one that is restored has it if it had it then."""
    if configuration.memory_in_file or configuration.container:
        return "never"
    if restored_with or configuration.guest_agent is False:
        return "start"
    return "silence" if configuration.guest_agent is None else "never"


async def plug(execute: Execute, path: Path, *, driver: str, chardev: str) -> None:
    """Make a port on the serial bus whose other end is a socket. Raises MachineError."""
    address = {"type": "unix", "data": {"path": str(path)}}
    backend = {"type": "socket", "data": {"addr": address, "server": True, "wait": False}}
    await execute("chardev-add", {"id": chardev, "backend": backend}, Deadline.after(PLUG_SECONDS))
    port = {"driver": driver, "bus": SERIAL_BUS, "chardev": chardev, "name": chardev}
    await execute("device_add", {**port, "id": f"{chardev}-port"}, Deadline.after(PLUG_SECONDS))
