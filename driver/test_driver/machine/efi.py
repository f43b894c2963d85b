"""Methods of a machine: the variables of its EFI firmware, while it is off."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from ..backend.qemu.efi_store import StoreBroken, empty_store, read_store, write_store
from ..efi import EfiVariable
from ..errors import AssertionFailed, HostError, MachineError
from ..run.timings import Phase
from .core import MachineCore
from .method import method
from .qemu_core import QemuCore

Result = TypeVar("Result")

# No firmware has as much: what the guest made of the file is not read beyond that.
LARGEST_STORE_BYTES = 64 << 20


class EfiMethods(QemuCore):
    """Methods of a machine: EFI variables."""

    @method(phase=Phase.COMMAND)
    def create_efi_vars(self) -> None:
        """Give the machine a store of EFI variables that has none, whether it had one or not.

        Raises AssertionFailed if the machine is on.

        >>> machine.create_efi_vars()
        """
        path = _store_of_a_machine_that_is_off(self)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_bytes(empty_store())
        except OSError as error:
            raise HostError(f"{self.name}: cannot write its EFI variables: {error}") from error

    @method(phase=Phase.COMMAND)
    def read_efi_vars(self) -> list[EfiVariable]:
        """Return the variables that the machine's EFI firmware keeps.

        Raises AssertionFailed if the machine is on, and MachineError if it has no store of
        variables, or one that makes no sense.

        >>> names = [variable.name for variable in machine.read_efi_vars()]
        """
        variables = _understood(self, read_store, _content(self))
        return [variable for variable in variables if variable.present]

    @method(phase=Phase.COMMAND)
    def write_efi_vars(self, vars: Sequence[EfiVariable]) -> None:
        """Set variables of the machine's EFI firmware; those with other names or vendors stay.

        Raises AssertionFailed if the machine is on, and MachineError if it has no store of
        variables, or one that makes no sense or is too small.

        >>> import uuid
        ...
        >>> demo = EfiVariable(vendor_uuid=uuid.uuid4(), name="Demo", data=b"*")
        >>> machine.create_efi_vars()
        >>> machine.write_efi_vars([demo])
        """
        content = _content(self)
        new = {(variable.vendor_uuid, variable.name): variable for variable in vars}
        kept = [
            variable
            for variable in _understood(self, read_store, content)
            if variable.present and (variable.vendor_uuid, variable.name) not in new
        ]
        written = _understood(self, lambda old: write_store(old, (*kept, *new.values())), content)
        try:
            self.efi_store.write_bytes(written)
        except OSError as error:
            raise HostError(f"{self.name}: cannot write its EFI variables: {error}") from error

    @method(phase=Phase.COMMAND)
    def dump_efi_vars(self) -> None:
        """Write the variables that the machine's EFI firmware keeps to the log.

        >>> machine.dump_efi_vars()
        """
        lines = (variable.describe() for variable in self.read_efi_vars())
        self.lines.say("\n".join(("EFI variables:", *lines)))


def _store_of_a_machine_that_is_off(machine: MachineCore) -> Path:
    if machine.booted:
        raise AssertionFailed(
            f"{machine.name}: its EFI variables belong to its firmware while it is on; "
            "use shutdown() or crash() before"
        )
    return machine.efi_store


def _content(machine: MachineCore) -> bytes:
    path = _store_of_a_machine_that_is_off(machine)
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_STORE_BYTES)
    except FileNotFoundError as error:
        raise MachineError(
            machine.name,
            "it has no EFI variables yet: a machine that boots by EFI gets them when it starts, "
            "or by create_efi_vars()",
        ) from error
    except OSError as error:
        raise HostError(f"{machine.name}: cannot read its EFI variables: {error}") from error


def _understood(machine: MachineCore, action: Callable[[bytes], Result], content: bytes) -> Result:
    try:
        return action(content)
    except StoreBroken as error:
        what = f"its store of EFI variables is broken: {error}"
        raise MachineError(machine.name, what) from error
