"""The version of rehearse: each program shows it, and packages have it."""

import re
import tomllib
from pathlib import Path

import pytest

from test_driver import cli
from test_driver.interactive import attach
from test_driver.package import PACKAGE_FOLDER
from test_driver.program import main as program
from test_driver.version import version

PROJECT = PACKAGE_FOLDER.parent / "pyproject.toml"


@pytest.mark.parametrize(
    ("main", "name"),
    [
        (cli.main, "nixos-test-driver"),
        (attach.main, "nixos-test-attach"),
        (program.main, "rehearse"),
    ],
)
def test_each_program_shows_the_version(
    main: object, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(main)
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"{name} {version()}\n"


def test_the_version_has_three_numbers() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", version())


def test_the_package_takes_its_version_from_the_same_file() -> None:
    document = tomllib.loads(PROJECT.read_text())
    assert "version" not in document["project"]
    assert document["project"]["dynamic"] == ["version"]
    file = PROJECT.parent / document["tool"]["setuptools"]["dynamic"]["version"]["file"]
    assert Path(file) == PACKAGE_FOLDER / "version.txt"
    assert "version.txt" in document["tool"]["setuptools"]["package-data"]["*"]
