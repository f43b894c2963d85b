"""A guest that stands still: waits for it end, unless another thread can resume it."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from ..deadline import NEVER, Deadline
from ..errors import DriverError, GuestPaused
from ..given_up import give_up
from ..loop import calling_thread
from .liveness import Liveness

T = TypeVar("T")

# How soon a wait learns that the thread which had paused the guest has ended.
LOOK_SECONDS = 0.2
FIRST_LOOK_SECONDS = 0.02
RESUME = "end the pause first, with machine.resume() or at the end of its `with` block"
CONTINUE = 'let it go on with machine.send_monitor_command("cont")'
WAKE_UP = (
    'wake it with machine.send_monitor_command("system_wakeup"), or wait with wait_for_qmp_event '
    "until it wakes by itself"
)


class Held(Protocol):
    """What a wait for a guest hangs on."""

    liveness: Liveness
    standstill: "Standstill"


class Standstill:
    """Whether the processors of a guest stand still. All methods belong to the loop's thread."""

    def __init__(self, machine: str) -> None:
        self.stopped_by_driver = False
        # Who gave the monitor its last command, and can give it the next one.
        self.commander: threading.Thread | None = None
        self._machine = machine
        self._reason: tuple[str, str] | None = None
        self._thread: threading.Thread | None = None
        self._news = asyncio.Event()

    @property
    def stopped_by_script(self) -> bool:
        """Whether a stop of now is one that the script has asked the monitor for.

        The driver stops a guest for a moment to save it, and a person at another monitor may do so.
        """
        return self.commander is not None and not self.stopped_by_driver

    def begin(self, why: str, remedy: str, thread: threading.Thread | None = None) -> None:
        """Take note that the guest stands still, and which thread of the script made it so."""
        self._reason = (why, remedy)
        self._thread = thread or self.commander
        self._news.set()

    def end(self) -> None:
        """Take note that the guest goes on."""
        self._reason = None

    def error(self, thread: threading.Thread) -> DriverError | None:
        """Return why a wait of a thread can only end; `None` if it may go on."""
        if self._reason is None:
            return None
        other = self._thread
        if other is not None and other is not thread and other.is_alive():
            return None
        return GuestPaused(self._machine, *self._reason)

    async def wait(self, thread: threading.Thread) -> DriverError:
        """Wait until a wait of a thread can only end, and return why."""
        while True:
            if error := self.error(thread):
                return error
            if self._reason is not None:
                await asyncio.sleep(LOOK_SECONDS)
                continue
            self._news.clear()
            await self._news.wait()

    async def hold(
        self,
        liveness: Liveness,
        work: Coroutine[Any, Any, T],
        deadline: Deadline,
        *,
        has_text: bool = False,
    ) -> T:
        """Await what the guest does. What it has written already may be all that is wanted.

        Raises what ended the machine, GuestPaused if the guest stands still and nothing can resume
        it, and TimeoutError at the deadline. In each case the work is cancelled.
        """
        thread = calling_thread()
        if not has_text and (error := self.error(thread)):
            work.close()
            raise error
        task = asyncio.ensure_future(liveness.run(work, NEVER))
        if has_text:
            await asyncio.wait({task}, timeout=FIRST_LOOK_SECONDS)
        still = asyncio.ensure_future(self.wait(thread))
        either: set[asyncio.Future[Any]] = {task, still}
        try:
            await asyncio.wait(
                either, timeout=deadline.timeout(), return_when=asyncio.FIRST_COMPLETED
            )
            if task.done():
                return task.result()
            if still.done():
                raise still.result()
            raise TimeoutError
        finally:
            still.cancel()
            await give_up(task)


async def hold_guest(
    held: Held, work: Coroutine[Any, Any, T], deadline: Deadline, *, has_text: bool = False
) -> T:
    """Await what the guest in a machine does, as `Standstill.hold` tells."""
    return await held.standstill.hold(held.liveness, work, deadline, has_text=has_text)
