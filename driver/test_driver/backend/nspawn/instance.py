"""One run of a container."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ...deadline import Deadline
from ...errors import DriverError, HostError, MonitorError, ProgramMissing
from ...guest.agent import Agent
from ...guest.command import CommandRunner
from ...process import Process
from ...process_state import child_processes, first_in_namespace, process_ends
from ..base import Backend, Launch
from ..cards import Cards
from ..console import Console
from ..exits import Exit
from ..person_shell import PersonShell
from ..supervision import GUEST_RESET
from .boot_cards import LOOK_SECONDS, BootCards
from .cards import ContainerCards
from .cgroups import Cgroup
from .shell_pipes import ShellPipes

STOP_SECONDS = 5.0
# Once its first process ends, systemd-nspawn takes no longer to end.
END_SECONDS = 2.0
BEGIN_SECONDS = 0.1
EXIT_SECONDS = 6.0
# The exit status of systemd-nspawn with --keep-unit when the guest has rebooted.
REBOOTED_STATUS = 133
# What systemd, as the first process, takes for a power button, and for Ctrl+Alt+Delete.
POWER_OFF = signal.SIGRTMIN + 4
REBOOT = signal.SIGINT
REFUSAL = (
    "the machine is a container, and there is no QEMU: it has no keyboard, screen, power button, "
    "forwarded port or snapshot"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NspawnLaunch(Launch):
    """What it takes to start one container.

    `agent` is the socket of its guest agent, `cards` that of the program of its network cards,
    and `cgroup` its cgroup, or why it has none.
    """

    agent: Path
    cards: Path
    cgroup: Cgroup | HostError


async def _nothing() -> None:
    pass


class NspawnInstance(Backend):
    """A container that systemd-nspawn runs, and the channel to the guest agent in it."""

    program = "the container"

    def __init__(self, launch: NspawnLaunch, console: Console) -> None:
        machine = launch.machine
        agent = Agent(machine, launch.agent, console.last_lines)
        process = _process(machine, console)
        super().__init__(launch, console, process, agent, CommandRunner(machine, agent))
        self._socket = launch.agent
        self._cgroup = launch.cgroup
        self._stands_still = False
        self._cards_socket = launch.cards
        self._before_guest: Callable[[], Awaitable[None]] = _nothing
        self._boot_cards: BootCards | None = None

    async def start(self, before_guest: Callable[[], Awaitable[None]] = _nothing) -> None:
        """Start the container. Raises HostError.

        Each boot of the guest begins after `before_guest`, when its network cards are there.
        """
        self._before_guest = before_guest
        self._start(self.process)
        self._runs()

    @property
    def cgroup(self) -> Cgroup:
        """Its cgroup. Raises HostError if it has none, with the reason."""
        if isinstance(self._cgroup, HostError):
            raise self._cgroup
        return self._cgroup

    def person_shell(self, path: Path) -> PersonShell:
        """Return a shell for a person, not started yet, by pipes in the folder of its agent."""
        folder = self._socket.parent
        return ShellPipes(self.machine, folder, path.name, self.call_agent, self.process.exited)

    async def stand_still(self, still: bool) -> None:
        """Let the guest stand still, or go on. Raises HostError."""
        await self.cgroup.freeze(still)
        self._stands_still = still

    async def guest_runs(self, deadline: Deadline) -> bool:
        """Tell whether the guest runs, and was not told to stand still."""
        return not self._stands_still

    def memory_kills(self) -> int:
        """Return how many processes of it the host has killed for lack of memory."""
        return self._cgroup.memory_kills() if isinstance(self._cgroup, Cgroup) else 0

    @property
    def cards(self) -> ContainerCards | None:
        """Its network cards, from the moment that the start script has made them."""
        return self._boot_cards.cards if self._boot_cards is not None else None

    @property
    def cards_refusal(self) -> str:
        """Why the driver does not reach its network cards."""
        return self._boot_cards.refusal if self._boot_cards is not None else super().cards_refusal

    async def reach_cards(self) -> Cards:
        """Return its network cards, as soon as they are there. Raises why the container ended."""
        while self.cards is None and self.alive() and not self.agent.present:
            await asyncio.sleep(LOOK_SECONDS)
        if error := self.liveness.error():
            raise error
        return await super().reach_cards()

    async def booted(self) -> None:
        """Take note that the guest is up, with what is in force on its networks in force."""
        await super().booted()
        if self._boot_cards is not None:
            await self._boot_cards.settled.wait()

    async def close_channels(self) -> None:
        """End the program of its cards."""
        if self._boot_cards is not None:
            self._boot_cards.close()

    def alive(self) -> bool:
        """Tell whether it runs. It does from one boot to the next."""
        return super().alive() or (self._ready and self._reboots())

    async def press_power_button(self, deadline: Deadline) -> None:
        """Ask the guest to power off, without its agent."""
        self._signal_first(POWER_OFF)

    async def press_reboot_keys(self, deadline: Deadline) -> None:
        """Ask the guest to reboot, without its agent."""
        self._signal_first(REBOOT)

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
        pid = self.process.pid
        children = child_processes(pid)
        if process_ends(pid) or any(map(process_ends, children)):
            await self.process.wait(END_SECONDS)
        elif not children:  # it has just begun, or its guest has just ended
            await self.process.wait(BEGIN_SECONDS)
        await self.left_alone_noted()
        if self.process.exited.done() and self._exit_task is not None:
            await asyncio.wait({self._exit_task}, timeout=EXIT_SECONDS)
        await self.panic_noted()

    def _start(self, process: Process) -> None:
        # A socket of the last run would not be answered.
        self._socket.unlink(missing_ok=True)
        if self._boot_cards is not None:
            self._boot_cards.close()
        self._boot_cards = BootCards(
            self.machine,
            self._cards_socket,
            before_guest=self._before_guest,
            guest_is_there=lambda: self.agent.present,
            on_failure=self._cards_failed,
        )
        launch = self._launch
        if isinstance(self._cgroup, Cgroup):
            self._cgroup.clear()
        try:
            process.start(launch.command, cwd=launch.cwd, environment=launch.environment)
        except ProgramMissing:
            self._boot_cards.close()
            raise

    def _cards_failed(self, error: DriverError) -> None:
        self._lose(lambda: error)

    def _signal_first(self, number: int) -> None:
        if (first := first_in_namespace(self.process.pid)) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(first, number)

    def _has_rebooted(self) -> bool:
        exited = self.process.exited
        return exited.done() and exited.result() == REBOOTED_STATUS

    def _reboots(self) -> bool:
        """Tell whether the guest has rebooted, and is to be started again."""
        let = self.allow_reboot or self._reboot_let
        return let and self._has_rebooted() and not self.exit_expected

    async def _goes_on(self) -> bool:
        if not self._reboots():
            return False
        self._was_reset()
        process = _process(self.machine, self.console)
        try:
            self._start(process)
        except ProgramMissing as missing:
            error = missing  # Python forgets the other name
            self.allow_reboot = self._reboot_let = False
            self._lose(lambda: error)
            return False
        self.process = process
        return True

    def _exit(self) -> Exit:
        rebooted = self._has_rebooted()
        return Exit(
            status=0 if rebooted else self.process.exited.result(),
            reason=GUEST_RESET if rebooted else None,
            watchdog=None,
            console=self.console.last_lines(),
            sent=self.process.sent,
            asked=self.exit_expected,
            container=True,
        )


def _process(machine: str, console: Console) -> Process:
    """Return the process of one boot."""
    # The console has no other way out than the output of the program that runs the container.
    return Process(f"container {machine}", lambda line: console.feed(f"{line}\n".encode()))
