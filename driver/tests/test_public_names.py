"""What scripts and other programs may use of the driver."""

import inspect
import subprocess
import sys

import pytest

import test_driver
from test_driver.driver_methods import DriverMethods
from test_driver.machine import NspawnMachine, QemuMachine
from test_driver.public_names import public_members


def test_the_public_names_are_these() -> None:
    assert test_driver.__all__ == [
        "BaseMachine",
        "Configuration",
        "Deadline",
        "Driver",
        "NspawnMachine",
        "QemuMachine",
        "Script",
        "load_configuration",
        "retry",
    ]
    assert all(hasattr(test_driver, name) for name in test_driver.__all__)


@pytest.mark.parametrize("kind", [QemuMachine, NspawnMachine, DriverMethods])
def test_every_method_for_scripts_has_a_manual_with_an_example(kind: type) -> None:
    found = [one for owner in inspect.getmro(kind) for one in public_members(owner)]
    methods = [(name, member) for name, member in found if not isinstance(member, property)]
    assert len(methods) > 10
    for name, member in methods:
        assert ">>> " in (inspect.getdoc(member) or ""), name


IN_ANOTHER_PROCESS = """
import sys
import test_driver.errors
assert not {"pydantic", "asyncio", "test_driver.driver"} & {*sys.modules}, sorted(sys.modules)
from test_driver import *
assert Driver.__module__ == "test_driver.driver"
import test_driver
assert test_driver.Machine is test_driver.machine.QemuMachine
assert test_driver.efi.__name__ == "test_driver.efi"
test_driver.nothing
"""


def test_a_name_is_imported_when_it_is_used() -> None:
    command = [sys.executable, "-c", IN_ANOTHER_PROCESS]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    last = "AttributeError: module 'test_driver' has no attribute 'nothing'\n"
    assert ended.stderr.endswith(last), ended.stderr
