"""Look again and again until something is so: the one poller, and its one policy of pauses."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from .deadline import NEVER, Deadline

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pauses:
    """The seconds between two looks: they grow by `factor` from `first` to `last`."""

    first: float
    last: float
    factor: float = 1.5

    def __iter__(self) -> Iterator[float]:
        """Yield the pauses one after the other, without an end.

        >>> next(iter(Pauses(0.1, 1.0)))
        0.1
        """
        pause = self.first
        while True:
            yield pause
            pause = min(pause * self.factor, self.last)

    def after(self, took: float) -> float:
        """Return the pause after a look that took so many seconds: one that costs much is rare.

        >>> Pauses(0.02, 0.2).after(0.1)
        0.1
        """
        return min(max(took, self.first), self.last)


# What the driver itself or QEMU knows costs little, a question to a guest costs it time, and what
# a script repeats may cost anything.
AT_ONCE = Pauses(0.002, 0.002)  # for what a warm start waits for
OF_HOST = Pauses(0.002, 0.05)
OF_GUEST = Pauses(0.02, 0.2)
OF_SCRIPT = Pauses(0.1, 1.0, 2.0)


async def poll(
    look: Callable[[], Awaitable[T | None]], pauses: Pauses, deadline: Deadline = NEVER
) -> T | None:
    """Look until something is found, and return it; `None` if the deadline has passed.

    There is one look at least, and the last one is made at the deadline.
    """
    for pause in pauses:
        if (found := await look()) is not None or deadline.expired():
            return found
        await asyncio.sleep(min(pause, deadline.remaining()))
    return None


async def poll_until(
    condition: Callable[[], bool], pauses: Pauses = OF_HOST, deadline: Deadline = NEVER
) -> bool:
    """Wait until a condition holds. False if it does not by the deadline."""

    async def look() -> bool | None:
        return condition() or None

    return await poll(look, pauses, deadline) is not None
