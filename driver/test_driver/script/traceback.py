"""The lines of a script that an error came through, with the values of the variables in them."""

import ast
import functools
import reprlib
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from ..failure_text import shown
from ..package import PACKAGE

LONGEST_VALUE = 300
# What says nothing about why a line failed.
_FURNITURE = (
    type,
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedLine:
    """A line that was at work: its number, the function, its text, and what its names stood for."""

    line: int
    function: str
    text: str
    values: Mapping[str, str]


def failed_lines(error: BaseException, path: str, source: str) -> list[FailedLine]:
    """Return the lines of the script at `path` that the error came through, outermost first."""
    lines = source.splitlines()
    tree = _tree(source)
    found = []
    traceback = error.__traceback__
    while traceback is not None:
        frame, number = traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next
        if frame.f_code.co_filename == path:
            found.append(
                FailedLine(
                    line=number,
                    function=frame.f_code.co_name,
                    text=lines[number - 1].strip() if number <= len(lines) else "",
                    values=_values(_names(tree, number), frame),
                )
            )
    return found


@functools.lru_cache(maxsize=2)
def _tree(source: str) -> ast.Module:
    """Parse a script once, however many exceptions there are."""
    return ast.parse(source)


def _names(tree: ast.AST, number: int) -> list[str]:
    """Return the variables that the innermost statement at a line reads, in their order."""
    statements = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= number <= (node.end_lineno or 0)
    ]
    if not statements:
        return []
    innermost = min(statements, key=lambda node: (node.end_lineno or 0) - node.lineno)
    names = [
        node.id
        for node in _own_expressions(innermost)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    ]
    return list(dict.fromkeys(names))


def _own_expressions(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what belongs to a statement itself, not to the statements inside it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.Lambda):
            yield child
            yield from _own_expressions(child)


def _values(names: list[str], frame: types.FrameType) -> dict[str, str]:
    values = {}
    for name in names:
        value = frame.f_locals.get(name, frame.f_globals.get(name, types))
        # The driver's own things, machines above all, show nothing of interest.
        if isinstance(value, _FURNITURE) or type(value).__module__.startswith(PACKAGE):
            continue
        values[name] = shown(partial(_short.repr, value), "value")[:LONGEST_VALUE]
    return values


_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = LONGEST_VALUE
_short.maxlist = _short.maxtuple = _short.maxdict = _short.maxset = 12
