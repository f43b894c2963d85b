"""What a test finds of the tests before it."""

import pytest

from .conftest import Tests

# The fake guest has no state of its own: what is asked is whether the driver has restored it.
TWO = """
def test_one(machine1):
    machine1.succeed("true")

def test_two(machine1):
    machine1.succeed("true")

def test_three():
    pass
"""


def phases(tests: Tests, *arguments: str) -> dict[str, set[str]]:
    """Return on what each test spent its time."""
    run = tests.checkout(*arguments)
    assert run.status == 0, run.said
    return {
        event["name"].rpartition("::")[2]: set(event["phases"])
        for event in run.events("step-end")
        if event.get("outcome")
    }


def test_a_test_is_preceded_by_a_restore_only_if_another_one_used_machines(tests: Tests) -> None:
    tests.write(test_a=TWO)
    found = phases(tests)
    assert "restore" not in found["test_one"]
    assert "restore" in found["test_two"]
    assert "restore" not in found["test_three"]


@pytest.mark.parametrize(("mode", "restores"), [("none", False), ("boot", True)])
def test_isolation_is_chosen_by_an_option(tests: Tests, mode: str, restores: bool) -> None:
    tests.write(test_a=TWO)
    assert ("restore" in phases(tests, "--isolation", mode)["test_two"]) == restores


def test_a_test_with_keep_goes_on(tests: Tests) -> None:
    tests.write(
        test_a=TWO.replace("def test_two", "import pytest\n@pytest.mark.keep\ndef test_two")
    )
    assert "restore" not in phases(tests)["test_two"]


MODULE = """
import pytest

@pytest.fixture(scope="module")
def installed(machine1):
    machine1.succeed("true")

def test_one(installed, machine1):
    machine1.succeed("true")

def test_two(installed, machine1):
    machine1.succeed("true")
"""


def test_what_a_wider_fixture_has_done_is_kept_if_a_later_test_needs_it(tests: Tests) -> None:
    tests.write(test_a=MODULE)
    found = phases(tests)
    assert {"fixture installed", "checkpoint"} <= found["test_one"]
    assert "restore" in found["test_two"]
    assert "fixture installed" not in found["test_two"]
    alone = phases(tests, "-k", "test_two")
    assert "checkpoint" not in alone["test_two"]
    assert "fixture installed" in alone["test_two"]


def test_the_end_of_a_wider_fixture_brings_the_state_before_it_back(tests: Tests) -> None:
    tests.write(test_a=MODULE, test_b="def test_last(machine1):\n    machine1.succeed('true')\n")
    assert "restore" in phases(tests)["test_last"]


def test_boot_refuses_a_wider_fixture_that_uses_machines(tests: Tests) -> None:
    tests.write(test_a=MODULE)
    run = tests.checkout("--isolation", "boot")
    assert run.status == 1
    assert "isolation is `boot`, which would lose what fixtures of a wider scope" in run.said
    assert "what the fixture 'installed' has done to machines is lost" in run.said
    assert set(run.results().values()) <= {"failed", "error"}


def test_a_fault_of_the_network_ends_with_its_test(tests: Tests) -> None:
    tests.write(
        test_a="def test_one(network, machine1, two_2):\n"
        "    machine1.start()\n    two_2.start()\n"
        "    network.partition([machine1], [two_2])\n"
        "    assert len(list(network.faults)) == 1\n"
        "def test_two(network, machine1):\n"
        "    assert not list(network.faults)\n"
    )
    run = tests.checkout()
    assert run.status == 0, run.said


def test_a_machine_that_no_fixture_names_is_restored_as_well(tests: Tests) -> None:
    tests.write(
        test_a="def test_one(machine1):\n    machine1.succeed('true')\n"
        "def test_two(request):\n    request.getfixturevalue('machine1').succeed('true')\n"
    )
    assert "restore" in phases(tests)["test_two"]


LATE = """
import pytest

@pytest.fixture(scope="module")
def installed(machine1):
    machine1.succeed("true")

@pytest.fixture
def broken(installed):
    raise ValueError("of one test alone")

def test_asks_late(request, machine1):
    machine1.succeed("true")
    request.getfixturevalue("installed")

def test_finds_it(installed, machine1):
    machine1.succeed("true")
"""


def test_a_wider_fixture_is_kept_although_its_first_test_asks_late(tests: Tests) -> None:
    tests.write(test_a=LATE)
    found = phases(tests)
    assert {"fixture installed", "checkpoint"} <= found["test_asks_late"]
    assert "checkpoint" not in found["test_finds_it"]


def test_a_wider_fixture_is_kept_although_its_first_test_cannot_be_set_up(tests: Tests) -> None:
    first = "def test_one(broken, machine1):\n    pass\n"
    tests.write(test_a=LATE.replace("def test_asks_late", f"{first}\ndef test_asks_late"))
    run = tests.checkout()
    assert run.results() == {
        "test_one": "error",
        "test_asks_late": "passed",
        "test_finds_it": "passed",
    }
    ends = {event["name"].rpartition("::")[2]: event for event in run.events("step-end")}
    assert "checkpoint" in ends["test_one"]["phases"]


def test_a_fault_of_a_wider_fixture_is_there_again_after_a_test_has_ended_it(tests: Tests) -> None:
    tests.write(
        test_a="import pytest\n"
        "@pytest.fixture(scope='module')\n"
        "def apart(network, machine1, two_2):\n"
        "    return network.partition([machine1], [two_2])\n"
        "def test_one(apart, network):\n"
        "    network.heal()\n"
        "def test_two(apart, network):\n"
        "    assert list(network.faults) == [apart]\n"
        "    assert apart.in_force\n",
        test_b="def test_last(network, machine1):\n    assert not list(network.faults)\n",
    )
    run = tests.checkout()
    assert run.status == 0, run.said


def test_machines_that_no_test_names_are_restored_as_well(tests: Tests) -> None:
    body = "(request):\n    request.getfixturevalue('machine1').succeed('true')\n"
    tests.write(test_a=f"def test_one{body}def test_two{body}")
    for run in (tests.checkout(), tests.build()):
        assert run.status == 0, run.said
        ends = {event["name"].rpartition("::")[2]: event for event in run.events("step-end")}
        assert "restore" in ends["test_two"]["phases"], run.said


UNITTEST = """
import pytest, unittest

machines = []

@pytest.fixture(scope="module", autouse=True)
def installed(machine1):
    machine1.succeed("true")
    machines.append(machine1)

class Case(unittest.TestCase):
    def test_one(self):
        assert len(machines[0].checkpoints) == 2  # the base, and what the fixture has made
    def test_two(self):
        pass
"""


def test_what_a_fixture_has_made_is_kept_before_a_test_of_unittest_begins(tests: Tests) -> None:
    tests.write(test_a=UNITTEST)
    run = tests.build()
    assert run.status == 0, run.said
