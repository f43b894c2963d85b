"""The types of a script's global names, as a module for type checkers and editors."""

import inspect
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from ..configuration import Configuration, variable_name
from ..driver import Driver
from ..errors import ConfigurationError
from ..machine import Machine
from ..network.vlan import Vlan
from ..nspawn_machine import NspawnMachine
from ..output import OutputFolder
from ..package import PACKAGE_FOLDER
from ..steps import Steps
from .names import Assertions, script_names
from .script import NAMES_MODULE, Script

# What stands in for a class that finds its attributes while it runs.
_STAND_INS: dict[type, str] = {Assertions: "unittest.TestCase"}


def stub_text(configuration: Configuration) -> str:
    """Return Python source in which each global name of a script has its type."""
    driver = Driver(configuration, Script(Path(os.devnull)), OutputFolder(Path()), Steps([]))
    try:
        names = script_names(driver)
    finally:
        driver.discard()
    machine, vlan = _reference(Machine), _reference(Vlan)
    container = _reference(NspawnMachine)
    known = {name: f"list[{machine}]" for name in ("machines", "machines_qemu")}
    known |= {"machines_nspawn": f"list[{container}]", "vlans": f"list[{vlan}]"}
    known |= {
        variable_name(name): container if one.container else machine
        for name, one in configuration.machines.items()
    }
    known |= {f"vlan{number}": vlan for number in configuration.vlans}
    if len(configuration.machines) == 1:
        known["machine"] = known[variable_name(*configuration.machines)]
    lines = [
        '"""What a test script finds without importing it. Made by `--write-stubs`."""',
        "import typing",
        "import unittest",
        *sorted(f"import {module}" for module in _modules(names)),
        *(_declaration(name, value) for name, value in names.items() if name not in known),
        *(f"{name}: {kind}" for name, kind in known.items()),
    ]
    return "\n".join(lines) + "\n"


def write_stubs(folder: Path, configuration: Configuration) -> None:
    """Write the module, and the driver's package, which it refers to, into a folder.

    In an editor, with the folder on the path that it searches, a script that begins with
    `from test_script_names import *` has all its names. Raises ConfigurationError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{NAMES_MODULE}.pyi").write_text(stub_text(configuration))
        for source in sorted(PACKAGE_FOLDER.rglob("*")):
            if source.suffix in (".py", ".typed"):
                target = folder / source.relative_to(PACKAGE_FOLDER.parent)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
    except OSError as error:
        raise ConfigurationError(
            str(folder), [f"cannot write the stubs: {error.strerror}"]
        ) from error


def _reference(kind: type) -> str:
    return _STAND_INS.get(kind, f"{kind.__module__}.{kind.__qualname__}")


def _modules(names: Mapping[str, object]) -> set[str]:
    modules = {Machine.__module__, NspawnMachine.__module__, Vlan.__module__}
    for value in names.values():
        if inspect.ismethod(value):
            modules.add(type(value.__self__).__module__)
        elif isinstance(value, type) or inspect.isfunction(value):
            modules.add(value.__module__)
        elif not isinstance(value, ModuleType):
            modules.add(type(value).__module__)
    return modules - {"builtins"}


def _declaration(name: str, value: object) -> str:
    """Return a line that gives a name the type of its value."""
    if isinstance(value, ModuleType):
        return f"import {value.__name__} as {name}"
    if inspect.ismethod(value):
        owner = _reference(type(value.__self__))
        return f"_{name}: {owner}\n{name} = _{name}.{value.__name__}"
    if isinstance(value, type) or inspect.isfunction(value):
        if "." in value.__qualname__:
            return f"{name}: typing.Any"
        return f"from {value.__module__} import {value.__qualname__} as {name}"
    if type(value).__module__ in ("builtins", "functools"):
        return f"{name}: typing.Any"
    return f"{name}: {_reference(type(value))}"
