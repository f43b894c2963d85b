"""The tests of pytest in a report: a section for each, which is read without any script.

The script of the page adds the commands, the screenshots and the log of a test when it is opened.
"""

from html import escape
from typing import Any

from .html_data import ReportData
from .outcome_counts import outcome_counts

FIXTURE = "fixture "
# So many tests that have failed are open when the page is.
MOST_OPEN = 5
TEXT_CHARACTERS = 4_000_000
LEAST_TEXT_CHARACTERS = 400
_BAD = ("failed", "error")
# What the text of a test is, by its outcome.
_TITLES = {
    "failed": "Failure",
    "error": "Error",
    "skipped": "Why it was skipped",
    "xfailed": "Expected failure",
    "xpassed": "A failure was expected",
    "flaky": "Failures before it passed",
}


def tests_section(data: ReportData) -> str:
    """Return the section of all tests; nothing if the test is a script."""
    if not data.tests:
        return ""
    share = max(LEAST_TEXT_CHARACTERS, TEXT_CHARACTERS // (2 * len(data.tests)))
    left = MOST_OPEN
    boxes = []
    for test in data.tests:
        is_open = test["outcome"] in _BAD and left > 0
        left -= is_open
        boxes.append(_box(test, share, is_open=is_open))
    counts = outcome_counts(test["outcome"] for test in data.tests)
    return (
        "<section id=tests aria-labelledby=tests-title><h2 id=tests-title>Tests</h2>"
        f"<p class=facts>{escape(counts)}</p>{_fixtures(data.tests)}{''.join(boxes)}</section>"
    )


def _fixtures(tests: list[dict[str, Any]]) -> str:
    """Show how long fixtures took that several tests share: it counts to no test."""
    found = [
        (name.removeprefix(FIXTURE), seconds, test["name"])
        for test in tests
        for name, seconds in test["phases"].items()
        if name.startswith(FIXTURE)
    ]
    items = "".join(
        f"<li>{escape(name)} <b>{seconds:.2f} s</b>, set up for {escape(test)}</li>"
        for name, seconds, test in found
    )
    return f"<h3>Fixtures that tests share</h3><ul class=fixtures>{items}</ul>" if items else ""


def _box(test: dict[str, Any], share: int, *, is_open: bool) -> str:
    outcome = test["outcome"]
    why = f" <span class=why>{escape(test['headline'])}</span>" if test["headline"] else ""
    rows = [(name, f"{seconds:.2f} s") for name, seconds in _own_first(test["phases"])]
    rows += test["properties"].items()
    if test["file"]:
        line = "" if test["line"] is None else f", line {test['line']}"
        rows.insert(0, ("file", f"{test['file']}{line}"))
    pairs = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(text))}</dd>" for name, text in rows)
    return (
        f'<details class="test {"failed" if outcome in _BAD else outcome}" '
        f"data-step={test['step']}{' open' if is_open else ''}>"
        f"<summary><b class=outcome>{escape(outcome)}</b> {escape(test['name'])}{why} "
        f"<span class=number>{test['ms'] / 1000:.2f} s</span></summary>"
        + (f"<dl class=pair>{pairs}</dl>" if pairs else "")
        + _text(_TITLES.get(outcome, "Text"), test["text"], share)
        + _text("Output", test["output"], share)
        + "</details>"
    )


def _own_first(phases: dict[str, float]) -> list[tuple[str, float]]:
    """Return the phases, those that fixtures took for several tests last."""
    return sorted(phases.items(), key=lambda phase: phase[0].startswith(FIXTURE))


def _text(title: str, text: str, share: int) -> str:
    if not text.strip():
        return ""
    if (left := len(text) - share) > 0:
        text = f"[{left} characters left out; events.jsonl has all]\n{text[-share:]}"
    return f"<h3>{title}</h3><pre tabindex=0>{escape(text)}</pre>"
