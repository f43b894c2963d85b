"""Failed assertions of a script tell their values, as pytest's do.

pytest rewrites an assertion into some thirty statements, which takes it half a millisecond: too
long for a script with a thousand of them. So only what cannot be looked up later is kept while an
assertion is evaluated: the results of its calls, of its attributes, and so on. Their explanation is
made when the assertion fails, with pytest's own texts and differences: `assertion_text.py`.

    assert f(x) == 2, "no"

becomes, with names that no script can have,

    @kept = {}
    if @keep(@kept, 0, f(x)) == 2:
        pass
    else:
        raise @failed(place, @kept, "no")
    @kept = None
"""

import ast
import gc
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType
from typing import TypedDict

KEEP, KEPT, FAILED = "@keep", "@kept", "@failed"
# The scripts that were compiled. A failed assertion is looked up there: to keep the trees of all
# assertions makes the driver slower.
_sources: list[str] = []


def compile_script(source: str, path: str) -> CodeType:
    """Compile a script whose failed assertions tell their values, if pytest is there for that.

    Raises SyntaxError, or ValueError for a null byte.
    """
    if "assert" in source and is_wanted():
        try:
            with _uncollected():
                tree = ast.parse(source, path)
                explain(tree, source)
                return compile(tree, path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError):
            pass  # Python itself tells what is wrong, or compiles what is too deep for this
    return compile(source, path, "exec", dont_inherit=True)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Collect no garbage: there is none, and to look for it takes as long as all else."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def is_wanted() -> bool:
    """Tell whether assertions are evaluated at all, and pytest can explain them."""
    return not sys.flags.optimize and importlib.util.find_spec("_pytest") is not None


def explain(tree: ast.Module, source: str) -> None:
    """Change the assertions of a script, those in its functions, too, but none in a class itself.

    A class would have one attribute more. The tree may be a part of the source.
    """
    if not _sources or _sources[-1] != source:
        _sources.append(source)
    number = len(_sources) - 1
    bodies: list[tuple[list[ast.stmt], bool]] = [(tree.body, False)]
    while bodies:
        body, is_of_class = bodies.pop()
        if not is_of_class and any(isinstance(statement, ast.Assert) for statement in body):
            body[:] = [new for old in body for new in _changed(old, number)]
        for statement in body:
            bodies += [(inner, is_class) for inner, is_class in _bodies(statement, is_of_class)]


def _bodies(statement: ast.stmt, is_of_class: bool) -> Iterator[tuple[list[ast.stmt], bool]]:
    """Yield the statements inside a statement, and whether they stand in a class itself."""
    if isinstance(statement, ast.ClassDef):
        is_of_class = True
    elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        is_of_class = False
    for name in ("body", "orelse", "finalbody"):
        if inner := getattr(statement, name, None):
            yield inner, is_of_class
    for name in ("handlers", "cases"):
        for part in getattr(statement, name, ()):
            yield part.body, is_of_class


def condition_of(place: str) -> ast.expr:
    """Return the condition of the assertion that a script names when it has failed."""
    number, line, column = map(int, place.split(":"))
    for node in ast.walk(ast.parse(_sources[number])):
        if isinstance(node, ast.Assert) and (node.lineno, node.col_offset) == (line, column):
            return _Keeper(_place(node.test)).kept(node.test, wanted=False)
    raise LookupError(place)


def _changed(statement: ast.stmt, source: int) -> list[ast.stmt]:
    """Return what an assertion becomes. Other statements stay, and conditions without values."""
    if not isinstance(statement, ast.Assert):
        return [statement]
    # Python warns of an assertion about a tuple, which is always true.
    if isinstance(statement.test, ast.Constant | ast.Tuple):
        return [statement]
    at = _place(statement.test)  # the line that Python itself would name
    keeper = _Keeper(at)
    test = keeper.kept(statement.test, wanted=False)
    place = f"{source}:{statement.lineno}:{statement.col_offset}"
    kept = ast.Name(KEPT, ast.Load(), **at) if keeper.count else ast.Constant(None, **at)
    arguments: list[ast.expr] = [ast.Constant(place, **at), kept]
    if statement.msg is not None:
        arguments.append(statement.msg)
    failure = ast.Call(ast.Name(FAILED, ast.Load(), **at), arguments, [], **at)
    # Not `if not`: of `not x is y`, Python makes another comparison, and warns of that.
    check = ast.If(test, [ast.Pass(**at)], [ast.Raise(failure, **at)], **at)
    if not keeper.count:
        return [check]
    return [
        ast.Assign([ast.Name(KEPT, ast.Store(), **at)], ast.Dict([], [], **at), **at),
        check,
        ast.Assign([ast.Name(KEPT, ast.Store(), **at)], ast.Constant(None, **at), **at),
    ]


class _Place(TypedDict):
    lineno: int
    col_offset: int
    end_lineno: int
    end_col_offset: int


def _place(node: ast.expr) -> _Place:
    return {
        "lineno": node.lineno,
        "col_offset": node.col_offset,
        "end_lineno": node.end_lineno or node.lineno,
        "end_col_offset": node.end_col_offset or node.col_offset,
    }


class _Keeper:
    """Lets an expression keep the values of its parts when it is evaluated."""

    def __init__(self, at: _Place) -> None:
        self.count = 0
        self._at = at
        # One for all: to make them takes most of the time.
        self._keep = ast.Name(KEEP, ast.Load(), **at)
        self._kept = ast.Name(KEPT, ast.Load(), **at)

    def kept(self, node: ast.expr, *, wanted: bool = True) -> ast.expr:
        """Return an expression that keeps its own value if that is `wanted`, and its parts'.

        A name or a constant can be looked up later.
        """
        match node:
            case ast.Name() | ast.Constant():
                return node
            case ast.Tuple(elts=parts) if all(isinstance(one, ast.Constant) for one in parts):
                return node
            case ast.BoolOp():
                node.values = [self._reached(value) for value in node.values]
            case ast.UnaryOp():
                node.operand = self.kept(node.operand)
            case ast.BinOp():
                node.left, node.right = self.kept(node.left), self.kept(node.right)
            case ast.Compare():
                keep = self.kept if len(node.ops) == 1 else self._reached
                node.left = keep(node.left)
                node.comparators = [keep(operand) for operand in node.comparators]
            case ast.Starred():
                node.value = self.kept(node.value)
                return node
            case ast.Call():
                node.func = self.kept(node.func)
                node.args = [self.kept(argument) for argument in node.args]
                for keyword in node.keywords:
                    keyword.value = self.kept(keyword.value)
                return self._keeping(node)
            case ast.Attribute():
                node.value = self.kept(node.value)
                return self._keeping(node)
            case _:
                return self._keeping(node)
        return self._keeping(node) if wanted else node

    def _reached(self, node: ast.expr) -> ast.expr:
        """Return an operand that is kept in any case: whether it was evaluated is to be known."""
        kept = self.kept(node)
        return self._keeping(node) if kept is node else kept

    def _keeping(self, node: ast.expr) -> ast.expr:
        number = ast.Constant(self.count, **self._at)
        self.count += 1
        return ast.Call(self._keep, [self._kept, number, node], [], **_place(node))
