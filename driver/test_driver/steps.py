"""What a script is doing: steps within steps, with a beginning, an end, and a result."""

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from .log import MachineLog, say
from .time_budget import TimeBudget


@dataclass(kw_only=True)
class Step:
    """One step. `finished` and `error` are set when it ends; `within` is the step around it."""

    name: str
    number: int = 0
    within: int | None = None
    machine: str | None = None
    subtest: bool = False
    started: float = field(default_factory=time.monotonic)
    finished: float | None = None
    error: BaseException | None = None

    @property
    def seconds(self) -> float:
        """How long it took, or takes until now."""
        return (time.monotonic() if self.finished is None else self.finished) - self.started

    def title(self) -> str:
        """Return the name, with its machine."""
        return f"{self.machine}: {self.name}" if self.machine else self.name


class StepListener(Protocol):
    """Hears of each step as it begins and as it ends."""

    def step_started(self, step: Step) -> None:
        """Take note of a beginning."""

    def step_finished(self, step: Step) -> None:
        """Take note of an end."""


class StepLog:
    """Writes steps to the log."""

    def step_started(self, step: Step) -> None:
        """Log the name."""
        self._say(step, f"subtest: {step.name}" if step.subtest else step.name, header=True)

    def step_finished(self, step: Step) -> None:
        """Log the duration."""
        how = "finished" if step.error is None else "failed"
        self._say(step, f"({how}: {step.name}, in {step.seconds:.2f} seconds)")

    def _say(self, step: Step, text: str, *, header: bool = False) -> None:
        if step.machine is None:
            say(text, step=True, header=header)
        else:
            MachineLog(step.machine).say(text, step=True, header=header)


class Steps:
    """The steps that are under way, for each thread its own, and what their time goes to."""

    def __init__(self, listeners: Sequence[StepListener]) -> None:
        self.budget = TimeBudget()
        self._listeners = tuple(listeners)
        self._under_way: dict[int, list[Step]] = {}
        self._numbers = itertools.count(1)

    @contextmanager
    def step(
        self, name: str, *, machine: str | None = None, subtest: bool = False
    ) -> Iterator[Step]:
        """Run the body as a step of the calling thread."""
        stack = self._under_way.setdefault(threading.get_ident(), [])
        step = Step(
            name=name,
            number=next(self._numbers),
            within=stack[-1].number if stack else None,
            machine=machine,
            subtest=subtest,
        )
        stack.append(step)
        for listener in self._listeners:
            listener.step_started(step)
        try:
            yield step
        except BaseException as error:
            step.error = error
            raise
        finally:
            step.finished = time.monotonic()
            stack.remove(step)
            for listener in self._listeners:
                listener.step_finished(step)

    def path(self, thread: int) -> str:
        """Return the steps that a thread is in, outermost first."""
        return " > ".join(step.title() for step in self._under_way.get(thread, ()))
