"""The Python that the store's trees hold: each start of the driver pays for what is amiss in it."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

# Of what Python compiled: is it for good, or as long as the source has some time or content?
FLAGS = slice(4, 8)
FOR_GOOD = (1).to_bytes(4, "little")


def test_the_standard_library_is_compiled_for_good() -> None:
    library = Path(sysconfig.get_path("stdlib"))
    if not library.is_relative_to("/nix/store"):
        pytest.skip("this Python was not made by lib/debian/tools.nix")
    compiled = list(library.glob("__pycache__/*.pyc"))
    assert len(compiled) > 100
    assert [one.name for one in compiled if one.read_bytes()[FLAGS] != FOR_GOOD] == []
