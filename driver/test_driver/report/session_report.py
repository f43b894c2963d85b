"""The reports of a session at the prompt: what its script came to when it was last run."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ..configuration import Configuration
from ..failure import failure_of, judge_failure
from ..log import say
from ..output import HTML_FILE
from ..run.timings import TimeSpent
from ..run.verdict import PASSED, REHEARSED, Verdict
from ..script.script import Script
from .failure import record_failure
from .sinks import Records, record_test

logger = logging.getLogger(__name__)


class SessionReport:
    """Makes the reports after each run of the script, of the whole session until then.

    A person who sits at the machines needs no evidence of them, and does not wait for it.
    """

    def __init__(self, records: Records, configuration: Configuration, junit: Path) -> None:
        self._records = records
        self._configuration = configuration
        self._junit = junit
        self._was_run = False

    @property
    def records(self) -> Records:
        """What the reports are made from."""
        return self._records

    @property
    def folder(self) -> Path:
        """Where the reports are."""
        return self._records.folder.path

    @contextmanager
    def run(self, script: Script) -> Iterator[None]:
        """Tell of the script, or a part of it, that is run in the body. What it raises goes on."""
        record_test(self._configuration, script.path, script.source, None)
        self._records.report.path = self._junit
        began = time.monotonic()
        verdict = PASSED
        try:
            yield
        except (Exception, KeyboardInterrupt) as error:
            failure = failure_of(error)
            text = f"{script.noun} failed:\n{script.describe(error)}"
            logger.error("%s", text)
            record_failure(failure, script, self._records.steps.ended_by(error), {})
            verdict = judge_failure(failure, text)
            raise
        finally:
            self._end(verdict, time.monotonic() - began)

    def leave(self) -> None:
        """Make the report for people once more, with what happened since."""
        if not self._was_run:
            self._records.events.verdict(REHEARSED, 0.0)
        self._records.write_page()

    def _end(self, verdict: Verdict, seconds: float) -> None:
        verdict = replace(verdict, failed_steps=None)  # subtests of other runs are in the reports
        spent = TimeSpent(seconds={}, longest_waits=[])  # most of it is the person's
        self._records.report.end(seconds=seconds, verdict=verdict, spent=spent)
        self._records.events.verdict(verdict, seconds)
        self._records.write_page()
        if not self._was_run:
            say(f"report, updated after each run and at the end: {self.folder / HTML_FILE}")
        self._was_run = True
