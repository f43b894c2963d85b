"""Every name that scripts of nixpkgs' driver use is there, and takes the same arguments.

A parameter in brackets has a default. What this driver adds comes after them.
"""

import inspect
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from test_driver import efi, errors
from test_driver.configuration import check_configuration
from test_driver.driver import Driver
from test_driver.interactive.debug_hook import pass_over
from test_driver.machine import QemuMachine
from test_driver.output import OutputFolder
from test_driver.script.script import Script
from test_driver.script.script_globals import script_names
from test_driver.script.stubs import stub_text
from test_driver.steps import Steps

from .conftest import Document, MachineMaker

MACHINE = {
    # Every machine.
    "execute": "command [check_return] [check_output] [timeout]",
    "succeed": "*commands [timeout]",
    "fail": "*commands [timeout]",
    "wait_until_succeeds": "command [timeout] [attempt_timeout]",
    "wait_until_fails": "command [timeout]",
    "sleep": "[secs] [duration]",
    "systemctl": "q [user]",
    "wait_for_unit": "unit [user] [timeout]",
    "wait_for_unit_active_state": "unit state [timeout]",
    "get_unit_info": "unit [user]",
    "get_unit_property": "unit property [user]",
    "require_unit_state": "unit [require_state]",
    "start_job": "jobname [user]",
    "stop_job": "jobname [user]",
    "wait_for_file": "filename [timeout]",
    "wait_for_open_port": "port [addr] [timeout]",
    "wait_for_closed_port": "port [addr] [timeout]",
    "wait_for_open_unix_socket": "addr [is_datagram] [timeout]",
    "get_window_names": "",
    "wait_for_window": "regexp [timeout]",
    "send_key": "key [delay] [log]",
    "send_chars": "chars [delay]",
    "screenshot": "filename",
    "get_screen_text": "",
    "get_screen_text_variants": "",
    "wait_for_text": "regex [timeout]",
    "copy_from_machine": "source [target_dir]",
    "copy_from_vm": "source [target_dir]",
    "copy_from_host": "source target",
    "copy_from_host_via_shell": "source target",
    "log": "[msg]",
    "log_serial": "msg",
    "nested": "msg [attrs]",
    "run_callbacks": "",
    "is_up": "",
    "start": "[allow_reboot]",
    "shutdown": "",
    "wait_for_shutdown": "[timeout]",
    "release": "",
    "cleanup_statedir": "",
    "ssh_backdoor_command": "",
    # Those with QEMU.
    "connect": "",
    "crash": "",
    "reboot": "",
    "switch_root": "",
    "send_monitor_command": "command",
    "wait_for_qmp_event": "event_filter [timeout]",
    "get_tty_text": "tty",
    "wait_until_tty_matches": "tty regexp [timeout]",
    "dump_tty_contents": "tty",
    "wait_for_console_text": "regex [timeout]",
    "get_console_log": "",
    "send_console": "chars",
    "wait_for_x": "[timeout]",
    "forward_port": "[host_port] [guest_port]",
    "block": "",
    "unblock": "",
    "read_efi_vars": "",
    "write_efi_vars": "vars",
    "create_efi_vars": "",
    "dump_efi_vars": "",
    "wait_for_job": "name",
}
GLOBALS = {
    "start_all": "",
    "join_all": "",
    "run_tests": "",
    "test_script": "",
    "subtest": "name",
    "retry": "fn [timeout_seconds] [timeout]",
    "polling_condition": "[fun] seconds_interval= interval= description=",
    "create_machine": "start_command name= keep_machine_state=",
    "serial_stdout_on": "",
    "serial_stdout_off": "",
    "dump_machine_ssh": "",
    "checkpoint_all": "name",
    "restore_all": "name",
    "rollback": "",
}
LOG = {
    "log": "message [attributes]",
    "debug": "message",
    "info": "message",
    "warning": "message",
    "error": "message",
    "nested": "message [attributes]",
    "subtest": "name",
    "log_test_error": "message [attributes]",
    "log_serial": "message machine",
    "print_serial_logs": "enable",
    "set_log_level": "level",
}
VALUES = {
    *("machines", "machines_qemu", "machines_nspawn", "vlans", "vlan1", "machine1", "two_2"),
    *("driver", "log", "os", "t", "debug", "BaseMachine", "QemuMachine", "NspawnMachine"),
    "Machine",
}
# What scripts of nixpkgs' driver do not know: a new name is one less for their own variables.
ADDED = {"checkpoint_all", "network", "restore_all", "rollback"}


def expected_parameters(text: str) -> list[tuple[str, bool]]:
    """Return names, and whether one must give them."""
    return [(name.strip("[]*="), name[0] not in "[*" and name[-1] != "=") for name in text.split()]


def takes(function: object, text: str) -> None:
    """Assert that a function takes these arguments in this order, and demands no others."""
    assert callable(function)
    found = [one for one in inspect.signature(function).parameters.values() if one.name != "self"]
    demanded = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
    must = {one.name for one in found if one.kind in demanded and one.default is one.empty}
    expected = expected_parameters(text)
    assert [one.name for one in found][: len(expected)] == [name for name, _ in expected]
    assert must <= {name for name, given in expected if given}


@pytest.mark.parametrize(("name", "parameters"), MACHINE.items())
def test_a_machine_has_the_method(machine: QemuMachine, name: str, parameters: str) -> None:
    takes(getattr(machine, name), parameters)


@contextmanager
def names_of(document: Document, folder: Path) -> Iterator[dict[str, object]]:
    """Return what a script of this configuration finds; nothing is started."""
    configuration = check_configuration(document, where="unit")
    script = Script(Path(document["test_script"]))
    with Driver(configuration, script, OutputFolder(folder), Steps([])) as driver:
        yield script_names(driver)


def test_a_script_has_the_globals(document: Document, tmp_path: Path) -> None:
    with names_of(document, tmp_path) as names:
        for name, parameters in GLOBALS.items():
            takes(names[name], parameters)
        for name, parameters in LOG.items():
            takes(getattr(names["log"], name), parameters)
        assert VALUES <= set(names)
        assert names["os"] is os
        assert names["machine1"] in names["machines"]  # type: ignore[operator]
        assert set(names) == VALUES | set(GLOBALS) | ADDED


def test_types_know_the_globals(document: Document) -> None:
    text = stub_text(check_configuration(document, where="unit"))
    assert "\ndebug: __module_test_driver_script_debug__.Debug\n" in text
    assert "from test_driver.machine.nspawn import NspawnMachine as NspawnMachine\n" in text


def test_scripts_import_what_they_know() -> None:
    takes(efi.EfiVariable, "vendor_uuid name data [state] [flags]")
    demanded = (errors.CommandFailed, errors.WaitTimedOut, errors.UnitFailed)
    for error in (*demanded, errors.UnitNotInState, errors.ConditionFailed, errors.AssertionFailed):
        assert issubclass(error, errors.RequestedAssertionFailed)
    assert issubclass(errors.MachineError, Exception)


def test_a_breakpoint_without_its_hook_says_what_to_set(
    document: Document,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "breakpointhook", pass_over)
    with names_of(document, tmp_path) as names, caplog.at_level(logging.INFO):
        names["debug"].breakpoint(host="127.0.0.1", port=4444)  # type: ignore[attr-defined]
    assert "is skipped: set `enableDebugHook = true` in the test to stop there" in caplog.text


def test_a_way_in_by_ssh_says_what_to_set(
    document: Document, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with names_of(document, tmp_path) as names:
        names["dump_machine_ssh"]()  # type: ignore[operator]
    assert "two-2: there is no way in by SSH; set `sshBackdoor.enable = true`" in caplog.text


def test_connecting_waits_for_the_guest(machine: QemuMachine) -> None:
    machine.connect()
    assert machine.qemu is not None
    assert machine.qemu.agent.connected


def test_a_released_machine_is_off(machine: QemuMachine) -> None:
    machine.start()
    machine.release()
    assert not machine.is_up()
    machine.release()


def test_a_machine_without_its_state_is_new(make_machine: MachineMaker) -> None:
    machine = make_machine()
    machine.cleanup_statedir()
    machine.start()
    with pytest.raises(errors.AssertionFailed, match="machine1: its disks are in use while it is"):
        machine.cleanup_statedir()
    machine.crash()
    assert machine.state_dir.exists()
    machine.cleanup_statedir()
    assert not machine.state_dir.exists()
    machine.start()


def test_callbacks_run_when_asked(machine: QemuMachine, caplog: pytest.LogCaptureFixture) -> None:
    from test_driver.script.conditions import PollingConditionMaker

    calls = []
    condition = PollingConditionMaker(machine.context.conditions, machine.context.steps)

    @condition(interval=1000)
    def counted() -> bool:
        calls.append(1)
        return True

    with counted:
        machine.run_callbacks()
        machine.run_callbacks()
    assert calls == [1]
