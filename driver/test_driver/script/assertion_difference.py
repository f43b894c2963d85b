"""What two values of a failed comparison differ in: as pytest tells it, unless they are long."""

import difflib
import pprint
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

# pytest compares each line with each other one, character by character: 100 lines take seconds, and
# 300 a minute. A loop of the script that waits until an assertion holds must not.
MOST_LINES_OF_PYTEST = 50
MOST_LINES = 5_000
MOST_CHARACTERS = 200_000
LONGEST_OF_PYTEST = 10_000
TITLE = "Difference (-: the right side, +: the left side):"
_CONTAINERS = (list, tuple, set, frozenset)


def difference(symbol: str, left: object, right: object) -> list[str] | None:
    """Return lines about two values, the first of which shows both; None if there are none."""
    from _pytest import assertion
    from _pytest._io.saferepr import saferepr

    if all(_is_short(one, MOST_LINES_OF_PYTEST, LONGEST_OF_PYTEST) for one in (left, right)):
        config: Any = _config()
        return assertion.pytest_assertrepr_compare(config=config, op=symbol, left=left, right=right)
    if symbol != "==" or type(left) is not type(right):
        return None
    if not all(_is_short(one, MOST_LINES, MOST_CHARACTERS) for one in (left, right)):
        return None
    lines = list(difflib.unified_diff(_lines(right), _lines(left), lineterm="", n=2))[2:]
    return [f"{saferepr(left, 30)} {symbol} {saferepr(right, 30)}", "", TITLE, *lines]


def _lines(value: object) -> list[str]:
    return (value if isinstance(value, str) else pprint.pformat(value)).splitlines()


def _is_short(value: object, most_lines: int, most_characters: int) -> bool:
    """Tell whether a value is shown in so many lines and characters."""
    lines = characters = 0
    for one in islice(_parts(value), most_lines + 1):
        lines += 1 if one is not value or not isinstance(one, str) else one.count("\n")
        characters += len(one) if isinstance(one, str | bytes) else 1
    return lines <= most_lines and characters <= most_characters


def _parts(value: object, depth: int = 20) -> Iterator[object]:
    """Yield what is in a value, however deep: that many lines pytest shows of it."""
    if not depth:
        return
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _parts(item, depth - 1)
    elif isinstance(value, _CONTAINERS):
        for item in value:
            yield from _parts(item, depth - 1)
    else:
        yield value


class _Config:
    """Stands in for pytest's configuration where pytest compares two values."""

    def __init__(self) -> None:
        self.pluginmanager = self

    def has_plugin(self, name: str) -> bool:
        """There is none."""
        return False

    def get_verbosity(self, kind: object = None) -> int:
        """Values are shown in short, and their difference whole."""
        return 1

    def getini(self, name: str) -> str:
        """Texts are compared as they always were, and nothing is left out."""
        return "ndiff" if name == "assertion_text_diff_style" else "0"

    def get_terminal_writer(self) -> "_Config":
        """Return what knows colours: there are none."""
        return self

    def _highlight(self, source: str, lexer: str = "") -> str:
        return source


_config = cache(_Config)
