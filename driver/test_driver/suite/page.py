"""The page of a suite: one HTML file, sorted by what needs attention, with links to all reports.

Python writes what must be read without a script: verdicts, reasons, links, and the details of tests
that did not pass. The page's own script filters, sorts, moves by keyboard, and adds the details of
other tests, which are compressed JSON, when they are opened. What tests and guests say is text
there, never markup; a policy in the page lets no other script run. Its looks are those of
`report.html`.
"""

import base64
import gzip
import hashlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from pathlib import Path

from ..report import __name__ as report_package
from .causes import Cause, causes_of
from .exit_status import SuiteStatus, suite_status
from .model import Outcome, Suite, SuiteTest
from .page_rows import NOT_RUN, attention, row
from .page_texts import duration_text, moment_text
from .summary import summary_line
from .timings import History

PAGE_FILE = "index.html"
PAGE = "suite_page"
REPORT_PAGE = "html_page"
# The first is that of the report, which reads compressed data. In this order they make one script.
REPORT_SCRIPT = "data.js"
SCRIPTS = ("details.js", "filters.js", "keyboard.js", "main.js")
# Of tests that did not pass, so many have their details in the page from the beginning.
MOST_WITH_DETAILS = 100
_BADGES = {
    SuiteStatus.PASSED: "passed",
    SuiteStatus.FAILED: "failed",
    SuiteStatus.ERROR: "error",
    SuiteStatus.FLAKY: "flaky",
}


def write_page(
    suite: Suite, folder: Path, places: Mapping[Path, str], history: History | None = None
) -> Path:
    """Write the page into the folder of a suite, and return its place. Raises OSError.

    `places` are those of the reports in the folder.
    """
    path = folder / PAGE_FILE
    temporary = path.with_name(f".{path.name}.new")
    page = suite_page(suite, places, history or History())
    temporary.write_text(page, encoding="utf-8", errors="replace")
    temporary.replace(path)
    return path


def suite_page(suite: Suite, places: Mapping[Path, str], history: History) -> str:
    """Return the page."""
    script = (
        '"use strict";\n' + _report_part(REPORT_SCRIPT) + "".join(_part(name) for name in SCRIPTS)
    )
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    causes = causes_of(suite)
    by_test = {name: number for number, cause in enumerate(causes) for name in cause.tests}
    longest = max((test.seconds for test in suite.tests), default=0.0)
    tests = sorted(suite.tests, key=attention)
    made = [
        row(test, places, history.runs(test.name), longest, by_test.get(test.name))
        for test in tests
    ]
    rows, details = _with_details(tests, made)
    status = _BADGES[suite_status(suite)]
    parts = {
        "title": escape(f"{suite.name} {status}"),
        "name": escape(suite.name),
        "outcome": status,
        "summary": escape(summary_line(suite)),
        "note": f"<p class=note>{escape(suite.note)}</p>" if suite.note else "",
        "facts": escape(" · ".join(_facts(suite))),
        "causes": _causes(causes),
        "verdicts": _verdicts(suite),
        "tests": rows,
        "data": base64.b64encode(
            gzip.compress(json.dumps(details).encode(), compresslevel=6, mtime=0)
        ).decode(),
        "script-hash": f"sha256-{digest}",
        "style": _report_part("style.css") + _part("style.css"),
        "script": script,
    }
    # In one pass, so that nothing inside a part is taken for the place of another.
    return re.sub(r"\{\{([a-z-]+)\}\}", lambda match: parts[match[1]], _part("page.html"))


def _with_details(
    tests: Sequence[SuiteTest], made: Sequence[tuple[str, str]]
) -> tuple[str, dict[int, str]]:
    """Return the rows as text, and the details that the page's script adds by their places.

    The details of tests that did not pass stand in their rows, so that they can be read without a
    script. Those of a thousand tests that passed would make the page slow.
    """
    rows, later = [], {}
    for place, (test, (head, details)) in enumerate(zip(tests, made, strict=True)):
        is_passed = test.verdict is not None and test.verdict.outcome is Outcome.PASSED
        if is_passed or place >= MOST_WITH_DETAILS:
            later[place] = details
            rows.append(f"{head}</details>\n")
        else:
            rows.append(f"{head}{details}</details>\n")
    return "".join(rows), later


def _part(name: str) -> str:
    return resources.files(__package__).joinpath(PAGE, name).read_text(encoding="utf-8")


def _report_part(name: str) -> str:
    place = resources.files(report_package).joinpath(REPORT_PAGE, name)
    return place.read_text(encoding="utf-8")


def _facts(suite: Suite) -> list[str]:
    runs = [run for test in suite.tests for run in test.runs]
    facts = [f"{len(suite.tests)} test{'' if len(suite.tests) == 1 else 's'}"]
    if len(runs) > len(suite.tests):
        facts.append(f"{len(runs)} runs")
    if suite.seconds is not None:
        facts.append(f"took {duration_text(suite.seconds)}")
    facts.append(f"{duration_text(sum(test.seconds for test in suite.tests))} of tests")
    if waited := sum(run.waited for run in runs):
        facts.append(f"{duration_text(waited)} waited for the host")
    ended = [run.began + run.seconds for run in runs if run.began is not None]
    if ended:
        facts.append(f"last run ended {moment_text(max(ended))}")
    # The clock of a reader may be wrong by days; that of the page is not.
    return [*facts, f"written {moment_text(time.time())}"]


def _causes(causes: list[Cause]) -> str:
    if not causes:
        return ""
    items = "".join(
        f'<li><button type="button" class="cause" data-cause="{number}" aria-pressed="false" '
        f"disabled>{len(cause.tests)} tests</button> <span>{escape(cause.headline)}</span></li>"
        for number, cause in enumerate(causes)
    )
    return f"<h2>Why several tests did not pass</h2><ul class=causes>{items}</ul>"


def _verdicts(suite: Suite) -> str:
    """Return the buttons that show the tests of one verdict."""
    kinds = [(one.value, len(suite.with_outcome(one))) for one in (*Outcome,)]
    kinds.insert(-1, (NOT_RUN, len(suite.with_outcome(None))))
    buttons = [("", "all", len(suite.tests))]
    buttons += [(name, name, count) for name, count in kinds if count]
    return "".join(
        f'<button type="button" class="of {name.replace(" ", "-")}" data-verdict="{name}" '
        f'aria-pressed="{"false" if name else "true"}">{title} <b>{count}</b></button>'
        for name, title, count in buttons
    )
