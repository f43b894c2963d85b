"""One run of QEMU, from its start to its exit."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..deadline import Deadline
from ..errors import (
    DriverError,
    MachineError,
    MachineExited,
    MachinePanicked,
    MonitorBroken,
    MonitorError,
    StartFailed,
)
from ..guest.agent import Agent
from ..guest.command import CommandRunner
from ..guest.lane import Lane
from ..process import Process
from ..process_state import STOPPED_STATE, process_state
from ..screen.viewer import show_screen
from ..sockets import Listener
from .arguments import AGENT_PORT, ENVIRONMENT, LANE_PORTS, ChannelPaths
from .console import Console
from .console_pipes import ConsolePipes
from .cpu_limit import CpuLimit
from .exits import Exit
from .lifeline import Lifeline
from .monitor import Monitor
from .monitor_events import MonitorEvents
from .refusal import start_failure
from .root_console import RootConsole, When
from .standstill import Standstill, hold_guest
from .stop_job import unless_stuck
from .supervision import StopWatch, suspended, wait_for_suspension

if TYPE_CHECKING:
    from ..faults.disk_faults import FaultyDisk
    from ..faults.power_cut import LoggedDisk

logger = logging.getLogger(__name__)

START_SECONDS = 300.0  # the start command may have to make disks first
QUIT_SECONDS = 5.0
CONSOLE_BYTES = 65536
# A QEMU that ends closes its monitor first, and may have much to write to its disks then.
MONITOR_SECONDS = 5.0
# What a dying machine wrote last may still be in the socket.
CONSOLE_DRAIN_SECONDS = 0.5
PANIC_TEXT = "Kernel panic - not syncing"
# The guest reports a panic right after the first line of it; the rest is worth having.
PANIC_DRAIN_SECONDS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class QemuLaunch:
    """What it takes to start one QEMU."""

    machine: str
    command: Sequence[str]
    cwd: Path
    environment: Mapping[str, str]
    channels: ChannelPaths
    allow_reboot: bool
    viewer: Sequence[str] = ()
    root_console: When = "never"
    on_loss: Callable[[DriverError], None] = lambda error: None  # gets an unexpected end


class Qemu:
    """A QEMU process and the channels to it. All methods belong to the thread of the loop."""

    program = "QEMU"  # for messages
    has_monitor = True

    def __init__(
        self, launch: QemuLaunch, console: Console, on_line: Callable[[str], None]
    ) -> None:
        self.machine = launch.machine
        self.console = console
        self.process = Process(f"QEMU of {launch.machine}", on_line)
        self.monitor = Monitor(launch.machine, self._on_event)
        self.agent = Agent(launch.machine, launch.channels.agent, console.last_lines)
        self.root_console = RootConsole(launch, self.execute, self.agent)
        lanes = [Lane(*one) for one in zip(LANE_PORTS, launch.channels.lanes, strict=True)]
        self.commands = CommandRunner(launch.machine, self.agent, lanes)
        self.commands.console = self.agent.console = console
        self.lifeline = Lifeline()
        self.events = MonitorEvents()
        self.allow_reboot = launch.allow_reboot
        self.exit_expected = False
        # What must have been done in a guest that was running already before it takes commands.
        self.prelude: asyncio.Task[None] | None = None
        self.logged_disks: Sequence[LoggedDisk] = ()  # by those the power can be cut
        self.faulty_disks: dict[str, FaultyDisk] = {}  # by the paths of their devices
        self.cpu_limit: CpuLimit | None = None
        self.cpu_shares: list[float] = []
        self.memory_limits: list[int] = []
        self.has_balloon = False
        self.drifts: dict[int, list[float]] = {}  # in ppm, by the number of resets before
        self.ssh_port: int | None = None  # of the host, if one leads to the guest
        self._ready = False
        self._reboot_let = False
        self._launch = launch
        self._resets = 0
        self._reset_seen = asyncio.Event()
        self._reason: str | None = None
        self._lost = False
        self.panic_line: str | None = None
        self.console_pipes: ConsolePipes | None = None
        self._console_task: asyncio.Task[None] | None = None
        self._monitor_task: asyncio.Task[None] | None = None
        self._exit_task: asyncio.Task[None] | None = None
        self._watches: list[asyncio.Task[None]] = []
        self.standstill = Standstill(self.machine)
        self.stop_watch = StopWatch(
            self.machine, self._query_status, self._lose, on_line, self.standstill
        )

    async def start(self) -> None:
        """Start QEMU and connect to it. Raises HostError, and leaves nothing behind then."""
        listener = Listener(self._launch.channels.monitor)
        self.console_pipes = pipes = ConsolePipes(self._launch.channels.console)
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
        viewing = show_screen(self.machine, self._launch.viewer, self._launch.cwd)
        self._monitor_task = asyncio.ensure_future(self._watch_monitor())
        self._runs(self._watch_suspension(), viewing)

    def _runs(self, *watches: Coroutine[Any, Any, None]) -> None:
        """Take note that the process runs, and watch it."""
        self._exit_task = asyncio.ensure_future(self._watch_exit())
        self._watches = [asyncio.ensure_future(watch) for watch in watches]
        self._ready = True

    @property
    def command(self) -> Sequence[str]:
        """Its command line."""
        return self._launch.command

    def alive(self) -> bool:
        """Tell whether the process runs and the driver is connected to it."""
        return self._ready and not self.process.exited.done()

    @property
    def takes_commands(self) -> bool:
        """Whether the guest's agent has answered, and the guest is who it must be."""
        return self.agent.present and (self.prelude is None or self._prelude_done())

    async def wait_for_guest(self) -> None:
        """Wait until the guest takes commands, for as long as it takes."""
        if self.prelude is not None and not self._prelude_done():
            await asyncio.shield(self.prelude)
        if not self.agent.present:
            await self.agent.connect()

    def _prelude_done(self) -> bool:
        if (prelude := self.prelude) is None or not prelude.done() or prelude.cancelled():
            return False
        return prelude.exception() is None

    async def execute(
        self, command: str, arguments: Mapping[str, object] | None, deadline: Deadline
    ) -> Any:  # noqa: ANN401 - JSON, whose shape depends on the command
        """Run a monitor command, unless the machine is gone."""
        if command in ("stop", "cont"):
            self.standstill.stopped_by_driver = command == "stop"
        return await self.lifeline.hold(
            self.monitor.execute(command, arguments, deadline), Deadline.after(None)
        )

    async def wait_for_exit(self, deadline: Deadline) -> int | None:
        """Return the exit status, or `None` at the deadline.

        Raises MachinePanicked, StopJobStuck and GuestPaused.
        """
        exit_task = self._exit_task
        if exit_task is None:
            raise RuntimeError(f"{self.machine}: QEMU was not started")

        async def gone() -> None:
            await asyncio.wait({exit_task})

        try:
            await hold_guest(self, unless_stuck(self.machine, gone, self.console), deadline)
        except TimeoutError:
            return None
        except MachineExited:
            await exit_task
        return self.process.exited.result()

    async def write_console(self, data: bytes, deadline: Deadline) -> None:
        """Write to the serial console. Raises MachineError at the deadline."""
        if self.console_pipes is None:
            raise RuntimeError(f"{self.machine}: QEMU was not started")
        try:
            await self.lifeline.hold(self.console_pipes.write(data), deadline)
        except OSError as error:  # the deadline is one, too
            why = str(error) or f"nothing was read within {deadline.seconds:g} s"
            raise MachineError(self.machine, f"cannot write to the console: {why}") from error

    async def let_reboot(self, deadline: Deadline) -> None:
        """Let the next reboot of the guest be one, also if QEMU was told to exit instead."""
        if not self.allow_reboot:
            await self.execute("set-action", {"reboot": "reset"}, deadline)
            self._reboot_let = True

    async def booted(self) -> None:
        """Take note that the guest is up: from now on, a reboot is as it was at the start.

        Not earlier, because firmware may reset a machine once more by itself.
        """
        if self._reboot_let:
            self._reboot_let = False
            await self.execute("set-action", {"reboot": "shutdown"}, Deadline.after(QUIT_SECONDS))

    async def wait_for_reset(self, seen: int, deadline: Deadline) -> None:
        """Wait until the guest was reset more than `seen` times. Raises TimeoutError."""

        async def more() -> None:
            while self._resets <= seen:
                self._reset_seen.clear()
                await self._reset_seen.wait()

        await self.lifeline.hold(more(), deadline)

    @property
    def resets(self) -> int:
        """How often the guest was reset since QEMU started."""
        return self._resets

    async def quit(self) -> None:
        """End QEMU at once, as if the power went out, whatever state it is in."""
        self.exit_expected = True
        if self.cpu_limit is not None:
            self.cpu_limit.end()
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
            await self.process.wait(CONSOLE_DRAIN_SECONDS)
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

    async def _watch_exit(self) -> None:
        await self.process.wait(None)
        # On both it may have said why, as the last thing it did.
        if last := {task for task in (self._console_task, self._monitor_task) if task is not None}:
            await asyncio.wait(last, timeout=CONSOLE_DRAIN_SECONDS)
        for task in (*last, *self._watches):
            task.cancel()
        if self.panic_line is not None:
            self._lose(self._panicked)
        else:
            (self.lifeline.cut if self._exit().expected else self._lose)(self._exited)
        if self.prelude is not None:
            self.prelude.cancel()
        await self.agent.close()
        await self.monitor.close()

    async def _watch_suspension(self) -> None:
        await wait_for_suspension(self.process.pid, lambda: self.cpu_limit is not None)
        self._lose(lambda: suspended(self.machine, self.process.pid))

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

    def _lose(self, error: Callable[[], DriverError]) -> None:
        """End all waits, and tell of the loss: the first one counts."""
        if not self._lost:
            self._lost = True
            self._launch.on_loss(error())
        self.lifeline.cut(error)  # the one of now: a guest that was reset has a new one

    def _exit(self) -> Exit:
        return Exit(
            status=self.process.exited.result(),
            reason=self._reason,
            watchdog=self.stop_watch.watchdog,
            console=self.console.last_lines(),
            sent=self.process.sent,
            asked=self.exit_expected,
            container=not self.has_monitor,
        )

    def _exited(self) -> DriverError:
        return self._exit().error(self.machine, self.program, self.process.output())

    def loss(self) -> DriverError | None:
        """Return its end, if that was an unexpected one."""
        return self.lifeline.error() if self._lost else None

    def ending(self) -> "asyncio.Task[None] | None":
        """Return what takes note of an end that has begun."""
        if self.process.exited.done():
            return self._exit_task
        return None if self.monitor.usable else self._monitor_task

    def _panicked(self) -> DriverError:
        return MachinePanicked(self.machine, self.panic_line or "", self.console.last_lines())

    def panic_seen(self, line: str = "") -> None:
        """End all waits because the kernel of the guest has panicked."""
        self.panic_line = self.panic_line or line
        loop = asyncio.get_running_loop()
        loop.call_later(PANIC_DRAIN_SECONDS, self._panic_drained, self._resets)

    def _panic_drained(self, resets: int) -> None:
        if resets == self._resets:  # otherwise that was told, and the guest has begun anew
            self._lose(self._panicked)

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
                self.commands.check_lanes(self._open_ports)

    def _on_reset(self) -> None:
        """Begin a new boot of the guest in the same QEMU."""
        self._resets += 1
        self._reset_seen.set()
        if self.panic_line is not None:
            self._lose(self._panicked)
            self._lost, self.panic_line = False, None
            self.lifeline = Lifeline()
        self.agent.drop("the guest was reset")
        self.console.new_boot()
