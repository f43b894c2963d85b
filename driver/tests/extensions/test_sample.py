"""An extension with one hook of each kind: in scripts, their check, reports, timings, evidence."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from test_driver.configuration import check_configuration
from test_driver.extensions.extensions import Extensions
from test_driver.report.html_data import read_report_data
from test_driver.script.check import check_script
from test_driver.script.stubs import stub_text, write_stubs

from ..conftest import Document, DriverProcess
from .conftest import Loader
from .packages import SAMPLE

SCRIPT = """\
assert machine1.greet("you", times=2) == "hello hello you\\n"
assert machine1.greet_processors() == ["hello, processor 0 of machine1"]
assert greet_from_all("all") == ["hello all\\n"] * 2, greeting
made = create_machine("true")
assert made.greet_processors() == ["hello, processor 0 of machine"]
assert isinstance(machine1, QemuMachine) and isinstance(made, QemuMachine)
assert type(machine1).__name__ == "QemuMachine"
assert driver.machines[0].greet("you") == "hello you\\n"
"""


def events(driver: DriverProcess, kind: str) -> list[dict[str, Any]]:
    """Return the events of a kind."""
    lines = (driver.output / "events.jsonl").read_text().splitlines()
    return [event for line in lines if (event := json.loads(line))["kind"] == kind]


@pytest.fixture
def sample(load: Loader) -> Extensions:
    found = load(SAMPLE)
    found.check()
    return found


def test_what_it_adds_is_timed_and_reported(driver_process: DriverProcess) -> None:
    driver_process.document["python_path"] = [str(SAMPLE)]
    result = driver_process.run(SCRIPT)
    assert result.returncode == 0, result.stderr
    steps = {event["name"]: event for event in events(driver_process, "step-begin")}
    assert steps["greeting you 2 times"]["machine"] == "machine1"
    assert steps["greeting you 2 times"]["phase"] == "transfer"
    assert steps["everybody greets all"]["phase"] == "transfer"
    assert steps["naming the processors"]["phase"] == "command"
    (spent,) = events(driver_process, "time-spent")
    assert spent["seconds"]["transfer"] > 0
    bars = read_report_data(driver_process.output).steps
    assert "transfer" in [bar["kind"] for bar in bars if bar["name"] == "greeting you 2 times"]
    told = (driver_process.output / "greetings.txt").read_text()
    assert "1 begin machine1: greeting you 2 times\n" in told
    assert "1 passed everybody greets all\n" in told
    assert "1 event verdict\n" in told
    count = len(events(driver_process, "step-begin"))
    assert f"\n{count} event step-begin\n" in told


def test_a_package_that_is_installed_beside_the_driver_is_found(
    driver_process: DriverProcess,
) -> None:
    driver_process.python_path = [str(SAMPLE)]
    result = driver_process.run("machine1.greet('you')\nmachine1.succeed('exit 3')")
    assert result.returncode == 1
    folder = driver_process.output / "evidence" / "machine1"
    assert (folder / "greeting.txt").read_text() == "from the guest\n"
    assert (folder / "host-greeting.txt").read_text() == "from the host of machine1\n"
    titles = {event["title"] for event in events(driver_process, "evidence")}
    assert {"a greeting", "a greeting of the host"} < titles
    assert "with extension rehearse-greetings, entry point greetings\n" in result.stderr


WRONG = {
    "machine1.greet(1)": 'Argument 1 to "greet" of "GreetingMethods" has incompatible type',
    "machine1.greet('you', times='2')": 'Argument "times" to "greet" of "GreetingMethods"',
    "machine1.greet()": 'Missing positional argument "name" in call to "greet"',
    "machine1.gret('you')": '"QemuMachine" has no attribute "gret"; maybe "greet"?',
    "box.greet_processors()": '"NspawnMachine" has no attribute "greet_processors"',
    "machine1.greet_container()": '"QemuMachine" has no attribute "greet_container"',
    "machines[0].greet(2)": 'Argument 1 to "greet"',
    "machines_qemu[0].greet(2)": 'Argument 1 to "greet"',
    "driver.machines[0].greet(2)": 'Argument 1 to "greet"',
    "create_machine('x').greet(2)": 'Argument 1 to "greet"',
    "create_machine(1)": 'Argument 1 has incompatible type "int"; expected "str"',
    "driver.start_al()": '"Driver" has no attribute "start_al"',
    "len(machine1.greet_processors().upper())": '"list[str]" has no attribute "upper"',
    "greet_from_all(1)": 'Argument 1 has incompatible type "int"; expected "str"',
    "greeting.nothing()": '"str" has no attribute "nothing"',
    "greetings.Choir(1)": 'Argument 1 to "Choir" has incompatible type',
}


def test_its_types_are_checked(document: Document, tmp_path: Path, sample: Extensions) -> None:
    document["machines"]["box"] = {**document["machines"]["machine1"], "container": True}
    script = tmp_path / "checked.py"
    script.write_text("import greetings\n" + "".join(f"{line}\n" for line in WRONG))
    found = check_script(script, check_configuration(document, where="unit"), sample)
    assert len(found) == len(WRONG), found
    for number, (text, problem) in enumerate(zip(found, WRONG.values(), strict=True), start=2):
        assert text.startswith(f"{script}:{number}: ")
        assert problem in text


def test_a_script_that_uses_it_well_has_no_problems(
    document: Document, tmp_path: Path, sample: Extensions
) -> None:
    document["machines"]["box"] = {**document["machines"]["machine1"], "container": True}
    script = tmp_path / "checked.py"
    script.write_text(
        SCRIPT + "def helper(one: BaseMachine, two: QemuMachine, three: Machine) -> str:\n"
        "    return one.greet('a') + two.greet('b') + three.greet_processors()[0]\n"
        "helper(box, machine1, made).upper()\nbox.greet_container()\n"
        "machine2: QemuMachine = made\n"
    )
    assert check_script(script, check_configuration(document, where="unit"), sample) == []


def test_stubs_for_an_editor_have_its_packages_and_its_manual(
    document: Document, tmp_path: Path, sample: Extensions
) -> None:
    configuration = check_configuration(document, where="unit")
    write_stubs(tmp_path / "stubs", configuration, sample)
    stub = (tmp_path / "stubs" / "test_script_names.pyi").read_text()
    assert "With the methods of extension rehearse-greetings, entry point greetings." in stub
    assert (
        "Let the guest greet somebody."
        in (tmp_path / "stubs" / "greetings" / "__init__.py").read_text()
    )
    assert "greetings" not in stub_text(configuration)


def test_without_extensions_nothing_of_them_is_imported() -> None:
    program = (
        "import sys, test_driver.run.execution\n"
        "from test_driver.configuration import Configuration\n"
        "from test_driver.extensions.load import load_extensions\n"
        "found = load_extensions(Configuration.model_construct(python_path=()))\n"
        "found.check()\n"
        "print(sorted(name for name in sys.modules if 'extensions.' in name or 'plug' in name\n"
        "             if not name.startswith('pydantic')))\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    names = [f"test_driver.extensions.{name}" for name in ("extensions", "find", "load")]
    assert said.stdout == f"{names}\n", said.stderr
