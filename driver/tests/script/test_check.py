"""What is said of a script before anything boots."""

import contextlib
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from test_driver.configuration import Configuration, check_configuration
from test_driver.errors import ConfigurationError
from test_driver.script.check import check_script, make_cache, type_problems
from test_driver.script.stubs import stub_text, write_stubs

from ..conftest import DriverProcess

GOOD = """\
import json

start_all()
with subtest("talking"):
    page: str = machine1.succeed("echo hi", timeout=5)
    t.assertIn("h", page)
two_2.wait_for_unit("default.target")
retry(lambda last: bool(json.loads("1")), timeout=3)
log.info(f"{vlan1} {[one.name for one in machines]} {os.getpid()}")


def helper(one: Machine) -> None:
    one.crash()


helper(machine1)
machine1.start_command = f"{machine1.start_command} -s"
join_all()
"""

# The modules that mypy has for each script.
OF_A_SCRIPT = ("script", "test_script_names")


@pytest.fixture
def configuration(document: dict[str, Any]) -> Configuration:
    """A configuration with two machines and a network."""
    return check_configuration(document, where="unit")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A script that is good."""
    path = tmp_path / "script.py"
    path.write_text(GOOD)
    return path


def test_a_good_script_has_no_problems(script: Path, configuration: Configuration) -> None:
    assert check_script(script, configuration) == []


def test_packages_without_types_are_no_problem(script: Path, configuration: Configuration) -> None:
    packages = ("requests", "yaml", "of_nobody")
    script.write_text("".join(f"import {one}\nmachine1.succeed({one}.text)\n" for one in packages))
    assert check_script(script, configuration) == []


WRONG_TYPES = {
    "machine1.succed('x')": '"QemuMachine" has no attribute "succed"; maybe "succeed"?',
    "machine1.succeed(1)": 'incompatible type "int"; expected "str"',
    "two_2.wait_for_unit('a', timeout='soon')": 'incompatible type "str"; expected',
    "machine1.wait_for_open_port()": 'Missing positional argument "port" in call to',
    "t.assertEqul(1, 2)": '"TestCase" has no attribute "assertEqul"',
    "vlan1.nothing()": '"Vlan" has no attribute "nothing"',
    "machines[0].nothing()": '"QemuMachine" has no attribute "nothing"',
    "machine3.start()": 'Name "machine3" is not defined',
}


def test_a_wrong_type_is_told_with_its_line(script: Path, configuration: Configuration) -> None:
    script.write_text("".join(f"{line}\n" for line in ("start_all()", *WRONG_TYPES)))
    found = type_problems(script, stub_text(configuration))
    for number, problem in enumerate(WRONG_TYPES.values(), 2):
        (said,) = [one for one in found if one.startswith(f"{script}:{number}: ")]
        assert problem in said


def test_the_names_may_be_imported_for_an_editor(
    driver_process: DriverProcess,
) -> None:
    script = "from test_script_names import *\nmachine1.start()\n"
    assert driver_process.run(script, "--check-only").returncode == 0
    assert driver_process.run(script).returncode == 0


def test_names_that_do_not_exist_or_serve_nothing_are_told(
    script: Path, configuration: Configuration
) -> None:
    script.write_text("import json\nstart_all()\nmachine3.start()\nprint(f'no field')\n")
    assert check_script(script, configuration, types=False) == [
        f"{script}:1: 'json' imported but unused",
        f"{script}:3: undefined name 'machine3'",
        f"{script}:4: f-string is missing placeholders",
    ]


def test_the_only_machine_has_two_names(document: dict[str, Any], script: Path) -> None:
    del document["machines"]["two-2"]
    script.write_text("machine.start()\nmachine1.start()\n")
    assert check_script(script, check_configuration(document, where="unit")) == []


def test_the_check_knows_what_was_found_out_when_the_driver_was_built(
    tmp_path: Path, script: Path, configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty.py"
    empty.write_text("")
    cache = tmp_path / "types-cache"
    make_cache(cache, empty)
    assert sum(path.stat().st_size for path in cache.rglob("*")) > 1_000_000
    monkeypatch.setattr("test_driver.script.check.CACHE", cache)
    after = tmp_path / "after"
    type_problems(script, stub_text(configuration), cache=after)
    known, found = modules_of(cache), modules_of(after)
    assert {"builtins.meta.json", "test_driver/driver.meta.json"} <= known.keys()
    # What mypy looks at anew is written anew, with another time.
    assert {name for name in known if found[name] != known[name]} == {
        "@plugins_snapshot.json",
        *(f"{module}.{kind}.json" for module in OF_A_SCRIPT for kind in ("data", "meta")),
    }


def modules_of(cache: Path) -> dict[str, float]:
    """Return the files that mypy's database has, each with the time at which it was written."""
    (database,) = cache.rglob("*.db")
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return dict(connection.execute("SELECT path, mtime FROM files2"))


@pytest.mark.parametrize(("module", "checker"), [("pyflakes", "lint"), ("mypy", "type-check")])
def test_a_checker_that_is_missing_is_told(
    script: Path,
    configuration: Configuration,
    module: str,
    checker: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [module, *[name for name in sys.modules if name.startswith(f"{module}.")]]:
        monkeypatch.setitem(sys.modules, name, None)
    types = module == "mypy"
    with pytest.raises(ConfigurationError, match=f"{module} is missing; .* give --skip-{checker}"):
        check_script(script, configuration, lint=not types, types=types)


def test_the_driver_checks_and_starts_nothing(driver_process: DriverProcess) -> None:
    result = driver_process.run("import json\nmachine1.succed('x')\n", "--check-only")
    assert result.returncode == 1
    path = driver_process.document["test_script"]
    assert f"{path}:1: 'json' imported but unused\n" in result.stderr
    assert re.search(
        r":2: \"QemuMachine\" has no attribute \"succed\"; maybe \"succeed\"\?.*\n", result.stderr
    )
    expected = "the test script has 2 problems (skipLint and skipTypeCheck turn these checks off)"
    assert expected in result.stderr
    assert not driver_process.output.exists()


def test_each_check_can_be_skipped_but_for_the_syntax(driver_process: DriverProcess) -> None:
    skip = ("--check-only", "--skip-lint", "--skip-type-check")
    assert driver_process.run("import json\nmachine1.succed('x')\n", *skip).returncode == 0
    result = driver_process.run("if True\n", *skip)
    assert result.returncode == 1
    assert "the test script has a syntax error:\n" in result.stderr
    assert "no machine was started" in result.stderr


def test_stubs_for_an_editor_stand_alone(
    tmp_path: Path, script: Path, configuration: Configuration
) -> None:
    write_stubs(tmp_path / "stubs", configuration)
    script.write_text("from test_script_names import *\nmachine1.succed('x')\n")
    result = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--no-site-packages", "--ignore-missing-imports"),
            *("--follow-imports=silent", "--cache-dir=/dev/null", str(script)),
        ],
        cwd=tmp_path / "stubs",
        capture_output=True,
        text=True,
        check=False,
    )
    assert '"QemuMachine" has no attribute "succed"' in result.stdout
    assert "Found 1 error in 1 file" in result.stdout


def test_stubs_are_written_by_the_command_line(driver_process: DriverProcess) -> None:
    folder = driver_process.folder / "stubs"
    result = driver_process.run("", "--write-stubs", str(folder))
    assert result.returncode == 0
    assert (
        "two_2: __module_test_driver_machine_qemu__.QemuMachine\n"
        in (folder / "test_script_names.pyi").read_text()
    )
    (driver_process.folder / "file").write_text("")
    result = driver_process.run("", "--write-stubs", str(driver_process.folder / "file"))
    assert result.returncode == 2
    assert "cannot write the stubs: " in result.stderr


def test_a_run_whose_script_is_refused_ends_at_once_with_a_report(
    driver_process: DriverProcess,
) -> None:
    driver_process.document["global_timeout_seconds"] = 150  # the check of types takes its time
    script = """try:
    machine1.succeed('sleep 300')
except Exception:
    print('swallowed')
machine1.suceed('true')
machine1.wait_for_unit(1)
"""
    result = driver_process.run(script, "--check")
    assert result.returncode == 1
    assert 'script.py:5: "QemuMachine" has no attribute "suceed"' in result.stderr
    assert 'script.py:6: Argument 1 to "wait_for_unit"' in result.stderr
    assert "the test script has 2 problems (skipLint" in result.stderr
    assert "swallowed" not in result.stdout + result.stderr
    assert ", line 2: " not in result.stderr  # where it was has nothing to do with it
    assert not (driver_process.output / "evidence").exists()
    page = (driver_process.output / "report.html").read_text()
    assert "ScriptRefused: " in page
    assert "suceed" in page.partition("</header>")[0]
    result = driver_process.run("machine1.suceed", "--check", "--skip-lint", "--skip-type-check")
    assert "AttributeError" in result.stderr


def test_what_the_check_finds_is_the_reason_for_an_error_of_the_script(
    driver_process: DriverProcess,
) -> None:
    result = driver_process.run("print(machine1.suceed)\nmachine1.wait_for_unit(1)\n", "--check")
    assert result.returncode == 1
    assert "the test script has 2 problems" in result.stderr
    assert "AttributeError" not in result.stderr


def test_a_script_that_ends_before_its_check_waits_for_it(driver_process: DriverProcess) -> None:
    result = driver_process.run("log.log('at the end')\nnumber: int = ''\n", "--check")
    assert result.returncode == 1
    assert "at the end\n" in result.stderr
    assert "script.py:2: Incompatible types in assignment" in result.stderr


def test_a_script_without_problems_is_checked_and_run(driver_process: DriverProcess) -> None:
    result = driver_process.run("log.log('it runs')\n", "--check")
    assert result.returncode == 0, result.stderr
    assert "it runs\n" in result.stderr
