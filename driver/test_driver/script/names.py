"""The global names of a test script."""

import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from ..errors import AssertionFailed
from ..global_names import variable_name
from ..log import say
from ..machine import Machine
from ..network.vlan import Vlan
from ..nspawn_machine import NspawnMachine
from ..steps import Step, Steps
from ..time_budget import counted_wait
from .conditions import PollingConditionMaker
from .debug import Debug
from .retrying import retry

if TYPE_CHECKING:
    from ..driver import Driver

logger = logging.getLogger(__name__)


class ScriptLog:
    """The log, for scripts.

    >>> log.info("the cluster has elected its leader")
    """

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def log(self, message: str, attributes: Mapping[str, str] | None = None) -> None:
        """Write a line that no log level hides. Attributes are accepted and not shown."""
        say(message)

    def debug(self, message: str) -> None:
        """Write a line for the log level debug."""
        logger.debug("%s", message)

    def info(self, message: str) -> None:
        """Write a line for the log levels info and below."""
        logger.info("%s", message)

    def warning(self, message: str) -> None:
        """Write a line for the log levels warning and below."""
        logger.warning("%s", message)

    def error(self, message: str) -> None:
        """Fail the test with this message."""
        raise AssertionFailed(message)

    def nested(
        self, message: str, attributes: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Step]:
        """Make a step of the log: a heading, what happens inside, and how long it took."""
        return self._steps.step(message)

    def subtest(self, name: str) -> AbstractContextManager[Step]:
        """Make a subtest, as the global `subtest` does."""
        return self._steps.step(name, subtest=True)


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


def script_names(driver: "Driver") -> dict[str, object]:
    """Return the names that a script finds."""
    return {
        "start_all": driver.start_all,
        "join_all": driver.join_all,
        "checkpoint_all": driver.checkpoint_all,
        "restore_all": driver.restore_all,
        "rollback": driver.rollback,
        "run_tests": driver.run_tests,
        "test_script": driver.test_script,
        "subtest": driver.subtest,
        "retry": counted_wait(driver.steps.budget, retry),
        "log": ScriptLog(driver.steps),
        "driver": driver,
        "create_machine": driver.create_machine,
        "polling_condition": PollingConditionMaker(driver.conditions, driver.steps),
        "serial_stdout_on": driver.serial_stdout_on,
        "serial_stdout_off": driver.serial_stdout_off,
        "dump_machine_ssh": driver.dump_machine_ssh,
        "debug": Debug(),
        "network": driver.network,
        "machines": list(driver.machines),
        "machines_qemu": [one for one in driver.machines if not isinstance(one, NspawnMachine)],
        "machines_nspawn": [one for one in driver.machines if isinstance(one, NspawnMachine)],
        "vlans": list(driver.vlans),
        "os": os,
        "t": Assertions(),
        "Machine": Machine,
        "BaseMachine": Machine,
        "QemuMachine": Machine,
        "NspawnMachine": NspawnMachine,
        **_vlan_names(driver.vlans),
        **_machine_names(driver.machines),
    }


def _machine_names(machines: Sequence[Machine]) -> dict[str, object]:
    names: dict[str, object] = {}
    if len(machines) == 1:
        names["machine"] = machines[0]
    for machine in machines:
        names[variable_name(machine.name)] = machine
    return names


def _vlan_names(vlans: Sequence[Vlan]) -> dict[str, object]:
    return {f"vlan{vlan.number}": vlan for vlan in vlans}
