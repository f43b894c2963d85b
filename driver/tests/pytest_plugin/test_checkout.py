"""`pytest` in a checkout: how it ends, and what is there for a person."""

import os
import signal
import subprocess
import time
from xml.etree import ElementTree

import pytest

from ..conftest import Terminals
from ..test_process import wait_for_death
from .conftest import Tests

FAILING = """
def test_good(machine1):
    machine1.succeed("true")

def test_bad(machine1):
    machine1.succeed("true")
    number = 3
    assert number == 4

def test_later(two_2):
    two_2.succeed("true")
"""


def test_x_stops_and_keeps_diagnostics(tests: Tests) -> None:
    tests.write(test_a=FAILING)
    run = tests.checkout("-x")
    assert run.results() == {"test_good": "passed", "test_bad": "failed"}
    assert (run.output / "evidence" / "1-test_bad" / "machine1" / "machine.txt").exists()
    assert f"report: {run.output}/report.html" in run.said


def test_pdb_has_the_names_of_the_prompt_and_the_machines_as_they_were(
    tests: Tests, terminals: Terminals
) -> None:
    tests.write(test_a=FAILING)
    at = terminals(tests.command("--pdb", "-q", "--color=no"), cwd=tests.folder)
    at.expect(r"\(Pdb\) ", timeout=40)
    at.sendline("p number, two_2.name, machine1.booted, [one.name for one in machines]")
    at.expect_exact("(3, 'two-2', True, ['machine1', 'two-2'])")
    at.sendline("p machine1.succeed('echo alive')")
    at.expect_exact("alive")
    at.sendline("c")
    at.expect_exact("1 failed, 2 passed", timeout=40)


def test_sigkill_leaves_no_process_and_whole_files(tests: Tests) -> None:
    tests.write(
        test_a="import os, time\ndef test_one(machine1):\n    machine1.succeed('true')\n"
        "def test_two(machine1):\n    machine1.succeed('true')\n"
        "    print(f'\\n{machine1.instance.process.pid}', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen(
        tests.command("-s", "-q"),
        env=tests.environment(),
        cwd=tests.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        qemu = next(int(line) for line in process.stdout if line.strip().isdigit())
        time.sleep(0.3)  # JUnit is written some instants after the end of a test
        os.kill(process.pid, signal.SIGKILL)
    wait_for_death(qemu)
    root = ElementTree.parse(tests.process.output / "junit.xml").getroot()
    assert "tests/test_a.py::test_one" in [case.attrib["name"] for case in root.iter("testcase")]


def test_without_a_testbed_the_plugin_says_how_to_give_one(tests: Tests) -> None:
    tests.write(test_a="def test_one(machines):\n    pass\ndef test_two(server):\n    pass\n")
    run = tests.checkout(testbed=False)
    assert run.status == 1
    assert "no testbed: give one with --testbed='.#checks.x86_64-linux.NAME'" in run.said
    assert "if 'server' is a machine: no testbed" in run.said
    tests.write(test_a="def test_one():\n    pass\n")
    assert tests.checkout(testbed=False).status == 0


def test_a_testbed_of_another_schema_is_refused(tests: Tests) -> None:
    tests.process.document["schema_version"] = 2
    tests.write(test_a="def test_one():\n    pass\n")
    run = tests.checkout()
    assert run.status == 4
    assert "schema_version: expected 1, got 2" in run.said
    assert "or use the driver that was built with it" in run.said


def test_workers_have_testbeds_of_their_own(tests: Tests) -> None:
    tests.write(test_a=FAILING.replace("== 4", "== 3"))
    run = tests.checkout("-n", "2")
    assert run.status == 0, run.said
    assert "3 passed" in run.said
    assert {one.name for one in run.output.iterdir()} == {"gw0", "gw1"}


ENDS_LATE = """
import os, signal, pytest
kept = []

@pytest.fixture
def victim(machine1):
    kept.append(machine1)
    machine1.succeed("true")

def pytest_sessionfinish():
    for machine in kept:
        os.kill(machine.instance.process.pid, signal.SIGKILL)
"""


@pytest.mark.parametrize(("arguments", "where"), [((), ""), (("-n", "1"), "gw0: ")])
def test_a_machine_that_ends_after_the_last_test_fails_also_in_a_worker(
    tests: Tests, arguments: tuple[str, ...], where: str
) -> None:
    tests.write(conftest=ENDS_LATE, test_a="def test_one(victim):\n    pass\n")
    run = tests.checkout(*arguments)
    assert "1 passed" in run.said
    assert f"FAILED {where}after the last test: " in run.said
    assert run.status == 1


def test_an_output_that_cannot_be_written_is_refused(tests: Tests) -> None:
    tests.write(test_a="def test_one(machine1):\n    pass\n")
    tests.process.output.write_text("a file")
    run = tests.checkout()
    assert run.status == 4
    assert "cannot be used as the output folder" in run.said


def test_a_subtest_that_fails_is_a_case_and_the_test_goes_on(tests: Tests) -> None:
    tests.write(
        test_a="def test_one(machine1, subtest):\n"
        "    with subtest('a'):\n        machine1.succeed('false')\n"
        "    with subtest('b'):\n        machine1.succeed('true')\n"
        "    print('went on')\n"
    )
    run = tests.checkout("-s")
    assert run.status == 1
    assert "went on" in run.said
    root = ElementTree.parse(run.output / "junit.xml").getroot()
    cases = {
        case.attrib["name"].partition("::")[2]: case.find("failure")
        for case in root.iter("testcase")
    }
    assert cases["test_one [a]"] is not None
    assert cases["test_one [b]"] is None
    failed = next(end for end in run.events("step-end") if end.get("outcome") == "failed")
    assert failed["headline"].startswith("CommandFailed: machine1:")
