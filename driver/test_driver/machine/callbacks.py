"""Functions of a script that a machine calls before each of its methods does something."""

import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Callbacks(list[Callable[[], object]]):
    """The list `machine.callbacks`. What a function raises ends the method."""

    def __init__(self) -> None:
        super().__init__()
        self._running = threading.Lock()

    def run(self) -> None:
        """Call each function, unless one of them has called a method of the machine."""
        if not self or not self._running.acquire(blocking=False):
            return
        try:
            for callback in tuple(self):
                callback()
        finally:
            self._running.release()

    def before(self, work: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """Call each function, and return the work that comes after them."""
        try:
            self.run()
        except BaseException:
            work.close()
            raise
        return work
