"""Tests of pytest as a derivation runs them: outcomes, exit statuses, reports."""

from xml.etree import ElementTree

import pytest

from .conftest import Tests

OUTCOMES = """
import pytest

def test_passes(machine1):
    assert machine1.succeed("echo hi") == "hi\\n"

def test_fails(machine1):
    found = {"a": 1}
    assert found == {"a": 2}

@pytest.fixture
def broken():
    raise ValueError

def test_error(broken):
    pass

@pytest.mark.skip(reason="not now")
def test_skipped(machine1):
    raise AssertionError

@pytest.mark.xfail(reason="known")
def test_expected(machine1):
    machine1.succeed("false")

def test_alone():
    pass
"""


def test_each_test_has_its_own_outcome(tests: Tests) -> None:
    tests.write(test_a=OUTCOMES)
    run = tests.build()
    assert run.results() == {
        "test_passes": "passed",
        "test_fails": "failed",
        "test_error": "error",
        "test_skipped": "skipped",
        "test_expected": "xfailed",
        "test_alone": "passed",
    }
    assert run.status == 1
    assert "2 of 6 tests failed: test_a.py::test_fails, test_a.py::test_error" in run.said
    assert "{'a': 1} == {'a': 2}" in run.said
    assert (run.output / "evidence" / "1-test_fails" / "machine1" / "machine.txt").exists()
    root = ElementTree.parse(run.output / "junit.xml").getroot()
    cases = {case.attrib["name"]: {part.tag for part in case} for case in root.iter("testcase")}
    assert "failure" in cases["test_a.py::test_fails"]
    assert "error" in cases["test_a.py::test_error"]
    assert "skipped" in cases["test_a.py::test_expected"]


def test_tests_that_pass_make_a_run_that_passes(tests: Tests) -> None:
    tests.write(test_a="def test_one(machine1):\n    machine1.succeed('true')\n")
    run = tests.build()
    assert run.status == 0, run.said
    assert [event["outcome"] for event in run.events("verdict")] == ["passed"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import pytest\ndef test_a():\n    pytest.exit('enough', returncode=0)\n", "not run"),
        ("def test_a(:\n", "could not be collected: test_a.py; no machine was started"),
        ("import nowhere_to_be_found\n", "could not be collected: test_a.py"),
        ("x = 1\n", "no test was selected in tests"),
        ("import sys\ndef test_a():\n    sys.exit(0)\n", "1 of 1 tests failed"),
        ("import os\ndef test_a():\n    os._exit(0)\n", ""),
        (
            "import threading\ndef test_a():\n"
            "    thread = threading.Thread(target=lambda: 1 / 0)\n"
            "    thread.start()\n    thread.join()\n",
            "1 of 1 tests failed",
        ),
        (
            "import os, signal\ndef test_a(machine1):\n    machine1.succeed('true')\n"
            "    os.kill(machine1.instance.process.pid, signal.SIGKILL)\n",
            "1 of 1 tests failed",
        ),
    ],
)
def test_what_is_no_pass_fails(tests: Tests, text: str, message: str) -> None:
    tests.write(test_a=text)
    run = tests.build()
    assert message in run.said
    verdicts = run.events("verdict")
    assert not verdicts or verdicts[-1]["outcome"] != "passed", run.said
    assert run.status != 0 or not verdicts


def test_folders_that_pytest_passes_over_have_tests_as_well(tests: Tests) -> None:
    for name in ("build", "dist", ".hidden"):
        (tests.folder / name).mkdir()
    tests.write(test_a="def test_a():\n    pass\n")
    tests.write(**{"build/test_b": "def test_b():\n    pass\n", "dist/test_c": "def test_c(): 0\n"})
    tests.write(**{".hidden/test_d": "def test_d():\n    pass\n"})
    assert set(tests.build().results()) == {"test_a", "test_b", "test_c"}
    (tests.folder / "pytest.ini").write_text("[pytest]\nnorecursedirs = .* dist\n")
    assert set(tests.build().results()) == {"test_a", "test_b"}


NEVER_CALLED = "import pytest\ndef test_a():\n    raise AssertionError\n"


@pytest.mark.parametrize(
    ("argument", "conftest", "message"),
    [
        ("--collect-only", "", "no test was run: pytest ended before the first one"),
        ("--fixtures", "", "no test was run: pytest ended before the first one"),
        ("--setup-only", "", "1 of 1 tests were not run"),
        ("--setup-plan", "", "1 of 1 tests were not run"),
        (
            "-v",
            "import pytest\ndef pytest_collection():\n    pytest.exit('enough', returncode=0)\n",
            "no test was run: enough",
        ),
        ("-v", "def pytest_runtest_protocol():\n    return True\n", "1 of 1 tests were not run"),
    ],
)
def test_tests_that_pytest_never_calls_have_not_passed(
    tests: Tests, argument: str, conftest: str, message: str
) -> None:
    tests.write(test_a=NEVER_CALLED, conftest=conftest)
    run = tests.build(argument)
    assert message in run.said
    assert [event["outcome"] for event in run.events("verdict")] == ["failed"]
    assert run.status == 1


def test_a_syntax_error_is_named_with_its_line_before_anything_boots(tests: Tests) -> None:
    tests.write(test_a="def test_good(machine1):\n    pass\n", test_b="x = 1\ndef test(:\n")
    run = tests.build()
    assert run.status == 1
    assert "test_b.py" in run.said
    assert "line 2" in run.said
    assert "QEMU runs" not in run.said


def test_arguments_that_pytest_refuses_are_no_failure_of_a_test(tests: Tests) -> None:
    tests.write(test_a="def test_one():\n    pass\n")
    run = tests.build("--no-such-option")
    assert run.status == 2
    assert "--no-such-option" in run.said
    assert "pytest could not begin" in run.said
    run = tests.build("-n", "2", check=True)
    assert run.status != 0
    assert "-n is refused here, because there is one testbed" in run.said


def test_isolation_can_be_an_argument(tests: Tests) -> None:
    one = "def test_{}(machine1):\n    machine1.succeed('true')\n"
    tests.write(test_a=one.format("one") + one.format("two"))
    run = tests.build("--isolation", "none")
    assert run.status == 0, run.said
    ends = [event for event in run.events("step-end") if event.get("outcome")]
    assert not any("restore" in event["phases"] for event in ends)


def test_tests_are_selected_by_arguments(tests: Tests) -> None:
    tests.write(test_a="def test_one():\n    assert False\ndef test_two():\n    pass\n")
    run = tests.build("-k", "two")
    assert (run.status, run.results()) == (0, {"test_two": "passed"})


@pytest.mark.parametrize(
    ("text", "arguments", "status"),
    [
        ("def test_one():\n    pass\n", ["-k", "two"], 1),
        ("def test_one():\n    pass\n", ["-k", "two", "--allow-no-tests"], 0),
        ("def test_one():\n    pass\n", ["-k", "one", "--allow-no-tests"], 0),
        ("def test_one():\n    assert False\n", ["-k", "one", "--allow-no-tests"], 1),
        ("x = 1\n", ["-k", "two", "--allow-no-tests"], 1),
        ("def test_one(:\n", ["-k", "two", "--allow-no-tests"], 1),
    ],
)
def test_a_run_without_selected_tests_passes_if_it_is_allowed(
    tests: Tests, text: str, arguments: list[str], status: int
) -> None:
    tests.write(test_a=text)
    assert tests.build(*arguments).status == status


def test_the_time_limit_ends_all_tests(tests: Tests) -> None:
    tests.process.document["global_timeout_seconds"] = 2
    tests.write(
        test_a="import time\ndef test_one():\n    time.sleep(40)\ndef test_two():\n    pass\n"
    )
    run = tests.build()
    assert run.status == 4, run.said
    assert [event["outcome"] for event in run.events("verdict")] == ["timed out"]
    assert "test_two" not in run.results()


def test_a_check_collects_and_names_unknown_fixtures(tests: Tests) -> None:
    tests.write(test_a="def test_one(machin1):\n    pass\n")
    run = tests.build(check=True)
    assert run.status == 1
    assert "fixture 'machin1' not found: the testbed unit has no machine of this name" in run.said
    assert "its machines are: machine1, two_2" in run.said
    tests.write(test_a="def test_one(machine1):\n    pass\n")
    assert tests.build(check=True).status == 0


def test_modules_beside_the_tests_can_be_imported(tests: Tests) -> None:
    tests.write(helpers="VALUE = 1\n", test_a="import helpers\ndef test_one():\n    pass\n")
    run = tests.build()
    assert run.status == 0, run.said
    assert not list(tests.folder.glob("**/__pycache__"))
