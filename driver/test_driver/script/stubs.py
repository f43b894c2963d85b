"""The types of a script's global names, as a module for type checkers and editors."""

import inspect
import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from types import ModuleType

from ..configuration import Configuration, machine_variables
from ..driver import Driver
from ..errors import ConfigurationError
from ..machine import BaseMachine, NspawnMachine, QemuMachine
from ..network.vlan import Vlan
from ..output import OutputFolder
from ..package import PACKAGE_FOLDER
from ..steps import Steps
from .names import Assertions, script_names
from .script import NAMES_MODULE, Script

# What stands in for a class that finds its attributes while it runs.
_STAND_INS: dict[type, str] = {Assertions: "__module_unittest__.TestCase"}


def stub_text(configuration: Configuration, without: Collection[str] = ()) -> str:
    """Return Python source in which each global name of a script has its type.

    The names of `without`, which the script defines itself, are left out.

    A machine may be called as a module or a type is. So the source refers to both by names that no
    machine can have (`__x__`), and exports what a star would leave out: a machine called `_1`.
    """
    driver = Driver(configuration, Script(Path(os.devnull)), OutputFolder(Path()), Steps([]))
    try:
        names = script_names(driver)
    finally:
        driver.discard()
    machine, container, vlan = map(_reference, (QemuMachine, NspawnMachine, Vlan))
    mixed = any(one.container for one in configuration.machines.values())
    known = {
        "machines": _list_of(_reference(BaseMachine) if mixed else machine),
        "machines_qemu": _list_of(machine),
        "machines_nspawn": _list_of(container),
        "vlans": _list_of(vlan),
    }
    known |= {f"vlan{number}": vlan for number in configuration.vlans}
    machines = {
        variable: container if configuration.machines[name].container else machine
        for variable, name in machine_variables(configuration.machines).items()
    }
    if len(configuration.machines) == 1:
        known["machine"] = next(iter(machines.values()))
    known |= machines
    others = {name: value for name, value in names.items() if name not in {*known, *without}}
    lines = [
        '"""What a test script finds without importing it. Made by `--write-stubs`."""',
        *(f"import {module} as {_alias(module)}" for module in _modules(others)),
        *(_declaration(name, value) for name, value in others.items()),
        *(f"{name}: {kind}" for name, kind in known.items()),
        f"__all__ = {[*others, *known]!r}",
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


def _alias(module: str) -> str:
    """Return the name of a module in the stub."""
    return f"__module_{module.replace('.', '_')}__"


def _reference(kind: type) -> str:
    return _STAND_INS.get(kind, f"{_alias(kind.__module__)}.{kind.__qualname__}")


def _list_of(kind: str) -> str:
    return f"__module_builtins__.list[{kind}]"


def _modules(names: Mapping[str, object]) -> list[str]:
    modules = {one.__module__ for one in (BaseMachine, NspawnMachine, QemuMachine, Vlan)}
    modules |= {"builtins", "typing", "unittest"}
    for value in names.values():
        if inspect.ismethod(value):
            modules.add(type(value.__self__).__module__)
        elif isinstance(value, type) or inspect.isfunction(value):
            modules.add(value.__module__)
        elif not isinstance(value, ModuleType):
            modules.add(type(value).__module__)
    return sorted(modules)


def _declaration(name: str, value: object) -> str:
    """Return a line that gives a name the type of its value."""
    if isinstance(value, ModuleType):
        return f"import {value.__name__} as {name}"
    if inspect.ismethod(value):
        owner = _reference(type(value.__self__))
        return f"__owner_{name}__: {owner}\n{name} = __owner_{name}__.{value.__name__}"
    if isinstance(value, type) or inspect.isfunction(value):
        if "." in value.__qualname__:
            return f"{name}: __module_typing__.Any"
        return f"from {value.__module__} import {value.__qualname__} as {name}"
    if type(value).__module__ in ("builtins", "functools"):
        return f"{name}: __module_typing__.Any"
    return f"{name}: {_reference(type(value))}"
