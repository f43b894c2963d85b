"""Tests of each variant of a machine, and what they have in common."""

from .conftest import Tests

TEXT = """
import pytest

SEEN = []

@pytest.fixture(scope="module")
def installed(machine1):
    kernel = machine1.variant.get("kernel")
    machine1.succeed("true")
    SEEN.append(f"up {kernel}")
    yield kernel
    assert machine1.variant.get("kernel") == kernel
    SEEN.append(f"down {kernel}")

@pytest.mark.variants(machine1="kernel")
def test_each(installed, machine1):
    assert installed == machine1.variant["kernel"]

@pytest.mark.variants(machine1="kernel")
def test_each_again(installed, machine1):
    assert installed == machine1.variant["kernel"]

def test_in_the_end(installed, machine1):
    assert installed == machine1.variant["kernel"]

def test_what_was_seen():
    assert SEEN == ["up new", "down new", "up old", "down old", "up own"]
"""


def test_fixtures_that_tests_share_are_made_for_each_variant(tests: Tests) -> None:
    machines = tests.process.document["machines"]
    machine = machines["machine1"]
    common = {"start_command": machine["start_command"], "memory_mib": 1, "cores": 1, "disk": "a"}
    machines["machine1"] = machine | {
        "variant": {"kernel": "own"},
        "variants": [{"values": {"kernel": value}, **common} for value in ("new", "old")],
        "disk": "a",
    }
    tests.write(test_a=TEXT)
    run = tests.checkout("-v")
    assert run.status == 0, run.said
    assert "test_each[kernel=old]" in run.results()
