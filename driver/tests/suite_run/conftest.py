"""What tests of suites share: a flake that is none."""

from pathlib import Path

import pytest

from ..support.fake_flake import FakeFlake


@pytest.fixture
def flake(tmp_path: Path) -> FakeFlake:
    """A flake without tests, with fake programs of Nix."""
    return FakeFlake(tmp_path / "flake")
