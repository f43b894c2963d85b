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


LEFT_OUT = {
    "class TestThat:\n    def __init__(self): pass\n    def test_b(self): pass\n": (
        "pytest leaves out test_b of TestThat"
    ),
    "class Call:\n    def __call__(self):\n        pass\ntest_b = Call()\n": (
        "cannot collect 'test_b' because it is not a function"
    ),
    "def test_b():\n    assert (1 == 2, 'no')\n": "assertion is always true",
    "def test_b():\n    yield\n": "test_b",  # worded in other ways since pytest 8.4
}


@pytest.mark.parametrize("text", LEFT_OUT)
def test_what_pytest_leaves_out_cannot_be_collected(tests: Tests, text: str) -> None:
    tests.write(test_a="def test_a():\n    pass\n", test_b=text)
    run = tests.build()
    assert "could not be collected: test_b.py" in run.said
    assert LEFT_OUT[text] in run.said
    assert run.status == 1


def test_classes_that_only_look_like_tests_do_no_harm(tests: Tests) -> None:
    data = "class TestData:\n    def __init__(self):\n        self.test_name = 1\n"
    other = (
        "class TestClient:\n    __test__ = False\n    def __init__(self):\n        pass\n"
        "    def test_connection(self):\n        pass\n"
    )
    tests.write(test_a=f"{data}{other}def test_a():\n    pass\n")
    run = tests.build()
    assert run.status == 0, run.said
    assert run.results() == {"test_a": "passed"}


UNAWAITED = """
import unittest

async def fails():
    raise AssertionError

def test_calls():
    fails()

class TestThat(unittest.TestCase):
    async def test_is(self):
        raise AssertionError
"""


def test_coroutines_that_nothing_awaits_fail_their_tests(tests: Tests) -> None:
    tests.write(test_a=UNAWAITED)
    run = tests.checkout()
    assert "2 failed" in run.said
    assert "coroutine 'fails' was never awaited" in run.said
    assert run.status == 1


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
