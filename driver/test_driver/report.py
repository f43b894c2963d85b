"""The JUnit report."""

from dataclasses import dataclass
from pathlib import Path

from .steps import Step

MAIN_CASE = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A subtest, or the whole script, and how it ended. A case without a headline has passed."""

    name: str
    seconds: float
    headline: str = ""
    failure: str = ""


class JunitReport:
    """Listens to steps and keeps a case for each subtest."""

    def __init__(self, suite: str) -> None:
        self._suite = suite
        self._cases: list[Case] = []

    def step_started(self, step: Step) -> None:
        """Nothing is known yet."""

    def step_finished(self, step: Step) -> None:
        """Keep a subtest."""
        if step.subtest:
            text = "" if step.error is None else f"{type(step.error).__name__}: {step.error}"
            headline = text.split("\n")[0]
            self._cases.append(
                Case(name=step.name, seconds=step.seconds, headline=headline, failure=text)
            )

    def write(self, path: Path, *, seconds: float, headline: str, failure: str) -> None:
        """Write the report, with a case for the script as a whole."""
        # Imported here because it takes longer than starting the first machine should wait.
        from junit_xml import TestCase, TestSuite, to_xml_report_string

        cases = []
        main = Case(name=MAIN_CASE, seconds=seconds, headline=headline, failure=failure)
        for case in (*self._cases, main):
            made = TestCase(_valid(case.name), classname=self._suite, elapsed_sec=case.seconds)
            if case.headline:
                made.add_failure_info(message=_valid(case.headline), output=_valid(case.failure))
            cases.append(made)
        document = to_xml_report_string([TestSuite(self._suite, cases)])
        # A half-written report is worse than an old one.
        temporary = path.with_name(f".{path.name}.new")
        temporary.write_text(document, encoding="utf-8")
        temporary.replace(path)


def _valid(text: str) -> str:
    """Replace lone surrogates, which no XML document can hold."""
    return text.encode("utf-8", "replace").decode()
