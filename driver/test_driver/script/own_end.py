"""A script that ends its own interpreter: the driver gives the verdict before that happens.

Python raises no exception for `os._exit`, for `os.execv` and for a signal without a handler. The
parent of the driver sees a signal from another process: see run-test.sh.
"""

import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from ..exception_chain import chain_of, is_of_driver, is_of_script
from ..failure_text import headline
from ..run.exit_status import ExitStatus
from ..run.verdict import Outcome, Verdict, decisive
from .replaced import replaced

logger = logging.getLogger(__name__)

# Those of the driver that end its process.
_ENDS_ITSELF = ("cli.py", "watchdog.py")
_EXECS = ("execv", "execve")
_FATAL_BY_DEFAULT = {
    *(signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGQUIT),
    *(signal.SIGSEGV, signal.SIGSYS, signal.SIGTRAP, signal.SIGUSR1, signal.SIGUSR2),
    *(signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGXCPU, signal.SIGXFSZ),
    *(signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGPOLL),
}


class OwnEnd:
    """Watches for what ends this process. `record` writes the verdict that it is given."""

    def __init__(
        self, record: Callable[[Verdict], object], describe: Callable[[BaseException], str]
    ) -> None:
        self._record = record
        self._describe = describe
        self._process = os.getpid()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch in the body."""
        with ExitStack() as stack:
            for name in _EXECS:
                stack.enter_context(replaced(os, name, self._refusing(name, getattr(os, name))))
            stack.enter_context(replaced(os, "_exit", self._exiting(os._exit)))
            stack.enter_context(replaced(os, "abort", self._aborting(os.abort)))
            stack.enter_context(replaced(os, "kill", self._killing(os.kill)))
            stack.enter_context(replaced(os, "killpg", self._killing_group(os.killpg)))
            in_thread = self._killing_thread(signal.pthread_kill)
            stack.enter_context(replaced(signal, "pthread_kill", in_thread))
            raising = self._raising(signal.raise_signal)
            stack.enter_context(replaced(signal, "raise_signal", raising))
            yield

    def _is_meant(self) -> bool:
        """Tell whether others than the driver have called one of the functions, in this process."""
        # The driver calls what the script has given it, too: `atexit.register(os._exit)`.
        caller = Path(sys._getframe(2).f_code.co_filename)
        ends_itself = is_of_driver(str(caller)) and caller.name in _ENDS_ITSELF
        return os.getpid() == self._process and not ends_itself

    def _tell(self, what: str, status: int) -> None:
        """Give the verdict, which names the line of the script."""
        frames = [one for one in traceback.extract_stack() if is_of_script(one.filename)]
        place = ""
        if frames:
            place = f"{frames[-1].filename}, line {frames[-1].lineno}: {frames[-1].line}"
        first = text = f"the script ended its own interpreter: {what}"
        text = f"{text}\n  {place}" if place else text
        if (error := sys.exception()) is not None:  # a clean-up does that after a failure
            first = headline(decisive(chain_of(error)))
            text = f"{self._describe(error)}\n{text}"
        logger.error("%s", text)
        verdict = Verdict(
            outcome=Outcome.FAILED,
            exit_status=status,
            headline=first,
            failure=text,
            place=place,
        )
        self._record(verdict)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()

    def _exiting(self, function: Callable[[int], Any]) -> Callable[[int], None]:
        @wraps(function)
        def end(status: int) -> None:
            if self._is_meant():
                self._tell(f"it called os._exit({status!r})", ExitStatus.FAILED)
                status = ExitStatus.FAILED
            function(status)

        return end

    def _aborting(self, function: Callable[[], Any]) -> Callable[[], None]:
        @wraps(function)
        def abort() -> None:
            if self._is_meant():
                self._tell_signal(signal.SIGABRT, "os.abort()")
            function()

        return abort

    def _refusing(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def execute(path: Any, *given: Any) -> None:  # noqa: ANN401 - as os.execv
            if os.getpid() == self._process:
                raise RuntimeError(
                    f"os.{name} of {path!r} refused: it would replace the driver, "
                    "and the test would have no verdict; use subprocess.run"
                )
            function(path, *given)

        return execute

    def _killing(self, function: Callable[[int, int], None]) -> Callable[[int, int], None]:
        @wraps(function)
        def kill(pid: int, number: int, /) -> None:
            if pid in (self._process, 0, -1, -os.getpgrp()) and self._is_meant():
                self._tell_signal(number, f"os.kill({pid}, {_name(number)})")
            function(pid, number)

        return kill

    def _killing_group(self, function: Callable[[int, int], None]) -> Callable[[int, int], None]:
        @wraps(function)
        def kill(group: int, number: int, /) -> None:
            if group in (0, os.getpgrp()) and self._is_meant():
                self._tell_signal(number, f"os.killpg({group}, {_name(number)})")
            function(group, number)

        return kill

    def _killing_thread(self, function: Callable[[int, int], None]) -> Callable[[int, int], None]:
        @wraps(function)
        def kill(thread: int, number: int, /) -> None:
            if self._is_meant():
                self._tell_signal(number, f"signal.pthread_kill({thread}, {_name(number)})")
            function(thread, number)

        return kill

    def _raising(self, function: Callable[[int], None]) -> Callable[[int], None]:
        @wraps(function)
        def raise_signal(number: int, /) -> None:
            if self._is_meant():
                self._tell_signal(number, f"signal.raise_signal({_name(number)})")
            function(number)

        return raise_signal

    def _tell_signal(self, number: int, call: str) -> None:
        """Give the verdict, if the signal ends a process that does not handle it."""
        is_fatal = number == signal.SIGKILL or (
            # None is a handler in C, such as that of faulthandler, which ends the process, too.
            number in _FATAL_BY_DEFAULT and signal.getsignal(number) in (signal.SIG_DFL, None)
        )
        if is_fatal:
            self._tell(f"{call} sent it {_name(number)}", ExitStatus.of_signal(number))


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
