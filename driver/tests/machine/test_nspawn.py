"""Machines that are containers: with a fake systemd-nspawn, or with the real one.

With CONTAINER_COMMAND, a command that starts a container (arguments are added to it, as to
`systemd-nspawn`), the tests run it instead. The guest agent in it must listen on
/run/test-driver-channel/agent, and the driver's Python must be root.
"""

import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from test_driver.configuration import check_configuration
from test_driver.driver import Driver
from test_driver.errors import MachineExited, MonitorError, ProgramMissing
from test_driver.machine import NspawnMachine, QemuMachine
from test_driver.output import OutputFolder
from test_driver.process_state import first_in_namespace
from test_driver.script.script import Script
from test_driver.script.stubs import stub_text
from test_driver.steps import Steps

from ..conftest import AnyMachineMaker, Document, DriverProcess
from ..support.network_stage import FAKE_CONTAINER

FAKE = FAKE_CONTAINER
COMMAND = tuple(shlex.split(os.environ.get("CONTAINER_COMMAND", ""))) or FAKE


@pytest.fixture
def box(make_any_machine: AnyMachineMaker) -> NspawnMachine:
    """One container, not started yet."""
    machine = make_any_machine("box", start_command=COMMAND, container=True)
    assert isinstance(machine, NspawnMachine)
    return machine


def first_process(box: NspawnMachine) -> int:
    """Return the first process of a container."""
    assert box.backend is not None
    pid = box.backend.process.pid
    first = first_in_namespace(pid)
    assert first is not None
    return first


def test_commands_and_files(box: NspawnMachine, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("from the host")
    assert box.succeed("echo hi; echo aside >&2") == "hi\n"
    assert box.execute("exit 3")[0] == 3
    box.copy_from_host(str(tmp_path / "text"), "/tmp/box-text")
    assert box.succeed("cat /tmp/box-text; rm /tmp/box-text") == "from the host"


def test_the_console_is_read(box: NspawnMachine) -> None:
    box.start()
    box.wait_for_console_text("Welcome to", timeout=30)
    assert "Welcome to" in box.get_console_log()


def test_its_start_script_finds_the_program_of_its_cards(box: NspawnMachine) -> None:
    box.start()
    assert box.backend is not None
    environ = Path(f"/proc/{box.backend.process.pid}/environ")
    while not (text := environ.read_bytes()):  # the start script is just becoming its program
        time.sleep(0.01)
    environment = text.split(b"\0")
    command = shlex.split(
        dict(one.split(b"=", 1) for one in environment if one)[b"CONTAINER_CARDS"].decode()
    )
    ended = subprocess.run([*command, "eth1"], capture_output=True, text=True)
    assert "cannot make the network card eth1: expected NAME=MAC=SWITCH_FOLDER" in ended.stderr


def test_it_is_switched_off_and_on(box: NspawnMachine) -> None:
    box.succeed("true")
    assert box.is_up()
    box.shutdown()
    assert not box.is_up()
    box.start()
    box.succeed("true")
    before = first_process(box)
    box.reboot()
    box.succeed("true")
    assert first_process(box) != before


def test_a_crash_leaves_no_process(box: NspawnMachine) -> None:
    box.succeed("true")
    first = first_process(box)
    box.crash()
    assert not box.is_up()
    assert not Path(f"/proc/{first}").exists()
    box.succeed("true")


def test_that_it_has_ended_is_told_at_once(box: NspawnMachine) -> None:
    box.succeed("true")
    os.kill(first_process(box), 9)
    with pytest.raises(MachineExited, match="box: the container has exited"):
        box.wait_until_succeeds("false", timeout=30)


def test_a_program_that_refuses_is_told(make_any_machine: AnyMachineMaker) -> None:
    box = make_any_machine("box", start_command=(*FAKE, "--break"), container=True)
    with pytest.raises(MachineExited) as caught:
        box.succeed("true")
    assert "box: the container has exited (exit status 1)" in str(caught.value)
    assert "Need to be root." in str(caught.value)


def test_a_program_that_is_missing_is_told(make_any_machine: AnyMachineMaker) -> None:
    box = make_any_machine("box", start_command=("/nowhere/run-box-nspawn",), container=True)
    with pytest.raises(ProgramMissing, match="/nowhere/run-box-nspawn"):
        box.start()


def test_what_a_container_lacks_is_refused(box: NspawnMachine) -> None:
    box.start()
    refused = "the machine is a container, and there is no QEMU: it has no keyboard, screen"
    with pytest.raises(MonitorError, match=refused):
        box.send_key("ret")
    with pytest.raises(MonitorError, match=refused):
        box.screenshot("screen")
    box.succeed("true")


@pytest.mark.parametrize(
    "name",
    ["forward_port", "send_monitor_command", "checkpoint", "disk", "clock", "power_cut"],
)
def test_a_container_has_no_methods_of_qemu(box: NspawnMachine, name: str) -> None:
    assert not isinstance(box, QemuMachine)
    assert not hasattr(box, name)
    with pytest.raises(AttributeError, match=f"box: no method {name}: the machine is a container"):
        getattr(box, name)
    with pytest.raises(AttributeError, match="'NspawnMachine' object has no attribute 'succed'"):
        getattr(box, "succed")  # noqa: B009


@pytest.mark.parametrize("name", ["send_monitor_command", "checkpoint", "power_cut", "disk"])
def test_the_check_of_a_script_finds_such_a_call(driver_process: DriverProcess, name: str) -> None:
    driver_process.document["machines"]["box"] = {
        **driver_process.document["machines"]["machine1"],
        "container": True,
    }
    result = driver_process.run(f"machine1.{name}\nbox.{name}\n", "--check-only", "--skip-lint")
    assert result.returncode != 0
    assert f'"NspawnMachine" has no attribute "{name}"' in result.stdout + result.stderr
    assert '"QemuMachine" has no attribute' not in result.stdout + result.stderr


def test_scripts_have_both_kinds(driver_process: DriverProcess) -> None:
    part = driver_process.document["machines"]["machine1"]
    driver_process.document["machines"]["box"] = {
        **part,
        "start_command": list(FAKE),
        "container": True,
    }
    script = """
start_all()
t.assertEqual([one.name for one in machines_nspawn], ["box"])
t.assertEqual([one.name for one in machines_qemu], ["machine1", "two-2"])
assert isinstance(box, NspawnMachine) and not isinstance(machine1, NspawnMachine)
assert isinstance(machine1, QemuMachine) and not isinstance(box, QemuMachine)
assert isinstance(machine1, BaseMachine) and isinstance(box, BaseMachine)
for one in machines:
    one.succeed("true")
raise ValueError("so that there is evidence")
"""
    result = driver_process.run(script)
    assert result.returncode == 1, result.stderr
    log = (driver_process.output / "log.txt").read_text()
    assert "box # Welcome to the fake container!" in log
    assert "evidence in evidence/box/: console.txt" in log
    about = (driver_process.output / "evidence/box/machine.txt").read_text()
    assert "command line of the container: " in about


def test_an_end_that_has_begun_is_noted(make_any_machine: AnyMachineMaker) -> None:
    box = make_any_machine("box", start_command=(*FAKE, "--slow-end"), container=True)
    assert isinstance(box, NspawnMachine)
    box.succeed("true")
    assert box.backend is not None
    os.kill(first_process(box), 9)
    box.context.loop.run(box.backend.settle())
    assert isinstance(box.backend.loss(), MachineExited)


def test_types_of_a_script_tell_the_kinds(document: Document) -> None:
    part = document["machines"].pop("two-2")
    document["machines"]["box"] = {**part, "container": True}
    text = stub_text(check_configuration(document, where="here"))
    assert "\nbox: __module_test_driver_machine_nspawn__.NspawnMachine\n" in text
    assert "\nmachine1: __module_test_driver_machine_qemu__.QemuMachine\n" in text
    containers = "list[__module_test_driver_machine_nspawn__.NspawnMachine]"
    assert f"\nmachines_nspawn: __module_builtins__.{containers}\n" in text


def test_a_kind_is_chosen_by_the_configuration(document: Document, output: OutputFolder) -> None:
    for machine in document["machines"].values():
        machine |= {"start_command": list(FAKE), "container": True, "vlans": []}
    document["vlans"] = []
    configuration = check_configuration(document, where="here")
    script = Script(Path(document["test_script"]))
    with Driver(configuration, script, output, Steps([])) as driver:
        assert {type(machine) for machine in driver.machines} == {NspawnMachine}


@pytest.mark.parametrize("policy", ["prefer", "require", "never"])
def test_containers_alone_do_not_try_kvm(driver_process: DriverProcess, policy: str) -> None:
    # The trial would start this program, and say so.
    tried = driver_process.folder / "tried"
    qemu = driver_process.folder / "qemu"
    qemu.write_text(f"#!{shutil.which('sh')}\n: >'{tried}'\n")
    qemu.chmod(0o755)
    acceleration = {"policy": policy, "kernel": "/no/kernel", "qemu": str(qemu)}
    driver_process.document |= {"acceleration": acceleration, "vlans": []}
    for machine in driver_process.document["machines"].values():
        machine |= {"start_command": list(FAKE), "container": True, "vlans": []}
    result = driver_process.run("start_all()\nmachine1.succeed('true')\n")
    assert result.returncode == 0, result.stderr
    assert "acceleration" not in result.stderr
    assert "KVM" not in result.stderr
    assert not tried.exists()


def test_a_machine_that_a_script_makes_beside_containers_has_an_acceleration(
    driver_process: DriverProcess,
) -> None:
    machines = driver_process.document["machines"]
    command = " ".join(machines["machine1"]["start_command"])
    driver_process.document["vlans"] = []
    for machine in machines.values():
        machine |= {"start_command": list(FAKE), "container": True, "vlans": []}
    result = driver_process.run(
        f"made = create_machine({command!r}, name='made')\nmade.succeed('true')\n"
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("acceleration: emulation (TCG), because the policy is") == 1
