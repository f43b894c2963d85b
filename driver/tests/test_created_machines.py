"""Machines that a script makes."""

import shlex

import pytest

from test_driver.created_machines import machine_name, start_configuration

from .conftest import FAKE_QEMU, DriverProcess

COMMAND = shlex.join(FAKE_QEMU)


def test_a_machine_is_named_after_its_program() -> None:
    assert machine_name("/nix/store/x/bin/run-third-vm -m 1", None, []) == "third"
    assert machine_name("qemu-kvm -m 1", None, []) == "machine"
    assert machine_name("qemu-kvm", "other", ["machine"]) == "other"


def test_a_name_must_be_new_and_usable() -> None:
    with pytest.raises(ValueError, match="there is a machine 'machine' already; give this one"):
        machine_name("qemu-kvm", None, ["machine"])
    with pytest.raises(ValueError, match="'a/b' is no name for a machine"):
        machine_name("qemu-kvm", "a/b", [])


def test_a_command_line_is_split_and_a_shell_is_asked_only_if_need_be() -> None:
    plain = start_configuration("qemu-kvm -append 'a b'", [1]).start_command
    assert plain == ("qemu-kvm", "-append", "a b")
    for line in ("QEMU_OPTS=-s run-x-vm", "qemu-kvm -m $SIZE", "cd /tmp; qemu-kvm"):
        shell = start_configuration(line, []).start_command
        assert shell == ("/bin/sh", "-c", f'{line} "$@"', "sh")
    with pytest.raises(ValueError, match="create_machine: the start command is empty"):
        start_configuration(" ", [])


def test_a_created_machine_works_and_is_stopped_in_the_end(driver_process: DriverProcess) -> None:
    script = f"""
third = create_machine({COMMAND!r}, name="third")
t.assertEqual(third.succeed("echo up"), "up\\n")
fourth = create_machine("MARK=yes " + {COMMAND!r}, name="fourth", keep_vm_state=True)
t.assertEqual(fourth.succeed("echo up"), "up\\n")
with t.assertRaises(ValueError):
    create_machine("x", name="machine1")
t.assertEqual([machine.name for machine in machines_qemu], ["machine1", "two-2"])
t.assertEqual(machines_nspawn, [])
"""
    result = driver_process.run(script)
    assert result.returncode == 0, result.stderr
    assert "keep_vm_state of create_machine is deprecated: write keep_machine_state" in (
        result.stderr
    )
    assert "third # Linux version" in (driver_process.output / "log.txt").read_text()
    assert (driver_process.output / "console/third.log").exists()
    left = [path.name for path in driver_process.temporary.iterdir()]
    assert left == ["vm-state-fourth"]


def test_console_lines_are_kept_from_the_terminal_only(driver_process: DriverProcess) -> None:
    script = """
machine1.succeed("true")
serial_stdout_on()
two_2.succeed("true")
serial_stdout_off()
"""
    result = driver_process.run(script)
    assert result.returncode == 0, result.stderr
    assert "two-2 # Linux version" in result.stderr
    assert "machine1 # Linux version" not in result.stderr
    assert "machine1 # Linux version" in (driver_process.output / "log.txt").read_text()


def test_a_condition_that_fails_fails_the_test(driver_process: DriverProcess) -> None:
    script = """
@polling_condition
def never():
    "it never holds"
    return False

with never:
    machine1.succeed("true")
"""
    result = driver_process.run(script)
    assert result.returncode == 1
    assert "ConditionFailed: the condition does not hold: it never holds" in result.stderr
