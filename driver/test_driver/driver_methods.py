"""What scripts call on the driver."""

import abc
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from typing import IO, Any

from .backend.qemu.acceleration_choice import AccelerationChoice
from .compatibility import Compatibility
from .configuration import Configuration, machine_variables
from .created_machines import machine_name, start_configuration
from .deprecation import deprecated
from .driver_compat import NixpkgsDriver
from .errors import MachineError
from .extensions.extensions import Extensions
from .loop import LoopThread
from .machine import BaseMachine, QemuMachine
from .machine.power import wait_until_off
from .machine.snapshot import AllSnapshotMethods
from .network.active_faults import NetworkFaults
from .network.faults import Network
from .public_names import public, script_global
from .run.boot_limiter import boot_limiter
from .run.context import TestContext
from .run.timings import Phase
from .script.script import Script
from .state import kept_state
from .steps import Step

logger = logging.getLogger(__name__)


class DriverMethods(NixpkgsDriver, AllSnapshotMethods):
    """The methods of the driver that scripts call, by themselves or as `driver.<name>`."""

    compatibility: Compatibility
    extensions: Extensions
    network: Network
    _acceleration: AccelerationChoice
    _configuration: Configuration
    _faults: NetworkFaults
    _loop: LoopThread
    _script: Script
    _session: TestContext | None
    _stack: ExitStack

    @abc.abstractmethod
    def judged(self, work: Callable[[], object]) -> None:
        """Run a test."""

    @abc.abstractmethod
    def script_names(self) -> dict[str, object]:
        """Return the global names of the script."""

    @abc.abstractmethod
    def _all(self, *work: Awaitable[object]) -> None:
        """Do things at the same time."""

    @abc.abstractmethod
    def _open_console_file(self, stack: ExitStack, name: str) -> IO[bytes]:
        """Open the file for the console of a machine."""

    @property
    @public
    def name(self) -> str:
        """The name of the test."""
        return self._configuration.name

    @property
    def machine_variables(self) -> Mapping[str, str]:
        """The variables of a script that stand for machines, with the name of each machine."""
        return machine_variables(self._configuration.machines)

    @script_global
    def start_all(self) -> None:
        """Start all machines, and return before their guests are up.

        They start at once, unless they have more processors than the host can bear: then no more
        boot at a time than it can, and it returns when the last one has been started.

        >>> start_all()
        """
        boot = self.steps.timings.spend(Phase.BOOT)
        with boot, self.steps.step("start all machines"):
            self.start_machines(self.listed)

    def start_machines(self, machines: Sequence[BaseMachine]) -> None:
        """Start machines, as `start_all` starts all of them."""
        in_qemu = any(isinstance(machine, QemuMachine) for machine in machines)
        emulated = in_qemu and self._loop.run(self._acceleration.made()).accelerator == "tcg"
        limiter = boot_limiter(machines, emulated=emulated)
        self._all(*(limiter.start(machine) for machine in machines))

    @script_global
    def join_all(self) -> None:
        """Wait until all machines are off.

        >>> join_all()
        """
        wait = self.steps.timings.spend(Phase.WAIT, lambda: "join_all()")
        with wait, self.steps.step("wait for all machines to power off"):
            self._all(*(wait_until_off(machine) for machine in self.listed))

    @script_global
    def subtest(self, name: str) -> AbstractContextManager[Step]:
        """Make what happens inside a case of the report. An error in it fails the test.

        >>> with subtest("the page is served"):
        ...     client.succeed("curl --fail http://server/")
        """
        return self.steps.step(name, subtest=True)

    @script_global
    def create_machine(
        self,
        start_command: str,
        *,
        name: str | None = None,
        keep_machine_state: bool = False,
        keep_vm_state: bool | None = None,
    ) -> QemuMachine:
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
        machine = self.extensions.machine_class(QemuMachine)(
            name,
            start_configuration(start_command, [vlan.number for vlan in self.vlans]),
            session,
            index=len(self.everyone),
            console_file=self._open_console_file(self._stack, name),
        )
        self._created.append(machine)
        return machine

    @script_global
    def serial_stdout_on(self) -> None:
        """Show what machines write on their consoles on the terminal, as with `--verbose`.

        >>> serial_stdout_on()
        """
        self._console_echo.on = True

    @script_global
    def serial_stdout_off(self) -> None:
        """Keep what machines write on their consoles from the terminal. Files have it anyway.

        >>> serial_stdout_off()
        """
        self._console_echo.on = False

    @script_global
    def dump_machine_ssh(self, offset: int | None = None) -> None:
        """Write to the log how a person gets into each machine by SSH. `offset` is not used.

        >>> dump_machine_ssh()
        """
        for machine in self.listed:
            try:
                way = machine.ssh_backdoor_command()
            except MachineError as error:
                logger.warning("%s", error)
            else:
                machine.log(f"enter with: {way}")

    @script_global
    def test_script(self) -> None:
        """Run the test script.

        >>> test_script()
        """
        if "network." in self._script.source:  # a matter of speed alone
            self._loop.run(self._faults.prepare())
        with self.steps.timings.script(), self.steps.step(self._script.title):
            self._script.run(self.test_symbols())

    @public
    def test_symbols(self) -> dict[str, Any]:
        """Return the global names of the test script, for a library that runs tests of its own.

        >>> names = driver.test_symbols()
        """
        return self.script_names()

    @script_global
    def run_tests(self) -> None:
        """Run the test script, once it is known how machines will run.

        >>> run_tests()
        """
        self.judged(self.test_script)
