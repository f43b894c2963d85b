"""Which file has the test script."""

import argparse
from pathlib import Path

import pytest

from test_driver.configuration import check_configuration
from test_driver.script.script_file import ScriptFile, add_script_options, script_file

from ..conftest import Document, DriverProcess, Terminals
from ..interactive.test_rehearsal import PROMPT, leave, say


def chosen(document: Document, *arguments: str) -> ScriptFile:
    """Return the script of a command line and a configuration."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default="c.json")
    add_script_options(parser)
    return script_file(parser.parse_args(arguments), check_configuration(document, where="unit"))


BUILT = ("--test-script", "/out/test-script.py")
SOURCE = ("--test-script-source", "tests/web.py")
OWN = ("--test-script", "mine.py")


@pytest.mark.parametrize(
    ("arguments", "path", "source"),
    [
        ((), "/of/document.py", "of/project.py"),
        (BUILT, "/out/test-script.py", None),
        ((*BUILT, *SOURCE), "/out/test-script.py", "tests/web.py"),
        ((*BUILT, *SOURCE, *OWN), "mine.py", None),
        ((*BUILT, *SOURCE, *OWN, "--test-script-source", "other.py"), "mine.py", "other.py"),
        ((*BUILT, *OWN), "mine.py", None),
        (SOURCE, "/of/document.py", "of/project.py"),
    ],
)
def test_the_last_script_counts_and_has_no_source_of_another(
    document: Document, arguments: tuple[str, ...], path: str, source: str | None
) -> None:
    document |= {"test_script": "/of/document.py", "test_script_source": "of/project.py"}
    file = chosen(document, *arguments)
    assert file == ScriptFile(path=Path(path), source=source)
    assert file.shown == (source or path)


def test_a_configuration_needs_no_script_if_the_command_line_names_one(
    driver_process: DriverProcess,
) -> None:
    script = driver_process.document.pop("test_script")
    result = driver_process.run("log.log('it runs')\n", "--test-script", script)
    assert result.returncode == 0, result.stderr
    assert "it runs" in result.stderr
    result = driver_process.run("machine1.suceed('x')\n", "--check-only", "--test-script", script)
    assert result.returncode == 1
    assert '"suceed"' in result.stdout + result.stderr


@pytest.mark.parametrize("more", [(), ("--check-only",), ("--check",), ("--interactive",)])
def test_a_run_without_a_script_is_refused(
    driver_process: DriverProcess, more: tuple[str, ...]
) -> None:
    del driver_process.document["test_script"]
    result = driver_process.run("", *more)
    assert result.returncode == 2
    assert (
        "config.json: test_script: is missing; name the file with the test script by "
        "--test-script PATH" in " ".join(result.stderr.split())
    )


def test_a_failure_names_the_source_of_the_script(driver_process: DriverProcess) -> None:
    script = driver_process.document.pop("test_script")
    own = driver_process.folder / "mine.py"
    own.write_text("assert False, 'mine'\n")
    built = ("--test-script", script, *SOURCE)
    title = "title=test unit failed"
    for more, place in (
        ((), "tests/web.py,line=2"),
        (("--test-script", str(own)), f"{own},line=1"),
    ):
        driver_process.run("pass\nassert False, 'built'\n", *built, *more)
        kept = (driver_process.output / "github-actions.txt").read_text()
        assert kept.startswith(f"::error file={place},{title}")


def test_the_prompt_edits_the_source_unless_another_script_is_given(
    driver_process: DriverProcess, terminals: Terminals, tmp_path: Path
) -> None:
    script = driver_process.document.pop("test_script")
    project = tmp_path / "project"
    (project / "tests").mkdir(parents=True)
    (project / "flake.nix").touch()
    (project / "tests/web.py").write_text("log.log('of the checkout')\n")
    own = project / "mine.py"
    own.write_text("log.log('my own')\n")
    built = ("--interactive", "--test-script", script, *SOURCE)
    for more, path, said in (
        ((), project / "tests/web.py", "of the checkout"),
        (("--test-script", "mine.py"), Path("mine.py"), "my own"),
    ):
        command = driver_process.command("log.log('as built')\n", *built, *more)
        session = terminals(command, cwd=project)
        session.expect(r"script +(\S+)")
        assert session.match[1] == str(path)
        session.expect(PROMPT)
        say(session, "test_script()", said)
        leave(session)
