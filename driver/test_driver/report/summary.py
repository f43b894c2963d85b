"""What a test came to, in a few lines: the last that a person sees."""

from collections.abc import Sequence
from pathlib import Path

from ..output import HTML_FILE
from ..run.verdict import Verdict
from ..trouble.ledger import Trouble
from ..trouble.lines import trouble_lines
from .junit_case import Case
from .outcome_counts import outcome_counts

MOST_SUBTESTS = 8
MOST_TROUBLES = 8
# Outcomes of tests that a person wants to know one by one, the worst first.
SHOWN_OUTCOMES = ("failed", "error", "flaky", "xpassed")
LONGEST_LINE = 160


def summary(
    cases: Sequence[Case], verdict: Verdict, folder: Path, troubles: Sequence[Trouble] = ()
) -> str:
    """Return failed subtests, trouble, the cause, and where the report is; no line is long."""
    lines = _tests([case for case in cases if case.result is not None])
    lines += _subtests([case for case in cases if case.result is None])
    lines += trouble_lines(troubles, MOST_TROUBLES)
    if verdict.exit_status != 0:
        lines += [verdict.headline, *([verdict.place] if verdict.place else [])]
        if verdict.not_started:
            names = ", ".join(verdict.not_started)
            lines.append(f"never started: {names} (start_all() starts all machines)")
        lines.append(f"the whole story: {folder / HTML_FILE}")
    return "\n".join(_shortened(line) for line in lines)


def _tests(cases: Sequence[Case]) -> list[str]:
    """Return a line for each test of pytest that a person wants to know, under their counts."""
    lines = []
    for outcome in SHOWN_OUTCOMES:
        found = [case for case in cases if case.outcome == outcome]
        lines += [
            f"  {outcome}  {case.name} ({case.seconds:.2f} s){_reason(case)}"
            for case in found[:MOST_SUBTESTS]
        ]
        if len(found) > MOST_SUBTESTS:
            lines.append(f"  and {len(found) - MOST_SUBTESTS} more {outcome}")
    counts = outcome_counts(case.outcome for case in cases)
    return [f"tests: {counts}", *lines] if lines else []


def _reason(case: Case) -> str:
    return f": {case.headline}" if case.headline else ""


def _subtests(cases: Sequence[Case]) -> list[str]:
    if not cases:
        return []
    failed = [case for case in cases if case.failed]
    caught = [case for case in cases if case.caught]
    passed = len(cases) - len(failed) - len(caught)
    more = f", {len(caught)} failed and caught by the script" if caught else ""
    lines = [f"subtests: {passed} passed, {len(failed)} failed{more}"]
    lines += [f"  failed  {case.name} ({case.seconds:.2f} s)" for case in failed[:MOST_SUBTESTS]]
    if len(failed) > MOST_SUBTESTS:
        lines.append(f"  and {len(failed) - MOST_SUBTESTS} more")
    return lines + [f"  caught  {case.name}: {case.headline}" for case in caught[:MOST_SUBTESTS]]


def _shortened(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 3]}..."
