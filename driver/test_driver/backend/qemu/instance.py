"""One run of QEMU, from its start to its exit."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ...deadline import NEVER, Deadline
from ...errors import DriverError, MachineError, MonitorBroken, MonitorError, StartFailed
from ...guest.agent import Agent
from ...guest.command import CommandRunner
from ...guest.shell_channel import ShellChannel
from ...process import Process
from ...process_state import STOPPED_STATE, process_state
from ...screen.viewer import show_screen
from ...sockets import Listener
from ..base import DRAIN_SECONDS, Backend, Launch
from ..console import Console
from ..exits import Exit
from ..liveness import Liveness
from ..supervision import StopWatch
from .arguments import AGENT_PORT, ENVIRONMENT, SHELL_CHANNEL_PORTS, ChannelPaths
from .cards import QemuCards
from .console_pipes import ConsolePipes
from .monitor import Monitor
from .monitor_events import MonitorEvents
from .refusal import start_failure
from .root_console import RootConsole, When
from .shell_port import ShellPort

logger = logging.getLogger(__name__)

START_SECONDS = 300.0  # the start command may have to make disks first
QUIT_SECONDS = 5.0
CONSOLE_BYTES = 65536
# A QEMU that ends closes its monitor first, and may have much to write to its disks then.
MONITOR_SECONDS = 5.0
# A QEMU that is well answers twice within that time; a signal sent before has had its effect then.
ANSWER_SECONDS = 5.0
ANSWERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class QemuLaunch(Launch):
    """What it takes to start one QEMU."""

    channels: ChannelPaths
    viewer: Sequence[str] = ()
    root_console: When = "never"


class QemuInstance(Backend):
    """A QEMU process and the channels to it."""

    program = "QEMU"

    def __init__(
        self, launch: QemuLaunch, console: Console, on_line: Callable[[str], None]
    ) -> None:
        machine = launch.machine
        agent = Agent(machine, launch.channels.agent, console.last_lines)
        channels = [
            ShellChannel(*one)
            for one in zip(SHELL_CHANNEL_PORTS, launch.channels.channels, strict=True)
        ]
        super().__init__(
            launch,
            console,
            Process(f"QEMU of {machine}", on_line),
            agent,
            CommandRunner(machine, agent, channels),
        )
        self.monitor = Monitor(machine, self._on_event)
        self.root_console = RootConsole(
            machine, launch.channels.root_console, launch.root_console, self.execute, agent
        )
        self.events = MonitorEvents()
        self._cards = QemuCards(self.execute)
        self._channels = launch.channels
        self._viewer = launch.viewer
        self._reason: str | None = None
        self.console_pipes: ConsolePipes | None = None
        self._console_task: asyncio.Task[None] | None = None
        self._monitor_task: asyncio.Task[None] | None = None
        self.stop_watch = StopWatch(
            machine, self._query_status, self._lose, on_line, self.standstill
        )

    async def start(self) -> None:
        """Start QEMU and connect to it. Raises HostError, and leaves nothing behind then."""
        listener = Listener(self._channels.monitor)
        self.console_pipes = pipes = ConsolePipes(self._channels.console)
        try:
            self.process.start(
                self._launch.command,
                cwd=self._launch.cwd,
                environment={**ENVIRONMENT, **self._launch.environment},
            )
            await self._connect(listener, pipes)
        except BaseException:
            await self.process.stop()
            await self.monitor.close()
            if self._console_task is None:
                pipes.close()
            raise
        finally:
            listener.close()
        viewing = show_screen(self.machine, self._viewer, self._launch.cwd)
        self._monitor_task = asyncio.ensure_future(self._watch_monitor())
        self._runs(viewing)

    async def execute(
        self, command: str, arguments: Mapping[str, object] | None, deadline: Deadline
    ) -> Any:  # noqa: ANN401 - JSON, whose shape depends on the command
        """Run a monitor command, unless the machine is gone."""
        if command in ("stop", "cont"):
            self.standstill.stopped_by_driver = command == "stop"
        return await self.liveness.run(self.monitor.execute(command, arguments, deadline), NEVER)

    async def ask(
        self, command: str, arguments: Mapping[str, object] | None, deadline: Deadline
    ) -> Any:  # noqa: ANN401 - JSON, whose shape depends on the command
        """Run a monitor command also if the machine is lost."""
        return await self.monitor.execute(command, arguments, deadline)

    async def guest_runs(self, deadline: Deadline) -> bool:
        """Tell whether the guest's processors run. Raises MonitorError."""
        status = await self.ask("query-status", None, deadline)
        return bool(status.get("running", True))

    @property
    def cards(self) -> QemuCards:
        """Its network cards."""
        return self._cards

    def console_input(self) -> IO[bytes] | None:
        """Return a file to write to the serial console with; None if QEMU has ended."""
        return None if self.console_pipes is None else self.console_pipes.open_input()

    async def write_console(self, data: bytes, deadline: Deadline) -> None:
        """Write to the serial console. Raises MachineError at the deadline."""
        if self.console_pipes is None:
            raise RuntimeError(f"{self.machine}: QEMU was not started")
        try:
            await self.liveness.run(self.console_pipes.write(data), deadline)
        except OSError as error:  # the deadline is one, too
            why = str(error) or f"nothing was read within {deadline.seconds:g} s"
            raise MachineError(self.machine, f"cannot write to the console: {why}") from error

    def person_shell(self, path: Path) -> ShellPort:
        """Return a shell for a person, not started yet, on a port with a socket at the path."""
        return ShellPort(self.machine, path, self.execute, self.call_agent)

    async def let_reboot(self, deadline: Deadline) -> None:
        """Let the next reboot of the guest be one, also if QEMU was told to exit instead."""
        if not self.allow_reboot:
            await self.execute("set-action", {"reboot": "reset"}, deadline)
        await super().let_reboot(deadline)

    async def booted(self) -> None:
        """Take note that the guest is up, and let QEMU exit at its next reboot if it did before."""
        let = self._reboot_let
        await super().booted()
        if let:
            await self.execute("set-action", {"reboot": "shutdown"}, Deadline.after(QUIT_SECONDS))

    async def quit(self) -> None:
        """End QEMU at once, as if the power went out, whatever state it is in."""
        self.exit_expected = True
        self.attachments.end()
        if self._ready and process_state(self.process.pid) == STOPPED_STATE:
            await self.process.kill()  # it will not answer, nor hear a signal

        async def ask() -> None:
            try:
                await self.monitor.execute("quit", None, Deadline.after(QUIT_SECONDS))
            except MonitorError as error:
                logger.debug("%s", error)

        await self.process.stop(ask if self.monitor.usable else None, QUIT_SECONDS)
        if self._exit_task is not None:
            await asyncio.wait({self._exit_task}, timeout=QUIT_SECONDS)

    async def settle(self) -> None:
        """Wait until everything that has happened to QEMU and its guest is noted."""
        if not await self.suspension_noted():
            return
        await self.left_alone_noted()
        for _ in range(ANSWERS):
            try:
                await self.execute("query-status", None, Deadline.after(ANSWER_SECONDS))
            except DriverError:  # it has exited, or its monitor is broken: both are noted
                break
        await self.stop_watch.explained()
        if task := self._ending():
            await asyncio.wait({task}, timeout=ANSWER_SECONDS + 1)
        await self.panic_noted()

    async def _connect(self, listener: Listener, pipes: ConsolePipes) -> None:
        connecting = asyncio.ensure_future(listener.accept())
        either: set[asyncio.Future[Any]] = {connecting, self.process.exited}
        try:
            await asyncio.wait(either, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not connecting.done():
                raise self._start_failed()
            connecting.result()
            self._console_task = asyncio.ensure_future(self._read_console(pipes))
            async with asyncio.timeout(START_SECONDS):
                await self.monitor.open(listener.take())
            pipes.unlink()
        except (MonitorError, TimeoutError) as error:
            await self.process.wait(DRAIN_SECONDS)
            raise self._start_failed() from error
        finally:
            connecting.cancel()

    def _start_failed(self) -> StartFailed:
        return start_failure(self.machine, self.process, self._launch.command, START_SECONDS)

    async def _read_console(self, pipes: ConsolePipes) -> None:
        try:
            while data := await pipes.read(CONSOLE_BYTES):
                self.console.feed(data)
                await asyncio.sleep(0)  # a flood must not keep the others waiting
        finally:
            pipes.close()

    async def _watch_monitor(self) -> None:
        reason = await self.monitor.wait_until_lost()
        exited = await self.process.wait(MONITOR_SECONDS) is not None
        if not exited and not self.exit_expected and self._reason is None:
            self._lose(lambda: MonitorBroken(self.machine, reason))

    async def _open_ports(self) -> set[str]:
        """Return the character devices whose other end is open in the guest."""
        answer = await self.monitor.execute("query-chardev", None, Deadline.after(QUIT_SECONDS))
        return {device["label"] for device in answer if device["frontend-open"]}

    async def _query_status(self) -> Any:  # noqa: ANN401 - JSON
        return await self.monitor.execute("query-status", None, Deadline.after(QUIT_SECONDS))

    def _ending(self) -> "asyncio.Task[None] | None":
        """Return what takes note of an end that has begun."""
        if self.process.exited.done():
            return self._exit_task
        return None if self.monitor.usable else self._monitor_task

    def last_channels(self) -> set["asyncio.Task[None]"]:
        """Return what reads the console and the monitor."""
        return {task for task in (self._console_task, self._monitor_task) if task is not None}

    async def close_channels(self) -> None:
        """Close the monitor."""
        await self.monitor.close()

    def _exit(self) -> Exit:
        return Exit(
            status=self.process.exited.result(),
            reason=self._reason,
            watchdog=self.stop_watch.watchdog,
            console=self.console.last_lines(),
            sent=self.process.sent,
            asked=self.exit_expected,
            container=False,
        )

    def _on_event(self, event: Mapping[str, Any]) -> None:
        data = event.get("data")
        data = data if isinstance(data, dict) else {}
        self.stop_watch.on_event(event["event"], data)
        self.events.add(event)
        match event["event"]:
            case "GUEST_PANICKED":
                self.panic_seen()
            case "SHUTDOWN":
                self._reason = data.get("reason")
            case "RESET":
                self._on_reset()
            case "VSERPORT_CHANGE" if data.get("id") == AGENT_PORT and not data.get("open"):
                self.agent.port_closed()
            case "VSERPORT_CHANGE" if not data.get("open"):
                self.commands.check_shell_channels(self._open_ports)

    def _on_reset(self) -> None:
        """Begin a new boot of the guest in the same QEMU."""
        if self.panic_line is not None:
            self._lose(self._panicked)
            self._lost, self.panic_line = False, None
            self.liveness = Liveness()
        self._was_reset()
