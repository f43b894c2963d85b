"""What fails while a script runs, and what Python only prints: in threads, tasks, finalizers...

Python writes such an error to stderr and goes on. In a test it is a failure like any other.
"""

import _thread
import asyncio
import concurrent.futures
import gc
import itertools
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

from ..errors import Halted
from ..exception_chain import is_library_only, is_of_script
from ..failure import Part
from ..failure_text import headline
from .exit import is_success
from .replaced import replaced

logger = logging.getLogger(__name__)

_FUTURE = concurrent.futures.Future
_KEY = "_unfetched_key"
# asyncio and concurrent.futures log what a task or a callback has raised and no code fetches.
_LOGGERS = ("asyncio", "concurrent.futures")


_at_prompt = threading.Event()


@contextmanager
def person_at_prompt() -> Iterator[None]:
    """In the body, what nothing catches comes of what a person does who has stopped the run."""
    _at_prompt.set()
    try:
        yield
    finally:
        _at_prompt.clear()


class Uncaught:
    """Collects the errors that nothing has caught, in the order in which they come.

    The thread that makes it is the one that runs the script.
    """

    def __init__(self) -> None:
        # What a forked child has raised in the thread that forked it goes there.
        self.in_child: Callable[[BaseException], None] = lambda error: None
        self._main_thread = threading.get_ident()
        self._lock = threading.Lock()
        self._parts: dict[int, Part] = {}
        self._unfetched: dict[int, Part] = {}
        self._keys = itertools.count()
        self._closed = False

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Collect in the body; `close` ends that earlier."""
        handler = _Logged(logging.WARNING)
        with (
            replaced(threading, "excepthook", self._on_thread),
            replaced(sys, "unraisablehook", self._on_unraisable),
            replaced(sys, "excepthook", self._on_exit),
            replaced(_thread, "start_new_thread", self._starting(_thread.start_new_thread)),
            self._futures_watched(),
        ):
            with ExitStack() as stack:
                for one in (logging.getLogger(name) for name in _LOGGERS):
                    stack.enter_context(replaced(one, "error", self._logging(one)))
                    one.addHandler(handler)
                    stack.callback(one.removeHandler, handler)
                yield

    def add(self, error: BaseException, origin: str) -> None:
        """Note an error. After `close`, it is only logged."""
        self.add_part(self.part(error, origin))

    def add_part(self, part: Part) -> None:
        """Note an error that `part` was made of earlier."""
        self._add(next(self._keys), part)

    def collect_tasks(self) -> None:
        """Note the errors of finished tasks that still exist and that no code has fetched."""
        for one in gc.get_objects():
            if not issubclass(type(one), asyncio.Future) or one.get_loop().is_running():
                continue
            if one.done() and one._log_traceback:
                context = {
                    "message": f"{type(one).__name__} exception was never retrieved",
                    "exception": one.exception(),
                    "future": one,
                }
                one.get_loop().call_exception_handler(context)

    def close(self) -> tuple[Part, ...]:
        """Return what was collected. What comes later is not part of the failure."""
        with self._lock:
            unfetched, self._unfetched = self._unfetched, {}
        for key, part in unfetched.items():
            self._add(key, part)
        with self._lock:
            self._closed = True
            return tuple(self._parts[key] for key in sorted(self._parts))

    def part(self, error: BaseException, origin: str) -> Part:
        """Take note of what the script is at, for an error that may have to be added later."""
        return Part(error=error, origin=origin, under_way=_under_way(self._main_thread))

    def _add(self, key: int, part: Part) -> None:
        if isinstance(part.error, Halted) or _at_prompt.is_set():
            return  # the one is raised again where it can be seen, a person sees the other
        with self._lock:
            if any(one.error is part.error for one in self._parts.values()):
                return
            if not self._closed:
                self._parts[key] = part
        level = logging.DEBUG if self._closed else logging.ERROR
        logger.log(level, "%s failed: %s", part.origin, headline(part.error))

    def _on_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is None or is_success(args.exc_value):
            return
        if args.thread is threading.main_thread():  # there is another one in a forked child
            self.in_child(args.exc_value)
        name = args.thread.name if args.thread is not None else "unknown"
        self.add(args.exc_value, f"the thread {name}")

    def _on_unraisable(self, args: "sys.UnraisableHookArgs") -> None:
        if (error := args.exc_value) is None:
            return
        if isinstance(error, Warning):  # the script has made errors of warnings
            logger.warning("%s", headline(error))
            return
        code = next(
            (
                code
                for name in ("__code__", "gi_code", "cr_code", "ag_code")
                if (code := getattr(args.object, name, None)) is not None
            ),
            None,
        )
        name = getattr(args.object, "__qualname__", type(args.object).__name__)
        origin = f"{name}, where Python ignores exceptions,"
        # Python's own library has such errors, too, when loops are closed in another order.
        in_thread = "thread" in (args.err_msg or "")
        is_of_code = code is not None and is_of_script(code.co_filename)
        if in_thread or is_of_code or not is_library_only(error):
            self.add(error, origin)
        else:
            logger.warning("%s has raised %s", origin, headline(error))

    def _on_exit(self, kind: type[BaseException], error: BaseException, traceback: object) -> None:
        self.add(error, "an exit function")

    def _starting(self, start: Callable[..., int]) -> Callable[..., int]:
        """Note the exits of threads that Python's module `threading` knows nothing of."""

        @wraps(start)
        def started(function: Callable[..., object], *given: Any) -> int:  # noqa: ANN401
            @wraps(function)
            def work(*arguments: Any, **named: Any) -> None:  # noqa: ANN401
                try:
                    function(*arguments, **named)
                except SystemExit as error:
                    if not is_success(error):
                        self.add(error, "a thread")

            return start(work, *given)

        return started

    @contextmanager
    def _futures_watched(self) -> Iterator[None]:
        """Note the exceptions of futures until the script fetches them."""
        set_exception = _FUTURE.set_exception

        @wraps(set_exception)
        def note(future: concurrent.futures.Future[Any], exception: BaseException | None) -> None:
            if exception is not None:
                self.hold(future, exception)
            set_exception(future, exception)

        with (
            replaced(_FUTURE, "set_exception", note),
            replaced(_FUTURE, "result", self.fetching(_FUTURE.result)),
            replaced(_FUTURE, "exception", self.fetching(_FUTURE.exception)),
        ):
            yield

    def _logging(self, library: logging.Logger) -> Callable[..., None]:
        """Note what a library logs as an error with its exception, also if the script hides it."""
        log_error = library.error

        @wraps(log_error)
        def error(message: str, *given: Any, **named: Any) -> None:  # noqa: ANN401
            cause = named.get("exc_info")
            if cause is True:
                cause = sys.exception()
            elif isinstance(cause, tuple):
                cause = cause[1]
            if isinstance(cause, BaseException) and not isinstance(cause, asyncio.CancelledError):
                what = (message % given if given else message).split("\n")[0]
                self.add(cause, f"{library.name} ({what})")
            else:
                log_error(message, *given, **named)

        return error

    def hold(self, holder: object, exception: BaseException) -> None:
        """Note an exception that an object holds, until the script fetches it."""
        if not _at_prompt.is_set() and _KEY not in holder.__dict__:
            key = holder.__dict__[_KEY] = next(self._keys)
            self._unfetched[key] = self.part(exception, "a future whose result was not fetched")

    def fetching(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def fetch(holder: Any, *given: Any, **named: Any) -> Any:  # noqa: ANN401
            is_held = _KEY in holder.__dict__
            try:
                return function(holder, *given, **named)
            finally:
                if is_held or _is_done(holder):
                    self._unfetched.pop(holder.__dict__.pop(_KEY, -1), None)

        return fetch


def _is_done(holder: object) -> bool:
    """Tell whether a future, or a result of multiprocessing, is complete."""
    is_done = getattr(holder, "done", None) or getattr(holder, "ready", None)
    return is_done is None or bool(is_done())


class _Logged(logging.Handler):
    """Hears what else asyncio and concurrent.futures log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log it, if it is none of the exceptions that are failures: `Uncaught` has noted those."""
        logger.warning("%s: %s", record.name, record.getMessage().split("\n")[0])


def _under_way(thread: int) -> BaseException | None:
    """Return the exception that a thread is handling now."""
    found: Any = vars(sys)["_current_exceptions"]().get(thread)
    if isinstance(found, tuple):  # before Python 3.12
        found = found[1]
    return found if isinstance(found, BaseException) else None
