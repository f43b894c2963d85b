"""Whether a machine is alive: every call on it ends when it is not."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ..deadline import Deadline
from ..errors import AgentLost, DriverError, MonitorLost
from ..given_up import give_up

T = TypeVar("T")

# How long the loss of a channel may wait to be explained by the loss of the machine: when QEMU
# exits, its sockets close a moment before the exit itself is seen.
EXPLANATION_SECONDS = 1.0


class Liveness:
    """Lasts from the start of a machine until it exits or panics; then all waits end at once."""

    def __init__(self) -> None:
        self._end: asyncio.Future[Callable[[], DriverError]] = (
            asyncio.get_running_loop().create_future()
        )

    def cancel(self, error: Callable[[], DriverError]) -> None:
        """End all waits; the first cause counts. `error` makes the exception for each of them."""
        if not self._end.done():
            self._end.set_result(error)

    def error(self) -> DriverError | None:
        """Return why the waits ended, or `None` while the machine is alive."""
        return self._end.result()() if self._end.done() else None

    async def cancelled_within(self, seconds: float | None) -> DriverError | None:
        """Wait a moment for the end of the machine, and return why it came."""
        await asyncio.wait({self._end}, timeout=seconds)
        return self.error()

    async def run(self, work: Coroutine[Any, Any, T], deadline: Deadline) -> T:
        """Await `work`.

        Raises why the machine ended if that happens first, and TimeoutError at the deadline.
        """
        task = asyncio.ensure_future(work)
        either: set[asyncio.Future[Any]] = {task, self._end}
        try:
            await asyncio.wait(
                either,
                timeout=deadline.timeout(),
                return_when=asyncio.FIRST_COMPLETED,
            )
            if task.done():
                return task.result()
            if error := self.error():
                raise error
            raise TimeoutError
        except (AgentLost, MonitorLost) as lost:
            if cause := await self.cancelled_within(EXPLANATION_SECONDS):
                raise cause from lost
            raise
        finally:
            await give_up(task)
