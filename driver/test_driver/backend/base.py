"""One run of a machine, whatever runs it: from its start to its exit."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, ClassVar

from ..deadline import Deadline
from ..errors import DriverError, MachineError, MachineExited, MachinePanicked, NetworkFaultRefused
from ..guest.agent import Agent
from ..guest.command import CommandRunner
from ..poll import OF_HOST, poll_until
from ..process import Process
from ..process_state import STOPPED_STATE, process_state
from .attachment import Attachments
from .cards import NOT_REACHED, Cards
from .console import Console
from .exits import Exit
from .liveness import Liveness
from .person_shell import PersonShell
from .standstill import Standstill, hold_guest
from .stop_job import unless_stuck
from .supervision import LOOK_SECONDS, SUSPENDED_SECONDS, suspended, wait_for_suspension

# What a dying machine wrote last may still be in a socket.
# After that time, a command that the script does not wait for has had its effect.
ALONE_SECONDS = 1.0
DRAIN_SECONDS = 0.5
PANIC_TEXT = "Kernel panic - not syncing"
# The guest reports a panic right after the first line of it; the rest is worth having.
PANIC_DRAIN_SECONDS = 0.3
# After that, it was read.
PANIC_SECONDS = 1.0
STOP_SECONDS = 60.0  # to stop a guest, or let it go on
REBOOT_KEYS = [{"type": "qcode", "data": key} for key in ("ctrl", "alt", "delete")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What it takes to start one run of a machine, with any back end."""

    machine: str
    command: Sequence[str]
    cwd: Path
    environment: Mapping[str, str]
    allow_reboot: bool
    on_loss: Callable[[DriverError], None] = lambda error: None  # gets an unexpected end


class Backend(ABC):
    """A process that is the machine, and the channels to its guest.

    All methods belong to the thread of the loop.
    """

    program: ClassVar[str]  # for messages

    def __init__(
        self,
        launch: Launch,
        console: Console,
        process: Process,
        agent: Agent,
        commands: CommandRunner,
    ) -> None:
        self.machine = launch.machine
        self.console = console
        self.process = process
        self.agent = agent
        self.commands = commands
        self.commands.console = self.agent.console = console
        self.liveness = Liveness()
        self.standstill = Standstill(self.machine)
        self.attachments = Attachments()
        self.allow_reboot = launch.allow_reboot
        self.exit_expected = False
        # Setting the identity of a guest that was running already, before it takes commands.
        self.identity: asyncio.Task[None] | None = None
        self.panic_line: str | None = None
        self.resets = 0  # how often the guest was reset since the start
        self._reset_seen = asyncio.Event()
        self._reboot_let = False
        self._launch = launch
        self._ready = False
        self._lost = False
        self._exit_task: asyncio.Task[None] | None = None
        self._watches: list[asyncio.Task[None]] = []

    @abstractmethod
    async def start(self) -> None:
        """Start the machine. Raises HostError, and leaves nothing behind then."""

    @abstractmethod
    async def quit(self) -> None:
        """End the machine at once, as if the power went out, whatever state it is in."""

    @abstractmethod
    async def execute(
        self, command: str, arguments: Mapping[str, object] | None, deadline: Deadline
    ) -> Any:  # noqa: ANN401 - JSON, whose shape depends on the command
        """Run a command of QEMU's monitor. Raises MonitorError where there is none."""

    @abstractmethod
    async def settle(self) -> None:
        """Wait until everything that has happened to the machine is noted."""

    def console_input(self) -> IO[bytes] | None:
        """Return a file to write to the serial console with; None where there is none."""
        return None

    @property
    def cards(self) -> Cards | None:
        """Its network cards; None where the driver cannot reach them, or not yet."""
        return None

    @property
    def cards_refusal(self) -> str:
        """Why the driver does not reach its network cards."""
        return f"{self.machine}: {NOT_REACHED}"

    async def reach_cards(self) -> Cards:
        """Return its network cards. Raises NetworkFaultRefused if the driver cannot reach them."""
        if (cards := self.cards) is None:
            raise NetworkFaultRefused(self.cards_refusal)
        return cards

    async def ask(
        self, command: str, arguments: Mapping[str, object] | None, deadline: Deadline
    ) -> Any:  # noqa: ANN401 - JSON, whose shape depends on the command
        """Run a monitor command also if the machine is lost: its QEMU may still answer."""
        return await self.execute(command, arguments, deadline)

    async def guest_runs(self, deadline: Deadline) -> bool:
        """Tell whether the guest's processors run, as far as the back end knows."""
        return True

    async def let_reboot(self, deadline: Deadline) -> None:
        """Let the next reboot of the guest be one, also if the machine was to be off then."""
        self._reboot_let = not self.allow_reboot

    async def booted(self) -> None:
        """Take note that the guest is up: from now on, a reboot is as it was at the start.

        Not earlier, because firmware may reset a machine once more by itself.
        """
        self._reboot_let = False

    def person_shell(self, path: Path) -> PersonShell:
        """Return a shell for a person, not started yet, whose files may have this path.

        Raises MachineError where there is no way for one.
        """
        raise MachineError(self.machine, f"{self.program} has no way for a shell of a person")

    async def call_agent(
        self, command: str, arguments: dict[str, Any], deadline: Deadline
    ) -> object:
        """Have the agent run a command. Raises TimeoutError, and why the machine has ended."""
        return await self.liveness.run(self.agent.call(command, arguments, deadline), deadline)

    async def stand_still(self, still: bool) -> None:
        """Let the guest stand still, or go on. Raises HostError and MonitorError."""
        await self.execute("stop" if still else "cont", None, Deadline.after(STOP_SECONDS))

    def memory_kills(self) -> int:
        """Return how many processes of it the host has killed for lack of memory."""
        return 0

    async def press_power_button(self, deadline: Deadline) -> None:
        """Ask the guest to power off, without its agent. Raises MonitorError."""
        await self.execute("system_powerdown", None, deadline)

    async def press_reboot_keys(self, deadline: Deadline) -> None:
        """Ask the guest to reboot, without its agent. Raises MonitorError."""
        await self.execute("send-key", {"keys": REBOOT_KEYS}, deadline)

    async def wait_for_reset(self, seen: int, deadline: Deadline) -> None:
        """Wait until the guest was reset more than `seen` times. Raises TimeoutError."""

        async def more() -> None:
            while self.resets <= seen:
                self._reset_seen.clear()
                await self._reset_seen.wait()

        await self.liveness.run(more(), deadline)

    def last_channels(self) -> set["asyncio.Task[None]"]:
        """Return what reads the channels on which a dying machine may say why."""
        return set()

    async def close_channels(self) -> None:  # noqa: B027 - the agent's is closed in any case
        """Close the channels to the machine, once it has exited."""

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
        return self.agent.present and (self.identity is None or self._identity_taken())

    async def wait_for_guest(self) -> None:
        """Wait until the guest takes commands, for as long as it takes."""
        if self.identity is not None and not self._identity_taken():
            await asyncio.shield(self.identity)
        if not self.agent.present:
            await self.agent.connect()

    def _identity_taken(self) -> bool:
        if (identity := self.identity) is None or not identity.done() or identity.cancelled():
            return False
        return identity.exception() is None

    async def wait_for_exit(self, deadline: Deadline) -> int | None:
        """Return the exit status, or `None` at the deadline.

        Raises MachinePanicked, StopJobStuck and GuestPaused.
        """
        exit_task = self._exit_task
        if exit_task is None:
            raise RuntimeError(f"{self.machine}: {self.program} was not started")

        async def gone() -> None:
            await asyncio.wait({exit_task})

        try:
            await hold_guest(self, unless_stuck(self.machine, gone, self.console), deadline)
        except TimeoutError:
            return None
        except MachineExited:
            await exit_task
        return self._exit().status

    async def suspension_noted(self) -> bool:
        """Wait until a stop of the process is noted. Return False if nothing else will be."""
        deadline = Deadline.after(SUSPENDED_SECONDS + 2 * LOOK_SECONDS)

        def runs() -> bool:
            stopped = process_state(self.process.pid) == STOPPED_STATE
            return not stopped or self.attachments.stop_process()

        await poll_until(lambda: runs() or self.liveness.error() is not None, OF_HOST, deadline)
        return runs()

    async def left_alone_noted(self) -> None:
        """Wait until the effect of a command that the script does not wait for is noted."""
        recent = self.commands.left_alone + ALONE_SECONDS - time.monotonic()
        if recent > 0 and self.alive():
            await self.liveness.cancelled_within(recent)

    async def panic_noted(self) -> None:
        """Wait until a panic that was seen is noted."""
        if self.panic_line is not None:
            await self.liveness.cancelled_within(PANIC_SECONDS)

    def _runs(self, *watches: Coroutine[Any, Any, None]) -> None:
        """Take note that the process runs, and watch it."""
        self._exit_task = asyncio.ensure_future(self._watch_exit())
        every = (self._watch_suspension(), *watches)
        self._watches = [asyncio.ensure_future(watch) for watch in every]
        self._ready = True

    def _was_reset(self) -> None:
        """Take note that the guest begins a new boot in the same machine."""
        self.resets += 1
        self._reset_seen.set()
        self.agent.drop("the guest was reset")
        self.console.new_boot()

    async def _goes_on(self) -> bool:
        """Tell whether the machine runs on after its process has ended, in another one."""
        return False

    async def _watch_exit(self) -> None:
        await self.process.wait(None)
        while await self._goes_on():
            await self.process.wait(None)
        # On these it may have said why, as the last thing it did.
        if last := self.last_channels():
            await asyncio.wait(last, timeout=DRAIN_SECONDS)
        for task in (*last, *self._watches):
            task.cancel()
        if self.panic_line is not None:
            self._lose(self._panicked)
        else:
            (self.liveness.cancel if self._exit().expected else self._lose)(self._exited)
        if self.identity is not None:
            self.identity.cancel()
        await self.agent.close()
        await self.close_channels()

    async def _watch_suspension(self) -> None:
        await wait_for_suspension(lambda: self.process.pid, self.attachments.stop_process)
        self._lose(lambda: suspended(self.machine, self.process.pid))

    def _lose(self, error: Callable[[], DriverError]) -> None:
        """End all waits, and tell of the loss: the first one counts."""
        if not self._lost:
            self._lost = True
            self._launch.on_loss(error())
        self.liveness.cancel(error)  # the one of now: a guest that was reset has a new one

    def loss(self) -> DriverError | None:
        """Return its end, if that was an unexpected one."""
        return self.liveness.error() if self._lost else None

    @abstractmethod
    def _exit(self) -> Exit:
        """Return how the process has ended."""

    def _exited(self) -> DriverError:
        return self._exit().error(self.machine, self.program, self.process.output())

    def _panicked(self) -> DriverError:
        return MachinePanicked(self.machine, self.panic_line or "", self.console.last_lines())

    def panic_seen(self, line: str = "") -> None:
        """End all waits because the kernel of the guest has panicked."""
        self.panic_line = self.panic_line or line
        loop = asyncio.get_running_loop()
        loop.call_later(PANIC_DRAIN_SECONDS, self._panic_drained, self.resets)

    def _panic_drained(self, resets: int) -> None:
        if resets == self.resets:  # otherwise that was told, and the guest has begun anew
            self._lose(self._panicked)
