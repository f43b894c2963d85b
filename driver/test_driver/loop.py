"""The thread in which everything that waits for something happens."""

import asyncio
import concurrent.futures
import math
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

CLOSE_SECONDS = 5.0
SHORTEST_PAUSE_SECONDS = 0.05


class Meanwhile(Protocol):
    """What a thread does while it waits for the loop."""

    def due_in(self) -> float:
        """Return the seconds until there is something to do; infinity if there is nothing."""

    def check_due(self) -> None:
        """Do it. What it raises ends the wait."""


class LoopThread:
    """An asyncio loop in a thread of its own, which lives as long as the driver.

    Children are started in this thread only: the kernel kills a child that asked for it when the
    *thread* that started it ends, so that thread must not end before the driver does.
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._main, name="driver-loop", daemon=True)

    def __enter__(self) -> "LoopThread":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.run(self._cancel_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(CLOSE_SECONDS)
        if not self._thread.is_alive():
            self.loop.close()

    def run(self, coroutine: Coroutine[Any, Any, T], meanwhile: Meanwhile | None = None) -> T:
        """Run a coroutine in the loop and wait for its result.

        A signal's exception ends the wait and cancels the coroutine, and so does what `meanwhile`
        raises, which has its turns in the calling thread.
        """
        if threading.current_thread() is self._thread:
            coroutine.close()
            raise RuntimeError(
                "LoopThread.run was called inside its own loop: it would wait for ever"
            )
        future = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        try:
            while meanwhile is not None and not math.isinf(pause := meanwhile.due_in()):
                # What another thread is at is due until it is done there.
                if concurrent.futures.wait({future}, max(pause, SHORTEST_PAUSE_SECONDS)).done:
                    break
                meanwhile.check_due()
            return future.result()
        finally:
            if not future.done():
                future.cancel()

    def _main(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    async def _cancel_all(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_SECONDS)
