"""The lock file: reading names what is wrong and where, writing is stable."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest

from debian_archive.errors import LockMalformed, LockUnreadable, LockVersionUnknown
from debian_archive.lock import (
    Lock,
    LockedBusybox,
    LockedPackage,
    LockedSuite,
    LockedWheel,
    LockedWheels,
)
from debian_archive.lock_file import parse_lock, read_lock, render_lock, write_lock

FILE = Path("debian.lock.json")
NGINX = LockedPackage(
    version="1.26-3", path="pool/n.deb", sha256="a" * 64, size=12, depends=("libc6",)
)
LIBC6 = LockedPackage(
    version="2.41", path="pool/l.deb", sha256="b" * 64, size=3, depends=(), essential=True
)
LOCK = Lock(
    busybox=LockedBusybox(suite="trixie", package="libc6", nar_hash=f"sha256-{'A' * 43}="),
    suites={
        "trixie": LockedSuite(
            roots=("nginx",), alone=(), packages={"nginx": NGINX, "libc6": LIBC6}
        ),
        "bookworm": LockedSuite(roots=(), alone=("linux-image",), packages={}),
    },
)

WITH_WHEELS = dataclasses.replace(
    LOCK,
    pypi=LockedWheels(
        roots=("stamina",),
        wheels={
            "tenacity": LockedWheel(
                version="9.0",
                file="tenacity-9.0-py2.py3-none-any.whl",
                sha256="d" * 64,
                depends=(),
            ),
            "stamina": LockedWheel(
                version="25.1",
                file="stamina-25.1-py3-none-any.whl",
                sha256="c" * 64,
                depends=("tenacity",),
            ),
        },
    ),
)


def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render_lock(LOCK))
    return document


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "lock.json"
    write_lock(LOCK, file)
    assert read_lock(file) == LOCK
    assert render_lock(read_lock(file)) == file.read_text()


def test_a_package_takes_a_line_and_the_order_is_fixed() -> None:
    text = render_lock(LOCK)
    assert text.index('"bookworm": {') < text.index('"trixie": {')
    lines = [line.strip() for line in text.splitlines() if '"sha256"' in line]
    assert lines == [
        f'"libc6": {{"version": "2.41", "path": "pool/l.deb", "sha256": "{"b" * 64}", "size": 3, '
        '"depends": [], "essential": true},',
        f'"nginx": {{"version": "1.26-3", "path": "pool/n.deb", "sha256": "{"a" * 64}", '
        '"size": 12, "depends": ["libc6"]}',
    ]


def test_wheels_are_written_and_read_again() -> None:
    text = render_lock(WITH_WHEELS)
    assert parse_lock(text, FILE) == WITH_WHEELS
    assert render_lock(parse_lock(text, FILE)) == text
    assert text.endswith(
        '  "pypi": {\n    "roots": [\n      "stamina"\n    ],\n    "wheels": {\n'
        '      "stamina": {"version": "25.1", "file": "stamina-25.1-py3-none-any.whl", '
        f'"sha256": "{"c" * 64}", "depends": ["tenacity"]}},\n'
        '      "tenacity": {"version": "9.0", "file": "tenacity-9.0-py2.py3-none-any.whl", '
        f'"sha256": "{"d" * 64}", "depends": []}}\n    }}\n  }}\n}}\n'
    )


def test_only_a_lock_with_wheels_is_of_the_version_that_has_them() -> None:
    # A program that does not know wheels would write the lock without them.
    assert json.loads(render_lock(WITH_WHEELS))["version"] == 2
    assert _document()["version"] == 1
    assert "pypi" not in _document()
    document = {**_document(), "version": 2}
    assert parse_lock(json.dumps(document), FILE) == LOCK


def test_the_project_lock_is_well_formed() -> None:
    file = Path(__file__).parents[2] / "debian.lock.json"
    if not file.exists():
        pytest.skip("the lock of the project is not beside these tests")
    assert render_lock(read_lock(file)) == file.read_text()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LockUnreadable, match=r"lock file .*none\.json: it cannot be read: No such"):
        read_lock(tmp_path / "none.json")


def test_a_folder_that_takes_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LockUnreadable, match="it cannot be written: No such file"):
        write_lock(LOCK, tmp_path / "missing" / "lock.json")


def test_a_lock_that_cannot_be_replaced_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "lock.json").mkdir()
    with pytest.raises(LockUnreadable, match="it cannot be written: Is a directory"):
        write_lock(LOCK, tmp_path / "lock.json")
    assert os.listdir(tmp_path) == ["lock.json"]


def test_what_is_not_json_is_told_with_its_line() -> None:
    with pytest.raises(LockMalformed, match=r"debian\.lock\.json: line 2: expected JSON"):
        parse_lock('{\n"version": 1,,}', FILE)


def test_what_is_not_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "lock.json").write_bytes(b"\xff\xfe")
    with pytest.raises(LockMalformed, match="expected UTF-8"):
        read_lock(tmp_path / "lock.json")


@pytest.mark.parametrize("version", [3, None, "1", True])
def test_another_version_is_told(version: object) -> None:
    with pytest.raises(
        LockVersionUnknown, match=rf"it is of version {version!r}; this program reads 1 and 2\. Use"
    ):
        parse_lock(json.dumps({**_document(), "version": version}), FILE)


def test_another_architecture_is_told() -> None:
    with pytest.raises(LockMalformed, match="architecture: expected 'amd64', got 'arm64'"):
        parse_lock(json.dumps({**_document(), "architecture": "arm64"}), FILE)


def test_busybox_of_an_unknown_suite_is_told() -> None:
    document = _document()
    document["busybox"]["suite"] = "sid"
    with pytest.raises(
        LockMalformed, match=r"busybox\.suite: expected one of bookworm, trixie, got 'sid'"
    ):
        parse_lock(json.dumps(document), FILE)


PACKAGE = r"suites\.trixie\.packages\.nginx\."


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("version", None, PACKAGE + "version: expected a text, got nothing"),
        ("path", "/etc/passwd", PACKAGE + "path: expected a text like"),
        ("path", "pool/../../x.deb", PACKAGE + "path: expected a text like"),
        ("sha256", "abc", PACKAGE + "sha256: expected a text like .*got 'abc'"),
        ("size", "12", PACKAGE + "size: expected a number of bytes, got '12'"),
        ("size", True, PACKAGE + "size: expected a number of bytes, got True"),
        ("depends", "libc6", PACKAGE + "depends: expected a list of package names, got 'libc6'"),
        ("depends", [1], PACKAGE + r"depends\[0\]: expected a text, got 1"),
    ],
)
def test_a_wrong_field_is_named_by_its_path(field: str, value: object, message: str) -> None:
    document = _document()
    document["suites"]["trixie"]["packages"]["nginx"][field] = value
    with pytest.raises(LockMalformed, match=message):
        parse_lock(json.dumps(document), FILE)


WHEEL = r"pypi\.wheels\.stamina\."


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("version", "", WHEEL + "version: expected a text, got ''"),
        ("file", "stamina-1-cp313-cp313-linux_x86_64.whl", WHEEL + "file: expected a text like"),
        ("file", "../stamina-1-py3-none-any.whl", WHEEL + "file: expected a text like"),
        ("file", "a/stamina-1-py3-none-any.whl", WHEEL + "file: expected a text like"),
        ("sha256", "abc", WHEEL + "sha256: expected a text like .*got 'abc'"),
        (
            "depends",
            ["tenacity", "other"],
            WHEEL + r"depends\[1\]: expected a name in pypi\.wheels, got 'other'",
        ),
    ],
)
def test_a_wrong_field_of_a_wheel_is_named(field: str, value: object, message: str) -> None:
    document = json.loads(render_lock(WITH_WHEELS))
    document["pypi"]["wheels"]["stamina"][field] = value
    with pytest.raises(LockMalformed, match=message):
        parse_lock(json.dumps(document), FILE)


@pytest.mark.parametrize("value", [[], None, "text"])
def test_a_suite_that_is_no_object_is_named(value: object) -> None:
    document = _document()
    document["suites"]["trixie"] = value
    with pytest.raises(LockMalformed, match=r"suites\.trixie: expected an object, got"):
        parse_lock(json.dumps(document), FILE)


def test_a_whole_that_is_no_object_is_told() -> None:
    with pytest.raises(LockMalformed, match="the whole: expected an object"):
        parse_lock("[]", FILE)
