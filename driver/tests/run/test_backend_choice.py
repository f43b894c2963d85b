"""Machines that the driver runs in QEMU, or as containers where KVM does not work."""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from test_driver.backend.qemu.acceleration import Acceleration
from test_driver.configuration import Limits, check_configuration
from test_driver.driver import Driver
from test_driver.errors import AccelerationMissing, ConfigurationError
from test_driver.machine import BaseMachine, NspawnMachine, QemuMachine
from test_driver.output import OutputFolder
from test_driver.run.backend_choice import as_container, with_backends
from test_driver.script.script import Script
from test_driver.script.stubs import stub_text
from test_driver.steps import Steps

from ..conftest import SUPPORT, Document, DriverProcess
from ..report.test_events import events_of

FAKE = [sys.executable, str(SUPPORT / "fake_container.py")]
KVM = Acceleration(accelerator="kvm", reason="a Linux kernel boots under it")
TCG = Acceleration(accelerator="tcg", reason="/dev/kvm does not exist")
NEVER = "because the policy is `never` to use KVM"


@pytest.fixture
def either(document: Document) -> Document:
    """A test whose first machine can be a container."""
    machines = document["machines"]
    limits = {"memory_mib": 64, "cores": 1, "required": False}
    form = {"start_command": FAKE, "limits": limits}
    machines["machine1"] = {**machines["machine1"], "as_container": form}
    # The switches of containers are not this test's.
    document["vlans"] = []
    for machine in machines.values():
        machine["vlans"] = []
    return document


def test_without_kvm_it_runs_as_a_container(either: Document) -> None:
    chosen, choices = with_backends(check_configuration(either, where="here"), TCG)
    machine, other = chosen.machines.values()
    assert machine.container
    assert machine.backend_name == "nspawn"
    assert machine.start_command == tuple(FAKE)
    assert machine.as_container is None
    assert machine.limits == Limits(memory_mib=64, cores=1, required=False)
    assert not other.container
    assert [one.describe() for one in choices] == [
        "a container of systemd-nspawn, because /dev/kvm does not exist"
    ]


def test_with_kvm_it_runs_in_qemu(either: Document) -> None:
    before = check_configuration(either, where="here")
    chosen, (choice,) = with_backends(before, KVM)
    machine = chosen.machines["machine1"]
    assert not machine.container
    assert machine.start_command == before.machines["machine1"].start_command
    assert machine.as_container is None
    assert machine.limits == Limits()
    assert choice.describe() == "QEMU with KVM, because a Linux kernel boots under it"


def test_another_machine_is_no_container(document: Document) -> None:
    configuration = check_configuration(document, where="here")
    assert with_backends(configuration, TCG) == (configuration, ())
    with pytest.raises(ValueError, match="the machine cannot be a container"):
        as_container(configuration.machines["machine1"])


def test_the_choice_stands_in_all_reports(driver_process: DriverProcess, either: Document) -> None:
    script = """
start_all()
assert isinstance(machine1, NspawnMachine) and isinstance(two_2, QemuMachine)
assert machines_nspawn == [machine1] and machines_qemu == [two_2]
machine1.succeed("true")
"""
    result = driver_process.run(script)
    assert result.returncode == 0, result.stderr
    assert f"backend of machine1: a container of systemd-nspawn, {NEVER}\n" in result.stderr
    assert f"acceleration: emulation (TCG), {NEVER}\n" in result.stderr
    assert "backend of two-2" not in result.stderr
    log = (driver_process.output / "log.txt").read_text()
    assert f"backend of machine1: a container of systemd-nspawn, {NEVER}\n" in log
    (event,) = [event for event in events_of(driver_process) if event["kind"] == "backend"]
    assert {**event, "time": 0} == {
        "time": 0,
        "kind": "backend",
        "machine": "machine1",
        "backend": "nspawn",
        "reason": "the policy is `never` to use KVM",
    }
    properties = {
        one.attrib["name"]: one.attrib["value"]
        for one in ET.parse(driver_process.output / "junit.xml").iter("property")
    }
    assert properties["backend: machine1"] == f"a container of systemd-nspawn, {NEVER}"
    page = (driver_process.output / "report.html").read_text()
    assert "machine1: a container of systemd-nspawn" in page
    assert "two-2: " not in page.split("<main>")[0]


def test_the_choice_is_in_the_report_of_a_test_that_fails(
    driver_process: DriverProcess, either: Document
) -> None:
    assert driver_process.run("machine1.succeed('false')\n").returncode == 1
    assert 'name="backend: machine1"' in (driver_process.output / "junit.xml").read_text()
    page = (driver_process.output / "report.html").read_text()
    assert "machine1: a container of systemd-nspawn" in page


def test_no_acceleration_is_told_of_where_no_machine_runs_in_qemu(
    driver_process: DriverProcess, either: Document
) -> None:
    del either["machines"]["two-2"]
    result = driver_process.run("machine.succeed('true')\n")
    assert result.returncode == 0, result.stderr
    assert f"backend of machine1: a container of systemd-nspawn, {NEVER}\n" in result.stderr
    assert "acceleration" not in result.stderr


def test_kvm_that_is_required_and_missing_fails_the_test_before_its_script(
    driver_process: DriverProcess, either: Document
) -> None:
    del either["machines"]["two-2"]
    either["acceleration"] = {"policy": "require", "kernel": "/no/kernel", "qemu": "/bin/false"}
    result = driver_process.run("print('the script runs')\n")
    assert result.returncode == 3
    assert "this test requires KVM, but " in result.stderr
    assert "the script runs" not in result.stdout + result.stderr


@pytest.mark.parametrize(("acceleration", "kind"), [(KVM, QemuMachine), (TCG, NspawnMachine)])
def test_the_driver_makes_what_it_has_chosen(
    either: Document,
    output: OutputFolder,
    monkeypatch: pytest.MonkeyPatch,
    acceleration: Acceleration,
    kind: type[BaseMachine],
) -> None:
    async def chosen(*arguments: object) -> Acceleration:
        return acceleration

    place = "test_driver.backend.qemu.acceleration_choice.choose_acceleration"
    monkeypatch.setattr(place, chosen)
    configuration = check_configuration(either, where="here")
    script = Script(Path(either["test_script"]))
    with Driver(configuration, script, output, Steps([])) as driver:
        assert [type(machine) for machine in driver.machines] == [kind, QemuMachine]
        assert [one.machine for one in driver.backends] == ["machine1"]


def test_kvm_that_is_required_is_told_where_a_driver_is_used(
    either: Document, output: OutputFolder
) -> None:
    either["acceleration"] = {"policy": "require", "kernel": "/no/kernel", "qemu": "/bin/false"}
    configuration = check_configuration(either, where="here")
    driver = Driver(configuration, Script(Path(either["test_script"])), output, Steps([]))
    with pytest.raises(AccelerationMissing), driver:
        pytest.fail("it was entered")


def test_types_of_a_script_are_those_of_every_machine(either: Document) -> None:
    text = stub_text(check_configuration(either, where="here"))
    assert "\nmachine1: __module_test_driver_machine_base__.BaseMachine\n" in text
    assert "\ntwo_2: __module_test_driver_machine_qemu__.QemuMachine\n" in text
    assert "\nmachines: __module_builtins__.list[__module_test_driver_machine_base__" in text
    del either["machines"]["two-2"]
    text = stub_text(check_configuration(either, where="here"))
    assert "\nmachine: __module_test_driver_machine_base__.BaseMachine\n" in text


@pytest.mark.parametrize(
    "call", ["machine1.send_monitor_command('x')", "machine1.disk('/dev/vda')"]
)
def test_the_check_of_a_script_refuses_what_only_one_kind_has(
    driver_process: DriverProcess, either: Document, call: str
) -> None:
    result = driver_process.run(f"{call}\n", "--check-only", "--skip-lint")
    assert result.returncode != 0
    assert '"BaseMachine" has no attribute' in result.stdout + result.stderr
    result = driver_process.run("machine1.succeed('true')\n", "--check-only", "--skip-lint")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("container", True),
        ("backend", "qemu"),
        ("graphics", True),
        ("power_cuts", True),
        ("memory_in_file", True),
        ("warm_start", {"folder": "/f", "script": ":"}),
        (
            "variants",
            [{"values": {}, "start_command": ["x"], "memory_mib": 1, "cores": 1, "disk": ""}],
        ),
    ],
)
def test_what_containers_do_not_have_is_refused(
    either: Document, field: str, value: object
) -> None:
    either["machines"]["machine1"][field] = value
    with pytest.raises(ConfigurationError) as caught:
        check_configuration(either, where="here")
    assert str(caught.value) == (
        f"here: machines.machine1.{field}: a machine with `as_container` cannot have it, because "
        "containers do not"
    )


def test_what_is_left_out_is_not_refused(either: Document) -> None:
    either["machines"]["machine1"] |= {"container": False, "graphics": False, "variants": []}
    assert check_configuration(either, where="here").machines["machine1"].as_container
    either["machines"]["machine1"]["as_container"] = {"start_command": []}
    with pytest.raises(ConfigurationError, match=r"machine1\.as_container\.start_command: "):
        check_configuration(either, where="here")
