"""Reach a guest of which the script has said that it is not connected."""

import asyncio
import time

from .backend.base import Backend
from .deadline import Deadline
from .errors import AgentError

# A restart that was asked for just before is under way by then.
SETTLE_SECONDS = 3.0
QUESTION_SECONDS = 60.0
LOOK_SECONDS = 0.1
STOPPING = "stopping"


async def wait_until_settled(qemu: Backend) -> None:
    """Wait until the guest that answers is the one that stays.

    Scripts that restart a guest behind the driver's back say `machine.connected = False`. The guest
    of before may still answer then: it is not taken for the next one while systemd stops it.
    """
    settled = time.monotonic() + SETTLE_SECONDS
    gone = qemu.agent.drops
    while qemu.agent.drops == gone:
        question = Deadline.after(QUESTION_SECONDS)
        try:
            state = await qemu.commands.capture("systemctl is-system-running", question)
        except AgentError:
            break
        if state.stdout.strip() != STOPPING and time.monotonic() >= settled:
            return
        await asyncio.sleep(LOOK_SECONDS)
    await qemu.wait_for_guest()
