"""Work that the driver does not wait for any more."""

import asyncio
from typing import Any


async def give_up(task: "asyncio.Future[Any]") -> None:
    """Cancel a task unless it is done, and wait for its end. Its result is dropped."""
    drop_result(task)
    if not task.done():
        task.cancel()
        await asyncio.wait({task})


def drop_result(task: "asyncio.Future[Any]") -> None:
    """Let a task end as it will. Otherwise asyncio logs an exception that no caller has read."""
    task.add_done_callback(_read)


def _read(task: "asyncio.Future[Any]") -> None:
    if not task.cancelled():
        task.exception()
