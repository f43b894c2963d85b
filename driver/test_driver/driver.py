"""One test: its networks, its machines, its script."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

from .admission.admission import Admission
from .admission.boots import most_booting
from .admission.claim import claim_of
from .admission.settings import AdmissionSettings
from .backend.nspawn.image_holder import ImageHolder
from .backend.qemu.acceleration_choice import AccelerationChoice
from .compatibility import POLICIES
from .configuration import Configuration
from .driver_methods import DriverMethods
from .errors import HostError, SeveralErrors, SwitchFailed
from .extensions.extensions import Extensions
from .faults.logged_disks import LogWrites
from .log import ConsoleEcho, say
from .loop import LoopThread
from .machine import BaseMachine, QemuMachine
from .machine.core import MachineCore
from .machine.kinds import machine_of
from .network.active_faults import NetworkFaults
from .network.faults import Network
from .network.vlan import Vlan
from .output import OutputFolder
from .run.backend_choice import BackendChoice, has_choice, with_backends
from .run.context import TestContext
from .run.timings import Phase
from .screen.display import no_display, person_display
from .screen.recognition import Recognition
from .script.conditions import PollingConditions
from .script.script import Script
from .script.script_globals import script_names
from .state import kept_state, private_folder, socket_folder
from .steps import Steps
from .temporary_folders import remove_abandoned_folders
from .trouble.ledger import TroubleLedger
from .trouble.survey import ask_all
from .unexpected_ends import Losses

logger = logging.getLogger(__name__)

PASSED_ON = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/"}


class Driver(DriverMethods):
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
        extensions: Extensions | None = None,
        admission: AdmissionSettings | None = None,
    ) -> None:
        super().__init__()
        self.extensions = extensions or Extensions()
        self.steps = steps
        self.troubles = troubles or TroubleLedger()
        self.compatibility = POLICIES[configuration.compatibility]
        self.conditions = PollingConditions(self.compatibility)
        self.losses = Losses()
        self.backends: Sequence[BackendChoice] = ()
        self._configuration = configuration
        self._script = script
        self._output = output
        self._keep_state = keep_state
        qemu = configuration.acceleration.qemu
        self._display = person_display(qemu) if for_person else no_display
        self._console_echo = ConsoleEcho(on=verbose)
        self._created: list[BaseMachine] = []
        self._loop = LoopThread(self.losses.note)
        self._faults = NetworkFaults(
            loop=self._loop,
            meanwhile=self.conditions,
            machines=lambda: self.everyone,
            vlans=lambda: self.vlans,
            on_failure=self._on_switch_failure,
        )
        self.network = Network(self._faults, output)
        self._stack = ExitStack()
        self._session: TestContext | None = None
        self._acceleration = AccelerationChoice(configuration.acceleration)
        self._images = ImageHolder(configuration.container_images)
        self._admission_settings = admission
        self._admission: Admission | None = None
        self._memory_watch: asyncio.Task[None] | None = None

    def __enter__(self) -> "Driver":
        """Start the networks, and find out whether KVM works while other things happen."""
        with ExitStack() as stack:
            if (admission := self._open_admission()) is not None:
                self._admission = stack.enter_context(admission)
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
    def configuration(self) -> Configuration:
        """The document of the test."""
        return self._configuration

    def script_names(self) -> dict[str, object]:
        """Return the global names of the script."""
        return script_names(self)

    def judged(self, work: Callable[[], object]) -> None:
        """Run a test. Raises its own error, an unexpected end of a machine, or its trouble."""

        def ask() -> None:
            self._loop.run(ask_all(self.everyone))

        self.find_acceleration()
        with self.losses.judged(self._settle), self.troubles.judged(ask):
            work()
        self._loop.run(self._forget_recordings())

    @contextmanager
    def judged_apart(self, *, ask: bool) -> Iterator[None]:
        """Run a part of a test in the body. Raises what `judged` raises for this part alone.

        `ask` the machines what trouble they had, if that can fail the test.
        """
        with self.losses.judged_apart(self._settle):
            yield
            if ask and self.troubles.fail_on:  # else it would only cost time
                self._loop.run(ask_all(self.everyone))
            self.troubles.judge_apart()

    def admit(
        self,
        names: Collection[str] | None = None,
        tell: Callable[[str], object] = say,
    ) -> None:
        """Wait until the host has room for these machines, for all of them unless told.

        Nothing is waited for at the prompt. Raises HostError.
        """
        admission = self._admission
        if admission is None:
            return
        with self.steps.timings.spend(Phase.ADMISSION):
            admission.admit(claim_of(self._configuration, names), tell)
        self._loop.run(self._watch_memory(admission))

    async def _watch_memory(self, admission: Admission) -> None:
        if self._memory_watch is None:
            self._memory_watch = asyncio.ensure_future(
                admission.watch(self._qemu_processes, self._guests_up)
            )

    def _qemu_processes(self) -> dict[str, int]:
        """Return the processes of the machines in QEMU that are on."""
        return {
            machine.name: machine.backend.process.pid
            for machine in self.everyone
            if isinstance(machine, QemuMachine)
            if machine.backend is not None and machine.backend.alive()
        }

    def _guests_up(self) -> set[str]:
        """Return the machines whose guests take commands."""
        return {machine.name for machine in self.everyone if machine.connected}

    def _most_booting(self) -> int:
        acceleration = self._loop.run(self._acceleration.made())
        return most_booting(emulated=acceleration.accelerator == "tcg")

    def _open_admission(self) -> Admission | None:
        settings, shared = self._admission_settings, self._configuration.admission
        if settings is None or shared is None:
            return None
        return Admission(
            settings,
            Path(shared.ledger),
            self._configuration.name,
            step=lambda: self.steps.step("wait for the host"),
            most_booting=self._most_booting,
        )

    def release_machines(self) -> None:
        """End all machines, whatever state they are in, and forget those that a test has made."""
        self._all(*(machine.end() for machine in self.everyone))
        self._created.clear()

    def end_machine(self, machine: MachineCore) -> None:
        """End a machine, whatever state it is in."""
        self._all(machine.end())

    def release_created(self, besides: Collection[str]) -> None:
        """End and forget the machines that a test has made, but those of these names."""
        created = [machine for machine in self._created if machine.name not in besides]
        self._all(*(machine.end() for machine in created))
        self._created[:] = [machine for machine in self._created if machine not in created]

    @property
    def shared_folder(self) -> Path:
        """The folder of the host that guests share with the driver."""
        if self._session is None:
            raise RuntimeError("the driver was not entered: use it in a `with` statement")
        return self._session.shared_folder

    @property
    def accelerated(self) -> bool:
        """Whether machines in QEMU run with KVM."""
        return self._loop.run(self._acceleration.made()).accelerator != "tcg"

    def find_acceleration(self) -> None:
        """Find out how machines in QEMU will run, if there are any."""
        if any(isinstance(machine, QemuMachine) for machine in self.listed):
            self._loop.run(self._acceleration.made())

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
        self._loop.run(self._acceleration.open(environment, at_once=self._needs_qemu()))
        configuration = self._choose_backends()
        if any(one.backend_name == "nspawn" for one in configuration.machines.values()):
            stack.callback(self._end_images)
            self._loop.run(self._images.begin(private, environment))
        vlans = self._loop.run(self._make_vlans(sockets))
        self.vlans.extend(vlans.values())
        stack.callback(self._stop_vlans)
        switch, failed = configuration.vde_switch, self._on_switch_failure
        self._all(*(vlan.start(switch, environment, failed) for vlan in self.vlans))
        self._session = session = TestContext(
            loop=self._loop,
            steps=self.steps,
            output=self._output,
            state_folder=state,
            shared_folder=shared,
            socket_folder=sockets,
            environment=environment,
            vlans=vlans,
            faults=self._faults,
            machine_hooks=(LogWrites(),),
            container_images=self._images,
            acceleration=self._acceleration.made,
            recognition=Recognition(self._loop, configuration.tesseract, private),
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
        self._make_machines(session, console_files)

    def _make_machines(self, session: TestContext, console_files: Mapping[str, IO[bytes]]) -> None:
        self.list_machines(
            machine_of(
                name,
                machine,
                session,
                index=index,
                console_file=console_files[name],
                extended=self.extensions.machine_class,
            )
            for index, (name, machine) in enumerate(self._configuration.machines.items())
        )

    def _open_console_file(self, stack: ExitStack, name: str) -> IO[bytes]:
        folder = self._output.console_folder
        try:
            folder.mkdir(exist_ok=True)
            return stack.enter_context((folder / f"{name}.log").open("wb"))
        except OSError as error:
            raise HostError(f"cannot write to the output folder: {error}") from error

    def _needs_qemu(self) -> bool:
        """Tell whether a machine runs in QEMU wherever the test runs."""
        machines = self._configuration.machines.values()
        return any(one.backend_name == "qemu" and one.as_container is None for one in machines)

    def _choose_backends(self) -> Configuration:
        """Choose what runs the machines that can be two things, and return the configuration."""
        if has_choice(self._configuration.machines):
            acceleration = self._loop.run(self._acceleration.tried())
            self._configuration, self.backends = with_backends(self._configuration, acceleration)
            for choice in self.backends:
                choice.tell()
        return self._configuration

    def _forget_acceleration(self) -> None:
        self._loop.run(self._acceleration.forget())

    async def _make_vlans(self, folder: Path) -> dict[int, Vlan]:
        return {number: Vlan(number, folder / f"v{number}") for number in self._configuration.vlans}

    def _on_switch_failure(self, error: SwitchFailed) -> None:
        self.losses.note(error)
        for machine in self.everyone:
            machine.switch_failed(error)

    def _settle(self) -> None:
        running = [machine.backend for machine in self.everyone if machine.backend is not None]
        self._all_quietly("looking for what has ended", [backend.settle() for backend in running])

    async def _forget_recordings(self) -> None:
        for machine in self.everyone:
            await machine.recording.forget()

    def _stop_vlans(self) -> None:
        self._all_quietly("stopping a switch", [vlan.stop() for vlan in self.vlans])

    def _end_images(self) -> None:
        self._all_quietly("ending what holds the images of containers", [self._images.end()])

    def _end_faults(self) -> None:
        self._all_quietly("ending the faults of networks", [self._faults.stop()])

    def _release_machines(self) -> None:
        work = [machine.end() for machine in self.everyone]
        self._all_quietly("stopping a machine", work)
        if self._session is not None:
            self._session.cgroups.close()
            self._session.recognition.close()

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
