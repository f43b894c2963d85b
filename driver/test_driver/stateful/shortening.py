"""How a failure is made short: steps are left out, then values are made simple.

`again` takes steps from the beginning, those that can be taken, and returns them up to the same
failure; nothing if there is none.
"""

from collections.abc import Callable, Sequence

from .rules import simpler
from .steps import Taken

Again = Callable[[Sequence[Taken]], list[Taken] | None]


def without_needless(steps: list[Taken], again: Again, fixed: int = 0) -> list[Taken]:
    """Leave out what the failure does not need: halves first, then less. The last one has failed.

    The first, as many as are `fixed`, stay.
    """
    size = max((len(steps) - fixed) // 2, 1)
    while True:
        at, before = fixed, len(steps)
        while at < len(steps) - 1:
            fewer = again(steps[:at] + steps[min(at + size, len(steps) - 1) :])
            if fewer is None:
                at += size
            else:
                steps = fewer
        if size == 1 and len(steps) == before:
            return steps
        size = max(size // 2, 1)


def with_simple_values(steps: list[Taken], kind: type, again: Again) -> list[Taken]:
    """Give steps values that stand earlier in the lists that theirs were drawn from."""
    for at in range(len(steps)):
        for other in simpler(kind, steps[at]):
            changed = again([*steps[:at], other, *steps[at + 1 :]])
            if changed is not None and len(changed) == len(steps):
                steps = changed
                break
    return steps
