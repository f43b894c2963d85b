"""The thread in which everything that waits for something happens."""

import asyncio
import math
import os
import threading
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

from qemu.qmp import QMPError

from .errors import DriverError, HostError

T = TypeVar("T")

CLOSE_SECONDS = 5.0
SHORTEST_PAUSE_SECONDS = 0.05
# A signal that comes in the instant before Python begins to wait does not end the wait.
SIGNAL_SECONDS = 0.5
# What a task may end with when its machine has exited and no caller waits for it any more.
ORDINARY = (DriverError, OSError, EOFError, QMPError)


# What is run in the loop has the context of the thread that waits for it.
_caller: ContextVar[threading.Thread | None] = ContextVar("thread that waits", default=None)


def calling_thread() -> threading.Thread:
    """Return the thread that waits for what runs now in the loop."""
    return _caller.get() or threading.current_thread()


class Meanwhile(Protocol):
    """What a thread does while it waits for the loop."""

    def due_in(self) -> float:
        """Return the seconds until there is something to do; infinity if there is nothing."""

    def check_due(self) -> None:
        """Do it. What it raises ends the wait."""


class _Call(Generic[T]):
    """A coroutine that the loop runs while another thread waits for it.

    That thread takes no lock but the one it waits on, over a `concurrent.futures.Future`: a
    signal's exception may come between any two instructions, and would leave the lock of the future
    locked, on which the loop then waits for ever.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine = coroutine
        self._task: asyncio.Task[T] | None = None
        self._running = threading.Lock()
        self._running.acquire()

    def begin(self) -> None:
        """Run it. In the loop."""
        self._task = asyncio.ensure_future(self._coroutine)
        self._task.add_done_callback(self._end)

    def give_up(self) -> None:
        """Cancel it if it still runs. In the loop."""
        if self._task is not None:
            self._task.cancel()

    def ended_within(self, seconds: float) -> bool:
        """Wait for its end, which is told once, for so long or some less."""
        return self._running.acquire(timeout=min(seconds, SIGNAL_SECONDS))

    def result(self) -> T:
        """Return what it has returned, or raise what it has raised."""
        assert self._task is not None
        return self._task.result()

    def _end(self, task: asyncio.Task[T]) -> None:
        if not task.cancelled():
            task.exception()  # it counts as seen, also if nobody waits any more
        self._running.release()


class LoopThread:
    """An asyncio loop in a thread of its own, which lives as long as the driver.

    Children are started in this thread only: the kernel kills a child that asked for it when the
    *thread* that started it ends, so that thread must not end before the driver does.
    """

    def __init__(self, on_failure: Callable[[HostError], None] = lambda error: None) -> None:
        """Make a loop. `on_failure` gets each error that no task and no caller raises."""
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(self._on_error)
        self._on_failure = on_failure
        self._process = os.getpid()
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
        if os.getpid() != self._process:
            coroutine.close()
            raise RuntimeError(
                "a forked child cannot use machines or networks: they are the parent's; use a "
                "thread, or let the parent do it"
            )
        call = _Call(coroutine)
        _caller.set(threading.current_thread())
        self.loop.call_soon_threadsafe(call.begin)
        try:
            pause = math.inf if meanwhile is None else meanwhile.due_in()
            # What another thread is at is due until it is done there.
            while not call.ended_within(max(pause, SHORTEST_PAUSE_SECONDS)):
                if meanwhile is not None:
                    meanwhile.check_due()
                    pause = meanwhile.due_in()
            return call.result()
        except BaseException:
            self.loop.call_soon_threadsafe(call.give_up)
            raise

    def _on_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        loop.default_exception_handler(context)
        error = context.get("exception")
        if isinstance(error, Exception) and not isinstance(error, ORDINARY):
            self._on_failure(HostError(f"a task of the driver failed: {error!r}"))

    def _main(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    async def _cancel_all(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_SECONDS)
