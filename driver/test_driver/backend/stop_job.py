"""A guest that goes down, and is kept by a unit whose stop has no time limit."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ..errors import StopJobStuck
from .console import Console

T = TypeVar("T")

# systemd shows these while it waits: the job, for how long it has run, and how long it may.
STUCK = re.compile(r"A stop job is running for (.+?) \((.+?) / no limit\)")
# A stop without a limit may take a while, and be none for ever.
PATIENCE_SECONDS = 30.0
_UNITS = {"h": 3600.0, "min": 60.0, "s": 1.0, "ms": 0.001}


async def unless_stuck(
    machine: str, work: Callable[[], Coroutine[Any, Any, T]], console: Console
) -> T:
    """Await the end of a guest. Raises StopJobStuck if a job holds it up."""
    task = asyncio.ensure_future(work())
    watch = asyncio.ensure_future(_endless_job(console))
    either: set[asyncio.Future[Any]] = {task, watch}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise StopJobStuck(machine, *watch.result(), console.last_lines())
    finally:
        for future in either:
            future.cancel()
        await asyncio.wait(either)


async def _endless_job(console: Console) -> tuple[str, str]:
    while True:
        match = await console.search(STUCK, from_now=True)
        if _seconds(match[2]) >= PATIENCE_SECONDS:
            return match[1], match[2]


def _seconds(span: str) -> float:
    """Return how long a span of time is, as systemd writes it: `1min 30s`."""
    parts = re.findall(r"(\d+)\s*(h|min|ms|s)\b", span)
    return sum(int(number) * _UNITS[unit] for number, unit in parts)
