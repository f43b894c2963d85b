"""Trouble, in lines for people."""

from collections import Counter
from collections.abc import Sequence

from ..output import EVENTS_FILE
from .ledger import Trouble


def counts_text(troubles: Sequence[Trouble]) -> str:
    """Return how much of each kind there is, the expected last: `2 oom, 1 stall (expected)`."""
    counts = Counter((one.expected, one.kind) for one in troubles)
    return ", ".join(
        f"{count} {kind}{' (expected)' if expected else ''}"
        for (expected, kind), count in sorted(counts.items())
    )


def trouble_lines(troubles: Sequence[Trouble], most: int = 1000) -> list[str]:
    """Return a line for each trouble, under a heading; not all if there are very many."""
    if not troubles:
        return []
    first = sorted(troubles, key=lambda one: one.expected)[:most]
    lines = [f"trouble in machines: {counts_text(troubles)}"]
    lines += [f"  {'expected  ' if one.expected else ''}{one.describe()}" for one in first]
    if left := len(troubles) - len(first):
        lines.append(f"  and {left} more: {EVENTS_FILE} has all")
    return lines
