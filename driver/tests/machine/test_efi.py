"""The variables of a machine's EFI firmware."""

import logging
import uuid
from pathlib import Path

import pytest

from test_driver.backend.qemu.efi_store import StoreBroken, empty_store, read_store, write_store
from test_driver.efi import EfiGuid, EfiVariable
from test_driver.errors import HostError, MachineError, RequestedAssertionFailed
from test_driver.machine import QemuMachine

VENDOR = uuid.UUID("a19f72f8-b554-4bd7-a0c2-2762bd854691")
DEMO = EfiVariable(vendor_uuid=VENDOR, name="Demo", data=b"*")
CODE = EfiVariable.Flags.RUNTIME_ACCESS
DELETED = EfiVariable.State.VAR_HEADER_VALID_ONLY | EfiVariable.State.VAR_DELETED


def test_what_is_written_is_read() -> None:
    variables = [
        DEMO,
        EfiVariable(EfiGuid.gEfiGlobalVariableGuid, "Größe", b"abc", flags=CODE, monotonic_count=7),
        EfiVariable(VENDOR, "empty", b"", timestamp=bytes(range(16)), public_key_index=3),
    ]
    assert read_store(write_store(empty_store(), variables)) == variables


def test_the_bytes_are_those_of_the_specification() -> None:
    start = 0x48 + 28
    written = write_store(empty_store(), [DEMO, DEMO])[start:]
    assert written[:4] == b"\xaa\x55\x3f\x00"  # mark, there
    assert written[4:8] == b"\x07\0\0\0"
    assert written[36:44] == b"\x0a\0\0\0\x01\0\0\0"  # lengths
    assert written[44:60] == VENDOR.bytes_le
    assert written[60:72] == b"D\0e\0m\0o\0\0\0*\xff"
    assert written[72:74] == b"\xaa\x55"  # the next one at a multiple of four


def test_the_header_of_an_empty_store_adds_up() -> None:
    header = empty_store()[:0x48]
    tokens = [int.from_bytes(header[at : at + 2], "little") for at in range(0, len(header), 2)]
    assert sum(tokens) & 0xFFFF == 0
    assert len(empty_store()) == 528 * 1024


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it has only 0 bytes"),
        (b"\0" * 4096, "does not begin as a volume of variables"),
        (empty_store()[:80], "it has only 80 bytes"),
        (empty_store()[:4096], "the store says it has 262072 bytes, which is not so"),
        (empty_store()[:0x48] + b"\0" * 4096, "at byte 72 there is no store"),
        (
            write_store(empty_store(), [DEMO])[: 0x48 + 28 + 36]
            + b"\xff" * 8
            + empty_store()[0x48 + 28 + 44 :],
            "the variable at byte 100 is longer than the store",
        ),
    ],
)
def test_a_broken_store_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(StoreBroken, match=message):
        read_store(content)


def test_too_many_variables_are_refused() -> None:
    large = EfiVariable(VENDOR, "large", bytes(1 << 20))
    with pytest.raises(StoreBroken, match=r"take 1048\d+ bytes, but there are 262044"):
        write_store(empty_store(), [large])


def test_a_machine_that_is_off_has_its_variables_edited(
    machine: QemuMachine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.create_efi_vars()
    gone = EfiVariable(VENDOR, "gone", b"", state=DELETED)
    machine.write_efi_vars([DEMO, gone])
    other = EfiVariable(VENDOR, "Other", b"1")
    machine.write_efi_vars([EfiVariable(VENDOR, "Demo", b"+"), other])
    found = {variable.name: variable for variable in machine.read_efi_vars()}
    assert sorted(found) == ["Demo", "Other"]
    assert found["Demo"].data == b"+"
    assert found["Demo"].vendorUUID == uuid.UUID(bytes=VENDOR.bytes_le)
    with caplog.at_level(logging.INFO):
        machine.dump_efi_vars()
    line = f"{VENDOR} Demo: 2b (NON_VOLATILE|BOOTSERVICE_ACCESS|RUNTIME_ACCESS)"
    assert line in caplog.text
    machine.create_efi_vars()
    assert machine.read_efi_vars() == []


def test_a_variable_prints_itself(capsys: pytest.CaptureFixture[str]) -> None:
    EfiVariable(VENDOR, "Demo", b"\x2a\x2b", flags=0).print()
    assert capsys.readouterr().out == f"{VENDOR} Demo: 2a 2b (none)\n"


def test_a_machine_that_is_on_keeps_its_variables_to_itself(machine: QemuMachine) -> None:
    machine.start()
    expected = "machine1: its EFI variables belong to its firmware while it is on; use shutdown"
    with pytest.raises(RequestedAssertionFailed, match=expected):
        machine.create_efi_vars()
    with pytest.raises(RequestedAssertionFailed, match=expected):
        machine.read_efi_vars()
    with pytest.raises(RequestedAssertionFailed, match=expected):
        machine.write_efi_vars([DEMO])


def test_a_machine_without_variables_says_where_they_come_from(machine: QemuMachine) -> None:
    with pytest.raises(MachineError, match=r"machine1: it has no EFI variables yet.*create_efi"):
        machine.read_efi_vars()


def test_what_the_guest_made_of_its_variables_cannot_hurt(machine: QemuMachine) -> None:
    machine.create_efi_vars()
    with machine.efi_store.open("r+b") as file:
        file.truncate(1 << 40)  # sparse: nobody reads a terabyte
    assert machine.read_efi_vars() == []
    machine.efi_store.write_bytes(b"garbage")
    expected = "machine1: its store of EFI variables is broken: it has only 7 bytes"
    with pytest.raises(MachineError, match=expected):
        machine.write_efi_vars([DEMO])
    machine.efi_store.unlink()
    Path(machine.efi_store).mkdir()
    with pytest.raises(HostError, match="machine1: cannot read its EFI variables"):
        machine.read_efi_vars()
    with pytest.raises(HostError, match="machine1: cannot write its EFI variables"):
        machine.create_efi_vars()
