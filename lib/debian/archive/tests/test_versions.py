"""Versions: the order is dpkg's."""

from __future__ import annotations

import shutil
import subprocess
from itertools import pairwise

import pytest

from debian_archive.versions import compare_versions, satisfies

ORDERED = [
    "0~~",
    "0~",
    "0",
    "0.9",
    "0.10~rc1-1",
    "0.10-1~bpo12+1",
    "0.10-1",
    "0.10-1+b1",
    "0.10-1+deb13u1",
    "0.10-2",
    "0.10a",
    "0.10+dfsg-1",
    "1.0-1",
    "1.0.0-1",
    "1.0.1",
    "1:0.1",
    "2:0",
]


@pytest.mark.parametrize(("older", "newer"), list(pairwise(ORDERED)))
def test_each_version_is_older_than_the_next(older: str, newer: str) -> None:
    assert compare_versions(older, newer) == -1
    assert compare_versions(newer, older) == 1
    assert compare_versions(older, older) == 0


def _dpkg_says_older(older: str, newer: str) -> bool:
    command = ["dpkg", "--compare-versions", older, "lt", newer]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_order_is_that_of_dpkg() -> None:
    # The dpkg of busybox is no help: it compares nothing.
    if shutil.which("dpkg") is None or not _dpkg_says_older("1", "2"):
        pytest.skip("this machine has no dpkg that compares versions")
    for older, newer in pairwise(ORDERED):
        assert _dpkg_says_older(older, newer), (older, newer)


def test_equal_versions_are_written_in_several_ways() -> None:
    assert compare_versions("1.0", "0:1.0") == 0
    assert compare_versions("1.0", "1.0-0") == 0
    assert compare_versions("1.01", "1.1") == 0


@pytest.mark.parametrize(
    ("relation", "wanted", "holds"),
    [
        ("<<", "1.2", False),
        ("<=", "1.2", True),
        ("=", "1.2", True),
        (">=", "1.2", True),
        (">>", "1.2", False),
        (">>", "1.2~", True),
    ],
)
def test_relations(relation: str, wanted: str, holds: bool) -> None:
    assert satisfies("1.2", relation, wanted) is holds
