"""Do things at the same time."""

import asyncio
from collections.abc import Awaitable


async def all_of(*work: Awaitable[object]) -> None:
    """Do things at the same time, and raise the first error when all are done."""
    for result in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
