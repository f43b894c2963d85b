"""The JUnit report."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..exception_chain import chain_of
from ..failure_text import failure_text, headline
from ..run.backend_choice import BackendChoice
from ..run.timings import TimeSpent
from ..run.verdict import Verdict, decisive
from ..steps import MAIN_CASE, Step
from ..trouble.ledger import Trouble
from ..trouble.lines import trouble_lines

logger = logging.getLogger(__name__)

CAUGHT = "failed, caught by the script"
NOT_ENDED = "the driver was killed before the test ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A subtest, or the whole script, and how it ended. A case without a headline has passed.

    One whose error the script `caught` is no failure of the test.
    """

    name: str
    seconds: float
    began: float
    headline: str = ""
    failure: str = ""
    output: str = ""
    step: int = 0
    caught: bool = False

    @property
    def failed(self) -> bool:
        """Whether it counts as a failure."""
        return bool(self.headline) and not self.caught


@dataclass(kw_only=True)
class JunitReport:
    """Listens to steps and keeps a case for each subtest.

    With a `path`, the report is written there as soon as there is something new, so that it is
    whole even if the driver is killed; until the end it says that the script has not ended. There
    may be several ends, where a script is run again; of `rehearsed` subtests, the last run counts.
    """

    suite: str
    path: Path | None = None
    rehearsed: bool = False
    _cases: list[Case] = field(default_factory=list)
    _began: float = field(default_factory=time.time)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    backends: Sequence[BackendChoice] = ()
    _properties: dict[str, str] = field(default_factory=dict)
    _output: str = ""
    _told: bool = False
    _ended: bool = False

    def step_started(self, step: Step) -> None:
        """Nothing is known yet."""

    def step_finished(self, step: Step) -> None:
        """Keep a subtest."""
        if not step.subtest:
            return
        error = step.error
        case = Case(
            name=step.name if self.rehearsed else step.case,
            step=step.number,
            seconds=step.seconds,
            began=time.time() - step.seconds,
            headline="" if error is None else headline(decisive(chain_of(error))),
            failure="" if error is None else failure_text(error),
        )
        with self._lock:
            if self.rehearsed:
                self._cases = [other for other in self._cases if other.name != case.name]
            self._cases.append(case)
        self.begin()

    @property
    def cases(self) -> tuple[Case, ...]:
        """The subtests that have ended."""
        with self._lock:
            return tuple(self._cases)

    def judged(self, verdict: Verdict) -> tuple[Case, ...]:
        """Return the subtests, and which of their errors were caught, so that the test went on.

        That is not known of a session at the prompt, where there are several runs.
        """
        ended_by = verdict.failed_steps
        if ended_by is None or self.rehearsed:
            return self.cases
        return tuple(
            replace(case, caught=bool(case.headline) and case.step not in ended_by)
            for case in self.cases
        )

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
        judged = self.judged(verdict)
        with self._lock:
            self._cases = list(judged)
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
            try:
                _write_cases(self.path, self.suite, [*self._cases, main], properties)
            except OSError as error:
                if not self._told:
                    logger.error("cannot write the report: %s", error)
                self._told = True


def _properties(spent: TimeSpent) -> dict[str, str]:
    """Return where the time went as properties of the suite."""
    seconds = {f"seconds: {kind.value}": f"{each:.3f}" for kind, each in spent.seconds.items()}
    waits = {
        f"longest wait {place}": _valid(f"{wait.name}: {wait.seconds:.3f}")
        for place, wait in enumerate(spent.longest_waits, start=1)
    }
    return seconds | waits


def _backend_properties(backends: Sequence[BackendChoice]) -> dict[str, str]:
    """Return what ran the machines that can be two things."""
    return {f"backend: {one.machine}": _valid(one.describe()) for one in backends}


def _trouble_properties(troubles: Sequence[Trouble]) -> dict[str, str]:
    """Return how much trouble of each kind was seen, the expected apart."""
    counts = Counter((one.kind, one.expected) for one in troubles)
    return {
        f"{'expected trouble' if expected else 'trouble'}: {kind}": str(count)
        for (kind, expected), count in sorted(counts.items())
    }


def _write_cases(path: Path, suite: str, cases: list[Case], properties: dict[str, str]) -> None:
    # Imported here because it takes longer than the command line's own errors should wait.
    from junit_xml import TestCase, TestSuite, to_xml_report_string

    made = []
    for case in cases:
        one = TestCase(
            _valid(case.name),
            classname=suite,
            elapsed_sec=case.seconds,
            timestamp=_timestamp(case.began),
            stdout=_valid(_output(case)) or None,
        )
        if case.failed:
            one.add_failure_info(message=_valid(case.headline), output=_valid(case.failure))
        made.append(one)
    document = to_xml_report_string(
        [TestSuite(suite, made, timestamp=_timestamp(cases[-1].began), properties=properties)]
    )
    # A half-written report is worse than an old one.
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(document, encoding="utf-8")
    temporary.replace(path)


def _output(case: Case) -> str:
    """Return what stands in `system-out`: an error that was caught, which no CI counts there."""
    return f"{CAUGHT}: {case.failure}" if case.caught else case.output


def _timestamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _valid(text: str) -> str:
    """Replace lone surrogates, which no XML document can hold."""
    return text.encode("utf-8", "replace").decode()
