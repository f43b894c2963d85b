"""What every machine has, below all methods: its name, its log, its state folder, its start."""

import abc
import asyncio
import os
from collections.abc import Coroutine, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any, ClassVar, TypeVar

from ..backend.base import PANIC_TEXT, Backend
from ..backend.console import Console
from ..backend.environment import start_environment
from ..backend.standstill import hold_guest
from ..configuration import MachineConfiguration
from ..deadline import NEVER, Deadline, Duration
from ..errors import DriverError, SwitchFailed
from ..faults.machine_faults import MachineFaults, may_be_provoked
from ..log import MachineLog
from ..output import EVIDENCE_FOLDER
from ..public_names import public
from ..reconnecting import wait_until_settled
from ..run.context import TestContext
from ..run.timings import Phase
from ..screen.keyboard import DEFAULT_LAYOUT
from ..screen.read_pictures import ReadPictures
from ..screen.recording import ScreenRecording
from ..state import machine_folder
from ..steps import Step
from .callbacks import Callbacks

T = TypeVar("T")
# From the start of the machine until its guest answers. A guest that dies ends the wait sooner.
BOOT_SECONDS = 600.0
SET_BY_SCRIPT = "the script has set `connected` to False"


class MachineCore(abc.ABC):
    """A machine, below its methods: state."""

    # Whether the driver reaches the network cards of such machines.
    reaches_cards: ClassVar[bool] = False

    def __init__(
        self,
        name: str,
        configuration: MachineConfiguration,
        session: TestContext,
        *,
        index: int,
        console_file: IO[bytes] | None,
    ) -> None:
        self.name = name
        self.context = session
        self.backend: Backend | None = None
        self.default_timeout: Duration | None = session.compatibility.command_seconds
        self.output_limit = session.compatibility.output_limit_bytes
        self.lines = MachineLog(name)
        self.keyboard_layout = DEFAULT_LAYOUT
        self.console = Console(self._on_console_line, console_file, session.losses.note)
        self.console.on_late_stderr = self._on_late_stderr
        self.trouble = session.troubles.of(name, self.console, configuration.container)
        self.state_dir = machine_folder(session.state_folder, name)
        self.efi_store = self.state_dir / "efi-vars.fd"
        self.recording = ScreenRecording(
            configuration.record_screen,
            session.output.path / EVIDENCE_FOLDER / name / "recording",
            self.state_dir / "recording.png",
            lambda path: self.record_file("frame", path),
            session.losses.note,
        )
        self.read_pictures = ReadPictures(
            name, session.output.path / EVIDENCE_FOLDER / name / "text"
        )
        self.configuration = configuration
        self.has_ssh = configuration.ssh
        self.vsock_cid: int | None = None
        self.faults = MachineFaults(self)
        self.callbacks = Callbacks()
        self.corrupted = False  # a disk of it, by the script
        self.index = index
        self.starting = asyncio.Lock()
        self._broken_network: SwitchFailed | None = None
        self.disconnected: Backend | None = None  # that of which the script has said so

    def __repr__(self) -> str:
        return f"<machine {self.name}>"

    @property
    @public
    def cores(self) -> int:
        """How many processors it has: a container has those of the host unless it has a limit."""
        if self.configuration.container:
            return self.configuration.limits.cores or len(os.sched_getaffinity(0))
        return self.configuration.cores

    @property
    @public
    def memory_mib(self) -> int:
        """How much memory it has: a container has that of the host unless it has a limit."""
        if self.configuration.container:
            host = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
            return self.configuration.limits.memory_mib or host
        return self.configuration.memory_mib

    @property
    @public
    def connected(self) -> bool:
        """Whether the guest takes commands now.

        Set it to False to make the next call wait for the guest again, for example after the script
        has let the guest restart behind the driver's back. A guest that systemd is stopping is not
        taken for the next one, nor is one that goes within 3 s.
        """
        return (qemu := self.backend) is not None and qemu.alive() and qemu.takes_commands

    @connected.setter
    def connected(self, value: bool) -> None:
        _check_bool(self.name, "connected", value)
        if not value and (qemu := self.backend) is not None and qemu.alive():
            self.disconnected = qemu
            self.context.loop.run(_drop(qemu))

    @property
    @public
    def booted(self) -> bool:
        """Whether the machine is on.

        Set it to False to tell the driver that the machine went off as the script wanted: the next
        call that needs it starts it. A machine that runs goes on.
        """
        return self.backend is not None and self.backend.alive()

    @booted.setter
    def booted(self, value: bool) -> None:
        _check_bool(self.name, "booted", value)
        if not value and (qemu := self.backend) is not None and not qemu.alive():
            qemu.exit_expected = True

    @public
    def nested(
        self, msg: str, attrs: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Step]:
        """Make a step of the log: a heading, what happens inside, and how long it took.

        Attributes are accepted and not shown.

        >>> with machine.nested("filling the database"):
        ...     machine.succeed("fill-database")
        """
        return self.context.steps.step(msg, machine=self.name)

    @property
    def instance(self) -> Backend:
        """The run of the machine that a method has by its `needs`."""
        assert self.backend is not None, "the method does not say what it needs"
        return self.backend

    def check_due(self) -> None:
        """Check the polling conditions that are due."""
        self.context.conditions.check_due()

    def in_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the driver's loop and wait for it, and check polling conditions."""
        return self.context.loop.run(self.callbacks.before(work), self.context.conditions)

    async def ensure_started(self) -> Backend:
        """Return the run of the machine, started if it is off. Raises why it ended."""
        if (qemu := self.backend) is not None and not qemu.exit_expected:
            if error := qemu.liveness.error():
                raise error
            if qemu.alive():
                return qemu
        return await self.boot(allow_reboot=False)

    @abc.abstractmethod
    async def boot(self, *, allow_reboot: bool) -> Backend:
        """Start QEMU, or what stands in its place, unless it runs already."""

    async def ensure_connected(self, deadline: Deadline = NEVER) -> Backend:
        """Return the run of the machine when its guest takes commands. Raises TimeoutError."""
        async with asyncio.timeout(deadline.timeout()):
            backend = await self.ensure_started()
            if backend.takes_commands:
                return backend
            limit = Deadline.after(BOOT_SECONDS)
            try:
                await hold_guest(backend, self._wait_for_guest(backend), limit)
            except TimeoutError as error:
                raise backend.agent.silent(BOOT_SECONDS, "waiting for the boot") from error
            await backend.booted()
            return backend

    async def _wait_for_guest(self, backend: Backend) -> None:
        await backend.wait_for_guest()
        if self.disconnected is backend:
            await wait_until_settled(backend)
            self.disconnected = None

    def reach_guest(self, deadline: Deadline = NEVER) -> Backend:
        """Return the run of the machine when its guest takes commands, with a step for the boot.

        Polling conditions that are due are checked first. Raises TimeoutError at the deadline.
        """
        self.check_due()
        if (qemu := self.backend) is not None and qemu.alive() and qemu.takes_commands:
            return qemu
        boot = self.context.steps.timings.spend(Phase.BOOT)
        with boot, self.nested("waiting for the machine to finish booting"):
            return self.in_loop(self.ensure_connected(deadline))

    def reach_machine(self, deadline: Deadline = NEVER) -> Backend:
        """Return the run of the machine, started if need be. Due polling conditions come first.

        Raises TimeoutError at the deadline.
        """
        self.check_due()

        async def started() -> Backend:
            async with asyncio.timeout(deadline.timeout()):
                return await self.ensure_started()

        return self.in_loop(started())

    def switch_failed(self, error: SwitchFailed) -> None:
        """End all waits if the machine is connected to this network."""
        if error.vlan not in self.configuration.vlans:
            return
        self._broken_network = error
        if self.backend is not None:
            self.backend.liveness.cancel(lambda: error)

    def lost(self, error: DriverError) -> None:
        """Take note of an unexpected end, unless a fault that the script made may be its cause."""
        self.context.losses.note(error, self.name, provoked=may_be_provoked(self, error))

    async def end(self) -> None:
        """Stop the machine for good. It never raises."""
        await self.recording.stop()
        if self.backend is not None:
            await self.backend.quit()

    def record_file(self, kind: str, path: Path) -> None:
        """Write an event about a picture, if it lies in the output folder."""
        if path.is_relative_to(folder := self.context.output.path):
            self.lines.record(kind, path=str(path.relative_to(folder)))

    def runs(self, backend: Backend) -> None:
        """Take note that the machine is up."""
        if error := self._broken_network:  # it broke before there was somebody to tell
            backend.liveness.cancel(lambda: error)

    def environment(self) -> dict[str, str]:
        """Return the variables that a start script finds."""
        vlans = self.configuration.vlans
        return start_environment(self.context, vlans, self.state_dir, self.efi_store)

    def show_console_line(self, line: str) -> None:
        """Log a line of the console, on the terminal only if that is wanted."""
        self.lines.say(line, console=True, only_in_files=not self.context.console_echo.on)

    def _on_console_line(self, line: str) -> None:
        self.show_console_line(line)
        self.trouble.console_line(line)
        if PANIC_TEXT in line and self.backend is not None:
            self.backend.panic_seen(line)

    def _on_late_stderr(self, line: str) -> None:
        self.show_console_line(line)
        self.trouble.output(line.encode())

    def on_backend_line(self, line: str) -> None:
        """Log a line that QEMU writes."""
        self.lines.say(line, stream="qemu")


def _check_bool(machine: str, name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{machine}.{name}: expected True or False, got {value!r}")


async def _drop(qemu: Backend) -> None:
    qemu.agent.drop(SET_BY_SCRIPT)
