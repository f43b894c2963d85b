"""All that is watched while a script runs, beside the exception that may end it."""

import gc
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from ..failure import Failure, failure_of
from ..run.verdict import Verdict
from .child_processes import ChildProcesses
from .exit_functions import ExitFunctions
from .forked_children import ForkedChildren
from .lasting_loggers import make_loggers_last
from .main_module import MAIN
from .own_end import OwnEnd
from .printed import printed_to_log
from .script import Script
from .uncaught import Uncaught

logger = logging.getLogger(__name__)

# How long a thread that the script has neither joined nor made a daemon may go on.
LEFT_SECONDS = 3.0


class ScriptWatch:
    """Finds out what has failed in a script without ending it, before the verdict is given."""

    def __init__(self, script: Script, record: Callable[[Verdict], object]) -> None:
        self._script = script
        self._main = sys.modules[MAIN]
        self._threads = set(threading.enumerate())
        self._uncaught = Uncaught()
        self._children = ForkedChildren(script.describe, self._uncaught)
        self._uncaught.in_child = self._children.end_if_child
        self._exit_functions = ExitFunctions()
        self._own_end = OwnEnd(record, script.describe)
        self._frozen = 0

    @contextmanager
    def watching(self) -> Iterator["ScriptWatch"]:
        """Watch in the body. What fails there after `failure` was asked for counts no more."""
        self._script.on_end = self._children.end_if_child
        make_loggers_last()
        gc.freeze()  # `finish` looks through what the script has made, not through the driver
        self._frozen = gc.get_freeze_count()
        with ExitStack() as stack:
            stack.callback(gc.unfreeze)
            stack.enter_context(printed_to_log())
            stack.enter_context(self._own_end.watched())
            stack.enter_context(self._children.watched())
            stack.enter_context(self._uncaught.collecting())
            stack.enter_context(self._exit_functions.collecting())
            processes = ChildProcesses(self._children, self._uncaught)
            stack.enter_context(processes.watched())
            stack.callback(self._forget_main)
            yield self

    def finish(self) -> None:
        """Do what Python does at its exit, so that what fails there comes before the verdict.

        Run the exit functions, wait for children, drop what the script has made, and wait for
        threads.
        """
        if gc.get_freeze_count() > self._frozen:  # the script has frozen its own
            gc.unfreeze()
        end = time.monotonic() + LEFT_SECONDS
        has_more = True
        while has_more:  # each of them may make more of the others
            self._exit_functions.run(self._uncaught)
            self._children.collect()
            self._forget_main()
            gc.collect()
            self._uncaught.collect_tasks()
            has_more = self._join_threads(end) or self._exit_functions.has_more()

    def failure(self, error: BaseException | None) -> Failure | None:
        """Return why the test has failed: the script has raised this, or ended without any."""
        self._children.note()
        parts = self._uncaught.close()
        if error is not None:
            return failure_of(error, parts)
        parts = tuple(part for part in parts if not self._children.is_expected(part.error))
        return Failure(parts=parts) if parts else None

    def _forget_main(self) -> None:
        sys.modules[MAIN] = self._main

    def _join_threads(self, end: float) -> bool:
        """Wait for the threads of the script, and tell whether there was any."""
        has_waited = False
        for thread in threading.enumerate():
            if thread in self._threads or thread.daemon or thread is threading.main_thread():
                continue
            thread.join(max(0.0, end - time.monotonic()))
            has_waited = True
            if thread.is_alive():
                self._threads.add(thread)
                logger.warning("the thread %s of the script still runs; join it", thread.name)
        return has_waited
