"""What goes on when the guest's user space is started anew while the driver waits for something."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ..backend.base import Backend
from ..deadline import Deadline
from ..errors import AgentLost

logger = logging.getLogger(__name__)

T = TypeVar("T")

# A guest whose agent was killed has another one in less; to start a user space anew takes longer.
BACK_SECONDS = 120.0


async def over_restarts(qemu: Backend, look: Callable[[], Awaitable[T]], deadline: Deadline) -> T:
    """Return what `look` returns; when the guest's agent goes, look again when there is another.

    Raises AgentLost if there is none by the deadline.
    """
    while True:
        try:
            return await look()
        except AgentLost as lost:
            # The machine itself may have exited: then the caller's wait ends.
            logger.info("%s; waiting for another one", str(lost).split("\n")[0])
            try:
                async with asyncio.timeout(deadline.at_most(BACK_SECONDS).timeout()):
                    await qemu.wait_for_guest()
            except TimeoutError:
                raise lost from None
