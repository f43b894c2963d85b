"""The difference of two values that a failed assertion of a script tells."""

import re
import time

import pytest

from test_driver.script.assertion_difference import TITLE
from test_driver.script.assertion_text import LONGEST_LINE, MOST_LINES

from .test_assertions import text_of


def test_a_failed_assertion_tells_the_difference() -> None:
    said = text_of("x = {'a': 1, 'b': [1, 2]}\nassert x == {'a': 1, 'b': [1, 3]}")
    assert said[0] == "assert {'a': 1, 'b': [1, 2]} == {'a': 1, 'b': [1, 3]}"
    assert "  Differing items:" in said
    assert "  {'b': [1, 2]} != {'b': [1, 3]}" in said
    said = text_of("x = 'one\\ntwo\\n'\nassert x == 'one\\nzwei\\n'")
    assert said[2:] == ["    one", "  - zwei", "  + two"]


LONG = {
    "lines": "x = [f'line {n} ' + 'x' * 50 for n in range(300)]\n"
    "y = [one[:30] + '!' + one[30:] for one in x]\nx, y = '\\n'.join(x), '\\n'.join(y)\n",
    "items": "x = [f'line {n} ' + 'x' * 50 for n in range(300)]\n"
    "y = [one[:30] + '!' + one[30:] for one in x]\n",
    "deep items": "x = {'a': [{'b': f'line {n} ' + 'x' * 50} for n in range(300)]}\n"
    "y = {'a': [{'b': one['b'][:30] + '!' + one['b'][30:]} for one in x['a']]}\n",
    "too many items": "x = list(range(100_000))\ny = x[::-1]\n",
    "one line": "x = 'y' * 20_000\ny = x + 'z'\n",
    "too long a line": "x = 'y' * 2_000_000\ny = x + 'z'\n",
    "long keys": "x = {str(n) * 600: n for n in range(40)}\ny = {**x, 'a': 1}\n",
}


@pytest.mark.parametrize("name", LONG)
def test_the_difference_of_long_values_is_short_and_made_soon(name: str) -> None:
    began = time.process_time()
    said = text_of(f"{LONG[name]}assert x == y")
    assert time.process_time() - began < 5  # the difference of pytest takes a minute
    assert len(said) <= MOST_LINES + 1
    assert max(map(len, said)) <= LONGEST_LINE
    assert said[0].startswith("assert ")
    assert (f"  {TITLE}" in said) == (not name.startswith("too"))
    left_out = [line for line in said if re.fullmatch(r"  \[\d+ lines left out\]", line)]
    assert bool(left_out) == (len(said) > MOST_LINES)


def test_the_difference_of_a_long_text_shows_the_line() -> None:
    script = "x = '\\n'.join(map(str, range(200)))\nassert x == x.replace('107', 'other')"
    said = text_of(script)
    assert said[3:] == [
        *("  @@ -106,5 +106,5 @@", "   105", "   106"),
        *("  -other", "  +107", "   108", "   109"),
    ]
