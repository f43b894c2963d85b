"""What a start of QEMU needs to know of a machine."""

from collections.abc import Sequence
from typing import Protocol

from ...run.context import TestContext
from ..boot import Bootable
from .instance import QemuInstance


class QemuBootable(Bootable, Protocol):
    """A machine that runs in QEMU."""

    @property
    def context(self) -> TestContext:
        """What the machines of the test share."""

    @property
    def qemu(self) -> QemuInstance | None:
        """The last run of QEMU."""

    async def new_instance(self, *, extra: Sequence[str], **options: bool) -> QemuInstance:
        """Return a QEMU with the machine's devices and more arguments, which was not started."""

    def memory_arguments(self) -> list[str]:
        """Return what puts the memory of QEMU into a new file, if the machine can be saved."""
