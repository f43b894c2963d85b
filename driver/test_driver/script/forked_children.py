"""Children that a script forks: they are no second driver, and their failure is the test's.

A child that raises, or runs on to the end of the script, comes back into the driver's code. It must
neither judge the test nor clean up after it. It tells the driver why it failed, and ends.
"""

import contextlib
import fcntl
import json
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from pathlib import Path
from types import FrameType
from typing import Any

from ..error_text import exit_text
from ..errors import AssertionFailed
from ..exception_chain import chain_of, is_of_driver, is_of_script
from ..failure import Part
from ..failure_text import headline
from ..run.exit_status import ExitStatus
from ..run.signals import ENDING_SIGNALS, Interruption
from ..run.verdict import decisive
from .child_status import decoders_look, watched_status
from .exit import is_success
from .replaced import replaced
from .uncaught import Uncaught

logger = logging.getLogger(__name__)

# How long a child that the script has not waited for may go on after the script's end.
LEFT_SECONDS = 3.0
LOOK_SECONDS = 0.01
ORIGIN = "a child of the script"
_HANDLED = (*ENDING_SIGNALS, signal.SIGINT)
_WAITS = ("wait", "wait3", "wait4", "waitpid")
RAN_ON = (
    "it ran on to the end of the script, which is the parent's: "
    "end a forked child with sys.exit() or os._exit()"
)


class ChildFailed(AssertionFailed):
    """A child that the script has forked has failed."""

    def __init__(self, pid: int, reason: str, text: str) -> None:
        self.pid = pid
        self.ran_on = reason == RAN_ON
        whole = f"the child {pid} failed: {reason}"
        super().__init__(f"{whole}\n{text}" if text else whole)


class ForkedChildren:
    """Knows whether this process is a child of the script's, and what such children tell."""

    def __init__(self, describe: Callable[[BaseException], str], uncaught: Uncaught) -> None:
        self._describe = describe
        self._uncaught = uncaught
        self._tellers: set[int] = set()
        self._seen: set[int] = set()  # children whose status the script has looked at
        self._signalled: set[tuple[int, int]] = set()
        self._unseen: dict[int, Part] = {}  # how children have ended that were waited for
        self._parent = os.getpid()
        self._pids: list[int] = []
        self._told = os.memfd_create("failed-children", os.MFD_CLOEXEC)
        fcntl.fcntl(self._told, fcntl.F_SETFL, os.O_APPEND)
        self._read = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch the children that are forked in the body."""
        global _watching
        former, _watching = _watching, self
        try:
            with ExitStack() as stack:
                stack.enter_context(decoders_look())
                stack.enter_context(replaced(os, "fork", self._noting(os.fork)))
                stack.enter_context(replaced(os, "forkpty", self._noting(os.forkpty)))
                stack.enter_context(replaced(os, "kill", self._killing(os.kill)))
                for name in _WAITS:
                    waiting = self._waiting(getattr(os, name))
                    stack.enter_context(replaced(os, name, waiting))
                yield
        finally:
            _watching = former
            os.close(self._told)

    def end_if_child(self, error: BaseException | None) -> None:
        """End this process if it is a child, which has come back from the script with an error."""
        if os.getpid() == self._parent:
            return
        status: int = ExitStatus.FAILED
        if error is None:
            self._tell(RAN_ON, "")
        elif is_success(error):
            status = 0
        else:
            self._tell_error(error)
            if isinstance(error, SystemExit) and isinstance(error.code, int):
                status = error.code & 0xFF or ExitStatus.FAILED
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)

    def collect(self) -> None:
        """Note what children have told, once those that the script left behind have ended."""
        end = time.monotonic() + LEFT_SECONDS
        while (left := [pid for pid in self._pids if _runs(pid)]) and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
        for pid in left:
            logger.warning("the forked child %d still runs; wait for it with os.waitpid", pid)
        self.note()

        for pid, part in self._unseen.items():
            if pid not in self._tellers:
                self._uncaught.add_part(part)

    def note(self) -> None:
        """Note what children have told until now."""
        size = os.fstat(self._told).st_size
        told = os.pread(self._told, size - self._read, self._read)
        self._read = size
        for line in told.decode().splitlines():
            failed = ChildFailed(*json.loads(line))
            self._tellers.add(failed.pid)
            self._uncaught.add(failed, ORIGIN)

    def _tell_error(self, error: BaseException) -> None:
        self._tell(headline(decisive(chain_of(error))), self._describe(error))

    def _tell(self, reason: str, text: str) -> None:
        os.write(self._told, f"{json.dumps([os.getpid(), reason, text])}\n".encode())

    def _noting(self, fork: Callable[[], Any]) -> Callable[[], Any]:
        @wraps(fork)
        def note() -> Any:  # noqa: ANN401 - a number, or one and a descriptor
            # A signal must not come before the child has lost the driver's handlers.
            former = signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
            try:
                forked = fork()
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, former)
            pid = forked if isinstance(forked, int) else forked[0]
            if pid:
                self._pids.append(pid)
                self._seen.discard(pid)  # an earlier child may have had the number
            return forked

        return note

    def _killing(self, kill: Callable[[int, int], None]) -> Callable[[int, int], None]:
        @wraps(kill)
        def note(pid: int, number: int, /) -> None:
            self._signalled.add((pid, number))  # how it ends then is what the script wants
            kill(pid, number)

        return note

    def _waiting(self, wait: Callable[..., Any]) -> Callable[..., Any]:
        """Note what a child has told, and how it has ended, as soon as the script knows."""

        @wraps(wait)
        def waited(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as each of them
            pid, status, *rest = wait(*given, **named)
            self.note()
            has_failed = status != 0 and (os.WIFEXITED(status) or os.WIFSIGNALED(status))
            if has_failed and pid in self._pids:
                self.has_ended(pid, os.waitstatus_to_exitcode(status))
                status = watched_status(status, partial(self._look, pid))
            return (pid, status, *rest)

        return waited

    def has_ended(self, pid: int, status: int) -> None:
        """Note that the script has waited for a child, which has failed, and has not looked yet."""
        is_meant = (pid, -status) in self._signalled
        if os.getpid() != self._parent or pid in self._seen or is_meant:
            return
        reason = f"{exit_text(status)}, and the script has not looked at that"
        self._unseen[pid] = self._uncaught.part(ChildFailed(pid, reason, ""), ORIGIN)

    def look(self, pid: int) -> None:
        """Note that the script knows how a child has ended."""
        self._unseen.pop(pid, None)
        self._seen.add(pid)

    def _look(self, pid: int) -> None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and is_of_driver(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is not None and is_of_script(frame.f_code.co_filename):
            self.look(pid)
        else:  # multiprocessing has: see child_processes.py for when it tells the script
            self._unseen.pop(pid, None)

    def is_expected(self, error: BaseException) -> bool:
        """Tell whether an error is that of a child whose status has not surprised the script."""
        return isinstance(error, ChildFailed) and error.pid in self._seen and not error.ran_on

    def become_child(self) -> None:
        """Undo in a new child what the driver has made its parent do."""
        for number in _HANDLED:
            if isinstance(getattr(signal.getsignal(number), "__self__", None), Interruption):
                default = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
                signal.signal(number, default)
        # That is how multiprocessing tells what a child has raised, before it ends that child.
        print_exc = traceback.print_exc

        @wraps(print_exc)
        def tell(*given: Any, **named: Any) -> None:  # noqa: ANN401 - as print_exc
            print_exc(*given, **named)
            caller = sys._getframe(1).f_code
            error = sys.exception()
            if error is not None and Path(caller.co_filename).parent.name == "multiprocessing":
                self._tell_error(error)

        traceback.print_exc = tell


_watching: ForkedChildren | None = None


def _in_child() -> None:
    if _watching is not None:
        _watching.become_child()


os.register_at_fork(after_in_child=_in_child)


def _runs(pid: int) -> bool:
    """Tell whether a child runs, without taking its status from a later wait."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    except ChildProcessError:
        return False
