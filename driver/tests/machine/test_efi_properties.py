"""A store of EFI variables: what is written is read, and whatever is broken is refused."""

import contextlib
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from test_driver.backend.qemu.efi_store import StoreBroken, empty_store, read_store, write_store
from test_driver.efi import EfiVariable

from ..support.properties import TEXT, examples

VENDOR = uuid.UUID("a19f72f8-b554-4bd7-a0c2-2762bd854691")
VARIABLES = st.builds(
    EfiVariable,
    vendor_uuid=st.uuids(),
    # Names end with a NUL in the store.
    name=TEXT.map(lambda name: name.rstrip("\0")),
    data=st.binary(max_size=40),
    state=st.integers(0, 0xFF).map(EfiVariable.State),
    flags=st.integers(0, 0xFFFFFFFF).map(EfiVariable.Flags),
    monotonic_count=st.integers(0, 2**64 - 1),
    timestamp=st.binary(min_size=16, max_size=16),
    public_key_index=st.integers(0, 2**32 - 1),
)
HEAD = 0x48 + 28


@examples(200)
@given(st.lists(VARIABLES, max_size=5))
def test_variables_are_read_as_they_were_written(variables: list[EfiVariable]) -> None:
    store = write_store(empty_store(), variables)
    assert len(store) == len(empty_store())
    assert read_store(store) == variables
    assert write_store(store, read_store(store)) == store


@examples(200)
@given(
    st.lists(VARIABLES, min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, HEAD + 200), st.integers(0, 255)), max_size=4),
    st.none() | st.integers(0, HEAD + 300),
)
def test_a_store_that_is_damaged_is_read_or_refused(
    variables: list[EfiVariable], damage: list[tuple[int, int]], cut: int | None
) -> None:
    store = bytearray(write_store(empty_store(), variables))
    for place, value in damage:
        store[place] = value
    with contextlib.suppress(StoreBroken):
        found = read_store(bytes(store[:cut]))
        assert read_store(write_store(bytes(store[:cut]), found)) == found


@pytest.mark.parametrize(
    "fields",
    [
        {"monotonic_count": -1},
        {"monotonic_count": 2**64},
        {"public_key_index": 2**32},
        {"flags": -1},
        {"timestamp": b"short"},
    ],
)
def test_a_variable_that_does_not_fit_the_store_is_refused(fields: dict[str, object]) -> None:
    variable = EfiVariable(**{"vendor_uuid": VENDOR, "name": "Demo", "data": b"", **fields})  # type: ignore[arg-type]
    with pytest.raises(StoreBroken, match="the variable 'Demo' does not fit the store: "):
        write_store(empty_store(), [variable])
