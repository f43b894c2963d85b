"""What a power cut leaves of a disk, against a model that forgets what was not flushed."""

import tempfile
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from test_driver.faults.write_log import SECTOR, LoggedWrite, flushed, pieces, read_log

from ..support.properties import examples
from .test_write_log import DISCARD, FLUSH, FUA, entry, log_of

SECTORS = 6


@dataclass(frozen=True)
class Operation:
    """One thing that a guest does to its disk."""

    kind: str  # write, through (not cached), flush or discard
    sector: int = 0
    letters: str = ""

    def entry(self) -> bytes:
        """Return the entry of the log."""
        data = b"".join(letter.encode() * SECTOR for letter in self.letters)
        match self.kind:
            case "flush":
                return entry(0, b"", FLUSH)
            case "discard":
                return entry(self.sector, b"", DISCARD, sectors=len(self.letters))
            case _:
                return entry(self.sector, data, FUA if self.kind == "through" else 0)


WRITES = st.builds(
    Operation,
    st.sampled_from(["write", "write", "through", "discard"]),
    st.integers(0, SECTORS - 3),
    st.text("abcdef", min_size=1, max_size=3),
)
OPERATIONS = st.lists(WRITES | st.just(Operation("flush")), max_size=12)


def model(operations: list[Operation]) -> dict[int, str]:
    """Return the sectors that a disk has after a power cut: each is what was last made durable."""
    durable: dict[int, tuple[int, str]] = {}
    cache: list[tuple[int, Operation]] = []

    def settle(number: int, operation: Operation) -> None:
        for at, letter in enumerate(operation.letters, operation.sector):
            if at not in durable or durable[at][0] < number:
                durable[at] = (number, "-" if operation.kind == "discard" else letter)

    for number, operation in enumerate(operations):
        if operation.kind == "flush":
            for one in cache:
                settle(*one)
            cache = []
        elif operation.kind == "through":
            settle(number, operation)
        else:
            cache.append((number, operation))
    return {sector: letter for sector, (_, letter) in durable.items()}


def read(data: bytes) -> tuple[list[LoggedWrite] | None, dict[int, str]]:
    """Return the entries of a log, and the sectors that are kept of it."""
    disk: dict[int, str] = {}
    with tempfile.TemporaryFile() as log:
        log.write(data)
        log.flush()
        entries = read_log(log)
        for kept in flushed(entries or []):
            if kept.is_discard:
                for sector in range(kept.length // SECTOR):
                    disk[kept.offset // SECTOR + sector] = "-"
                continue
            for offset, piece in pieces(log, kept):
                for at in range(0, len(piece), SECTOR):
                    disk[(offset + at) // SECTOR] = chr(piece[at])
                    assert piece[at : at + SECTOR] == piece[at : at + 1] * SECTOR
    return entries, disk


@examples(200)
@given(OPERATIONS)
def test_a_power_cut_leaves_what_was_made_durable(operations: list[Operation]) -> None:
    entries, disk = read(log_of(*(one.entry() for one in operations)))
    assert entries is not None
    assert len(entries) == len(operations)
    assert disk == model(operations)


@examples(150)
@given(st.data(), OPERATIONS)
def test_a_log_that_is_cut_anywhere_has_whole_entries_or_is_refused(
    data: st.DataObject, operations: list[Operation]
) -> None:
    parts = [one.entry() for one in operations]
    whole = log_of(*parts)
    cut = data.draw(st.integers(0, len(whole)))
    entries, disk = read(whole[:cut])
    ends = [len(log_of(*parts[:count])) for count in range(len(parts) + 1)]
    if cut in ends or cut <= SECTOR:
        count = ends.index(max(cut, SECTOR))
        assert entries is not None
        assert len(entries) == count
        assert disk == model(operations[:count])
    else:
        assert entries is None
