"""`pytest()` at the prompt."""

import subprocess

from ..conftest import DriverProcess, Terminals
from .test_rehearsal import begin, leave, say

TESTS = """\
import pytest

def test_leaves(machine1):
    machine1.succeed("echo one >>seen")

def test_finds_nothing(machine1):
    machine1.name

@pytest.mark.parametrize("value", ["a page"])
def test_page(value):
    assert value == "another"
"""


def test_tests_run_with_the_machines_of_the_session(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    tests = driver_process.folder / "tests"
    tests.mkdir()
    (tests / "test_web.py").write_text(TESTS)
    session = begin(driver_process, terminals, "", "--tests", str(tests))
    say(session, 'pytest("-k", "page")', "AssertionError: assert", "1 failed", "2 deselected")
    (tests / "test_web.py").write_text(TESTS.replace('"another"', '"a page"'))
    say(session, 'pytest("-q")', "3 passed")
    say(session, "machine1.booted", "True")
    say(session, 'pytest("test_web.py::test_leaves")', "1 passed")
    say(session, 'pytest("--no-such-option")', "unrecognized arguments", "the tests failed")
    leave(session)
    assert "test_web.py::test_page[a page]" in (driver_process.output / "junit.xml").read_text()


def test_one_file_is_all_tests(driver_process: DriverProcess, terminals: Terminals) -> None:
    folder = driver_process.folder / "tests"
    folder.mkdir()
    (folder / "test_one.py").write_text("def test_one(): pass")
    (folder / "test_other.py").write_text("def test_other(): assert 0")
    session = begin(driver_process, terminals, "", "--tests", str(folder / "test_one.py"))
    say(session, "pytest()", "1 passed")
    leave(session)


def test_a_session_with_a_script_runs_tests_of_the_current_folder(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    (driver_process.folder / "test_here.py").write_text("def test_here(machine1): pass")
    session = begin(driver_process, terminals)
    say(session, f"import os; os.chdir({str(driver_process.folder)!r})")
    say(session, 'pytest("test_here.py")', "1 passed")
    leave(session)


def test_a_failure_is_told_once_and_without_evidence(driver_process: DriverProcess) -> None:
    folder = driver_process.folder / "tests"
    folder.mkdir()
    (folder / "test_a.py").write_text("def test_a(machine1): assert machine1.name == 'x'")
    done = subprocess.run(
        driver_process.command("", "--interactive", "--tests", str(folder)),
        env=driver_process.environment(),
        input="pytest()\n",
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    said = done.stdout + done.stderr
    assert "1 of 1 tests failed: test_a.py::test_a" in said
    assert "Traceback" not in said
    assert not (driver_process.output / "evidence").exists()
