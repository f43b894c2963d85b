"""Where extensions are looked for, and in what order they are used."""

import sys
import zipfile
from pathlib import Path

import pytest

from test_driver.extensions.find import extension_metadata
from test_driver.extensions.found import extensions_in
from test_driver.extensions.python_path import package_folders

from .packages import SAMPLE, make_package


def found(*folders: Path) -> list[tuple[str, str, str]]:
    """Return package, entry point and value of each extension in some folders."""
    return [
        (one.source.package, one.source.entry_point, one.entry_point.value)
        for one in extensions_in(extension_metadata([str(folder) for folder in folders]))
    ]


def test_they_are_sorted_by_package_and_entry_point(tmp_path: Path) -> None:
    folder = make_package(tmp_path / "a", "zebra", "")
    points = folder / "rehearse_zebra-1.0.dist-info" / "entry_points.txt"
    points.write_text("[console_scripts]\nx = y:z\n\n[rehearse]\nsecond = b\nfirst = a\n")
    assert found(folder, SAMPLE) == [
        ("rehearse-greetings", "greetings", "greetings:extension"),
        ("rehearse-zebra", "first", "a"),
        ("rehearse-zebra", "second", "b"),
    ]


def test_of_a_package_the_first_one_on_the_path_counts(tmp_path: Path) -> None:
    one = make_package(tmp_path / "one", "m", "", package="A-Package", entry_point="one")
    two = make_package(tmp_path / "two", "m", "", package="a_package", entry_point="two")
    assert found(one, two, one) == [("A-Package", "one", "m")]
    assert found(two, one) == [("a_package", "two", "m")]


def test_an_older_kind_of_metadata_is_found(tmp_path: Path) -> None:
    metadata = tmp_path / "old.egg-info"
    metadata.mkdir()
    (metadata / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: old\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[rehearse]\nx = y\n")
    assert found(tmp_path) == [("old", "x", "y")]


def test_what_is_no_folder_or_has_no_extension_is_passed_over(tmp_path: Path) -> None:
    archive = tmp_path / "archive.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("x-1.dist-info/entry_points.txt", "[rehearse]\nx = y\n")
    (tmp_path / "other-1.dist-info").mkdir()
    (tmp_path / "other-1.dist-info/entry_points.txt").write_text("[pytest11]\nrehearse = x\n")
    (tmp_path / "none-1.dist-info").mkdir()
    assert found(archive, tmp_path, tmp_path / "nothing") == []


@pytest.mark.parametrize(
    "place",
    [
        "",
        f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages",
        "lib/python3/dist-packages",
        "usr/lib/python3/dist-packages",
    ],
)
def test_a_package_of_the_store_has_its_modules_in_these_places(tmp_path: Path, place: str) -> None:
    make_package(tmp_path / place, "m", "")
    assert package_folders([str(tmp_path)]) == [tmp_path / place]


@pytest.mark.parametrize("file", ["m.py", "m.cpython-313.so", "m/__init__.py", "m-1.dist-info/x"])
def test_a_folder_with_one_of_these_has_modules(tmp_path: Path, file: str) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("")
    assert package_folders([str(tmp_path)]) == [tmp_path]
