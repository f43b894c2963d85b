"""A script reaches every public name of nixpkgs' driver, or the list says why not."""

import importlib
import inspect
from datetime import timedelta
from pathlib import Path

import pytest

from test_driver import efi, errors
from test_driver.configuration import check_configuration
from test_driver.driver import Driver
from test_driver.logger import (
    AbstractLogger,
    CompositeLogger,
    JunitXMLLogger,
    TerminalLogger,
    XMLLogger,
)
from test_driver.machine import CHAR_TO_KEY, NspawnMachine, QemuMachine, make_command
from test_driver.network.vlan import Vlan
from test_driver.output import OutputFolder
from test_driver.script.check import check_script
from test_driver.script.script import Script
from test_driver.steps import Steps

from .conftest import AnyMachineMaker, Document
from .machine.test_nspawn import COMMAND
from .support.nixpkgs_names import (
    ATTRIBUTES,
    DEFAULTS,
    GUIDS,
    LEFT_OUT,
    LOGGER_PARAMETERS,
    METHODS,
    MODULES,
    PROCESS,
)
from .test_nixpkgs_signatures import MACHINE, takes


@pytest.fixture
def known(
    document: Document, tmp_path: Path, make_any_machine: AnyMachineMaker
) -> dict[str, object]:
    """Return one object of each kind that a script reaches, none of them started."""
    configuration = check_configuration(document, where="unit")
    script = Script(Path(document["test_script"]))
    machine = make_any_machine()
    assert isinstance(machine, QemuMachine)
    driver = Driver(configuration, script, OutputFolder(tmp_path), Steps([]))
    driver.discard()
    return {
        "machine": machine,
        "container": make_any_machine("box", start_command=COMMAND, container=True),
        "driver": driver,
        "vlan": Vlan,
        "qmp_client": machine.qmp_client,
    }


@pytest.mark.parametrize("kind", ATTRIBUTES)
def test_each_attribute_is_there(kind: str, known: dict[str, object]) -> None:
    names = set(dir(known[kind]))
    assert ATTRIBUTES[kind] - names == set()
    for name in LEFT_OUT.get(kind, ()):
        assert name not in names, f"{name} is no longer left out"


@pytest.mark.parametrize("kind", [kind for kind in METHODS if kind != "process"])
def test_each_method_takes_the_same(kind: str, known: dict[str, object]) -> None:
    for name, parameters in METHODS[kind].items():
        takes(getattr(known[kind], name), parameters)


def test_each_parameter_has_the_same_default(machine: QemuMachine) -> None:
    for name in MACHINE:
        parameters = inspect.signature(getattr(machine, name)).parameters
        expected = {"timeout": 900} if "[timeout]" in MACHINE[name] else {}
        for parameter, default in DEFAULTS.get(name, expected).items():
            assert parameters[parameter].default == default, f"{name}({parameter})"


def test_a_process_has_what_those_of_python_have(machine: QemuMachine) -> None:
    machine.start()
    assert machine.process is not None
    assert set(dir(machine.process)) >= PROCESS
    for name, parameters in METHODS["process"].items():
        takes(getattr(machine.process, name), parameters)


@pytest.mark.parametrize("module", MODULES)
def test_each_module_has_the_names(module: str) -> None:
    found = importlib.import_module(f"test_driver.{module}")
    assert [name for name in MODULES[module].split() if not hasattr(found, name)] == []


@pytest.mark.parametrize(
    "kind", [AbstractLogger, CompositeLogger, JunitXMLLogger, TerminalLogger, XMLLogger]
)
def test_each_logger_takes_the_same(kind: type[AbstractLogger]) -> None:
    assert issubclass(kind, AbstractLogger)
    for name, parameters in LOGGER_PARAMETERS.items():
        takes(getattr(kind, name), parameters)


def test_vendors_of_efi_variables_have_names() -> None:
    assert {name for name in vars(efi.EfiGuid) if name[0] in "gm"} == GUIDS
    assert len({getattr(efi.EfiGuid, name) for name in GUIDS}) == len(GUIDS)


def test_what_a_script_demands_is_an_assertion() -> None:
    assert issubclass(errors.RequestedAssertionFailed, AssertionError)
    assert not issubclass(errors.MachineError, AssertionError)


def test_keys_have_the_names_of_qemu() -> None:
    assert CHAR_TO_KEY["A"] == "shift-a"
    assert CHAR_TO_KEY["\n"] == "ret"
    assert CHAR_TO_KEY[" "] == "spc"
    assert "a" not in CHAR_TO_KEY
    assert set("ABCXYZ-_=+[]{};:'\"`~\\|,<.>/? !@#$%^&*()\n") <= set(CHAR_TO_KEY)


def test_arguments_are_quoted_for_a_shell() -> None:
    assert make_command(["cp", "-r", Path("/a b"), 3]) == "cp -r '/a b' 3"


TYPED = """\
import datetime as dt
import os
import subprocess
from pathlib import Path
from test_driver.debug import DebugAbstract, DebugNop
from test_driver.driver import Driver
from test_driver.duration import Duration, as_seconds, as_timedelta
from test_driver.efi import EfiGuid, EfiVariable
from test_driver.errors import MachineError, RequestedAssertionFailed
from test_driver.logger import AbstractLogger, CompositeLogger, JunitXMLLogger, LogLevel
from test_driver.logger import TerminalLogger, XMLLogger
from test_driver.machine import CHAR_TO_KEY, NspawnMachine, QemuMachine, make_command
from test_driver.machine.qmp import QMPAPIError, QMPSession
from test_driver.polling_condition import PollingCondition, PollingConditionError
from test_driver.vlan import VLan
import test_driver.machine


def fast_retry(fn, timeout_seconds=900):
    return fn(True)


test_driver.machine.retry = fast_retry
own: Driver = driver
logger: AbstractLogger = CompositeLogger([TerminalLogger(), XMLLogger("x"), JunitXMLLogger("y")])
stop: DebugAbstract = DebugNop()
limit: Duration = as_timedelta(as_seconds(dt.timedelta(seconds=3)))
names: list[BaseMachine] = [*driver.machines_qemu, *driver.machines_nspawn]
vlan: VLan = driver.vlans[0]
session: QMPSession = machine1.qmp_client
conditions: list[PollingCondition] = driver.polling_conditions


def work(machine: QemuMachine, box: NspawnMachine) -> None:
    machine.start_command._cmd = machine.start_command._cmd.replace("a", "b")
    machine.start_command = box.start_command
    machine.callbacks.append(lambda: None)
    assert machine.process is not None
    subprocess.run(["sx", "file"], stdin=machine.process.stdin, stdout=machine.process.stdin)
    print(machine.keep_machine_state, machine.start_command.machine_name, vlan.pid)
    print(box.get_systemd_process, box.machine_name_from_start_command("run-a-nspawn"))
    machine.ssh_backdoor_command(3)
    driver.dump_machine_ssh(2)
    driver.check_polling_conditions()
    log.info("text", {"machine": machine.name})
    log.set_log_level(LogLevel.DEBUG)
    print(session.wait_for_event(timeout=dt.timedelta(seconds=1)), list(session.events()))
    print(os, Path, EfiGuid, EfiVariable, CHAR_TO_KEY["A"], make_command(["a"]), driver.tests)
    print(own, logger, stop, limit, names, conditions)
    print(driver.test_symbols()["machine1"].succeed("true"))
    try:
        machine.succeed("true")
    except (AssertionError, RequestedAssertionFailed, PollingConditionError):
        pass
    except (MachineError, QMPAPIError):
        pass


print(work, driver.global_timeout, driver.debug)
"""


def test_types_know_all_of_it(document: Document, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(TYPED)
    assert check_script(script, check_configuration(document, where="unit")) == []


def test_a_container_tells_its_name_and_its_first_process(
    make_any_machine: AnyMachineMaker,
) -> None:
    box = make_any_machine("box", start_command=COMMAND, container=True)
    assert isinstance(box, NspawnMachine)
    first = box.get_systemd_process
    assert box.process is not None
    assert Path(f"/proc/{first}/stat").read_text().split()[3] == str(box.process.pid)
    assert box.process.stdin is None
    assert box.machine_name_from_start_command("/nix/store/x-run/bin/run-my-box-nspawn") == "my-box"
    with pytest.raises(ValueError, match="x: expected a program with the name run-NAME-nspawn"):
        box.machine_name_from_start_command("x")
    box.crash()


def test_a_duration_is_a_number_or_a_timedelta() -> None:
    from test_driver.duration import as_seconds, as_timedelta

    assert as_seconds(timedelta(minutes=2)) == as_seconds(120) == 120.0
    assert as_timedelta(1.5) == as_timedelta(timedelta(seconds=1.5)) == timedelta(seconds=1.5)
    for wrong in (True, "3"):
        with pytest.raises(TypeError, match="duration: expected a duration"):
            as_timedelta(wrong)  # type: ignore[arg-type]
