"""A case of the JUnit report: a subtest, a test of pytest, or the script as a whole."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..exception_chain import chain_of
from ..failure_text import failure_text, headline
from ..run.verdict import decisive
from ..steps import Step
from ..test_result import TestResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A subtest, a test of pytest, or the whole script, and how it ended.

    A case of a script without a headline has passed; one whose error the script `caught` is no
    failure of the test. What became of a test of pytest is in its `result`.
    """

    name: str
    seconds: float
    began: float
    headline: str = ""
    failure: str = ""
    output: str = ""
    step: int = 0
    caught: bool = False
    result: TestResult | None = None

    @property
    def outcome(self) -> str:
        """How it ended: one of the outcomes of pytest."""
        if self.result is not None:
            return self.result.outcome
        return "failed" if self.headline and not self.caught else "passed"

    @property
    def failed(self) -> bool:
        """Whether it counts as a failure."""
        if self.result is not None:
            return self.result.failed
        return bool(self.headline) and not self.caught

    @property
    def skipped(self) -> bool:
        """Whether it counts as skipped."""
        return self.result is not None and self.result.skipped

    @property
    def properties(self) -> Mapping[str, str]:
        """What else is told of a test of pytest: its outcome where JUnit has none such, seconds."""
        if self.result is None:
            return {}
        told = {} if self.outcome in _OUTCOMES_OF_JUNIT else {"outcome": self.outcome}
        seconds = {f"seconds: {name}": f"{each:.3f}" for name, each in self.result.phases.items()}
        return told | seconds | dict(self.result.properties)


_OUTCOMES_OF_JUNIT = ("passed", "failed", "error", "skipped")


def case_of(step: Step, name: str) -> Case:
    """Return the case of a step that has ended. The result of a test counts more than its error."""
    case = Case(
        name=name,
        step=step.number,
        seconds=step.seconds,
        began=time.time() - step.seconds,
        result=step.result,
    )
    if (result := step.result) is not None:
        text = result.text or result.headline
        return replace(case, headline=result.headline, failure=text, output=result.output)
    if (error := step.error) is not None:
        shown = headline(decisive(chain_of(error)))
        return replace(case, headline=shown, failure=failure_text(error))
    return case
