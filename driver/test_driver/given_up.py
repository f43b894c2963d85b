"""Work that nobody waits for any more."""

import asyncio
from typing import Any


async def give_up(task: "asyncio.Future[Any]") -> None:
    """Cancel a task unless it is done, and wait for its end. How it ends is told to nobody."""
    task.add_done_callback(_look)
    if not task.done():
        task.cancel()
        await asyncio.wait({task})


def _look(task: "asyncio.Future[Any]") -> None:
    # asyncio complains of an exception that nobody has looked at.
    if not task.cancelled():
        task.exception()
