"""The JUnit report: written anew, and put in the place of the old one, when a case has ended."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..run.backend_choice import BackendChoice
from ..run.timings import TimeSpent
from ..run.verdict import Verdict
from ..steps import MAIN_CASE, Step
from ..trouble.ledger import Trouble
from ..trouble.lines import trouble_lines
from .junit_case import Case, case_of
from .junit_document import JunitDocument
from .outcome_counts import outcome_counts

logger = logging.getLogger(__name__)

NOT_ENDED = "the driver was killed before the test ended"
# A report that takes longer to write is not written after each case: the writing shall take at most
# one part in so many of the time.
LONG_WRITE_SECONDS = 0.002
REST_FACTOR = 20
LONGEST_REST_SECONDS = 5.0


@dataclass(kw_only=True)
class JunitReport:
    """Listens to steps and keeps a case for each subtest.

    With a `path`, the report is written there as soon as there is something new, so that it is
    whole even if the driver is killed; until the end it says that the script has not ended. Of a
    report that is long to write, the last cases may then be missing: they are written with the
    next step that begins or ends after a while. There may be several ends, where a script is run
    again; of `rehearsed` subtests, the last run counts.
    """

    suite: str
    path: Path | None = None
    rehearsed: bool = False
    _began: float = field(default_factory=time.time)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    backends: Sequence[BackendChoice] = ()
    _properties: dict[str, str] = field(default_factory=dict)
    _output: str = ""
    _told: bool = False
    _ended: bool = False
    _is_behind: bool = False
    _next_write: float = 0.0

    def __post_init__(self) -> None:
        """Begin without a case."""
        self._document = JunitDocument(self.suite)

    def step_started(self, step: Step) -> None:
        """Write cases that were not written when they ended."""
        self._write_when_due()

    def step_finished(self, step: Step) -> None:
        """Keep a subtest."""
        if step.subtest:
            case = case_of(step, step.name if self.rehearsed else step.case)
            with self._lock:
                self._document.put(case)
            self._is_behind = True
        self._write_when_due()

    @property
    def cases(self) -> tuple[Case, ...]:
        """The subtests that have ended."""
        with self._lock:
            return self._document.cases

    @property
    def test_counts(self) -> str:
        """How many tests of pytest ended in which way; nothing if there were none."""
        return outcome_counts(one.outcome for one in self.cases if one.result is not None)

    def judged(self, verdict: Verdict) -> tuple[Case, ...]:
        """Return the subtests, and which of their errors were caught, so that the test went on.

        That is not known of a session at the prompt, where there are several runs.
        """
        ended_by = verdict.failed_steps
        if ended_by is None or self.rehearsed:
            return self.cases
        return tuple(
            case
            if case.result is not None
            else replace(case, caught=bool(case.headline) and case.step not in ended_by)
            for case in self.cases
        )

    def _write_when_due(self) -> None:
        if self._is_behind and time.monotonic() >= self._next_write:
            self.begin()

    def begin(self) -> None:
        """Write what is known before the end."""
        seconds = time.time() - self._began
        self._write(seconds=seconds, headline=NOT_ENDED, failure=NOT_ENDED)

    def end(
        self,
        *,
        seconds: float,
        verdict: Verdict,
        spent: TimeSpent,
        troubles: Sequence[Trouble] = (),
    ) -> None:
        """Write the whole report, with a case for the script as a whole."""
        with self._lock:
            self._ended = False
            self._properties = _properties(spent) | _trouble_properties(troubles)
            self._output = "\n".join(trouble_lines(troubles))
        for case, judged in zip(self.cases, self.judged(verdict), strict=True):
            if judged != case:
                with self._lock:
                    self._document.put(judged)
        self._write(seconds=seconds, headline=verdict.headline, failure=verdict.failure)
        with self._lock:
            self._ended = True

    def _write(self, *, seconds: float, headline: str, failure: str) -> None:
        main = Case(
            name=MAIN_CASE,
            seconds=seconds,
            began=self._began,
            headline=headline,
            failure=failure,
            output=self._output,
        )
        with self._lock:
            if self.path is None or self._ended:  # a thread of the script may still be at work
                return
            properties = _backend_properties(self.backends) | self._properties
            parts = self._document.parts(main, properties)
            began = time.thread_time()  # not what other processes take from it
            try:
                _replace(self.path, parts)
            except OSError as error:
                if not self._told:
                    logger.error("cannot write the report: %s", error)
                self._told = True
            self._is_behind = False
            if (took := time.thread_time() - began) > LONG_WRITE_SECONDS:
                self._next_write = time.monotonic() + min(took * REST_FACTOR, LONGEST_REST_SECONDS)


def _replace(path: Path, parts: Iterable[bytes]) -> None:
    """Write a new report. A half-written one is worse than the old one."""
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as file:
        file.writelines(parts)
    temporary.replace(path)


def _properties(spent: TimeSpent) -> dict[str, str]:
    """Return where the time went as properties of the suite."""
    seconds = {f"seconds: {kind.value}": f"{each:.3f}" for kind, each in spent.seconds.items()}
    waits = {
        f"longest wait {place}": f"{wait.name}: {wait.seconds:.3f}"
        for place, wait in enumerate(spent.longest_waits, start=1)
    }
    return seconds | waits


def _backend_properties(backends: Sequence[BackendChoice]) -> dict[str, str]:
    """Return what ran the machines that can be two things."""
    return {f"backend: {one.machine}": one.describe() for one in backends}


def _trouble_properties(troubles: Sequence[Trouble]) -> dict[str, str]:
    """Return how much trouble of each kind was seen, the expected apart."""
    counts = Counter((one.kind, one.expected) for one in troubles)
    return {
        f"{'expected trouble' if expected else 'trouble'}: {kind}": str(count)
        for (kind, expected), count in sorted(counts.items())
    }
