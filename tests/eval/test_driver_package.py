"""The metadata of the driver as a package says what pyproject.toml says."""

from __future__ import annotations

import importlib.metadata
import tomllib
from pathlib import Path

import pytest

from tests.eval.evaluation import SOURCE, evaluate

PROJECT = tomllib.loads((SOURCE / "driver/pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> importlib.metadata.Distribution:
    """The metadata of Debian's driver, as Python finds it."""
    told = evaluate("{ inherit (debian.driver) metadata metadataFolder entryPoints; }")
    assert isinstance(told, dict)
    folder = tmp_path_factory.mktemp("lib") / told["metadataFolder"]
    folder.mkdir()
    (folder / "METADATA").write_text(told["metadata"])
    (folder / "entry_points.txt").write_text(told["entryPoints"])
    (found,) = importlib.metadata.distributions(name=PROJECT["name"], path=[str(folder.parent)])
    return found


def test_python_finds_the_driver_by_its_name(
    installed: importlib.metadata.Distribution,
) -> None:
    assert installed.metadata["Name"] == PROJECT["name"]
    assert installed.version == (SOURCE / "driver/test_driver/version.txt").read_text().strip()


def test_python_finds_the_entry_points_of_the_driver(
    installed: importlib.metadata.Distribution,
) -> None:
    groups = {"console_scripts": PROJECT["scripts"], **PROJECT.get("entry-points", {})}
    expected = {(group, *point) for group, points in groups.items() for point in points.items()}
    found = {(point.group, point.name, point.value) for point in installed.entry_points}
    assert found == expected
    assert ("pytest11", "rehearse", "test_driver.pytest_plugin.plugin") in found
    assert ("console_scripts", "nixos-test-driver", "test_driver.cli:main") in found
    for point in installed.entry_points:
        file = Path(SOURCE, "driver", *point.module.split("."))
        assert file.is_dir() or file.with_suffix(".py").is_file(), point
