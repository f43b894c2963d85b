"""Which of the tests of a flake are run."""

from collections.abc import Sequence
from functools import partial

from ..errors import ConfigurationError
from ..nix.evaluate import FoundTest
from ..nix.reference import nearest

EXAMPLE = "-k 'web and not slow'"


def select(tests: Sequence[FoundTest], expression: str) -> list[FoundTest]:
    """Return the tests whose names match an expression, in the grammar of pytest's `-k`.

    A text matches a name that contains it, whatever its case. Raises ConfigurationError for an
    expression that is none, and for one that no test matches.
    """
    # Imported here: most runs have no expression.
    from _pytest.mark import expression as grammar

    where = f"-k {expression}"
    # Its name before pytest 9.
    refusal: type[Exception] = getattr(grammar, "ParseError", SyntaxError)
    try:
        compiled = grammar.Expression.compile(expression)
    except (SyntaxError, refusal) as error:
        reason = f"is no expression: {error}; expected one such as {EXAMPLE}"
        raise ConfigurationError(where, [reason]) from error
    found = [test for test in tests if compiled.evaluate(partial(_matches, test.name.lower()))]
    if not found:
        names = [test.name for test in tests]
        reason = f"matches none of {len(tests)} tests; {nearest(expression, names)}"
        raise ConfigurationError(where, [reason])
    return found


def _matches(name: str, text: str, /, **_: object) -> bool:
    return text.lower() in name
