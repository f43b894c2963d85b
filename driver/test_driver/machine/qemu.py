"""A machine in QEMU, as scripts know it."""

from .base import BaseMachine
from .efi import EfiMethods
from .faults import FaultMethods
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

    def ssh_port(self) -> int:
        """Return a port of the host that leads to the guest's SSH server. Raises MonitorError."""
        return qemu_ssh_port(self)
