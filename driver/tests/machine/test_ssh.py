"""The addresses by which people reach machines over vsock."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from test_driver.backend.qemu import vsock

NUMBERS = range(1, 255)
PRINT = """
import sys
from test_driver.backend.qemu import vsock
vsock.VSOCK = sys.argv[1]
print(*(vsock.usable_vsock_cid(number) for number in range(1, 255)))
"""


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in the place of the host's device."""
    path = tmp_path / "vhost-vsock"
    path.touch()
    monkeypatch.setattr(vsock, "VSOCK", str(path))
    return path


def test_drivers_at_the_same_time_have_different_addresses(device: Path) -> None:
    own = {vsock.usable_vsock_cid(number) for number in NUMBERS}
    command = [sys.executable, "-c", PRINT, str(device)]
    other = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert len(own | {int(cid) for cid in other}) == 2 * len(NUMBERS)


@pytest.mark.parametrize("pid", [1, 2, 4194304])
def test_addresses_are_those_of_guests(
    device: Path, monkeypatch: pytest.MonkeyPatch, pid: int
) -> None:
    monkeypatch.setattr(os, "getpid", lambda: pid)
    addresses = [vsock.usable_vsock_cid(number) for number in NUMBERS]
    assert all(address is not None and 3 <= address < 2**32 - 1 for address in addresses)


def test_a_machine_without_number_or_a_host_without_vsock_has_none(device: Path) -> None:
    assert vsock.usable_vsock_cid(None) is None
    device.unlink()
    assert vsock.usable_vsock_cid(1) is None
