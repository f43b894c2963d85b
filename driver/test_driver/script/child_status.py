"""The status of a child that a script has waited for: a failure, unless the script looks at it."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

from .replaced import replaced

# What a script does with a status to find out how its child has ended. To print it is not enough.
_LOOKS = (
    *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__", "__index__"),
    *("__int__", "__and__", "__rand__", "__rshift__", "__floordiv__", "__mod__", "__divmod__"),
)
_DECODERS = (
    *("waitstatus_to_exitcode", "WIFEXITED", "WEXITSTATUS", "WIFSIGNALED", "WTERMSIG"),
    *("WIFSTOPPED", "WSTOPSIG", "WCOREDUMP", "WIFCONTINUED"),
)


class ChildStatus(int):
    """A status as `os.waitpid` gives it, which tells when it is looked at."""

    look: Callable[[], None]

    __hash__ = int.__hash__


def _looking(name: str) -> Callable[..., Any]:
    original = getattr(int, name)

    @wraps(original)
    def method(self: ChildStatus, *given: object) -> Any:  # noqa: ANN401 - whatever int's gives
        self.look()
        return original(self, *given)

    return method


for _name in _LOOKS:
    setattr(ChildStatus, _name, _looking(_name))


def watched_status(status: int, look: Callable[[], None]) -> ChildStatus:
    """Return a status that calls `look` when it is looked at."""
    watched = ChildStatus(status)
    watched.look = look
    return watched


@contextmanager
def decoders_look() -> Iterator[None]:
    """In the body, the functions of `os` that decode a status count as looking at it."""
    with ExitStack() as stack:
        for name in _DECODERS:
            stack.enter_context(replaced(os, name, _decoder(getattr(os, name))))
        yield


def _decoder(function: Callable[[int], Any]) -> Callable[[int], Any]:
    @wraps(function)
    def decode(status: int) -> Any:  # noqa: ANN401 - what the function returns
        if isinstance(status, ChildStatus):
            status.look()
        return function(status)

    return decode
