"""How many tests of pytest ended in which way, as text."""

from collections import Counter
from collections.abc import Iterable

from ..test_result import OUTCOMES

_PLURALS = {"error": "errors"}


def outcome_counts(outcomes: Iterable[str]) -> str:
    """Return how many there are of each outcome, such as `12 passed, 1 skipped`."""
    counts = Counter(outcomes)
    return ", ".join(
        f"{counts[one]} {_PLURALS.get(one, one) if counts[one] > 1 else one}"
        for one in OUTCOMES
        if counts[one]
    )
