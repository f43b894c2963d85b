"""Stopping a run for a person, who enters it from another terminal."""

import contextlib
import logging
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType

from ..errors import Halted
from ..log import say
from ..loop import SIGNAL_SECONDS
from ..package import PACKAGE_FOLDER
from ..run.signals import raises_now
from .attach_registry import DebugSocket
from .attach_server import TerminalGone, lent_terminal
from .prompt import run_prompt

logger = logging.getLogger(__name__)

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM, signal.SIGINT)
QUESTION = "Leave? The run goes on then."


class _Over(Halted):
    """Nobody is waited for any more."""


class DebugHook:
    """While entered, `breakpoint()` stops the run. So does `stop`, after a failure.

    `command` is what a person runs to enter, with a number behind it. A stop ends when that person
    leaves, and in any case after `seconds`. The limits of the test do not count meanwhile.
    """

    def __init__(
        self, command: str, seconds: float, suspended: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._command = command
        self._seconds = seconds
        self._suspended = suspended

    def __enter__(self) -> "DebugHook":
        sys.breakpointhook = self._breakpoint
        return self

    def __exit__(self, *exception: object) -> None:
        sys.breakpointhook = sys.__breakpointhook__

    def stop(self, why: str, names: dict[str, object]) -> None:
        """Wait until a person has come and left again, or the time is over."""
        try:
            with self._suspended(), _ended_after(self._seconds), DebugSocket() as place:
                say(f"stopped: {why}", header=True)
                say(
                    f"enter within {self._seconds:g} s, on the computer that runs this, with\n"
                    f"    sudo {self._command} {place.number:07}"
                )
                while not _serve(place.listener, names):
                    say("that terminal was closed; still waiting for another one")
        except _Over as over:
            say(f"stopped waiting: {over}")
        say("going on")

    def _breakpoint(self, *arguments: object, **named: object) -> None:
        frame = _script_frame()
        where = f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}"
        try:
            self.stop(f"breakpoint at {where}", _names_of(frame))
        except ValueError as error:  # signals are the main thread's
            logger.warning("the breakpoint at %s is skipped: %s", where, error)


def pass_over(*arguments: object, **named: object) -> None:
    """Do what `breakpoint()` does where nobody could enter."""
    frame = _script_frame()
    logger.warning(
        "the breakpoint at %s, line %d, is skipped: set `enableDebugHook = true` in the test "
        "to stop there",
        Path(frame.f_code.co_filename).name,
        frame.f_lineno,
    )


def failure_names(
    error: BaseException, script: Path, names: dict[str, object]
) -> dict[str, object]:
    """Return what the prompt sees after a failure: the names of the script where it failed."""
    frames = [
        frame
        for frame, _ in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == str(script)
    ]
    return {**names, **(_names_of(frames[-1]) if frames else {}), "error": error}


def _serve(listener: socket.socket, names: dict[str, object]) -> bool:
    """Give one person the prompt. Return whether that person has left it."""
    # A signal that comes in the instant before Python begins to wait does not end the wait.
    while not select.select([listener], [], [], SIGNAL_SECONDS)[0]:
        pass
    connection, _ = listener.accept()
    try:
        with lent_terminal(connection):
            say("a person has entered the test")
            run_prompt(names, "rehearse: stopped", QUESTION)
    except TerminalGone:
        return False
    return True


def _script_frame() -> FrameType:
    """Return the frame that asked for a breakpoint, outside the driver."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename.startswith(str(PACKAGE_FOLDER)) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _names_of(frame: FrameType) -> dict[str, object]:
    """Return what the code in a frame sees. At the top level, that can be changed, too."""
    if frame.f_locals is frame.f_globals:
        return frame.f_globals
    return {**frame.f_globals, **frame.f_locals}


@contextlib.contextmanager
def _ended_after(seconds: float) -> Iterator[None]:
    """Raise _Over when the time is over, or when a signal wants the process to end.

    Raises ValueError at once in another thread than the main one.
    """
    why, begun = "", 0.0

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal why, begun
        is_timer = number == signal.SIGALRM
        why = why or (f"{seconds:g} s are over" if is_timer else signal.Signals(number).name)
        begun = begun or time.monotonic()
        if raises_now(frame, begun):
            raise _Over(why)

    former = {number: signal.signal(number, end) for number in ENDING_SIGNALS}
    limit = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *limit)
        for number, handler in former.items():
            signal.signal(number, handler)
