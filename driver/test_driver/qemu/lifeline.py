"""What every wait on a running machine hangs on."""

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


class Lifeline:
    """Holds from the start of a machine until it exits or panics; then all waits end at once."""

    def __init__(self) -> None:
        self._end: asyncio.Future[Callable[[], DriverError]] = (
            asyncio.get_running_loop().create_future()
        )

    def cut(self, error: Callable[[], DriverError]) -> None:
        """End all waits; the first cause counts. `error` makes the exception for each of them."""
        if not self._end.done():
            self._end.set_result(error)

    def error(self) -> DriverError | None:
        """Return why the line was cut, or `None` while it holds."""
        return self._end.result()() if self._end.done() else None

    async def cut_within(self, seconds: float | None) -> DriverError | None:
        """Wait a moment for the line to be cut, and return why it was."""
        await asyncio.wait({self._end}, timeout=seconds)
        return self.error()

    async def hold(self, work: Coroutine[Any, Any, T], deadline: Deadline) -> T:
        """Await `work`.

        Raises what cut the line if that happens first, and TimeoutError at the deadline.
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
            if cause := await self.cut_within(EXPLANATION_SECONDS):
                raise cause from lost
            raise
        finally:
            await give_up(task)
