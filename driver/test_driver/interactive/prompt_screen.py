"""The prompt on a terminal: ptpython with the driver's own settings."""

import builtins
import contextlib
import contextvars
import difflib
import logging
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import TextIO, cast

from prompt_toolkit.application import Application, create_app_session, run_in_terminal
from prompt_toolkit.input import create_input
from prompt_toolkit.output import create_output
from prompt_toolkit.shortcuts import clear_title, set_title
from ptpython.repl import PythonRepl, ReplExit

from ..deadline import Deadline
from ..errors import DriverError, Halted, ScriptSyntaxError
from ..package import PACKAGE, PACKAGE_FOLDER

# What ptpython calls the code that was typed.
TYPED = "<stdin>"
END_SECONDS = 2.0
PAUSE_SECONDS = 0.02
SIGNAL_SECONDS = 0.2


def show_prompt(names: dict[str, object], title: str, question: str, history: str | None) -> None:
    """Let a person type, on the terminal that standard input and output are now."""
    with create_app_session(create_input(sys.stdin), create_output(sys.stdout)):
        screen = PromptScreen(names, history)
        screen.terminal_title = title
        screen.exit_message = question
        screen.run()


class PromptScreen(PythonRepl):
    """The prompt. What is typed sees and changes the given names."""

    def __init__(self, names: dict[str, object], history: str | None) -> None:
        super().__init__(
            get_globals=lambda: names, get_locals=lambda: names, history_filename=history
        )
        self._halted: Halted | None = None
        self.show_signature = True
        self.show_docstring = True
        self.confirm_exit = True

    def run(self) -> None:
        """Read and do, until the person leaves. Raises Halted, which ptpython would swallow."""
        self._add_to_namespace()
        set_title(self.terminal_title or "")
        try:
            with _log_above(self.app):
                while True:
                    self.run_and_show_expression(self.read())
        except (EOFError, ReplExit, SystemExit):
            if self._halted is not None:
                raise self._halted from None
        finally:
            clear_title()
            self._remove_from_namespace()

    def read(self) -> str:
        """Read what is typed, in another thread: this one hears signals."""
        pool = ThreadPoolExecutor(1)
        line = pool.submit(super().read)
        try:
            # With a pause: a signal that comes just before a wait does not end it.
            while not wait([line], SIGNAL_SECONDS).done:
                pass
            return line.result()
        except Halted:
            self._end_reading(line)
            raise
        finally:
            pool.shutdown(wait=False)

    def _end_reading(self, line: "Future[str]") -> None:
        """Give the terminal back as it was."""
        deadline = Deadline.after(END_SECONDS)

        def end() -> None:
            if (future := self.app.future) is not None and not future.done():
                self.app.exit(exception=EOFError())

        while not line.done() and not deadline.expired():
            if self.app.is_running and self.app.loop is not None:
                with contextlib.suppress(RuntimeError):  # it has just ended
                    self.app.loop.call_soon_threadsafe(end)
            wait([line], PAUSE_SECONDS)

    def eval(self, line: str) -> object:
        """Do what was typed. What goes wrong is told without the driver's own frames."""
        try:
            return super().eval(line)
        except Halted as error:
            self._halted = error
            raise SystemExit from error
        except (DriverError, ScriptSyntaxError) as error:
            raise error.with_traceback(_typed_frame(error.__traceback__)) from None
        except (TypeError, ValueError) as error:
            if _was_in_driver(error.__traceback__):  # it refuses what was typed
                raise error.with_traceback(_typed_frame(error.__traceback__)) from None
            raise
        except NameError as error:
            # Python would do so, but of what is typed here it does not see the names.
            known = [*self.get_globals(), *vars(builtins)]
            for close in difflib.get_close_matches(error.name or "", known, 1):
                error.add_note(f"Did you mean {close}?")
            raise


def _was_in_driver(traceback: TracebackType | None) -> bool:
    """Tell whether the innermost frame is the driver's own."""
    frames = [frame for frame, _ in walk_tb(traceback)]
    return bool(frames) and Path(frames[-1].f_code.co_filename).is_relative_to(PACKAGE_FOLDER)


def _typed_frame(traceback: TracebackType | None) -> TracebackType | None:
    while traceback is not None and traceback.tb_frame.f_code.co_filename != TYPED:
        traceback = traceback.tb_next
    if traceback is not None:
        traceback.tb_next = None
    return traceback


class _Above:
    """A stream that writes above the prompt while there is one."""

    def __init__(self, stream: TextIO, app: "Application[str]") -> None:
        self._stream = stream
        self._app = app
        self._context = contextvars.copy_context()

    def write(self, text: str) -> None:
        """Write a whole piece, from any thread."""
        loop = self._app.loop
        if loop is None or not self._app.is_running:
            self._write(text)
            return

        def write_above() -> None:
            run_in_terminal(lambda: self._write(text))

        loop.call_soon_threadsafe(write_above, context=self._context)

    def flush(self) -> None:
        """Do nothing: each piece is flushed."""

    def isatty(self) -> bool:
        """Tell whether the stream is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the descriptor of the stream."""
        return self._stream.fileno()

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


@contextlib.contextmanager
def _log_above(app: "Application[str]") -> Iterator[None]:
    """Keep lines of the log from the line that is being typed."""
    with contextlib.ExitStack() as stack:
        for handler in logging.getLogger(PACKAGE).handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr:
                terminal, above = handler.stream, _Above(handler.stream, app)
                handler.setStream(cast(TextIO, above))
                stack.callback(handler.setStream, terminal)
        yield
