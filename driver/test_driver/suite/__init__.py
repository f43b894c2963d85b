"""Suites: many tests that are run together, their verdicts, and what is written of them."""

from .exit_status import SuiteStatus, suite_status
from .model import Flaky, Outcome, Resources, Run, Source, Suite, SuiteTest, Verdict
from .report_folder import read_attempts, read_run
from .summary import summary_line, summary_text
from .verdict import judge

__all__ = [
    "Flaky",
    "Outcome",
    "Resources",
    "Run",
    "Source",
    "Suite",
    "SuiteStatus",
    "SuiteTest",
    "Verdict",
    "judge",
    "read_attempts",
    "read_run",
    "suite_status",
    "summary_line",
    "summary_text",
]
