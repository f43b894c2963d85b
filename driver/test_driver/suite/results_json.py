"""The results of a suite for programs: `suite.json`."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .exit_status import suite_status
from .model import Run, Suite, SuiteTest
from .summary import summary_line

VERSION = 1
NOT_RUN = "not run"


def results(suite: Suite, places: Mapping[Path, str]) -> dict[str, Any]:
    """Return the results as a JSON document. `places` are those of reports in the suite's folder.

    The `verdict` of a test is `passed`, `failed`, `flaky`, `error` or `not run`. Times are seconds,
    moments seconds since 1970; what is not known is null.
    """
    return {
        "version": VERSION,
        "name": suite.name,
        "exit_status": int(suite_status(suite)),
        "summary": summary_line(suite),
        "seconds": suite.seconds,
        "note": suite.note,
        "tests": [_test(test, places) for test in suite.tests],
    }


def _test(test: SuiteTest, places: Mapping[Path, str]) -> dict[str, Any]:
    verdict, decisive = test.verdict, test.decisive_run
    return {
        "name": test.name,
        "verdict": NOT_RUN if verdict is None else verdict.outcome.value,
        "passed": verdict.passed if verdict else 0,
        "runs_counted": verdict.runs if verdict else 0,
        "errors_retried": verdict.retried if verdict else 0,
        "headline": verdict.headline if verdict else "",
        "report": decisive.report or None if decisive else None,
        "source": test.source or None,
        "builder": test.builder or None,
        "note": test.note,
        "resources": asdict(test.resources) if test.resources else None,
        "flaky": asdict(test.flaky) if test.flaky else None,
        "derivation": test.derivation or None,
        "runs": [_run(run, places) for run in test.runs],
    }


def _run(run: Run, places: Mapping[Path, str]) -> dict[str, Any]:
    return {
        "report": run.report or None,
        "place": places.get(run.folder),
        "outcome": run.outcome.value,
        "exit_status": run.exit_status,
        "began": run.began,
        "seconds": round(run.seconds, 3),
        "waited": round(run.waited, 3),
        "phases": dict(run.phases),
        "headline": run.headline,
        "cases": run.cases,
        "failed_cases": list(run.failed_cases),
        "troubles": dict(run.troubles),
        "seed": run.seed or None,
    }
