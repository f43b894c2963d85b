"""What a script is doing: steps within steps, with a beginning, an end, and a result."""

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from .error_text import excerpt
from .exception_chain import chain_of, links_of
from .log import MachineLog, say
from .run.timings import Phase, Timings
from .script.exit import is_success
from .test_result import TestResult

# The end of a step that is shorter is no news on a terminal.
SHORT_SECONDS = 1.0
# More are not remembered: a script may try something that fails again and again.
MOST_FAILED_STEPS = 10_000
# The case of a report that stands for the script as a whole.
MAIN_CASE = "main"
_STEPS_ATTRIBUTE = "_ended_steps"


@dataclass(kw_only=True)
class Step:
    """One step. `finished` and `error` are set when it ends; `within` is the step around it.

    `phase` is what the time of the method counts to that makes it; None for a step of the script.
    `case` is the name of a subtest that no other one has. A test of pytest sets `result` before
    the step ends: then the result decides how the step is told, whatever its error.
    """

    name: str
    number: int = 0
    within: int | None = None
    machine: str | None = None
    subtest: bool = False
    hidden: bool = False
    phase: Phase | None = None
    case: str = ""
    started: float = field(default_factory=time.monotonic)
    finished: float | None = None
    error: BaseException | None = None
    result: TestResult | None = None

    @property
    def failed(self) -> bool:
        """Whether it ended with a failure."""
        return self.error is not None if self.result is None else self.result.failed

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
        kind = "subtest: " if step.subtest else ""
        self._say(step, lambda name: f"{kind}{name}", header=True)

    def step_finished(self, step: Step) -> None:
        """Log the duration."""
        ending = f"in {step.seconds:.2f} seconds"
        if (result := step.result) is not None:
            reason = f": {result.headline}" if result.headline else ""
            self._say(step, lambda name: f"({result.outcome}: {name}, {ending}{reason})")
            if result.failed and result.text:
                say(result.text, step=True)
            return
        how = "failed" if step.failed else "finished"
        short = not step.failed and step.seconds < SHORT_SECONDS
        self._say(step, lambda name: f"({how}: {name}, {ending})", short=short)

    def _say(self, step: Step, text: Callable[[str], str], **marks: bool) -> None:
        """Log the whole name, of which a terminal shows the beginning."""
        brief = text(excerpt(step.name))
        log = say if step.machine is None else MachineLog(step.machine).say
        if step.hidden:
            marks["only_in_files"] = True
        log(text(step.name), step=True, brief=brief, **marks)


class Steps:
    """The steps that are under way, for each thread its own, and what their time goes to."""

    def __init__(self, listeners: Sequence[StepListener]) -> None:
        self.timings = Timings()
        self._listeners = tuple(listeners)
        self._process = os.getpid()
        self._under_way: dict[int, list[Step]] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._cases = {MAIN_CASE}
        # Steps that an error has ended, without that error: it would keep all its frames alive.
        self._failed: dict[int, Step] = {}

    def add(self, listener: StepListener) -> None:
        """Let one more listener hear of steps."""
        self._listeners = (*self._listeners, listener)

    def remove(self, listener: StepListener) -> None:
        """Let a listener hear of no more steps."""
        self._listeners = tuple(one for one in self._listeners if one is not listener)

    @contextmanager
    def step(
        self,
        name: str,
        *,
        machine: str | None = None,
        subtest: bool = False,
        hidden: bool = False,
    ) -> Iterator[Step]:
        """Run the body as a step of the calling thread."""
        stack = self._under_way.setdefault(threading.get_ident(), [])
        step = Step(
            # A name may come from a command that is refused, because no file can have its text.
            name=name.encode(errors="backslashreplace").decode(),
            number=next(self._numbers),
            within=stack[-1].number if stack else None,
            machine=machine,
            subtest=subtest,
            hidden=hidden,
            phase=self.timings.phase(),
            case=self._case(name) if subtest else "",
        )
        stack.append(step)
        for listener in self._heard():
            listener.step_started(step)
        try:
            yield step
        except BaseException as error:
            if not is_success(error):
                step.error = error
                self._note(error, stack)
            raise
        finally:
            step.finished = time.monotonic()
            stack.remove(step)
            for listener in self._heard():
                listener.step_finished(step)

    def _case(self, name: str) -> str:
        """Return a name for a subtest that neither another one nor the script as a whole has."""
        with self._lock:
            candidates = itertools.chain([name], (f"{name} ({n})" for n in itertools.count(2)))
            case = next(one for one in candidates if one not in self._cases)
            self._cases.add(case)
            return case

    def path(self, thread: int) -> str:
        """Return the steps that a thread is in, outermost first."""
        return " > ".join(excerpt(step.title()) for step in self._under_way.get(thread, ()))

    def current(self) -> int | None:
        """Return the number of the step that the calling thread is in."""
        stack = self._under_way.get(threading.get_ident())
        return stack[-1].number if stack else None

    def ended_by(self, *errors: BaseException) -> tuple[Step, ...]:
        """Return the steps that the first of these errors, or what it came from, has ended.

        The outermost step comes first.
        """
        for error in errors:
            for link in links_of(chain_of(error)):
                if path := failed_steps(link.error):
                    return tuple(self._failed[number] for number in path if number in self._failed)
        return ()

    def _heard(self) -> Sequence[StepListener]:
        """Return the listeners of steps: none in a child that the script has forked."""
        return self._listeners if os.getpid() == self._process else ()

    def _note(self, error: BaseException, stack: list[Step]) -> None:
        """Note at an error which steps it ends, unless it has come through one of them before."""
        if stack[-1].number not in failed_steps(error):
            error.__dict__[_STEPS_ATTRIBUTE] = tuple(step.number for step in stack)
            while len(self._failed) > MOST_FAILED_STEPS:
                del self._failed[next(iter(self._failed))]
            self._failed |= {step.number: replace(step, error=None) for step in stack}


def failed_steps(error: BaseException) -> tuple[int, ...]:
    """Return the numbers of the steps that an error has ended, the outermost first."""
    found: tuple[int, ...] = error.__dict__.get(_STEPS_ATTRIBUTE, ())
    return found
