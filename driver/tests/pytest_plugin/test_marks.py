"""The marks of tests, and random tests: each with fake machines, as users run them."""

import datetime
from typing import Any

import pytest

from .conftest import Tests

TOMORROW = datetime.date.today() + datetime.timedelta(days=1)
YESTERDAY = datetime.date.today() - datetime.timedelta(days=1)

FLAKY = f"""
import pytest

tries = []

@pytest.fixture(scope="module")
def wide(machine1):
    machine1.succeed("true")
    tries.append("wide")

@pytest.mark.flaky(reason="a race", until="{TOMORROW}", retries=2)
def test_third_time(wide, machine1):
    machine1.succeed("true")
    tries.append("try")
    assert tries.count("try") == 3

@pytest.mark.flaky(reason="a race", until="{TOMORROW}", retries=1)
def test_never(machine1):
    machine1.succeed("false")

@pytest.mark.flaky(reason="a race", until="{TOMORROW}")
def test_at_once(wide):
    assert tries.count("wide") == 1

@pytest.mark.flaky(reason="a race", until="{YESTERDAY}", retries=9)
def test_expired(machine1):
    pass
"""


def test_a_flaky_test_is_run_again_until_its_date(tests: Tests) -> None:
    tests.write(test_a=FLAKY)
    run = tests.checkout()
    assert run.results() == {
        "test_third_time": "flaky",
        "test_never": "failed",
        "test_at_once": "passed",
        "test_expired": "error",
    }
    assert run.status == 1
    assert f"the mark `flaky` of this test has expired on {YESTERDAY}: mend the test" in run.said
    assert "1 failed, 2 passed, 1 error, 3 rerun" in run.said


NEEDS = """
import pytest

@pytest.mark.needs("power-cuts")
def test_power(machine1):
    pass

@pytest.mark.needs("kvm", "ssh")
def test_kvm(machine1):
    pass

@pytest.mark.needs("graphics")
def test_screen(machine1):
    machine1.succeed("true")
"""


def test_a_test_is_skipped_where_what_it_needs_is_missing(tests: Tests) -> None:
    tests.process.document["machines"]["machine1"] = {
        **tests.process.document["machines"]["machine1"],
        "graphics": True,
    }
    tests.write(test_a=NEEDS)
    run = tests.checkout("-rs")
    assert run.results() == {
        "test_power": "skipped",
        "test_kvm": "skipped",
        "test_screen": "passed",
    }
    assert "needs power-cuts: machine1 have none" in run.said
    assert "needs kvm: the test has acceleration = never" in run.said


def with_variants(tests: Tests) -> None:
    """Give the fake machine variants of a kernel and a size."""
    part: dict[str, Any] = tests.process.document["machines"]["machine1"]
    variants = [
        {
            "values": {"kernel": kernel, "size": size},
            "start_command": part["start_command"],
            "memory_mib": 1,
            "cores": 1,
            "disk": "one",
        }
        for kernel in ("old", "new")
        for size in (1, 2)
    ]
    tests.process.document["machines"]["machine1"] = {
        **part,
        "variants": variants,
        "variant": variants[0]["values"],
        "disk": "one",
    }


VARIANTS = """
import pytest

seen = []

@pytest.mark.variants(machine1="kernel")
def test_one(machine1):
    seen.append(machine1.variant["kernel"])
    machine1.succeed("true")

@pytest.mark.variants(machine1="kernel")
def test_two(machine1):
    seen.append(machine1.variant["kernel"])
    machine1.succeed("true")

def test_own(machine1):
    machine1.succeed("true")
    assert machine1.variant == {"kernel": "old", "size": 1}
    assert seen == ["old", "old", "new", "new"]
"""


def test_variants_make_tests_that_are_grouped(tests: Tests) -> None:
    with_variants(tests)
    tests.write(test_a=VARIANTS)
    run = tests.checkout()
    assert run.results() == {
        "test_one[kernel=old]": "passed",
        "test_two[kernel=old]": "passed",
        "test_one[kernel=new]": "passed",
        "test_two[kernel=new]": "passed",
        "test_own": "passed",
    }, run.said


RANDOM = """
from hypothesis import given, settings, strategies as st

from test_driver.stateful import StateMachine, rule, running

examples = []

@settings(max_examples=3, deadline=None, database=None)
@given(number=st.integers())
def test_numbers(machine1, number):
    examples.append(number)
    machine1.succeed("true")

class Cluster(StateMachine):
    "What can be done."

    machine1: object
    settings_of_run = {"max_examples": 2, "steps": 2}

    @rule()
    def use(self):
        self.machine1.succeed("true")

def test_examples():
    assert len(examples) == 3
"""


def test_examples_begin_with_machines_as_the_first_one_found_them(tests: Tests) -> None:
    tests.write(test_a=RANDOM)
    run = tests.checkout()
    assert run.results() == {
        "test_numbers": "passed",
        "Cluster": "passed",
        "test_examples": "passed",
    }, run.said
    ends = {event["name"].rpartition("::")[2]: event for event in run.events("step-end")}
    assert "restore" in ends["test_numbers"]["phases"]


WRONG = {
    "keep(1)": "the mark `keep` takes no arguments",
    "needs('wings')": "needs('wings'): no such capability; those there are: containers, graphics",
    "needs()": "the mark `needs` takes names alone",
    "allow('bad-luck')": "allow('bad-luck'): no such kind of trouble; those there are: kernel-oops",
    "flaky()": "the mark `flaky` needs a reason",
    "flaky(reason='x')": "the mark `flaky` needs a date as `until`, found None",
    "flaky(reason='x', until='soon')": "the mark `flaky` needs a date as `until`, found 'soon'",
    "flaky(reason='x', until='2027-03-01', retries=0)": "retries is at least 1, found 0",
    "flaky(reason='x', until='2027-03-01', reruns=2)": "the mark `flaky` does not know reruns",
}


def test_marks_that_cannot_be_meant_are_refused_before_anything_starts(tests: Tests) -> None:
    functions = "".join(
        f"@pytest.mark.{mark}\ndef test_{number}(machine1):\n    pass\n"
        for number, mark in enumerate(WRONG)
    )
    tests.write(test_a=f"import pytest\n{functions}")
    run = tests.checkout()
    assert run.status == pytest.ExitCode.USAGE_ERROR
    for number, message in enumerate(WRONG.values()):
        assert any(
            f"test_{number}: " in line and message in line for line in run.said.splitlines()
        ), (message, run.said)
    assert not run.output.exists()


def test_variants_that_there_are_not_are_named(tests: Tests) -> None:
    with_variants(tests)
    text = "import pytest\n@pytest.mark.variants({})\ndef test(machine1):\n    pass\n"
    tests.write(test_a=text.format("machine1='disk'"), test_b=text.format("other='kernel'"))
    run = tests.checkout()
    assert "machine1 has no such axis of variants; those it has: kernel, size" in run.said
    assert "variants(other='kernel'): no machine 'other'; those there are: machine1" in run.said
    assert not run.output.exists()


TROUBLE = """
import pytest

SANITIZER = "echo '==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1' >&2"

def test_before(machine1):
    machine1.succeed("true")

def test_trouble(machine1):
    machine1.succeed(SANITIZER)

def test_after(machine1):
    machine1.succeed("true")

@pytest.mark.allow("sanitizer")
def test_allowed(machine1):
    machine1.succeed(SANITIZER)
"""


def test_trouble_fails_the_test_in_which_it_was_seen(tests: Tests) -> None:
    tests.process.document["fail_on"] = ["sanitizer"]
    tests.write(test_a=TROUBLE)
    run = tests.build()
    assert run.results() == {
        "test_before": "passed",
        "test_trouble": "failed",
        "test_after": "passed",
        "test_allowed": "passed",
    }, run.said
    assert run.status == 1
    assert "TroubleSeen" in run.said
