"""A third back end: nothing boots, and commands run on the host. Its guest is always there."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from test_driver.backend.base import Backend, Launch
from test_driver.backend.boot import PreLaunchHook, boot
from test_driver.backend.console import Console
from test_driver.backend.exits import Exit
from test_driver.deadline import Deadline
from test_driver.errors import MonitorError
from test_driver.guest.agent import Agent
from test_driver.guest.agent_shell import TIMED_OUT_STATUS
from test_driver.guest.command import CommandRunner
from test_driver.guest.command_result import CommandEnd
from test_driver.guest.output_buffer import Sink
from test_driver.guest.shell_channel import Readable
from test_driver.machine.base import BaseMachine
from test_driver.process import Process

BLOCK = 65536


class HostAgent(Agent):
    """An agent that needs no connection."""

    present = True

    async def connect(self) -> None:
        """Do nothing: it is there."""

    async def close(self) -> None:
        """Do nothing: there is no connection."""


class HostCommands(CommandRunner):
    """Runs commands as processes of the host."""

    async def stream(
        self,
        command: str,
        deadline: Deadline,
        stdout: Sink,
        stderr: Sink,
        stdin: Readable | None = None,
    ) -> CommandEnd:
        """Run a command with bash."""
        process = await asyncio.create_subprocess_exec(
            *("bash", "-c", f"set -euo pipefail\n{command}"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )

        async def read(stream: asyncio.StreamReader | None, sink: Sink) -> None:
            while stream is not None and (data := await stream.read(BLOCK)):
                sink.write(data)

        reading = asyncio.gather(read(process.stdout, stdout), read(process.stderr, stderr))
        try:
            async with asyncio.timeout(deadline.timeout()):
                await reading
                status = await process.wait()
        except TimeoutError:
            return CommandEnd(status=TIMED_OUT_STATUS, timed_out=True, left="")
        else:
            return CommandEnd(status=status, timed_out=False, left="")
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
                await asyncio.gather(reading, return_exceptions=True)


class HostInstance(Backend):
    """One run: a process that sleeps."""

    program = "the host"

    def __init__(self, launch: Launch, console: Console) -> None:
        machine = launch.machine
        agent = HostAgent(machine, launch.cwd / "agent", console.last_lines)
        process = Process(f"host of {machine}", lambda line: console.feed(f"{line}\n".encode()))
        super().__init__(launch, console, process, agent, HostCommands(machine, agent))

    async def start(self) -> None:
        """Start the process."""
        self.process.start(self._launch.command, cwd=self._launch.cwd, environment={})
        self.console.feed(b"nothing boots here\n")
        self._runs()

    async def quit(self) -> None:
        """End the process."""
        self.exit_expected = True
        await self.process.stop()

    async def execute(
        self, command: str, arguments: Mapping[str, object] | None, deadline: Deadline
    ) -> NoReturn:
        """Refuse a monitor command."""
        raise MonitorError(self.machine, command, "this back end has no monitor")

    async def settle(self) -> None:
        """Do nothing: a process that has ended is noted at once."""

    def _exit(self) -> Exit:
        return Exit(
            status=self.process.exited.result(),
            reason=None,
            watchdog=None,
            console="",
            sent=self.process.sent,
            asked=self.exit_expected,
            container=True,
        )


class HostBoot:
    """The only way to start it."""

    title = "starting on the host"
    begins_boot = True
    loads_snapshot = False

    def __init__(self, machine: "HostMachine") -> None:
        self._machine = machine

    async def prepare(self) -> HostInstance:
        """Return a run that was not started."""
        machine = self._machine
        launch = Launch(
            machine=machine.name,
            command=("/bin/sleep", "1000"),
            cwd=Path(machine.state_dir),
            environment={},
            allow_reboot=True,
            on_loss=machine.lost,
        )
        return HostInstance(launch, machine.console)

    async def begin(self, backend: HostInstance, hooks: Sequence[PreLaunchHook]) -> None:
        """Start it."""
        await backend.start()


class HostMachine(BaseMachine):
    """A machine that is the host itself."""

    async def boot(self, *, allow_reboot: bool) -> Backend:
        """Start it unless it runs."""
        async with self.starting:
            if self.backend is not None and self.backend.alive():
                return self.backend
            plan = HostBoot(self)
            started = await boot(self, plan, self.context.pre_launch_hooks)
            return started
