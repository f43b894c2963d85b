"""The functions that a script registers for the exit of Python: they run before the verdict."""

import atexit
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, ParamSpec, TypeVar

from ..errors import Halted
from .exit import is_success
from .replaced import replaced
from .uncaught import Uncaught

P = ParamSpec("P")
T = TypeVar("T")

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class ExitFunctions:
    """Keeps what is registered with `atexit` and `weakref.finalize` while a script runs."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._earlier: set[weakref.finalize[..., Any]] = set()

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Collect in the body."""
        self._earlier = set(_finalizers())
        with (
            replaced(atexit, "register", self._register),
            replaced(atexit, "unregister", self._unregister),
        ):
            yield

    def run(self, uncaught: Uncaught) -> None:
        """Call them all, the last one first, as Python does at its exit."""
        while self._calls:
            function, arguments, named = self._calls.pop()
            name = getattr(function, "__qualname__", type(function).__name__)
            self._call(uncaught, partial(function, *arguments, **named), name)
        while new := self._new_finalizers():
            self._call(uncaught, new[-1], "of weakref.finalize")

    def has_more(self) -> bool:
        """Tell whether something was registered since they were called."""
        return bool(self._calls or self._new_finalizers())

    def _new_finalizers(self) -> "list[weakref.finalize[..., Any]]":
        return [one for one in _finalizers() if one not in self._earlier and one.atexit]

    def _call(self, uncaught: Uncaught, function: Callable[[], Any], name: str) -> None:
        try:
            function()
        except Halted:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it is, the next one is called
            if not is_success(error):
                uncaught.add(error, f"the exit function {name}")

    def _register(
        self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Callable[P, T]:
        if function == _RUN_FINALIZERS:  # those of the script are called one by one
            return _register(function, *args, **kwargs)
        self._calls.append((function, args, kwargs))
        return function

    def _unregister(self, function: Callable[..., Any]) -> None:
        self._calls = [call for call in self._calls if call[0] != function]
        _unregister(function)


_RUN_FINALIZERS = weakref.finalize._exitfunc  # type: ignore[attr-defined]  # not in its types
_register = atexit.register
_unregister = atexit.unregister


def _finalizers() -> "list[weakref.finalize[..., Any]]":
    """Return the finalizers that have not run, the oldest first."""
    registry: dict[weakref.finalize[..., Any], Any] = getattr(weakref.finalize, "_registry", {})
    return list(registry)
