"""A machine in QEMU, as scripts know it."""

from typing import TYPE_CHECKING, NoReturn

from .base import BaseMachine
from .efi import EfiMethods
from .faults import FaultMethods
from .file_snapshot import FileSnapshotMethods
from .monitor import MonitorMethods
from .prompt import ConsolePromptMethods
from .saving import SavingMethods
from .snapshot import SnapshotMethods
from .ssh import qemu_ssh_port
from .switch_root import SwitchRootMethods
from .tty import TtyMethods
from .variants import VariantMethods


class QemuMachine(
    BaseMachine,
    MonitorMethods,
    SwitchRootMethods,
    TtyMethods,
    ConsolePromptMethods,
    EfiMethods,
    FaultMethods,
    SnapshotMethods,
    SavingMethods,
    VariantMethods,
):
    """A machine of the test that runs in QEMU.

    It has all methods of a machine, and those for what only QEMU has: the monitor, text
    consoles, EFI variables, faults of the hardware, snapshots and variants.
    """

    if not TYPE_CHECKING:  # a type checker finds such a call in the script

        def __getattr__(self, name: str) -> NoReturn:
            """Say why a machine in QEMU does not have a method of containers."""
            if name in vars(FileSnapshotMethods) and not name.startswith("_"):
                other = name.removesuffix("_files")
                reason = f"the machine runs in QEMU: use {other}(), which has memory and disks"
                raise AttributeError(f"{self.name}: no method {name}: {reason}")
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def ssh_port(self) -> int:
        """Return a port of the host that leads to the guest's SSH server. Raises MonitorError."""
        return qemu_ssh_port(self)
