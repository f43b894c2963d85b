"""The types of a script's global names, as a module for type checkers and editors."""

import inspect
import os
import shutil
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from ..configuration import Configuration, MachineConfiguration, machine_variables
from ..driver import Driver
from ..errors import ConfigurationError
from ..extensions.extensions import Extensions
from ..extensions.machine_classes import MachineClasses
from ..machine import BaseMachine, NspawnMachine, QemuMachine
from ..machine.kinds import COMMON
from ..network.vlan import Vlan
from ..output import OutputFolder
from ..package import PACKAGE_FOLDER
from ..steps import Steps
from .extended_types import ExtendedTypes
from .references import alias, reference
from .script import NAMES_MODULE, Script
from .script_globals import script_names


def stub_text(
    configuration: Configuration,
    without: Collection[str] = (),
    extensions: Extensions | None = None,
) -> str:
    """Return Python source in which each global name of a script has its type.

    The names of `without`, which the script defines itself, are left out. Raises ExtensionError.

    A machine may be called as a module or a type is. So the source refers to both by names that no
    machine can have (`__x__`), and exports what a star would leave out: a machine called `_1`.
    """
    extensions = extensions or Extensions()
    script = Script(Path(os.devnull))
    driver = Driver(configuration, script, OutputFolder(Path()), Steps([]), extensions=extensions)
    try:
        names = script_names(driver)
    finally:
        driver.discard()
    extended = ExtendedTypes(extensions.machines or MachineClasses())
    known = _known_types(configuration, extended)
    others = {name: value for name, value in names.items() if name not in {*known, *without}}
    modules = {*_modules(others), *extended.modules()}
    lines = [
        '"""What a test script finds without importing it. Made by `--write-stubs`."""',
        *(f"import {module} as {alias(module)}" for module in sorted(modules)),
        *extended.lines(),
        *(
            extended.declaration(name) or _declaration(name, value)
            for name, value in others.items()
        ),
        *(f"{name}: {kind}" for name, kind in known.items()),
        f"__all__ = {[*others, *known]!r}",
    ]
    return "\n".join(lines) + "\n"


def _known_types(configuration: Configuration, extended: ExtendedTypes) -> dict[str, str]:
    """Return the types of machines and networks, which the configuration tells."""
    machine, container = extended.reference(QemuMachine), extended.reference(NspawnMachine)
    vlan = reference(Vlan)
    common = extended.reference(COMMON)
    mixed = any(one.container or one.as_container for one in configuration.machines.values())
    known = {
        "machines": _list_of(common if mixed else machine),
        "machines_qemu": _list_of(machine),
        "machines_nspawn": _list_of(container),
        "vlans": _list_of(vlan),
    }
    known |= {f"vlan{number}": vlan for number in configuration.vlans}

    def kind(one: MachineConfiguration) -> str:
        # The script must run whichever the driver chooses.
        return common if one.as_container else container if one.container else machine

    machines = {
        variable: kind(configuration.machines[name])
        for variable, name in machine_variables(configuration.machines).items()
    }
    if len(configuration.machines) == 1:
        known["machine"] = next(iter(machines.values()))
    return known | machines


def write_stubs(
    folder: Path, configuration: Configuration, extensions: Extensions | None = None
) -> None:
    """Write the module, and the packages that it refers to, into a folder.

    In an editor, with the folder on the path that it searches, a script that begins with
    `from test_script_names import *` has all its names. Raises ConfigurationError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = stub_text(configuration, extensions=extensions)
        (folder / f"{NAMES_MODULE}.pyi").write_text(text)
        for name, path in (extensions or Extensions()).modules.items():
            if path.is_dir():
                shutil.copytree(path, folder / name, dirs_exist_ok=True)
            else:
                shutil.copyfile(path, folder / name)
        for source in sorted(PACKAGE_FOLDER.rglob("*")):
            if source.suffix in (".py", ".typed"):
                target = folder / source.relative_to(PACKAGE_FOLDER.parent)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
    except OSError as error:
        raise ConfigurationError(
            str(folder), [f"cannot write the stubs: {error.strerror}"]
        ) from error


def _list_of(kind: str) -> str:
    return f"__module_builtins__.list[{kind}]"


def _modules(names: Mapping[str, object]) -> set[str]:
    modules = {one.__module__ for one in (BaseMachine, NspawnMachine, QemuMachine, Vlan)}
    modules |= {"builtins", "typing", "unittest"}
    for value in names.values():
        if inspect.ismethod(value):
            modules.add(type(value.__self__).__module__)
        elif isinstance(value, type) or inspect.isfunction(value):
            modules.add(value.__module__)
        elif not isinstance(value, ModuleType):
            modules.add(type(value).__module__)
    return modules


def _declaration(name: str, value: object) -> str:
    """Return a line that gives a name the type of its value."""
    value = inspect.unwrap(value) if inspect.isfunction(value) else value
    if isinstance(value, ModuleType):
        return f"import {value.__name__} as {name}"
    if inspect.ismethod(value) and _is_importable(type(value.__self__)):
        owner = reference(type(value.__self__))
        return f"__owner_{name}__: {owner}\n{name} = __owner_{name}__.{value.__name__}"
    if isinstance(value, type) or inspect.isfunction(value):
        if "." in value.__qualname__ or not _is_importable(value):
            return _any(name)
        return f"from {value.__module__} import {value.__qualname__} as {name}"
    if isinstance(value, str | int | float | bool | bytes):
        return f"{name}: __module_builtins__.{type(value).__name__}"
    if type(value).__module__ in ("builtins", "functools") or not _is_importable(type(value)):
        return _any(name)
    return f"{name}: {reference(type(value))}"


def _any(name: str) -> str:
    return f"{name}: __module_typing__.Any"


def _is_importable(value: Any) -> bool:  # noqa: ANN401 - a function or class
    """Tell whether a type checker finds a function or class by its name in its module."""
    found: Any = sys.modules.get(value.__module__)
    for part in value.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is value
