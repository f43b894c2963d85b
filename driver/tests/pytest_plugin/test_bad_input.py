"""What the plugin says when a user gives it something wrong."""

import re

import pytest

from .conftest import Tests
from .test_marks import with_variants

HOW = "the mark `variants` takes a machine and an axis: variants(server='kernel')"
WRONG_VARIANTS = {
    "variants": HOW,
    "variants()": HOW,
    "variants('kernel')": HOW,
    "variants(machine1='Kernel')": "no such axis of variants; those it has: kernel, size",
    "variants(machine1=['kernel'])": "no such axis of variants; those it has: kernel, size",
    "variants(machine1=None)": "no such axis of variants; those it has: kernel, size",
    "variants(machine1={'kernel': 'old'})": "no such axis of variants; those it has: kernel, size",
    "variants(server='kernel')": "no machine 'server'; those there are: machine1, two_2",
    "variants(**{'two-2': 'kernel'})": "no machine 'two-2'; those there are: machine1, two_2",
    "variants(two_2='kernel')": "two_2 has no such axis of variants; those it has: none",
}


def test_each_mark_of_variants_that_cannot_be_meant_is_told_in_one_run(tests: Tests) -> None:
    with_variants(tests)
    functions = "".join(
        f"@pytest.mark.{mark}\ndef test_{number}(machine1):\n    pass\n"
        for number, mark in enumerate(WRONG_VARIANTS)
    )
    tests.write(test_a=f"import pytest\n{functions}")
    run = tests.checkout()
    assert run.status == pytest.ExitCode.USAGE_ERROR
    lines = run.said.splitlines()
    for number, message in enumerate(WRONG_VARIANTS.values()):
        told = [line for line in lines if f"::test_{number}: " in line]
        assert len(told) == 1, run.said
        assert message in told[0]
    assert not run.output.exists()


SILENT = """
async def test_never_run():
    assert False

def test_returns():
    return 1 == 2

def test_subtest(subtest):
    with subtest("one"):
        pass
"""


def test_what_pytest_only_warns_of_fails(tests: Tests) -> None:
    tests.write(test_a=SILENT)
    run = tests.checkout("-p", "no:subtests")
    assert run.status == 1
    assert "2 failed, 1 error" in run.said
    assert "async def functions are not natively supported" in run.said
    assert re.search("returned (False|<class 'bool'>)", run.said)  # pytest 8 and 9
    assert "the fixture `subtest` needs pytest 9, or the package pytest-subtests" in run.said
    assert "another exception" not in run.said


NAMES = """
import pytest

@pytest.fixture(scope="module")
def ready(servr):
    pass

def test_by_a_fixture(ready):
    pass

def test_another_case(Machine1):
    pass

def test_without_its_dash(two2):
    pass

@pytest.mark.usefixtures("client")
def test_by_a_mark():
    pass

class TestGroup:
    def test_in_a_class(self, driver):
        pass
"""


def test_names_of_machines_that_there_are_not_start_nothing(tests: Tests) -> None:
    tests.write(test_a=NAMES)
    run = tests.checkout()
    assert run.status == 1
    assert "5 errors" in run.said
    for name in ("servr", "Machine1", "two2", "client", "driver"):
        assert f"fixture {name!r} not found: the testbed unit has no machine of this name" in (
            run.said
        )
    assert "its machines are: machine1, two_2" in run.said
    assert not run.output.exists()
