"""The terminal of a person who has entered a stopped test: used here as if it was the driver's."""

import contextlib
import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import TextIO

from ..errors import Halted
from ..package import PACKAGE
from ..report.log_output import LineFormatter
from ..report.terminal_log import TerminalHandler, wants_colours
from .attach_registry import GREETING_BYTES, INTERRUPT, RESIZED

GREETING_SECONDS = 5.0
# How much later than the terminal the connection may end, if both do.
HANGUP_SECONDS = 0.3
GONE = signal.SIGUSR1


class TerminalGone(Halted):
    """The terminal is not lent any more. No prompt may swallow it."""


@contextlib.contextmanager
def lent_terminal(connection: socket.socket) -> Iterator[None]:
    """Make the terminal that comes through a connection standard input, output and error.

    Raises TerminalGone if none comes, or when it is gone. The log goes on where it went, and to
    the terminal as well.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(connection)
        term, keys, screen = _greeting(connection)
        stack.callback(_close, keys, screen)
        stack.enter_context(_standard_streams(keys, screen, term))
        stack.enter_context(_logged(screen))
        with _signals(connection) as gone:
            try:
                yield
            except OSError as error:
                if gone.wait(HANGUP_SECONDS):
                    raise TerminalGone from error
                raise
            if gone.wait(HANGUP_SECONDS):
                raise TerminalGone


def _greeting(connection: socket.socket) -> tuple[str, TextIO, TextIO]:
    connection.settimeout(GREETING_SECONDS)
    try:
        data, descriptors, _, _ = socket.recv_fds(connection, GREETING_BYTES, 2)
        keys, screen = descriptors
        term = str(json.loads(data)["term"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TerminalGone("it did not come") from error
    connection.settimeout(None)
    return term, os.fdopen(keys, encoding="utf-8"), os.fdopen(screen, "w", encoding="utf-8")


def _close(*streams: TextIO) -> None:
    for stream in streams:
        with contextlib.suppress(OSError):  # nobody reads what is still to be written
            stream.close()


@contextlib.contextmanager
def _standard_streams(keys: TextIO, screen: TextIO, term: str) -> Iterator[None]:
    former = sys.stdin, sys.stdout, sys.stderr, os.environ.get("TERM")
    sys.stdin, sys.stdout, sys.stderr = keys, screen, screen
    os.environ["TERM"] = term
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr, before = former
        del os.environ["TERM"]
        if before is not None:
            os.environ["TERM"] = before


@contextlib.contextmanager
def _logged(screen: TextIO) -> Iterator[None]:
    handler = TerminalHandler(screen, verbose=False)
    handler.setFormatter(LineFormatter(colours=wants_colours(screen)))
    handler.setLevel(logging.INFO)
    # What machines write on their consoles would write over the prompt.
    handler.addFilter(lambda record: not getattr(record, "console", False))
    handler.addFilter(lambda record: not hasattr(record, "event"))
    log = logging.getLogger(PACKAGE)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


@contextlib.contextmanager
def _signals(connection: socket.socket) -> Iterator[threading.Event]:
    """Act on what happens to the terminal; give an event that says that it is gone."""
    main = threading.main_thread().ident
    assert main is not None
    over = threading.Event()
    gone = threading.Event()

    def listen() -> None:
        while message := _received(connection):
            for number, mark in ((signal.SIGINT, INTERRUPT), (signal.SIGWINCH, RESIZED)):
                if mark in message:
                    signal.pthread_kill(main, number)
        gone.set()
        if not over.is_set():
            signal.pthread_kill(main, GONE)

    def leave(number: int, frame: FrameType | None) -> None:
        if not over.is_set():
            raise TerminalGone

    former = [
        (number, signal.signal(number, handler))
        for number, handler in ((GONE, leave), (signal.SIGINT, signal.default_int_handler))
    ]
    listener = threading.Thread(target=listen, name="lent-terminal", daemon=True)
    listener.start()
    try:
        yield gone
    finally:
        over.set()
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        listener.join()
        for number, handler in former:
            signal.signal(number, handler)


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(GREETING_BYTES)
    except OSError:
        return b""
