"""Names of machines that scripts cannot have, and names that hide a global."""

import builtins
import keyword
import os
from pathlib import Path
from typing import Any

import pytest

from test_driver.configuration import check_configuration
from test_driver.driver import Driver
from test_driver.errors import ConfigurationError
from test_driver.output import OutputFolder
from test_driver.reserved_names import KEYWORDS, NIXPKGS_GLOBALS, OWN_GLOBALS
from test_driver.script.check import check_script
from test_driver.script.script import Script
from test_driver.script.script_globals import script_names
from test_driver.steps import Steps

from .conftest import Document, DriverProcess

# What nixpkgs calls a test's only machine besides its name: such a machine is called so rightly.
ALIAS = "machine"


def renamed(document: Document, *names: str) -> Document:
    """Return the document with machines of other names."""
    part = document["machines"]["machine1"]
    return {**document, "machines": dict.fromkeys(names, part)}


def of_driver(document: Document) -> dict[str, Any]:
    """Return what a script finds in a test."""
    configuration = check_configuration(document, where="unit")
    driver = Driver(configuration, Script(Path(os.devnull)), OutputFolder(Path()), Steps([]))
    try:
        return script_names(driver)
    finally:
        driver.discard()


def test_the_list_has_all_keywords_of_python() -> None:
    assert set(keyword.kwlist) == KEYWORDS


def test_the_list_has_all_globals_of_a_script(document: Document) -> None:
    found = {name for name in of_driver(document) if not name.startswith("vlan") or name == "vlans"}
    assert found - {ALIAS} == NIXPKGS_GLOBALS | OWN_GLOBALS
    assert not NIXPKGS_GLOBALS & OWN_GLOBALS


def test_globals_that_may_be_hidden_are_in_the_driver(document: Document) -> None:
    driver = of_driver(document)["driver"]
    assert all(hasattr(driver, name) for name in OWN_GLOBALS)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("class", "class is a keyword of Python"),
        ("None", "None is a keyword of Python"),
        ("async", "async is a keyword of Python"),
        ("log", "log is a global of test scripts"),
        ("start-all", "start_all is a global of test scripts"),
        ("serial.stdout-on", "serial_stdout_on is a global of test scripts"),
        ("t", "t is a global of test scripts"),
        ("QemuMachine", "QemuMachine is a global of test scripts"),
        ("vlan17", "vlan17 is a global of test scripts"),
        ("__builtins__", "__builtins__ is a name that Python uses itself"),
    ],
)
def test_a_reserved_name_is_refused(document: Document, name: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_configuration(renamed(document, name, "other"), where="here")
    assert f"here: machines.{name}: cannot be the name of a machine, because {reason}; " in str(
        caught.value
    )
    listed = "reserved names: BaseMachine, Machine, NspawnMachine, QemuMachine, create_machine, "
    assert listed in str(caught.value)
    assert "vlan<number>, False, None, True, and, as, " in str(caught.value)


@pytest.mark.parametrize("arguments", [(), ("--check-only",), ("--write-stubs", "stubs")])
def test_the_driver_refuses_a_reserved_name_with_status_2(
    driver_process: DriverProcess, arguments: tuple[str, ...]
) -> None:
    driver_process.document.update(renamed(driver_process.document, "class", "other"))
    result = driver_process.run("pass\n", *arguments)
    assert result.returncode == 2
    assert "machines.class: cannot be the name of a machine, because class is a " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_machine_hides_a_global_of_this_driver_with_a_warning(
    driver_process: DriverProcess,
) -> None:
    document = driver_process.document
    document.update(renamed(document, "network", "rollback", "list", "other"))
    script = (
        "network.start()\n"
        "rollback.start()\n"
        "assert driver.network.heal() is None\n"
        "with driver.rollback():\n    pass\n"
        "import builtins\n"
        "everyone: builtins.list[Machine] = machines\n"
        "assert [one.name for one in everyone] == ['network', 'rollback', 'list', 'other']\n"
    )
    result = driver_process.run(script)
    assert result.returncode == 0, result.stderr
    for name in ("network", "rollback"):
        warning = f"machine {name} hides the global {name}; write driver.{name} for the global"
        assert result.stderr.count(warning) == 1
    assert "machine list hides Python's list; import builtins and write builtins.list" in (
        result.stderr
    )
    assert "machine other hides" not in result.stderr


USABLE = (
    *("network", "restore_all"),
    *("typing", "unittest", "builtins", "test_driver"),
    *("list", "print", "str"),
    *("1a", "2b", "1start_all"),
    *("match", "type", "case"),
)


def test_a_script_that_uses_machines_of_any_name_type_checks(
    document: Document, tmp_path: Path
) -> None:
    configuration = check_configuration(renamed(document, *USABLE), where="unit")
    script = tmp_path / "script.py"
    variables = [name if name[0].isalpha() else f"_{name[1:]}" for name in USABLE]
    lines = [f"{variable}.succeed('true').strip()\n" for variable in variables]
    lines += ["start_all()\n", "machines[0].succeed('true')\n"]
    script.write_text("".join(lines))
    assert check_script(script, configuration) == []
    script.write_text("".join(f"{variable}.succed('x')\n" for variable in variables))
    found = check_script(script, configuration)
    assert len(found) == len(variables)
    assert all('"QemuMachine" has no attribute "succed"' in problem for problem in found)


def test_the_names_of_builtins_are_no_reserved_names() -> None:
    assert not {name for name in dir(builtins) if name in NIXPKGS_GLOBALS}
