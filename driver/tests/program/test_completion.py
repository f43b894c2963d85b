"""What shells complete of the command line."""

import subprocess
from pathlib import Path

import pytest

from test_driver.program.completion import script
from test_driver.program.main import SUBCOMMANDS, make_parser

from ..support.fake_flake import FakeFlake
from ..support.rehearse_program import rehearse

COMPLETE = """
COMP_WORDS=({arguments}); COMP_CWORD={place}; _rehearse; printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def bash_script(tmp_path: Path) -> Path:
    """The script for bash."""
    path = tmp_path / "rehearse.bash"
    path.write_text(script("bash", make_parser()))
    return path


def completed(path: Path, *arguments: str, programs: Path | None = None) -> list[str]:
    """Return what bash completes, where the last argument has begun."""
    quoted = " ".join(f"'{one}'" for one in arguments)
    text = COMPLETE.format(arguments=quoted, place=len(arguments) - 1)
    head = "" if programs is None else f"PATH={programs}:$PATH\n"
    done = subprocess.run(
        ["bash", "--norc", "-c", f"{head}. {path}\n{text}"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout.split()


def test_bash_completes_subcommands_and_options(bash_script: Path) -> None:
    assert completed(bash_script, "rehearse", "co") == ["completion"]
    assert completed(bash_script, "rehearse", "test", "--re") == ["--retry-failed", "--repeat"]
    assert completed(bash_script, "rehearse", "show", "--js") == ["--json"]
    assert completed(bash_script, "rehearse", "completion", "z") == ["zsh"]


def test_bash_completes_tests_as_nix_does(bash_script: Path, tmp_path: Path) -> None:
    nix = tmp_path / "bin" / "nix"
    nix.parent.mkdir()
    nix.write_text(
        "#!/bin/sh\n"
        '[ "$NIX_GET_COMPLETIONS $1" = "2 build" ] && printf "attrs\\n$2web\\tabout it\\n"\n'
    )
    nix.chmod(0o700)
    arguments = ["rehearse", "test", ".#checks."]
    assert completed(bash_script, *arguments, programs=nix.parent) == [".#checks.web"]


def test_fish_has_all_subcommands_and_options() -> None:
    text = script("fish", make_parser())
    for one in SUBCOMMANDS:
        assert f"-f -a {one.NAME} -d " in text
    assert "-n '__fish_seen_subcommand_from test' -l retry-failed -d 'only tests that did " in text
    assert "-l shard -r -d " in text


def test_the_command_prints_the_scripts(tmp_path: Path) -> None:
    flake = FakeFlake(tmp_path / "flake")
    zsh, wrong = rehearse(flake, "completion", "zsh"), rehearse(flake, "completion", "csh")
    assert zsh.stdout.startswith("autoload -U +X compinit bashcompinit")
    assert "complete -F _rehearse rehearse" in zsh.stdout
    assert wrong.returncode == 2
    assert "invalid choice: 'csh'" in wrong.stderr
