"""Step listeners of extensions: told of steps and events, and watched while they are.

What fails in a listener cannot reach the script, which could swallow it, or be ended by it. It is
logged at once, the listener hears nothing more, and the test fails when it has ended, if it has not
failed for a reason of its own.
"""

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import ExtensionFailed
from ..failure import Part
from ..steps import Step
from .source import FAILURES, Source

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """The hooks of one extension that are told of what happens; by their names."""

    source: Source
    hooks: Mapping[str, Callable[[Any], object]]


class ExtensionListeners:
    """Tells the listeners of all extensions."""

    def __init__(self, listeners: Sequence[Listener] = ()) -> None:
        self._listeners = list(listeners)
        self._failures: list[ExtensionFailed] = []
        self._process = os.getpid()
        self._telling = threading.local()
        self._lock = threading.Lock()

    def step_started(self, step: Step) -> None:
        """Tell of the beginning of a step."""
        self._tell("step_started", lambda: replace(step))

    def step_finished(self, step: Step) -> None:
        """Tell of the end of a step."""
        self._tell("step_finished", lambda: replace(step))

    def event_recorded(self, event: Mapping[str, object]) -> None:
        """Tell of an event: each listener gets an object of its own."""
        self._tell("event_recorded", lambda: dict(event))

    def take_failures(self) -> list[Part]:
        """Return what has failed since the last call, as parts of a failure of the test."""
        with self._lock:
            failures, self._failures = self._failures, []
        return [
            Part(error=error, origin=f"extension {error.package}, a step listener,")
            for error in failures
        ]

    def _tell(self, hook: str, value: Callable[[], object]) -> None:
        """Call the hook of each listener that has it.

        What a listener does itself is not told: it would be told of that, too, without an end. Nor
        is what a child does that the script has forked.
        """
        if getattr(self._telling, "now", False) or os.getpid() != self._process:
            return
        self._telling.now = True
        try:
            for listener in tuple(self._listeners):
                if (call := listener.hooks.get(hook)) is not None:
                    self._call(listener, hook, call, value())
        finally:
            self._telling.now = False

    def _call(
        self, listener: Listener, hook: str, call: Callable[[Any], object], value: object
    ) -> None:
        try:
            call(value)
        except FAILURES as raised:
            error = listener.source.failed(hook, raised)
            with self._lock:
                if listener not in self._listeners:  # another thread has told of it
                    return
                self._listeners.remove(listener)
                self._failures.append(error)
            logger.error("%s; the extension gets no more events, and the test will fail", error)
