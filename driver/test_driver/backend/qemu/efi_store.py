"""The file in which EDK2's firmware for QEMU (OVMF) keeps its variables.

A volume begins with a header, in which lies one store of variables; then comes what the firmware
needs to replace the store safely, which it makes anew when it is blank.
"""

import struct
import uuid
from collections.abc import Iterable, Iterator

from ...efi import EfiVariable

VOLUME_SYSTEM_NV_DATA = uuid.UUID("fff12b8d-7696-4c8b-a985-2747075b4f50")
STORE_AUTHENTICATED = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792")
# Zeros, kind, length, signature, attributes, length of this, checksum, 3 bytes, revision, blocks.
_VOLUME = struct.Struct("<16x16sQ4sIHHHxBIIII")
_STORE = struct.Struct("<16sIBBHI")
# Mark, state, attributes, count, time, key, lengths of name and data, vendor.
_VARIABLE = struct.Struct("<HBxIQ16sIII16s")
_SIGNATURE = b"_FVH"
_MARK = 0x55AA
_FORMATTED, _HEALTHY = 0x5A, 0xFE
_ALIGNMENT = 4
TIMESTAMP_BYTES = 16
_BLANK = b"\xff"

# A new store is as large as that of OVMF's builds of 4 MiB.
VOLUME_BYTES, STORE_BYTES, BLOCK_BYTES = 0x84000, 0x40000, 0x1000
_ATTRIBUTES = 0x4FEFF  # readable, writable, of blocks, erased to ones


class StoreBroken(ValueError):
    """The file is not a store of variables, or its content makes no sense."""


def empty_store() -> bytes:
    """Return a store without variables."""
    blocks = VOLUME_BYTES // BLOCK_BYTES

    def volume(checksum: int) -> bytes:
        kind = VOLUME_SYSTEM_NV_DATA.bytes_le
        length = _VOLUME.size
        return _VOLUME.pack(
            *(kind, VOLUME_BYTES, _SIGNATURE, _ATTRIBUTES, length, checksum, 0, 2),
            *(blocks, BLOCK_BYTES, 0, 0),
        )

    # All 16-bit numbers of the header add up to nothing.
    tokens = struct.unpack(f"<{_VOLUME.size // 2}H", volume(0))
    header = volume(-sum(tokens) & 0xFFFF)
    size = STORE_BYTES - len(header)
    kind = STORE_AUTHENTICATED.bytes_le
    store = _STORE.pack(kind, size, _FORMATTED, _HEALTHY, 0, 0)
    return (header + store).ljust(VOLUME_BYTES, _BLANK)


def read_store(content: bytes) -> list[EfiVariable]:
    """Return what the store holds, also what was deleted. Raises StoreBroken."""
    start, end = _bounds(content)
    return list(_variables(content, start, end))


def write_store(content: bytes, variables: Iterable[EfiVariable]) -> bytes:
    """Return the store with these variables instead of the ones it has. Raises StoreBroken."""
    start, end = _bounds(content)
    packed = b"".join(map(_pack, variables))
    if len(packed) > end - start:
        raise StoreBroken(f"the variables take {len(packed)} bytes, but there are {end - start}")
    return content[:start] + packed.ljust(end - start, _BLANK) + content[end:]


def _bounds(content: bytes) -> tuple[int, int]:
    """Return where the variables begin, and where there is no more room for them."""
    try:
        kind, _, signature, _, start, *_ = _VOLUME.unpack_from(content)
        if signature != _SIGNATURE or kind != VOLUME_SYSTEM_NV_DATA.bytes_le:
            raise StoreBroken("it does not begin as a volume of variables does")
        store, size, formatted, healthy, *_ = _STORE.unpack_from(content, start)
    except struct.error as error:
        raise StoreBroken(f"it has only {len(content)} bytes") from error
    if store != STORE_AUTHENTICATED.bytes_le or (formatted, healthy) != (_FORMATTED, _HEALTHY):
        raise StoreBroken(f"at byte {start} there is no store of authenticated variables")
    if not _STORE.size <= size <= len(content) - start:
        raise StoreBroken(f"the store says it has {size} bytes, which is not so")
    return start + _STORE.size, start + size


def _variables(content: bytes, start: int, end: int) -> Iterator[EfiVariable]:
    while start + _VARIABLE.size <= end:
        mark, state, flags, count, time, key, name_size, data_size, vendor = _VARIABLE.unpack_from(
            content, start
        )
        if mark != _MARK:
            return
        name_at = start + _VARIABLE.size
        data_at = name_at + name_size
        if data_at + data_size > end:
            raise StoreBroken(f"the variable at byte {start} is longer than the store")
        yield EfiVariable(
            vendor_uuid=uuid.UUID(bytes_le=vendor),
            name=_name(content[name_at:data_at], start),
            data=content[data_at : data_at + data_size],
            state=EfiVariable.State(~state & 0xFF),
            flags=EfiVariable.Flags(flags),
            monotonic_count=count,
            timestamp=time,
            public_key_index=key,
        )
        start = _aligned(data_at + data_size)


def _name(encoded: bytes, place: int) -> str:
    # The firmware does not mind half of a pair of surrogates: a name is 16-bit numbers.
    try:
        return encoded.decode("utf-16-le", errors="surrogatepass").rstrip("\0")
    except UnicodeDecodeError as error:
        raise StoreBroken(
            f"the variable at byte {place} has half a character in its name"
        ) from error


def _pack(variable: EfiVariable) -> bytes:
    name = f"{variable.name}\0".encode("utf-16-le", errors="surrogatepass")
    if len(variable.timestamp) != TIMESTAMP_BYTES:
        raise StoreBroken(
            f"the variable {variable.name!r} does not fit the store: its timestamp has "
            f"{len(variable.timestamp)} bytes instead of {TIMESTAMP_BYTES}"
        )
    try:
        header = _VARIABLE.pack(
            *(_MARK, ~variable.state & 0xFF, variable.flags, variable.monotonic_count),
            *(variable.timestamp, variable.public_key_index, len(name), len(variable.data)),
            variable.vendor_uuid.bytes_le,
        )
    except struct.error as error:
        raise StoreBroken(
            f"the variable {variable.name!r} does not fit the store: its flags and its key have "
            f"32 bits, its count has 64 bits ({error})"
        ) from error
    packed = header + name + variable.data
    return packed.ljust(_aligned(len(packed)), _BLANK)


def _aligned(position: int) -> int:
    return -(-position // _ALIGNMENT) * _ALIGNMENT
