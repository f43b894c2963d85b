"""Attributes of the driver that scripts for nixpkgs' driver read and append to."""

import logging
from collections.abc import Iterable
from pathlib import Path

from .configuration import Configuration
from .errors import MachineError
from .log import ConsoleEcho
from .machine import Machine, NspawnMachine
from .network.vlan import Vlan
from .output import OutputFolder
from .script.conditions import PollingCondition, PollingConditionMaker, PollingConditions
from .script.debug import Debug
from .script.script import Script
from .script_log import ScriptLog
from .steps import Steps

logger = logging.getLogger(__name__)


class NixpkgsDriver:
    """What the driver has so that scripts for nixpkgs' driver run unchanged."""

    steps: Steps
    conditions: PollingConditions
    _configuration: Configuration
    _script: Script
    _output: OutputFolder
    _keep_state: bool
    _console_echo: ConsoleEcho
    _created: list[Machine]

    def __init__(self) -> None:
        # A script may append machines to each list; `start_all` and `join_all` know them then.
        self.machines: list[Machine] = []
        self.machines_qemu: list[Machine] = []
        self.machines_nspawn: list[NspawnMachine] = []
        self.vlans: list[Vlan] = []
        self.debug = Debug()

    @property
    def listed(self) -> tuple[Machine, ...]:
        """The machines of the three lists, each once."""
        every = (*self.machines, *self.machines_qemu, *self.machines_nspawn)
        return tuple(dict.fromkeys(every))

    @property
    def everyone(self) -> tuple[Machine, ...]:
        """All machines, also those that the script made."""
        return tuple(dict.fromkeys((*self.listed, *self._created)))

    @property
    def out_dir(self) -> Path:
        """The output folder of the test."""
        return self._output.path

    @property
    def tests(self) -> str:
        """The text of the test script."""
        return self._script.source

    @property
    def global_timeout(self) -> float:
        """The seconds that the whole test may take."""
        return self._configuration.global_timeout_seconds

    @property
    def keep_machine_state(self) -> bool:
        """Whether the disks of machines outlive the driver."""
        return self._keep_state

    @property
    def polling_conditions(self) -> list[PollingCondition]:
        """The polling conditions that are in force."""
        return self.conditions.entered

    def check_polling_conditions(self) -> None:
        """Check the polling conditions that are due. Raises ConditionFailed."""
        self.conditions.check_due()

    @property
    def logger(self) -> ScriptLog:
        """The global `log`."""
        return ScriptLog(self.steps, self._console_echo)

    @property
    def polling_condition(self) -> PollingConditionMaker:
        """The global `polling_condition`."""
        return PollingConditionMaker(self.conditions, self.steps)

    def list_machines(self, machines: Iterable[Machine]) -> None:
        """Put the machines of the test into their lists."""
        for machine in machines:
            self.machines.append(machine)
            if isinstance(machine, NspawnMachine):
                self.machines_nspawn.append(machine)
            else:
                self.machines_qemu.append(machine)

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
