"""What a failed assertion says: its condition with the values, in the form of pytest.

`assertions.py` makes a script call this. pytest is imported when the first assertion fails.
"""

import ast
import sys
from collections.abc import Mapping
from functools import lru_cache
from types import FrameType
from typing import TypeVar

from ..errors import Halted
from ..package import PACKAGE
from .assertion_difference import difference
from .assertions import FAILED, KEEP, KEPT, condition_of

Value = TypeVar("Value")

MOST_LINES = 80
LONGEST_LINE = 1_000


def keep(kept: dict[int, object], number: int, value: Value) -> Value:
    """Keep a value of an assertion that is being evaluated."""
    kept[number] = value
    return value


def failed(place: str, kept: dict[int, object] | None, *message: object) -> AssertionError:
    """Return the error of an assertion that has failed, whose values tell why.

    A message stays as it is, for a script that catches the error: the values are a note.
    """
    text = _text(place, kept or {}, sys._getframe(1))
    if kept is not None:
        kept.clear()
    error = AssertionError(*message)
    if text and message:
        error.add_note(text)
    elif text:
        error.args = (text,)
    return error


# What the code of a script needs beside its own names.
NAMES: Mapping[str, object] = {KEEP: keep, KEPT: None, FAILED: failed}


def _text(place: str, kept: Mapping[int, object], frame: FrameType) -> str:
    """Return what there is to say about a condition; nothing if its values cannot be shown."""
    try:
        from _pytest.assertion.util import format_explanation

        text = format_explanation(f"assert {_Explanation(kept, frame).of(_condition(place))}")
    except Halted:
        raise
    except BaseException:  # noqa: BLE001 - of whatever a value does, or pytest has no longer
        return ""
    return _shortened(text)


_condition = lru_cache(maxsize=100)(condition_of)  # in a loop, one fails again and again


def _shortened(text: str) -> str:
    lines = [
        line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 3]}..."
        for line in text.split("\n")
    ]
    if (left_out := len(lines) - MOST_LINES) > 0:
        half = MOST_LINES // 2
        lines[half:-half] = [f"  [{left_out} lines left out]"]
    return "\n".join(lines)


class _Explanation:
    """Makes the explanation of a condition, in the notation that pytest formats.

    The names of a script's functions and machines say more than what Python shows of them.
    """

    def __init__(self, kept: Mapping[int, object], frame: FrameType) -> None:
        from _pytest.assertion import rewrite

        self._pytest = rewrite
        self._kept = kept
        self._names = {**frame.f_builtins, **frame.f_globals, **frame.f_locals}

    def of(self, node: ast.expr) -> str:
        """Return the explanation of an expression that was evaluated."""
        inner = _unwrapped(node)
        match inner:
            case ast.Name(id=name):
                if name in self._names and self._tells(node):
                    return self._shown(self._value(node))
                return name
            case ast.BoolOp(op=operator, values=values):
                joint = " or " if isinstance(operator, ast.Or) else " and "
                return f"({joint.join(self.of(one) for one in values if self._was_evaluated(one))})"
            case ast.UnaryOp(op=operator, operand=operand):
                return str(self._pytest.UNARY_MAP[type(operator)] % self.of(operand))
            case ast.BinOp(left=left, op=operator, right=right):
                symbol = self._pytest.BINOP_MAP[type(operator)]
                return f"({self.of(left)} {symbol} {self.of(right)})"
            case ast.Compare():
                return self._comparison(inner)
            case ast.Call():
                return self._with_origin(node, self._call(inner))
            case ast.Attribute(value=value, attr=name):
                text = f"{self.of(value)}.{name}"
                is_named = not self._tells(value) and not self._tells(node)
                return text if is_named else self._with_origin(node, text)
            case ast.Starred(value=value):
                return f"*{self.of(value)}"
        return self._shown(self._value(node))

    def _call(self, call: ast.Call) -> str:
        arguments = [self.of(argument) for argument in call.args]
        for keyword in call.keywords:
            prefix = f"{keyword.arg}=" if keyword.arg else "**"
            arguments.append(prefix + self.of(keyword.value))
        return f"{self.of(call.func)}({', '.join(arguments)})"

    def _comparison(self, compare: ast.Compare) -> str:
        """Return the explanation of a comparison; of a chain, of its last one that was made."""
        operands = [compare.left, *compare.comparators]
        place = 0
        if len(compare.ops) > 1:
            place = sum(self._was_evaluated(one) for one in operands) - 2
        left, right = operands[place], operands[place + 1]
        symbol = self._pytest.BINOP_MAP[type(compare.ops[place])]
        if told := difference(symbol, self._value(left), self._value(right)):
            return "\n~".join(line.replace("\n", "\\n") for line in told)
        return f"{self._operand(left)} {symbol} {self._operand(right)}"

    def _operand(self, node: ast.expr) -> str:
        text = self.of(node)
        return f"({text})" if isinstance(_unwrapped(node), ast.Compare) else text

    def _with_origin(self, node: ast.expr, origin: str) -> str:
        shown = self._shown(self._value(node))
        return f"{shown}\n{{{shown} = {origin}\n}}"

    def _was_evaluated(self, node: ast.expr) -> bool:
        return _number(node) in self._kept

    def _value(self, node: ast.expr) -> object:
        number = _number(node)
        if number is not None:
            return self._kept[number]
        match node:
            case ast.Constant() | ast.Tuple():
                return ast.literal_eval(node)
            case ast.Name(id=name):
                return self._names[name]
        raise LookupError(ast.dump(node))

    def _shown(self, value: object) -> str:
        return str(self._pytest._saferepr(value))

    def _tells(self, node: ast.expr) -> bool:
        """Tell whether the value of an expression says more than its name does, if it has one."""
        if not isinstance(_unwrapped(node), ast.Name | ast.Attribute):
            return True
        value = self._value(node)
        if type(value).__module__.partition(".")[0] == PACKAGE:
            return False
        return bool(self._pytest._should_repr_global_name(value))


def _number(node: ast.expr) -> int | None:
    """Return the number under which an expression keeps its value."""
    match node:
        case ast.Call(func=ast.Name(id="@keep"), args=[_, ast.Constant(value=int(number)), _]):
            return number
    return None


def _unwrapped(node: ast.expr) -> ast.expr:
    """Return the expression that keeps its value as the script has it."""
    return node if _number(node) is None else node.args[2]  # type: ignore[attr-defined]  # a call
