"""The memory inside a state: found, and left out of what is loaded."""

import struct
from pathlib import Path

import pytest

from test_driver.snapshot.mapped_memory import MappedMemory, detach_memory

MIB = 2**20
BITMAP = 2 * MIB // 4096 // 8


def state(path: Path, *, version: int = 1, page: int = 4096, length: int = 3 * MIB) -> int:
    """Write a state with 2 MiB of memory, as QEMU does, and return where its bitmap lies."""
    head = b"QEVM" + bytes(50) + b"\x06pc.ram" + struct.pack(">Q", 2 * MIB)
    bitmap = len(head) + 28
    head += struct.pack(">IQQQ", version, page, bitmap, MIB) + b"\xff" * BITMAP + b"vga.vram"
    path.write_bytes(head)
    with path.open("r+b") as file:
        file.truncate(length)
    return bitmap


def test_the_memory_is_left_where_it_is_and_no_page_of_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "state"
    bitmap = state(path)
    before = path.read_bytes()
    assert detach_memory(path) == MappedMemory(file=path, offset=MIB, size=2 * MIB)
    after = path.read_bytes()
    assert after[bitmap : bitmap + BITMAP] == bytes(BITMAP)
    assert after[:bitmap] == before[:bitmap]
    assert after[bitmap + BITMAP :] == before[bitmap + BITMAP :]


def test_zeros_at_the_end_that_were_not_written_are_there_to_be_mapped(tmp_path: Path) -> None:
    path = tmp_path / "state"
    state(path, length=2 * MIB)
    assert detach_memory(path) is not None
    assert path.stat().st_size == 3 * MIB


@pytest.mark.parametrize("other", [{"version": 2}, {"page": 0}, {"page": 65536}, {"length": 1000}])
def test_a_state_of_another_form_is_left_as_it_is(tmp_path: Path, other: dict[str, int]) -> None:
    path = tmp_path / "state"
    state(path, **other)
    before = path.read_bytes()
    assert detach_memory(path) is None
    assert path.read_bytes() == before


def test_what_is_no_state_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_bytes(b"\x06pc.ram")
    assert detach_memory(path) is None
