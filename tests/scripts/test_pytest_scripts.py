"""The scripts that run tests of pytest: which tests run, and what several files leave."""

from __future__ import annotations

import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "lib/shared"
SHELL = shutil.which("dash") or shutil.which("sh") or "sh"


def build(script: str, folder: Path, **variables: str) -> Path:
    """Run a script of a build and return its output."""
    output = folder / "output"
    environment = {
        "PATH": os.environ["PATH"],
        "out": str(output),
        "interpreter": SHELL,
        "testFiles": str(SHARED / "test-files.sh"),
        **variables,
    }
    subprocess.run([SHELL, "-eu", str(SHARED / script)], env=environment, check=True, timeout=50)
    return output


@dataclass(frozen=True)
class Program:
    """`.pytest` of a test, with a testbed that prints its arguments."""

    folder: Path
    program: Path
    stored: Path

    def run(self, *arguments: str, where: Path) -> tuple[list[str], str]:
        """Return the arguments that pytest gets, and what the program says."""
        done = subprocess.run(
            [SHELL, str(self.program), *arguments],
            cwd=where,
            env={"PATH": ""},
            capture_output=True,
            text=True,
            timeout=50,
            check=True,
        )
        return done.stdout.splitlines(), done.stderr


def make_program(folder: Path, start: str, arguments: str = "") -> Program:
    """Make the program of a test whose files are in `start` of its project."""
    pytest_stand_in = folder / "testbed/bin/pytest"
    pytest_stand_in.parent.mkdir(parents=True)
    pytest_stand_in.write_text(f"#!{SHELL}\nprintf '%s\\n' \"$@\"\n")
    pytest_stand_in.chmod(0o755)
    stored = folder / "store/tests"
    stored.mkdir(parents=True)
    output = build(
        "pytest-program.sh",
        folder,
        runner=str(SHARED / "run-pytest.sh"),
        testbed=str(pytest_stand_in.parent.parent),
        start=start,
        stored=str(stored),
        arguments=arguments,
    )
    return Program(folder, output / "bin/pytest", stored)


def make_project(folder: Path, mark: str = "flake.nix") -> Path:
    """Make a project with tests."""
    project = folder / "a project"
    (project / "tests/web").mkdir(parents=True)
    (project / "tests/web/test_page.py").touch()
    (project / mark).touch()
    return project


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The program of a test in `tests`."""
    return make_program(tmp_path, "tests")


@pytest.mark.parametrize("mark", ["flake.nix", ".git"])
@pytest.mark.parametrize("below", [".", "tests", "tests/web"])
def test_the_tests_of_the_project_run(program: Program, mark: str, below: str) -> None:
    project = make_project(program.folder, mark)
    given, said = program.run("-k", "page", where=project / below)
    assert given == ["-k", "page", str(project / "tests")]
    assert said == ""


def test_a_project_inside_another_one_is_left_if_it_has_no_such_tests(program: Program) -> None:
    project = make_project(program.folder)
    inner = project / "tests/web/inner"
    inner.mkdir()
    (inner / "flake.nix").touch()
    assert program.run(where=inner) == ([str(project / "tests")], "")
    (inner / "tests").mkdir()
    assert program.run(where=inner) == ([str(inner / "tests")], "")


@pytest.mark.parametrize(
    "named",
    [
        ["tests/web"],
        ["-x", "tests/web/test_page.py"],
        ["tests/web/test_page.py::test_it", "-v"],
        ["tests/test_missing.py"],
        ["--lf", "tests"],
        ["-k", "page", "tests"],
    ],
    ids=" ".join,
)
def test_arguments_that_name_tests_are_the_only_ones(program: Program, named: list[str]) -> None:
    project = make_project(program.folder)
    assert program.run(*named, where=project) == (named, "")


@pytest.mark.parametrize(
    "options",
    [
        ["-k", "tests"],
        ["-m", "tests"],
        ["-p", "tests"],
        ["--ignore", "tests/web"],
        ["--deselect", "tests/web/test_page.py::test_it"],
        ["--machine-output", "tests/web", "--isolation", "none"],
        ["-ktests"],
        ["--junit-xml=tests"],
        ["-n", "2", "-x"],
        ["-k", "it's $HOME; a\\b"],
    ],
    ids=" ".join,
)
def test_values_of_options_name_no_tests(program: Program, options: list[str]) -> None:
    project = make_project(program.folder)
    assert program.run(*options, where=project) == ([*options, str(project / "tests")], "")


@pytest.mark.parametrize("has_project", [False, True])
def test_outside_of_the_project_the_tests_in_the_store_run(
    program: Program, has_project: bool
) -> None:
    elsewhere = program.folder / "elsewhere"
    elsewhere.mkdir()
    if has_project:
        (elsewhere / "flake.nix").touch()
    given, said = program.run("-x", where=elsewhere)
    rootdir = f"--rootdir={program.stored}"
    assert given == ["-p", "no:cacheprovider", rootdir, "-x", str(program.stored)]
    assert said == (
        "pytest: tests was not found in a project (a folder with .git or flake.nix) at "
        f"{elsewhere} or above it: running the tests that are in the store, {program.stored}\n"
    )


def test_arguments_of_the_test_come_first(tmp_path: Path) -> None:
    program = make_program(tmp_path, "tests", arguments=r"'-m' 'not '\''slow'\'' $x'")
    project = make_project(tmp_path)
    given, _ = program.run("-m", "", where=project)
    assert given == ["-m", "not 'slow' $x", "-m", "", str(project / "tests")]


def test_one_file_of_the_project_runs(tmp_path: Path) -> None:
    program = make_program(tmp_path, "tests/web/test_page.py")
    project = make_project(tmp_path)
    assert program.run(where=project)[0] == [str(project / "tests/web/test_page.py")]


@pytest.mark.parametrize("exists", [True, False])
def test_tests_outside_of_a_flake_are_found_by_their_path(tmp_path: Path, exists: bool) -> None:
    place = tmp_path / "somewhere"
    program = make_program(tmp_path, str(place))
    make_project(tmp_path)
    if exists:
        place.mkdir()
    given, said = program.run(where=tmp_path / "a project")
    assert given[-1] == str(place if exists else program.stored)
    assert said.startswith(f"pytest: {place} was not found") is not exists


JUNIT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites tests="1" failures="0">
<testsuite name="web" tests="1">
<testcase name="{name}.py::test_it" classname="web"><system-out>&lt;testsuites x
&lt;/testsuites&gt;</system-out></testcase>
</testsuite>
</testsuites>
"""


def collect(folder: Path, statuses: dict[str, str | None]) -> Path:
    """Collect the runs of files, each with the exit status that its report has."""
    listed = []
    for name, status in statuses.items():
        run = folder / f"run-of-{name}"
        run.mkdir()
        (run / "junit.xml").write_text(JUNIT.format(name=name))
        if status is not None:
            (run / "exit-status").write_text(f"{status}\n")
        listed.append(f"{name} {run}")
    runs = "\n".join(listed)
    return build("collect-files.sh", folder, runs=runs, NIX_BUILD_TOP=str(folder))


def test_the_runs_of_all_files_are_collected(tmp_path: Path) -> None:
    output = collect(tmp_path, {"test_a": None, "sub-test_b": None})
    assert sorted(path.name for path in output.iterdir()) == ["junit.xml", "sub-test_b", "test_a"]
    assert (output / "test_a/junit.xml").exists()


def test_one_report_has_the_cases_of_all_files(tmp_path: Path) -> None:
    output = collect(tmp_path, {"test_a": "0", "test_b": "1", "test_c": "0"})
    cases = ET.parse(output / "junit.xml").getroot().findall("testsuite/testcase")
    names = [f"test_{one}.py::test_it" for one in "abc"]
    assert [case.get("name") for case in cases] == names
    said = "<testsuites x\n</testsuites>"
    assert {case.findtext("system-out") for case in cases} == {said}


@pytest.mark.parametrize("status", [None, "0", "4"])
def test_a_test_none_of_whose_files_has_run_a_test_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str | None
) -> None:
    whole_run_alone = JUNIT.replace("{name}.py::test_it", "main")
    monkeypatch.setattr("test_pytest_scripts.JUNIT", whole_run_alone)
    if status is None:
        with pytest.raises(subprocess.CalledProcessError):
            collect(tmp_path, {"test_a": None, "test_b": None})
        return
    output = collect(tmp_path, {"test_a": status, "test_b": "0"})
    assert (output / "exit-status").read_text() == f"{max(status, '1')}\n"


@pytest.mark.parametrize(
    ("statuses", "highest"), [("0 0", "0"), ("0 1", "1"), ("4 1 0", "4"), ("1 0", "1"), ("0", "0")]
)
def test_reports_of_all_files_have_the_worst_status(
    tmp_path: Path, statuses: str, highest: str
) -> None:
    given = {f"test_{number}": status for number, status in enumerate(statuses.split())}
    output = collect(tmp_path, dict(given))
    assert (output / "exit-status").read_text() == f"{highest}\n"


@pytest.fixture
def driver(tmp_path: Path) -> dict[str, str]:
    """A driver that prints its arguments, and a configuration for it."""
    program = tmp_path / "driver/bin/nixos-test-driver"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!{SHELL}\nprintf '%s\\n' \"$@\"\n")
    program.chmod(0o755)
    configuration = tmp_path / "document"
    configuration.write_text("{}")
    return {"driver": str(program.parent.parent), "configurationPath": str(configuration)}


def printed(program: Path, *arguments: str) -> list[str]:
    """Return the arguments that a stand-in prints, which a program has called."""
    command = [SHELL, str(program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=True)
    return done.stdout.splitlines()


def test_a_testbed_has_the_driver_and_pytest_and_no_test(
    tmp_path: Path, driver: dict[str, str]
) -> None:
    stand_in = f"{driver['driver']}/bin/nixos-test-driver"
    output = build(
        "testbed.sh",
        tmp_path,
        **driver,
        program=str(SHARED / "test-program.sh"),
        pytest=stand_in,
        flags="'--fail-on' 'oom'",
    )
    files = {str(path.relative_to(output)) for path in output.rglob("*") if path.is_file()}
    assert files == {"configuration.json", "bin/nixos-test-driver", "bin/pytest"}
    assert (output / "configuration.json").read_text() == "{}"
    assert printed(output / "bin/pytest", "-k", "a b") == [f"--testbed={output}", "-k", "a b"]
    configuration = str(output / "configuration.json")
    started = printed(output / "bin/nixos-test-driver", "--test-script", "x.py")
    assert started == ["--config", configuration, "--fail-on", "oom", "--test-script", "x.py"]


def test_the_driver_of_a_test_gets_its_files(tmp_path: Path, driver: dict[str, str]) -> None:
    output = build(
        "test-program.sh",
        tmp_path,
        **driver,
        testsFolder="/store/tests",
        testsFlags="'--tests-source=my tests' '--pytest-argument=-m' '--pytest-argument=not slow'",
        flags="--interactive",
    )
    assert printed(output / "bin/nixos-test-driver", "-v") == [
        "--config",
        str(output / "configuration.json"),
        "--tests",
        "/store/tests",
        "--tests-source=my tests",
        "--pytest-argument=-m",
        "--pytest-argument=not slow",
        "--interactive",
        "-v",
    ]
