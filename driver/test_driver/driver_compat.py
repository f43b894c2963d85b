"""Attributes of the driver that scripts for nixpkgs' driver read and append to."""

import abc
from collections.abc import Iterable
from pathlib import Path

from .configuration import Configuration
from .log import ConsoleEcho
from .machine import BaseMachine, NspawnMachine, QemuMachine
from .network.vlan import Vlan
from .output import OutputFolder
from .public_names import public, script_global
from .script.conditions import PollingCondition, PollingConditionMaker, PollingConditions
from .script.debug import Debug
from .script.script import Script
from .script_log import ScriptLog
from .steps import Steps


class NixpkgsDriver(abc.ABC):
    """What the driver has so that scripts for nixpkgs' driver run unchanged."""

    steps: Steps
    conditions: PollingConditions
    _configuration: Configuration
    _script: Script
    _output: OutputFolder
    _keep_state: bool
    _console_echo: ConsoleEcho
    _created: list[BaseMachine]

    def __init__(self) -> None:
        # A script may append machines to each list; `start_all` and `join_all` know them then.
        self.machines: list[BaseMachine] = []
        self.machines_qemu: list[QemuMachine] = []
        self.machines_nspawn: list[NspawnMachine] = []
        self.vlans: list[Vlan] = []
        self.debug = Debug()

    @property
    def listed(self) -> tuple[BaseMachine, ...]:
        """The machines of the three lists, each once."""
        every: tuple[BaseMachine, ...] = (
            *self.machines,
            *self.machines_qemu,
            *self.machines_nspawn,
        )
        return tuple(dict.fromkeys(every))

    @property
    def everyone(self) -> tuple[BaseMachine, ...]:
        """All machines, also those that the script made."""
        return tuple(dict.fromkeys((*self.listed, *self._created)))

    @property
    @public
    def out_dir(self) -> Path:
        """The output folder of the test."""
        return self._output.path

    @property
    @public
    def tests(self) -> str:
        """The text of the test script."""
        return self._script.source

    @property
    @public
    def global_timeout(self) -> float:
        """The seconds that the whole test may take."""
        return self._configuration.global_timeout_seconds

    @property
    @public
    def keep_machine_state(self) -> bool:
        """Whether the disks of machines outlive the driver."""
        return self._keep_state

    @property
    @public
    def polling_conditions(self) -> list[PollingCondition]:
        """The polling conditions that are in force."""
        return self.conditions.entered

    @public
    def check_polling_conditions(self) -> None:
        """Check the polling conditions that are due. Raises ConditionFailed.

        >>> driver.check_polling_conditions()
        """
        self.conditions.check_due()

    @property
    @public
    def logger(self) -> ScriptLog:
        """The global `log`."""
        return ScriptLog(self.steps, self._console_echo)

    @property
    @script_global
    def polling_condition(self) -> PollingConditionMaker:
        """The global `polling_condition`."""
        return PollingConditionMaker(self.conditions, self.steps)

    def list_machines(self, machines: Iterable[BaseMachine]) -> None:
        """Put the machines of the test into their lists."""
        for machine in machines:
            self.machines.append(machine)
            if isinstance(machine, NspawnMachine):
                self.machines_nspawn.append(machine)
            elif isinstance(machine, QemuMachine):
                self.machines_qemu.append(machine)
