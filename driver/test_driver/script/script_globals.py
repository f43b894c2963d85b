"""The global names of a test script."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..configuration import machine_variables
from ..errors import AssertionFailed
from ..machine import BaseMachine, NspawnMachine, QemuMachine
from ..machine.kinds import COMMON
from ..network.vlan import Vlan
from ..public_names import script_globals
from ..retrying import retry_of
from ..run.timings import counted_wait

if TYPE_CHECKING:
    from ..driver_methods import DriverMethods


class Assertions:
    """The assertions of `unittest`, such as `t.assertEqual(1, 1)`."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever unittest has
        """Return an assertion. unittest is loaded when the first one is used: it takes long."""
        import unittest

        class Case(unittest.TestCase):
            """Raises what the driver knows to be the script's own failure."""

            failureException = AssertionFailed
            maxDiff = None

        return getattr(Case(), name)


def script_names(driver: "DriverMethods") -> dict[str, object]:
    """Return the names that a script finds. Raises ExtensionError."""
    extended = driver.extensions.machine_class
    own: dict[str, object] = {
        **script_globals(driver),
        "retry": counted_wait(driver.steps.timings, retry_of(driver.compatibility)),
        "log": driver.logger,
        "driver": driver,
        "debug": driver.debug,
        "network": driver.network,
        "machines": driver.machines,
        "machines_qemu": driver.machines_qemu,
        "machines_nspawn": driver.machines_nspawn,
        "vlans": driver.vlans,
        "os": os,
        "t": Assertions(),
        "Machine": extended(QemuMachine),
        "BaseMachine": extended(COMMON),
        "QemuMachine": extended(QemuMachine),
        "NspawnMachine": extended(NspawnMachine),
        **_vlan_names(driver.vlans),
        **_machine_names(driver.machines),
    }
    return own | _added_names(driver, own)


def _added_names(driver: "DriverMethods", own: Mapping[str, object]) -> dict[str, object]:
    """Return the names that extensions add, which are none of the others."""
    taken = dict.fromkeys(own, "which is a global of test scripts; give it another name")
    for variable, machine in driver.machine_variables.items():
        taken[variable] = (
            f"which is the variable of machine {machine}; rename the machine, or the global in the "
            "extension"
        )
    return driver.extensions.script_globals(driver, taken, driver.steps)


def _machine_names(machines: Sequence[BaseMachine]) -> dict[str, object]:
    names: dict[str, object] = {}
    if len(machines) == 1:
        names["machine"] = machines[0]
    by_name = {machine.name: machine for machine in machines}
    configurations = {name: machine.configuration for name, machine in by_name.items()}
    for variable, name in machine_variables(configurations).items():
        names[variable] = by_name[name]
    return names


def _vlan_names(vlans: Sequence[Vlan]) -> dict[str, object]:
    return {f"vlan{vlan.number}": vlan for vlan in vlans}
