"""A reboot of the guest's user space alone."""

import contextlib
import re

from ..backend.base import Backend
from ..deadline import Deadline
from ..errors import AgentLost, MachineError
from ..poll import poll_until
from .core import MachineCore
from .guest_work import console_timed_out

FIRST_SYSTEMD = 254  # the first one with `systemctl soft-reboot`
QUESTION_SECONDS = 60.0


def soft_reboot(machine: MachineCore, deadline: Deadline) -> None:
    """Let systemd start the user space anew, and wait until the new one takes commands.

    Raises MachineError if systemd is too old or refuses, and WaitTimedOut.
    """
    qemu = machine.reach_guest()
    with machine.nested("waiting for the user space to be started anew"):
        try:
            work = _soft_reboot(machine.name, qemu, deadline)
            machine.in_loop(qemu.liveness.run(work, deadline))
        except TimeoutError as error:
            raise console_timed_out(
                machine, "the user space to be started anew", deadline
            ) from error


async def _soft_reboot(machine: str, qemu: Backend, deadline: Deadline) -> None:
    question = deadline.at_most(QUESTION_SECONDS)
    answer = await qemu.commands.capture("systemctl --version", question)
    version = re.match(r"systemd (\d+)", answer.stdout)
    if version is None or int(version[1]) < FIRST_SYSTEMD:
        has = f"has systemd {version[1]}" if version else "has no systemd"
        raise MachineError(
            machine, f"a soft reboot was refused: it takes systemd {FIRST_SYSTEMD}, the guest {has}"
        )
    gone = qemu.agent.drops
    qemu.agent.expect_restart()
    with contextlib.suppress(AgentLost):  # it may go before it has answered
        asked = await qemu.commands.capture("systemctl --no-block soft-reboot", question)
        if asked.status != 0:
            qemu.agent.expect_restart(False)
            how = asked.describe()
            raise MachineError(machine, f"a soft reboot failed ({how}): {asked.stderr.strip()}")
    await poll_until(lambda: qemu.agent.drops != gone)
    await qemu.wait_for_guest()
