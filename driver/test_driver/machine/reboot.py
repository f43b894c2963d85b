"""Methods of a machine: a reboot of its guest."""

import asyncio
import logging

from ..backend.base import Backend
from ..deadline import Deadline, Duration
from ..errors import AgentError
from ..run.timings import Phase
from ..trouble.survey import ask_all
from .core import MachineCore
from .guest_work import console_timed_out
from .method import method
from .power import AGENT_SECONDS
from .soft_reboot import soft_reboot

logger = logging.getLogger(__name__)

REBOOT_SECONDS = 300.0


class RebootMethods(MachineCore):
    """Methods of a machine: reboot."""

    @method(phase=Phase.BOOT)
    def reboot(self, timeout: Duration = REBOOT_SECONDS, *, soft: bool = False) -> None:
        """Let the guest reboot, and wait until it has begun its new boot.

        The next method that needs the guest waits until it is up again. With `soft`, systemd starts
        the user space anew and the kernel stays (`systemctl soft-reboot`, from systemd 254 on); the
        call returns when the new user space takes commands. Raises WaitTimedOut if the guest did
        not get there within `timeout`, and MachineError if its systemd has no soft reboot.

        >>> machine.reboot()
        >>> machine.wait_for_unit("multi-user.target")
        """
        deadline = Deadline.of_method(timeout)
        if soft:
            soft_reboot(self, deadline)
            return
        with self.nested("waiting for the machine to reboot"), deadline.bounds_calls():
            self.in_loop(ask_all([self], deadline.remaining()))
            self.in_loop(_reboot(self, deadline))


async def _reboot(machine: MachineCore, deadline: Deadline) -> None:
    try:
        async with asyncio.timeout(deadline.timeout()):
            qemu = await machine.ensure_started()
        seen = qemu.resets
        qemu.agent.expect_restart()
        await qemu.let_reboot(deadline)
        await _ask_for_reboot(qemu, deadline)
        await qemu.wait_for_reset(seen, deadline)
    except TimeoutError as error:
        raise console_timed_out(machine, "the machine to reboot", deadline) from error


async def _ask_for_reboot(qemu: Backend, deadline: Deadline) -> None:
    if qemu.agent.present:
        try:
            await qemu.liveness.run(
                qemu.commands.start("reboot || systemctl reboot"), deadline.at_most(AGENT_SECONDS)
            )
        except (AgentError, TimeoutError) as error:
            logger.debug("%s: asking for a reboot: %r", qemu.machine, error)
        else:
            return
    await qemu.press_reboot_keys(deadline)
