"""Reach a guest of which the script has said that it is not connected."""

import time

from .backend.base import Backend
from .deadline import Deadline
from .errors import AgentError
from .poll import OF_GUEST, poll

# A restart that was asked for just before is under way by then.
SETTLE_SECONDS = 3.0
QUESTION_SECONDS = 60.0
STOPPING = "stopping"


async def wait_until_settled(qemu: Backend) -> None:
    """Wait until the guest that answers is the one that stays.

    Scripts that restart a guest behind the driver's back say `machine.connected = False`. The guest
    of before may still answer then: it is not taken for the next one while systemd stops it.
    """
    settled = time.monotonic() + SETTLE_SECONDS
    gone = qemu.agent.drops

    async def is_settled() -> bool | None:
        """Tell whether the guest stays, or has gone; `None` if that is not known yet."""
        if qemu.agent.drops != gone:
            return False
        question = Deadline.after(QUESTION_SECONDS)
        try:
            state = await qemu.commands.capture("systemctl is-system-running", question)
        except AgentError:
            return False
        return (state.stdout.strip() != STOPPING and time.monotonic() >= settled) or None

    if not await poll(is_settled, OF_GUEST):
        await qemu.wait_for_guest()
