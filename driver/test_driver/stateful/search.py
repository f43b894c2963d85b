"""The search for an example that fails: Hypothesis makes them, and what fails is shortened here.

Hypothesis' own shrinker takes hundreds of examples, since it knows nothing of steps; here, each
costs a restore and some boots. Removing steps takes ten to thirty.
"""

import linecache
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.database import (
    DirectoryBasedExampleDatabase,
    ExampleDatabase,
    MultiplexedDatabase,
    ReadOnlyDatabase,
)
from hypothesis.stateful import run_state_machine_as_test

from ..log import say
from .context import current_driver
from .errors import PropertyFailed, StatefulError
from .example import Example
from .rules import INITIAL, INVARIANT, RULE, applies, methods
from .search_end import EndOfSearch
from .shortening import with_simple_values, without_needless
from .steps import Taken, as_script

FOLDER = "hypothesis"
# More are not tried to shorten an example.
SHORTENINGS = 100


class Search:
    """One search."""

    def __init__(
        self,
        kind: type[Example],
        *,
        max_examples: int,
        steps: int,
        seed: int,
        seconds: float | None,
        examples: Path | None,
    ) -> None:
        if max_examples < 1 or steps < 1 or (seconds is not None and seconds <= 0):
            raise StatefulError(
                f"{kind.__name__}.run(): there must be at least one example, one step, and some "
                f"time; found max_examples={max_examples}, steps={steps}, seconds={seconds}"
            )
        if not methods(kind, RULE):
            raise StatefulError(
                f"{kind.__name__} has no rules: nothing can be done; make its methods rules with "
                "@rule(...)"
            )
        if examples is not None and not examples.is_dir():
            raise StatefulError(
                f"{kind.__name__}.run(): examples={str(examples)!r} is no folder; expected the "
                f"folder `{FOLDER}` of an earlier run's output"
            )
        self._kind = kind
        self._max_examples = max_examples
        self._steps = steps
        self._seed = seed
        self._seconds = seconds
        self._examples = examples
        self._count = 0
        self._tries = 0
        self._taken = 0
        self._last: Example | None = None
        self._failed: Example | None = None
        self._begun = time.monotonic()

    def run(self) -> None:
        """Search. Raises PropertyFailed, or what kept the machines from being tested."""
        name, always = self._kind.__name__, False
        with _until_the_end(f"looking for a failure of {name}"):
            self._look()
        if self._failed is None and not self._taken:
            raise StatefulError(
                f"{self._kind.__name__}: no rule could be applied in any example; what they draw "
                "from is empty at the beginning, or their preconditions do not hold then"
            )
        if self._failed is not None:
            with _until_the_end(f"shortening the failure of {name}"):
                self._failed, always = self._shortened(self._failed)
        if self._failed is None:
            seconds = time.monotonic() - self._begun
            say(f"{name}: {self._count} examples hold, {seconds:.1f} seconds (seed {self._seed})")
            return
        raise self._verdict(self._failed, always=always) from self._failed.error

    def _look(self) -> None:
        """Let Hypothesis make examples until one fails, which it does again then."""
        session = current_driver().machines[0].context
        # What else it wants to keep is of no use to anybody later.
        set_hypothesis_home_dir(session.state_folder / FOLDER)
        kept = DirectoryBasedExampleDatabase(session.output.path / FOLDER)
        database: ExampleDatabase = kept
        phases = [Phase.generate]
        if self._examples is not None:
            earlier = DirectoryBasedExampleDatabase(self._examples)
            database = MultiplexedDatabase(kept, ReadOnlyDatabase(earlier))
            phases.insert(0, Phase.reuse)
        try:
            run_state_machine_as_test(  # type: ignore[no-untyped-call, unused-ignore]
                seed(self._seed)(self._factory()),  # type: ignore[arg-type, unused-ignore]
                settings=settings(
                    database=database,
                    deadline=None,
                    max_examples=self._max_examples,
                    phases=phases,
                    print_blob=False,
                    report_multiple_bugs=False,
                    stateful_step_count=self._steps + len(methods(self._kind, INITIAL)),
                    suppress_health_check=list(HealthCheck),
                    verbosity=Verbosity.quiet,
                ),
            )
        except Exception as error:
            if (end := _end_before(error)) is not None:
                raise end from None
            self._take_note()
            if self._failed is None:  # what Hypothesis has against the state machine itself
                raise
            return
        self._take_note()

    def _factory(self) -> Callable[[], Example]:
        def example() -> Example:
            self._take_note()
            seconds = time.monotonic() - self._begun
            limit = None if self._failed or not self._count else self._seconds
            if limit is not None and seconds > limit:
                raise EndOfSearch
            self._count += self._failed is None
            say(f"example {self._count}" + (" again" if self._failed else ""))
            self._last = self._kind()
            return self._last

        # By its name, the database knows whose examples it has.
        example.__name__ = self._kind.__name__
        return example

    def _take_note(self) -> None:
        if self._last is not None:
            self._taken += len(self._last.taken)
            if self._last.error is not None:
                self._failed = self._last

    def _shortened(self, failed: Example) -> tuple[Example, bool]:
        """Take steps away as long as it still fails; the last one is taken again in the end.

        The machines are left as that failure leaves them. Tell also whether it always failed.
        """
        if self._last is not failed:
            return failed, False
        state = failed
        tried: set[str] = set()

        def again(steps: Sequence[Taken]) -> list[Taken] | None:
            nonlocal state
            script = as_script(self._kind.__name__, steps)
            if self._tries >= SHORTENINGS or script in tried:
                return None
            tried.add(script)
            self._tries += 1
            say(f"shortening, try {self._tries}: {len(steps)} of {len(failed.taken)} steps")
            state = self._taken_again(steps)
            return state.taken if _alike(state, failed) else None

        steps = without_needless(failed.taken, again, len(methods(self._kind, INITIAL)))
        steps = with_simple_values(steps, self._kind, again)
        if state.taken != steps or not _alike(state, failed):
            state = self._taken_again(steps)
        return (state, True) if _alike(state, failed) else (failed, False)

    def _taken_again(self, steps: Sequence[Taken]) -> Example:
        """Take those steps from the beginning that can be taken."""
        state = self._kind()
        asked = methods(self._kind, INVARIANT)
        try:
            state.rehearse_invariants()
            for step in steps:
                if step.name not in asked and applies(state, step):
                    getattr(state, step.name)(**step.arguments)
                    state.rehearse_invariants()
        except Exception:
            if state.error is None:
                raise
        finally:
            state.teardown()  # type: ignore[no-untyped-call, unused-ignore]
        return state

    def _verdict(self, failed: Example, *, always: bool) -> PropertyFailed:
        call = f"max_examples={self._max_examples}, steps={self._steps}, seed={self._seed}"
        return PropertyFailed(
            self._kind.__name__,
            script=as_script(self._kind.__name__, failed.taken),
            reason=_reason(failed.error),
            found=f"example {self._count}, seed {self._seed}",
            call=f"{self._kind.__name__}.run({call})",
            always=always,
        )


def _end_before(error: BaseException | None) -> BaseException | None:
    """Return what ended the search, or the test, if Hypothesis took it for an odd example."""
    while isinstance(error, Exception):
        error = error.__context__
    return error


@contextmanager
def _until_the_end(step: str) -> Iterator[None]:
    """Make a step of the log, which the end of the search ends. Raises what has gone wrong."""
    with current_driver().steps.step(step):
        try:
            yield
        except EndOfSearch as end:
            if end.error is not None:
                raise end.error from None


def _reason(error: Exception | None) -> str:
    """Return what went wrong, and in which line of the script."""
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    frames = list(walk_tb(error.__traceback__ if error else None))
    lines = [(frame, line) for frame, line in frames if frame.f_globals["__name__"] == "__main__"]
    if not lines:
        return said
    code, line = lines[-1][0].f_code, lines[-1][1]
    text = linecache.getline(code.co_filename, line).strip()
    return f"{said}\n  line {line}, in {code.co_name}: {text}"


def _alike(state: Example, failed: Example) -> bool:
    """Tell whether both failed in the same step, with the same kind of error."""
    return (
        type(state.error) is type(failed.error)
        and state.error is not None
        and state.taken[-1].name == failed.taken[-1].name
    )
