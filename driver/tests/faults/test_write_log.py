"""The log of a guest's writes: what is in it, and what a power cut leaves of it."""

import struct
from pathlib import Path

import pytest

from test_driver.faults import write_log
from test_driver.faults.write_log import SECTOR, flushed, pieces, read_log

FLUSH, FUA, DISCARD = 1, 2, 4


def entry(sector: int, data: bytes = b"", flags: int = 0, *, sectors: int | None = None) -> bytes:
    """Return an entry of a log, as QEMU writes it."""
    count = len(data) // SECTOR if sectors is None else sectors
    return struct.pack("<QQQQ", sector, count, flags, 0).ljust(SECTOR, b"\0") + data


def log_of(*entries: bytes) -> bytes:
    """Return a whole log."""
    return b"head".ljust(SECTOR, b"\0") + b"".join(entries)


def sectors(letter: str, count: int = 1) -> bytes:
    """Return so many sectors full of a letter."""
    return letter.encode() * (SECTOR * count)


def kept(path: Path, *entries: bytes, durable: tuple[tuple[int, int], ...] = ()) -> list[int]:
    """Return the sectors whose writes a power cut keeps."""
    path.write_bytes(log_of(*entries))
    with path.open("rb") as log:
        found = read_log(log)
    assert found is not None
    return [write.offset // SECTOR for write in flushed(found, durable)]


def test_what_was_flushed_is_kept_in_its_order(tmp_path: Path) -> None:
    a, b, c, flush = (
        entry(9, sectors("a")),
        entry(2, sectors("b", 3)),
        entry(9, sectors("c")),
        entry(0, b"", FLUSH),
    )
    assert kept(tmp_path / "log") == []
    assert kept(tmp_path / "log", a, b) == []
    assert kept(tmp_path / "log", a, b, flush) == [9, 2]
    assert kept(tmp_path / "log", a, flush, b, c) == [9]
    assert kept(tmp_path / "log", a, flush, b, c, flush, flush) == [9, 2, 9]


def test_a_write_that_is_its_own_flush_is_kept_alone(tmp_path: Path) -> None:
    a, b = entry(1, sectors("a")), entry(2, sectors("b"), FUA)
    assert kept(tmp_path / "log", a, b) == [2]


def test_places_that_need_no_flush_are_kept(tmp_path: Path) -> None:
    a, b = entry(1, sectors("a")), entry(2, sectors("b", 2))
    assert kept(tmp_path / "log", a, b, durable=((2 * SECTOR, 2 * SECTOR),)) == [2]


def test_a_discard_has_no_data(tmp_path: Path) -> None:
    discard = entry(4, b"", DISCARD, sectors=100)
    assert kept(tmp_path / "log", discard, entry(1, sectors("a")), entry(0, b"", FLUSH)) == [4, 1]


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param(bytes(2 * SECTOR) + entry(0, b"", FLUSH), id="a hole"),
        pytest.param(entry(1, sectors("a", 2))[:-SECTOR], id="data that is missing"),
        pytest.param(entry(1)[:10], id="half an entry"),
    ],
)
def test_a_log_that_is_being_written_to_is_not_whole(tmp_path: Path, entries: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(log_of(entry(0, sectors("a")), entries))
    with path.open("rb") as log:
        assert read_log(log) is None


def test_an_empty_log_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for head in (b"", log_of()):
        path.write_bytes(head)
        with path.open("rb") as log:
            assert read_log(log) == []


def test_a_long_write_comes_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_log, "PIECE", 2 * SECTOR)
    path = tmp_path / "log"
    path.write_bytes(log_of(entry(5, sectors("a", 2) + sectors("b"))))
    with path.open("rb") as log:
        found = read_log(log)
        assert found is not None
        assert list(pieces(log, found[0])) == [
            (5 * SECTOR, sectors("a", 2)),
            (7 * SECTOR, sectors("b")),
        ]
