"""Variables of a machine's EFI firmware, for scripts: `from test_driver.efi import EfiVariable`."""

import sys
import uuid
from dataclasses import dataclass
from enum import IntFlag


class EfiGuid:
    """Who owns which variables: the vendors that the firmware itself knows."""

    gEfiGlobalVariableGuid = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
    gEfiImageSecurityDatabaseGuid = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
    gEfiCustomModeEnableGuid = uuid.UUID("c076ec0c-7028-4399-a072-71ee5c448b9f")
    gEfiSecureBootEnableDisableGuid = uuid.UUID("f0a30bc7-af08-4556-99c4-001009c93a44")
    gEfiVendorKeysNvGuid = uuid.UUID("9073e4e0-60ec-4b6e-9903-4c223c260f3c")
    gEfiCertDbGuid = uuid.UUID("d9bee56e-75dc-49d9-b4d7-b534210f637a")
    gEfiAuthenticatedVariableGuid = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792")
    gEfiSystemNvDataFvGuid = uuid.UUID("fff12b8d-7696-4c8b-a985-2747075b4f50")
    gEfiMemoryTypeInformationGuid = uuid.UUID("4c19049f-4137-4dd3-9c10-8b97a83ffdfa")
    gEfiIp4Config2ProtocolGuid = uuid.UUID("5b446ed1-e30b-4faa-871a-3654eca36080")
    gEfiIScsiInitiatorNameProtocolGuid = uuid.UUID("59324945-ec44-4c0d-b1cd-9db139df070c")
    gEdkiiVarErrorFlagGuid = uuid.UUID("04b37fe8-f6ae-480b-bdd5-37d98c5e89aa")
    gIScsiConfigGuid = uuid.UUID("4b47d616-a8d6-4552-9d44-ccad2e0f4cf9")
    gMicrosoftVendorGuid = uuid.UUID("77fa9abd-0359-4d32-bd60-28f4e78f784b")
    gMtcVendorGuid = uuid.UUID("eb704011-1402-11d3-8e77-00a0c969723b")
    mBmHardDriveBootVariableGuid = uuid.UUID("fab7e9e1-39dd-4f2b-8408-e20e906cb6de")


class _Flags(IntFlag):
    NON_VOLATILE = 0x01
    BOOTSERVICE_ACCESS = 0x02
    RUNTIME_ACCESS = 0x04
    HARDWARE_ERROR_RECORD = 0x08
    AUTHENTICATED_WRITE_ACCESS = 0x10
    TIME_BASED_AUTHENTICATED_WRITE_ACCESS = 0x20
    APPEND_WRITE = 0x40


class _State(IntFlag):
    """What has become of a variable. Flash memory clears bits, so the store holds the inverse."""

    VAR_IN_DELETED_TRANSITION = 0x01
    VAR_DELETED = 0x02
    VAR_ADDED = 0x40
    VAR_HEADER_VALID_ONLY = 0x80


_PRESENT = _State.VAR_HEADER_VALID_ONLY | _State.VAR_ADDED
_USUAL = _Flags.NON_VOLATILE | _Flags.BOOTSERVICE_ACCESS | _Flags.RUNTIME_ACCESS


@dataclass(slots=True)
class EfiVariable:
    """A variable of a machine's EFI firmware.

    `flags` are those of `EfiVariable.Flags`: kept over a restart, and seen by firmware and system,
    unless told. It is there unless `state` (`EfiVariable.State`) says otherwise. `EfiGuid` has the
    vendors that firmware knows.

    >>> EfiVariable(EfiGuid.gEfiGlobalVariableGuid, "BootOrder", b"\\1\\0")
    """

    Flags = _Flags
    State = _State

    vendor_uuid: uuid.UUID
    name: str
    data: bytes
    state: int = _PRESENT
    flags: int = _USUAL
    # What the firmware compares before it lets an authenticated variable be changed.
    monotonic_count: int = 0
    timestamp: bytes = bytes(16)
    public_key_index: int = 0

    @property
    def vendorUUID(self) -> uuid.UUID:
        """The vendor with its bytes in the order in which they lie in the store."""
        return uuid.UUID(bytes=self.vendor_uuid.bytes_le)

    @property
    def present(self) -> bool:
        """Whether the firmware sees the variable. One being replaced is there until it is not."""
        return self.state & ~_State.VAR_IN_DELETED_TRANSITION == _PRESENT

    def describe(self) -> str:
        """Return the variable as a line of a listing."""
        flags = "|".join(flag.name or "" for flag in _Flags if flag & self.flags) or "none"
        return f"{self.vendor_uuid} {self.name}: {self.data.hex(' ')} ({flags})"

    def print(self) -> None:
        """Print the variable."""
        sys.stdout.write(f"{self.describe()}\n")
