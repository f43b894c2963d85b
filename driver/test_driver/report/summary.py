"""What a test came to, in a few lines: the last that a person sees."""

from collections.abc import Sequence
from pathlib import Path

from ..output import HTML_FILE
from ..run.verdict import Verdict
from ..trouble.ledger import Trouble
from ..trouble.lines import trouble_lines
from .junit_case import Case

MOST_SUBTESTS = 8
MOST_TROUBLES = 8
LONGEST_LINE = 160


def summary(
    cases: Sequence[Case], verdict: Verdict, folder: Path, troubles: Sequence[Trouble] = ()
) -> str:
    """Return failed subtests, trouble, the cause, and where the report is; no line is long."""
    failed = [case for case in cases if case.failed]
    caught = [case for case in cases if case.caught]
    lines = []
    if cases:
        passed = len(cases) - len(failed) - len(caught)
        more = f", {len(caught)} failed and caught by the script" if caught else ""
        lines.append(f"subtests: {passed} passed, {len(failed)} failed{more}")
    lines += [f"  failed  {case.name} ({case.seconds:.2f} s)" for case in failed[:MOST_SUBTESTS]]
    if len(failed) > MOST_SUBTESTS:
        lines.append(f"  and {len(failed) - MOST_SUBTESTS} more")
    lines += [f"  caught  {case.name}: {case.headline}" for case in caught[:MOST_SUBTESTS]]
    lines += trouble_lines(troubles, MOST_TROUBLES)
    if verdict.exit_status != 0:
        lines += [verdict.headline, *([verdict.place] if verdict.place else [])]
        if verdict.not_started:
            names = ", ".join(verdict.not_started)
            lines.append(f"never started: {names} (start_all() starts all machines)")
        lines.append(f"the whole story: {folder / HTML_FILE}")
    return "\n".join(_shortened(line) for line in lines)


def _shortened(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 3]}..."
