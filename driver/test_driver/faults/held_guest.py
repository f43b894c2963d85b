"""What is done to a guest that stands still, before it runs."""

from typing import TYPE_CHECKING

from ..qemu.run import Qemu
from .power_cut import log_writes

if TYPE_CHECKING:
    from ..machine.core import MachineCore


def must_wait(machine: "MachineCore") -> bool:
    """Tell whether a guest may not run before `let_go`."""
    return machine.configuration.power_cuts or machine.session.faults.delays_start(machine)


async def let_go(machine: "MachineCore", qemu: Qemu, *, resume: bool = True) -> None:
    """Log a guest's writes and put faults of networks in force, as it must be; let it go on.

    Without success, QEMU is ended.
    """
    try:
        await log_writes(machine, qemu)
    except BaseException:
        await qemu.quit()
        raise
    await machine.session.faults.plug_in(machine, qemu, resume=resume)
