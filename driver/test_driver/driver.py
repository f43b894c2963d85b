"""One test: its networks, its machines, its script."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from .boot_budget import boot_budget
from .compatibility import POLICIES
from .configuration import Configuration
from .created_machines import machine_name, start_configuration
from .deprecation import deprecated
from .driver_compat import NixpkgsDriver
from .errors import HostError, SeveralErrors, SwitchFailed
from .log import ConsoleEcho, say
from .loop import LoopThread
from .losses import Losses
from .machine import Machine
from .network.faults import Network
from .network.faults_in_force import FaultsInForce
from .network.vlan import Vlan
from .nspawn_machine import machine_of
from .output import OutputFolder
from .qemu.acceleration import Acceleration, choose_acceleration
from .qemu.exits import settle
from .screen.display import no_display, person_display
from .script.conditions import PollingConditions
from .script.names import script_names
from .script.script import Script
from .session import Session
from .state import kept_state, private_folder, socket_folder
from .steps import Step, Steps
from .temporary_folders import remove_abandoned_folders
from .time_budget import Activity
from .trouble.ledger import TroubleLedger
from .trouble.survey import ask_all
from .words.checkpoints import make_checkpoints, restore_checkpoints, rolled_back
from .words.power import wait_until_off

logger = logging.getLogger(__name__)

PASSED_ON = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/"}


class Driver(NixpkgsDriver):
    """Owns everything a test needs, from its first process to the last.

    >>> driver.start_all()
    """

    def __init__(
        self,
        configuration: Configuration,
        script: Script,
        output: OutputFolder,
        steps: Steps,
        *,
        keep_state: bool = False,
        for_person: bool = False,
        verbose: bool = False,
        troubles: TroubleLedger | None = None,
    ) -> None:
        super().__init__()
        self.steps = steps
        self.troubles = troubles or TroubleLedger()
        self.compatibility = POLICIES[configuration.compatibility]
        self.conditions = PollingConditions(self.compatibility)
        self.losses = Losses()
        self._configuration = configuration
        self._script = script
        self._output = output
        self._keep_state = keep_state
        qemu = configuration.acceleration.qemu
        self._display = person_display(qemu) if for_person else no_display
        self._console_echo = ConsoleEcho(on=verbose)
        self._created: list[Machine] = []
        self._loop = LoopThread(self.losses.note)
        self._faults = FaultsInForce(
            loop=self._loop,
            meanwhile=self.conditions,
            machines=lambda: self.everyone,
            vlans=lambda: self.vlans,
            on_failure=self._on_switch_failure,
        )
        self.network = Network(self._faults, output)
        self._stack = ExitStack()
        self._session: Session | None = None
        self._acceleration: asyncio.Task[Acceleration] | None = None

    def __enter__(self) -> "Driver":
        """Start the networks, and find out whether KVM works while other things happen."""
        with ExitStack() as stack:
            self._open(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def name(self) -> str:
        """The name of the test."""
        return self._configuration.name

    def start_all(self) -> None:
        """Start all machines, and return before their guests are up.

        They start at once, unless they have more processors than the host can bear: then no more
        boot at a time than it can, and it returns when the last one has been started.

        >>> start_all()
        """
        boot = self.steps.budget.spend(Activity.BOOT)
        with boot, self.steps.step("start all machines"):
            chosen = self._loop.run(self._accelerate())
            budget = boot_budget(self.listed, chosen.accelerator)
            self._all(*(budget.start(machine) for machine in self.listed))

    def join_all(self) -> None:
        """Wait until all machines are off.

        >>> join_all()
        """
        wait = self.steps.budget.spend(Activity.WAITS, lambda: "join_all()")
        with wait, self.steps.step("wait for all machines to power off"):
            self._all(*(wait_until_off(machine) for machine in self.listed))

    def checkpoint_all(self, name: str) -> None:
        """Keep all machines as they are at one moment, and let them go on.

        Each machine has the checkpoint under this name, as if `machine.checkpoint` had made it.

        >>> checkpoint_all("cluster is up")
        """
        spend = self.steps.budget.spend(Activity.CHECKPOINTS)
        with spend, self.steps.step(f"making the checkpoint {name} of all machines"):
            make_checkpoints(self.everyone, name)

    def restore_all(self, name: str) -> None:
        """Make all machines what they were at a checkpoint, and let them go on together.

        What they have sent each other since then does not arrive.

        >>> restore_all("cluster is up")
        """
        spend = self.steps.budget.spend(Activity.CHECKPOINTS)
        with spend, self.steps.step(f"restoring the checkpoint {name} of all machines"):
            restore_checkpoints(self.everyone, name)

    @contextmanager
    def rollback(self) -> Iterator[None]:
        """Undo what a block has done to all machines, at its end. Blocks may be nested.

        After an error the machines are left as they are, so that they can be looked at.

        >>> with rollback():
        ...     server.crash()
        """
        with rolled_back(self.everyone):
            yield

    def subtest(self, name: str) -> AbstractContextManager[Step]:
        """Make what happens inside a case of the report. An error in it fails the test.

        >>> with subtest("the page is served"):
        ...     client.succeed("curl --fail http://server/")
        """
        return self.steps.step(name, subtest=True)

    def create_machine(
        self,
        start_command: str,
        *,
        name: str | None = None,
        keep_machine_state: bool = False,
        keep_vm_state: bool | None = None,
    ) -> Machine:
        """Make one more machine from a command line that starts QEMU; it is not started yet.

        The driver adds its own arguments to the command line. Without a name the machine is named
        after the program, if that is `run-NAME-vm`, else `machine`. Its disks outlive the driver
        if its state is kept. The driver stops it in the end like any other. Raises ValueError if
        the name cannot be used.

        >>> fourth = create_machine("/path/to/run-fourth-vm")
        """
        if keep_vm_state is not None:
            deprecated("keep_vm_state of create_machine", "keep_machine_state")
        if self._session is None:
            raise RuntimeError("the driver was not entered: use it in a `with` statement")
        name = machine_name(start_command, name, [machine.name for machine in self.everyone])
        session = self._session
        if keep_machine_state or keep_vm_state:
            session = replace(session, state_folder=kept_state(self._stack, [name]))
        machine = Machine(
            name,
            start_configuration(start_command, [vlan.number for vlan in self.vlans]),
            session,
            index=len(self.everyone),
            console_file=self._open_console_file(self._stack, name),
        )
        self._created.append(machine)
        return machine

    def serial_stdout_on(self) -> None:
        """Show what machines write on their consoles on the terminal, as with `--verbose`.

        >>> serial_stdout_on()
        """
        self._console_echo.on = True

    def serial_stdout_off(self) -> None:
        """Keep what machines write on their consoles from the terminal. Files have it anyway.

        >>> serial_stdout_off()
        """
        self._console_echo.on = False

    def test_script(self) -> None:
        """Run the test script.

        >>> test_script()
        """
        if "network." in self._script.source:  # a matter of speed alone
            self._loop.run(self._faults.prepare())
        with self.steps.budget.script(), self.steps.step("run the test script"):
            self._script.run(self.test_symbols())

    def test_symbols(self) -> dict[str, Any]:
        """Return the global names of the test script, for a library that runs tests of its own.

        >>> names = driver.test_symbols()
        """
        return script_names(self)

    def run_tests(self) -> None:
        """Run the test script, once it is known how machines will run.

        >>> run_tests()
        """
        self.judged(self.test_script)

    def judged(self, work: Callable[[], object]) -> None:
        """Run a test. Raises its own error, an unexpected end of a machine, or its trouble."""

        def ask() -> None:
            self._loop.run(ask_all(self.everyone))

        self._loop.run(self._accelerate())
        with self.losses.judged(self._settle), self.troubles.judged(ask):
            work()
        self._loop.run(self._forget_recordings())

    def discard(self) -> None:
        """Give up a driver that was never entered."""
        self._loop.loop.close()

    def look(self, work: Awaitable[object]) -> None:
        """Look at the machines; log what goes wrong."""
        self._all_quietly("looking at the machines", [work])

    def _open(self, stack: ExitStack) -> None:
        configuration = self._configuration
        remove_abandoned_folders()
        private = private_folder(stack)
        sockets = socket_folder(stack)
        state = kept_state(stack, configuration.machines) if self._keep_state else private
        shared = private / "shared-xchg"
        shared.mkdir(mode=0o700)
        console_files = {
            name: self._open_console_file(stack, name) for name in configuration.machines
        }
        stack.enter_context(self._loop)
        environment = {name: os.environ.get(name, other) for name, other in PASSED_ON.items()}
        environment["TMPDIR"] = str(private)
        stack.callback(self._forget_acceleration)
        self._loop.run(self._begin_acceleration(environment))
        vlans = self._loop.run(self._make_vlans(sockets))
        self.vlans.extend(vlans.values())
        stack.callback(self._stop_vlans)
        switch, failed = configuration.vde_switch, self._on_switch_failure
        self._all(*(vlan.start(switch, environment, failed) for vlan in self.vlans))
        self._session = session = Session(
            loop=self._loop,
            steps=self.steps,
            output=self._output,
            state_folder=state,
            shared_folder=shared,
            socket_folder=sockets,
            environment=environment,
            vlans=vlans,
            faults=self._faults,
            acceleration=self._accelerate,
            tesseract=configuration.tesseract,
            storage_daemon=Path(configuration.acceleration.qemu).with_name("qemu-storage-daemon"),
            display=self._display,
            conditions=self.conditions,
            losses=self.losses,
            console_echo=self._console_echo,
            troubles=self.troubles,
            compatibility=self.compatibility,
        )
        stack.callback(self._end_faults)
        stack.callback(self._release_machines)
        self.list_machines(
            machine_of(name, machine, session, index=index, console_file=console_files[name])
            for index, (name, machine) in enumerate(configuration.machines.items())
        )

    def _open_console_file(self, stack: ExitStack, name: str) -> IO[bytes]:
        folder = self._output.console_folder
        try:
            folder.mkdir(exist_ok=True)
            return stack.enter_context((folder / f"{name}.log").open("wb"))
        except OSError as error:
            raise HostError(f"cannot write to the output folder: {error}") from error

    async def _begin_acceleration(self, environment: Mapping[str, str]) -> None:
        async def choose() -> Acceleration:
            acceleration = await choose_acceleration(self._configuration.acceleration, environment)
            say(acceleration.describe())
            return acceleration

        self._acceleration = asyncio.ensure_future(choose())

    async def _accelerate(self) -> Acceleration:
        if self._acceleration is None:
            raise RuntimeError("the driver was not entered: use it in a `with` statement")
        return await asyncio.shield(self._acceleration)

    def _forget_acceleration(self) -> None:
        async def forget() -> None:
            if (choosing := self._acceleration) is not None and choosing.cancel():
                await asyncio.wait({choosing})

        self._loop.run(forget())

    async def _make_vlans(self, folder: Path) -> dict[int, Vlan]:
        return {number: Vlan(number, folder / f"v{number}") for number in self._configuration.vlans}

    def _on_switch_failure(self, error: SwitchFailed) -> None:
        self.losses.note(error)
        for machine in self.everyone:
            machine.switch_failed(error)

    def _settle(self) -> None:
        running = [machine.qemu for machine in self.everyone if machine.qemu is not None]
        self._all_quietly("looking for what has ended", [settle(qemu) for qemu in running])

    async def _forget_recordings(self) -> None:
        for machine in self.everyone:
            await machine.recording.forget()

    def _stop_vlans(self) -> None:
        self._all_quietly("stopping a switch", [vlan.stop() for vlan in self.vlans])

    def _end_faults(self) -> None:
        self._all_quietly("ending the faults of networks", [self._faults.stop()])

    def _release_machines(self) -> None:
        work = [machine.end() for machine in self.everyone]
        self._all_quietly("stopping a machine", work)

    def _all(self, *work: Awaitable[object]) -> None:
        """Do things at the same time; wait for all of them, then raise what went wrong."""
        errors = self._gather(work)
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise SeveralErrors(errors)

    def _all_quietly(self, what: str, work: Sequence[Awaitable[object]]) -> None:
        """Do things at the same time; log what goes wrong, so that the rest is done as well."""
        for error in self._gather(work):
            logger.error("%s: %s", what, error)

    def _gather(self, work: Sequence[Awaitable[object]]) -> list[Exception]:
        async def gather() -> list[Exception]:
            results = await asyncio.gather(*work, return_exceptions=True)
            return [result for result in results if isinstance(result, Exception)]

        return self._loop.run(gather())
