"""Failures that `multiprocessing` keeps for a script that never asks for them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from types import ModuleType
from typing import Any

from ..exception_chain import is_of_script
from .forked_children import ForkedChildren
from .replaced import replaced
from .uncaught import Uncaught
from .when_imported import when_imported

# By class of multiprocessing.pool, the methods by which a script gets an error out of a result.
_FETCHES = {
    "ApplyResult": ("get", "successful"),
    "MapResult": ("get", "successful"),
    "IMapIterator": ("next", "__next__"),
    "IMapUnorderedIterator": ("next", "__next__"),
}


class ChildProcesses:
    """Watches processes that a script has joined, and the results of pools."""

    def __init__(self, children: ForkedChildren, uncaught: Uncaught) -> None:
        self._children = children
        self._uncaught = uncaught
        self._stack = ExitStack()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch in the body."""
        actions = {
            "multiprocessing.process": self._watch_processes,
            "multiprocessing.pool": self._watch_pools,
        }
        with self._stack, when_imported(actions):
            yield

    def _watch_processes(self, module: ModuleType) -> None:
        kind = module.BaseProcess
        join, exitcode = kind.join, kind.exitcode

        @wraps(join)
        def joined(process: Any, *given: Any, **named: Any) -> None:  # noqa: ANN401
            join(process, *given, **named)
            status = exitcode.fget(process)
            # A pool joins its processes, too, and knows best what their ends mean.
            if status and is_of_script(sys._getframe(1).f_code.co_filename):
                self._children.has_ended(process.pid, status)

        def looked_at(process: Any) -> int | None:  # noqa: ANN401
            self._children.look(process.pid)
            status: int | None = exitcode.fget(process)
            return status

        self._stack.enter_context(replaced(kind, "join", joined))
        looking = property(looked_at, doc=exitcode.__doc__)
        self._stack.enter_context(replaced(kind, "exitcode", looking))

    def _watch_pools(self, module: ModuleType) -> None:
        for name, fetches in _FETCHES.items():
            kind = getattr(module, name)
            self._stack.enter_context(replaced(kind, "_set", self._setting(kind._set)))
            for fetch in fetches:
                fetching = self._uncaught.fetching(getattr(kind, fetch))
                self._stack.enter_context(replaced(kind, fetch, fetching))

    def _setting(self, set_result: Callable[..., None]) -> Callable[..., None]:
        @wraps(set_result)
        def note(result: Any, number: int, outcome: tuple[bool, Any]) -> None:  # noqa: ANN401
            has_passed, value = outcome
            is_told = getattr(result, "_error_callback", None) is not None
            if not has_passed and not is_told and isinstance(value, BaseException):
                self._uncaught.hold(result, value)
            set_result(result, number, outcome)

        return note
