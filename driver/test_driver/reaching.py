"""Reach a machine: its QEMU, and the guest in it, by a deadline."""

import asyncio
from typing import TYPE_CHECKING

from .deadline import Deadline
from .qemu.run import Qemu
from .qemu.standstill import hold_guest
from .reconnecting import wait_until_settled

if TYPE_CHECKING:
    from .machine.core import MachineCore

# From the start of QEMU until the guest agent answers. A guest that dies ends the wait sooner.
BOOT_SECONDS = 600.0


async def started_by(machine: "MachineCore", deadline: Deadline) -> Qemu:
    """Return the running QEMU, started if need be. Raises TimeoutError at the deadline."""
    async with asyncio.timeout(deadline.timeout()):
        return await machine.ensure_started()


async def connected_by(machine: "MachineCore", deadline: Deadline) -> Qemu:
    """Return the running QEMU when its guest takes commands. Raises TimeoutError."""
    async with asyncio.timeout(deadline.timeout()):
        qemu = await machine.ensure_started()
        if qemu.takes_commands:
            return qemu
        try:
            await hold_guest(qemu, _guest(machine, qemu), Deadline.after(BOOT_SECONDS))
        except TimeoutError as error:
            raise qemu.agent.silent(BOOT_SECONDS, "waiting for the boot") from error
        await qemu.booted()
        return qemu


async def _guest(machine: "MachineCore", qemu: Qemu) -> None:
    await qemu.wait_for_guest()
    if machine.disconnected is qemu:
        await wait_until_settled(qemu)
        machine.disconnected = None
