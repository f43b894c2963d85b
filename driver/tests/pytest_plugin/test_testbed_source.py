"""Where a testbed comes from: folders, and flakes that a stand-in for Nix builds."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from test_driver.errors import ConfigurationError
from test_driver.pytest_plugin.testbed_source import find_testbed

# It notes its call, and does what the file `does` beside it says: Python that knows `arguments`.
NIX = """
import os, pathlib, sys
here = pathlib.Path(__file__).parent
arguments = sys.argv[1:]
with (here / "calls").open("a") as calls:
    print(os.getcwd(), *arguments, sep="\\t", file=calls)
exec((here / "does").read_text())
"""
BUILDS = """
store = here / "store"
store.mkdir(exist_ok=True)
(store / "configuration.json").write_text("{}")
print("building a machine", file=sys.stderr)
if "--out-link" in arguments:
    os.symlink(store, arguments[arguments.index("--out-link") + 1])
print(store)
"""


class Nix:
    """A stand-in for Nix on PATH."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.store = folder / "store"
        (folder / "nix.py").write_text(NIX)
        program = shlex.join([sys.executable, str(folder / "nix.py")])
        (folder / "nix").write_text(f'#!/bin/sh\nexec {program} "$@"\n')
        (folder / "nix").chmod(0o755)
        self.does(BUILDS)

    def does(self, program: str) -> None:
        """Do this from now on."""
        (self._folder / "does").write_text(program)

    @property
    def calls(self) -> list[list[str]]:
        """The folder and the arguments of each call."""
        file = self._folder / "calls"
        return [line.split("\t") for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def nix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nix:
    """A stand-in for Nix, and a cache of its own."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    return Nix(tmp_path / "bin")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a flake."""
    folder = tmp_path / "a project"
    (folder / "tests").mkdir(parents=True)
    for name in ("flake.nix", "flake.lock", "server.nix", "app.py", "tests/test_a.py"):
        (folder / name).write_text(name)
    return folder


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder. A test without git on PATH cannot be done."""
    try:
        subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no git")


def find(text: str, root: Path) -> Path:
    """Find a testbed, and show no line."""
    return find_testbed(text, root, tell=lambda line: None)


def problem(text: str, root: Path) -> str:
    """Return why there is no testbed."""
    with pytest.raises(ConfigurationError) as caught:
        find(text, root)
    return str(caught.value)


@pytest.mark.parametrize("name", ["bed", "a folder", "x#y", "ü", "deep/er"])
def test_a_folder_is_a_testbed_without_nix(tmp_path: Path, nix: Nix, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir(parents=True)
    (folder / "configuration.json").write_text("{}")
    assert find(name, tmp_path) == folder
    assert find(str(folder), Path("/")) == folder
    assert find(f"{name}/configuration.json", tmp_path) == folder
    (tmp_path / "result").symlink_to(folder)
    assert find("result", tmp_path) == folder
    assert nix.calls == []


@pytest.mark.parametrize(
    ("reference", "built"),
    [
        (".#checks.x86_64-linux.web", ".#checks.x86_64-linux.web.testbed"),
        ("#web", ".#web.testbed"),
        (".#web.testbed", ".#web.testbed"),
        ("path:.#web", "path:.#web.testbed"),
        ('.#"a b"', '.#"a b".testbed'),
        (".?dir=sub#web", ".?dir=sub#web.testbed"),
        ("  .#web  ", ".#web.testbed"),
    ],
)
def test_a_reference_is_built_once(nix: Nix, project: Path, reference: str, built: str) -> None:
    assert find(reference, project) == nix.store
    ((folder, *arguments),) = nix.calls
    assert folder == str(project)
    assert "build" in arguments
    assert arguments[-1] == built
    assert find(reference, project) == nix.store
    assert len(nix.calls) == 1


def test_what_nix_writes_is_told(
    nix: Nix, project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    find_testbed(".#web", project)
    assert capfd.readouterr().err == "building the testbed .#web.testbed\nbuilding a machine\n"
    find_testbed(".#web", project)
    assert capfd.readouterr().err == ""


EDITS = [
    ("flake.nix", 2),
    ("flake.lock", 2),
    ("server.nix", 2),
    ("app.py", 2),
    ("tests/test_a.py", 1),
    ("tests/conftest.py", 1),
    ("tests/b_test.py", 1),
    ("tests/__pycache__/x.pyc", 1),
    (".pytest_cache/v/x", 1),
]


@pytest.mark.parametrize("with_git", [True, False])
@pytest.mark.parametrize(("edited", "calls"), EDITS)
def test_an_edited_test_evaluates_nothing_anything_else_does(
    nix: Nix, project: Path, with_git: bool, edited: str, calls: int
) -> None:
    if with_git:
        git(project, "init", "-q")
        git(project, "add", ".")
    find(".#web", project)
    path = project / edited
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("something else")
    find(".#web", project)
    assert len(nix.calls) == calls


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "server.nix").unlink(),
        lambda folder: (folder / "server.nix").rename(folder / "client.nix"),
        lambda folder: (folder / "server.nix").chmod(0o755),
        lambda folder: (folder / "new.nix").write_text("new"),
        lambda folder: (folder / "flake.lock").unlink(),
    ],
)
def test_any_change_of_the_files_counts(
    nix: Nix, project: Path, change: Callable[[Path], object]
) -> None:
    find(".#web", project)
    change(project)
    find(".#web", project)
    assert len(nix.calls) == 2


def test_a_file_that_git_does_not_know_does_not_count(nix: Nix, project: Path) -> None:
    git(project, "init", "-q")
    git(project, "add", ".")
    find(".#web", project)
    (project / "notes.nix").write_text("untracked")
    find(".#web", project)
    assert len(nix.calls) == 1
    git(project, "add", "notes.nix")
    find(".#web", project)
    assert len(nix.calls) == 2


def test_a_file_of_the_repository_outside_of_the_flake_counts(nix: Nix, project: Path) -> None:
    inner = project / "inner"
    inner.mkdir()
    (inner / "flake.nix").write_text("inner")
    git(project, "init", "-q")
    git(project, "add", ".")
    find(".#web", inner)
    (project / "server.nix").write_text("edited")
    find(".#web", inner)
    assert len(nix.calls) == 2


def test_two_tests_of_a_flake_and_two_flakes_are_told_apart(nix: Nix, project: Path) -> None:
    other = project.parent / "other"
    other.mkdir()
    (other / "flake.nix").write_text("flake.nix")
    for text, root in ((".#web", project), (".#db", project), (".#web", other)):
        find(text, root)
        find(text, root)
    assert len(nix.calls) == 3


def test_a_testbed_that_was_collected_is_built_again(nix: Nix, project: Path) -> None:
    find(".#web", project)
    (nix.store / "configuration.json").unlink()
    nix.does(BUILDS.replace("os.symlink", "print"))
    assert find(".#web", project) == nix.store
    assert len(nix.calls) == 2


def test_the_last_states_are_remembered_and_older_ones_are_not(
    nix: Nix, project: Path, tmp_path: Path
) -> None:
    for text in ("1", "2", "3", "4", "3", "2"):
        (project / "server.nix").write_text(text)
        find(".#web", project)
    assert len(nix.calls) == 4
    (project / "server.nix").write_text("1")
    find(".#web", project)
    assert len(nix.calls) == 5
    assert len(list((tmp_path / "cache/rehearse/testbeds").glob("*/*"))) == 3


@pytest.mark.parametrize("reference", ["github:a/b#web", "nixpkgs#web", "git+https://x/y#web"])
def test_a_flake_elsewhere_is_asked_for_each_time(nix: Nix, project: Path, reference: str) -> None:
    find(reference, project)
    find(reference, project)
    assert [call[-1] for call in nix.calls] == [f"{reference}.testbed"] * 2
    assert all("--no-link" in call for call in nix.calls)


def test_a_cache_that_cannot_be_written_is_done_without(
    nix: Nix, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("a file")
    assert find(".#web", project) == nix.store
    assert "--no-link" in nix.calls[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "testbed: is empty; give the folder of a testbed, or a test of a flake such as .#"),
        ("absent", "testbed absent: was not found (looked at"),
        ("tests", "testbed tests: has no configuration.json, so it is no testbed"),
        ("app.py", "testbed app.py: is not a folder"),
        (".", "testbed .: is a flake; name one of its tests, such as .#checks"),
        (".#", "testbed .#: names no test after `#`"),
    ],
)
def test_what_is_no_testbed_is_refused_without_nix(
    nix: Nix, project: Path, text: str, said: str
) -> None:
    assert said in problem(text, project)
    assert nix.calls == []


FAILS = "[print('line', number, file=sys.stderr) for number in range(100)]; sys.exit(3)"
MISSING = """sys.exit("error: flake 'git+file:///x' does not provide attribute 'web.testbed'")"""


@pytest.mark.parametrize(
    ("does", "said"),
    [
        (FAILS, "testbed .#web.testbed: `nix build` failed (exit status 3); its last lines:\nline"),
        ("sys.exit(1)", "failed (exit status 1); it said nothing"),
        (MISSING, "not found: the flake has no `web.testbed`; give a test that runTest has made"),
        ("sys.exit(\"error: attribute 'testbed' missing\")", "the flake has no `web.testbed`"),
        ("print(here)", "which has no configuration.json, so it is no testbed"),
        ("", "Nix built nothing"),
        ("import signal; os.kill(os.getpid(), signal.SIGKILL)", "failed (exit status -9)"),
    ],
)
def test_a_build_that_fails_says_why(nix: Nix, project: Path, does: str, said: str) -> None:
    nix.does(does)
    text = problem(".#web", project)
    assert said in text
    assert "line 79\n" not in text
    assert len(nix.calls) == 1
    nix.does(BUILDS)  # a failure is not remembered
    assert find(".#web", project) == nix.store


def test_nix_is_not_there(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, nix: Nix
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert "not found: the program `nix` (on PATH); install Nix" in problem(".#web", project)
    assert "not found: the folder" in problem("nixpkgs#web", tmp_path / "absent")
