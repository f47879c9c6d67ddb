"""An expression of a spec as Python source that computes the same, exactly, on whole numbers.

A spec divides exactly: ``floor(w*9/80)*8``. In Python that is ``w * 9 // 80 * 8``: every part is carried as a quotient
of two whole numbers, and rounding becomes ``//``, or ``ceil`` of a quotient. That is exact below 2**53, as sizes are.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct

from archcalc.language.arithmetic import ExprError
from archcalc.language.expressions import parsed
from archcalc.language.nodes import ListNode, Node, ScalarNode
from archcalc.spec.field_values import exact, is_quoted_number
from archcalc.targets.python.choices import chosen
from archcalc.targets.python.quotients import (
    ATOM,
    ONE,
    PRODUCT,
    SUM,
    TRUTH,
    Quotient,
    Whole,
    at,
    cancelled,
    constant,
    divided,
    negated,
    number,
    plus,
    power,
    reduced,
    times,
    written,
)

if TYPE_CHECKING:
    import ast


class Untranslatable(Exception):
    """A value that no source of this kind gives."""


class Inline(Struct, frozen=True):
    """A name that is written as the expression it stands for."""

    text: str


def source(node: Node, constants: Mapping[str, object], *, whole: bool = False) -> str:
    """Source of a node's value; the names in ``constants`` are written as their values.

    With ``whole`` its quotients are known to come out even. Raises Untranslatable.
    """
    if isinstance(node, ListNode):
        items = [source(item, constants, whole=whole) for item in node.items]
        return f"({', '.join(items)}{',' * (len(items) == 1)})"
    if not isinstance(node, ScalarNode):
        raise Untranslatable
    if isinstance(node.value, str) and not is_quoted_number(node):
        return expression(node.value, constants, whole=whole)
    if isinstance(node.value, bool):
        return str(node.value)
    stated = exact(node.text)
    if stated is None:
        raise Untranslatable
    return written(number(stated))


def is_whole(node: Node, constants: Mapping[str, object]) -> bool:
    """Whether the source of a node's value counts in whole numbers only."""
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
        return True
    try:
        return _quotient(parsed(node.value), constants).under.value == 1
    except (ExprError, Untranslatable):
        return True


def expression(text: str, constants: Mapping[str, object], *, whole: bool = False) -> str:
    """Source of an expression's value, as ``source`` has it. Raises Untranslatable."""
    try:
        tree = parsed(text)
    except ExprError:
        raise Untranslatable from None
    return _any(tree, constants, whole)


def _any(tree: ast.expr, constants: Mapping[str, object], whole: bool = False) -> str:
    """Source of a number, a truth or a name of whatever kind."""
    import ast

    if isinstance(tree, ast.Name) and not isinstance(constants.get(tree.id), Inline):
        return _literal(constants[tree.id]) if tree.id in constants else tree.id
    is_word = isinstance(tree, ast.Constant) and isinstance(tree.value, bool)
    if isinstance(tree, ast.Subscript):
        return _entry(tree, constants)
    is_not = isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not)
    if isinstance(tree, (ast.BoolOp, ast.Compare)) or is_word or is_not:
        return _truth(tree, constants)[0]
    if isinstance(tree, ast.IfExp):
        return _choice(tree, constants, lambda part: _any(part, constants, whole))
    found = _quotient(tree, constants)
    return divided(found.over, found.under).text if whole else written(found)


def _literal(value: object) -> str:
    if isinstance(value, tuple):
        items = [_literal(item) for item in value]
        return f"({', '.join(items)}{',' * (len(items) == 1)})"
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, Fraction)):
        return written(number(value))
    raise Untranslatable


def _quotient(tree: ast.expr, constants: Mapping[str, object]) -> Quotient:
    import ast

    if isinstance(tree, ast.Constant) and isinstance(tree.value, (int, float)) and not isinstance(tree.value, bool):
        return number(tree.value if isinstance(tree.value, int) else Fraction(str(tree.value)))
    if isinstance(tree, ast.Name):
        value = constants.get(tree.id)
        if isinstance(value, Inline):
            return _quotient(parsed(value.text), constants)
        if tree.id in constants:
            if isinstance(value, bool) or not isinstance(value, (int, Fraction)):
                raise Untranslatable
            return number(value)
        return Quotient(Whole(tree.id), ONE)
    if isinstance(tree, ast.Subscript):
        return Quotient(Whole(_entry(tree, constants)), ONE)
    if isinstance(tree, ast.UnaryOp):
        inner = _quotient(tree.operand, constants)
        return reduced(negated(inner.over), inner.under)
    if isinstance(tree, ast.IfExp):
        return _chosen(tree, constants)
    if isinstance(tree, ast.BinOp):
        return _combined(tree, _quotient(tree.left, constants), _quotient(tree.right, constants))
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
        return _called(tree.func.id, [_quotient(argument, constants) for argument in tree.args])
    raise Untranslatable


def _chosen(tree: ast.IfExp, constants: Mapping[str, object]) -> Quotient:
    """One of two numbers, as a quotient by what both are divided by."""
    then, other = _quotient(tree.body, constants), _quotient(tree.orelse, constants)
    test, _ = _truth(tree.test, constants)
    if test in ("True", "False"):
        return then if test == "True" else other
    if then.under != other.under:
        under = times(then.under, other.under)
        then, other = Quotient(times(then.over, other.under), under), Quotient(times(other.over, then.under), under)
    return Quotient(Whole(chosen(then.over.text, test, other.over.text), TRUTH), then.under)


def _choice(tree: ast.IfExp, constants: Mapping[str, object], source_of: Callable[[ast.expr], str]) -> str:
    """Source of one of two values; of one alone where the condition is decided."""
    test, _ = _truth(tree.test, constants)
    if test in ("True", "False"):
        return source_of(tree.body if test == "True" else tree.orelse)
    return chosen(source_of(tree.body), test, source_of(tree.orelse))


def _entry(tree: ast.Subscript, constants: Mapping[str, object]) -> str:
    """Source of an entry of a list that has a name in code; of any other its values must do."""
    import ast

    if not isinstance(tree.value, ast.Name) or tree.value.id in constants:
        raise Untranslatable
    return f"{tree.value.id}[{written(_quotient(tree.slice, constants))}]"


def _combined(tree: ast.BinOp, a: Quotient, b: Quotient) -> Quotient:
    sign = type(tree.op).__name__
    if sign == "Mult":
        a, b = cancelled(a, b), cancelled(b, a)
        return reduced(times(a.over, b.over), times(a.under, b.under))
    if sign == "Div":
        return reduced(times(a.over, b.under), times(a.under, b.over))
    if sign == "FloorDiv":
        return Quotient(divided(times(a.over, b.under), times(a.under, b.over)), ONE)
    if sign == "Mod" and a.under.value == b.under.value == 1:
        return Quotient(Whole(f"{at(a.over, PRODUCT)} % {at(b.over, ATOM)}", PRODUCT), ONE)
    if sign == "Pow" and b.under.value == 1:
        return Quotient(power(a.over, b.over), power(a.under, b.over))
    if sign in ("Add", "Sub"):
        over = plus(times(a.over, b.under), times(b.over, a.under), "+" if sign == "Add" else "-")
        return reduced(over, times(a.under, b.under))
    raise Untranslatable


def _called(function: str, arguments: list[Quotient]) -> Quotient:
    first = arguments[0]
    if function == "floor":
        return Quotient(divided(first.over, first.under), ONE)
    if function == "ceil":
        if first.under.value == 1:
            return first
        return Quotient(Whole(f"ceil({written(first)})"), ONE)
    values = [argument.over.value for argument in arguments]
    if all(argument.under.value == 1 for argument in arguments):
        if None not in values:
            return Quotient(constant((max if function == "max" else min)(value or 0 for value in values)), ONE)
        return Quotient(Whole(f"{function}({', '.join(argument.over.text for argument in arguments)})"), ONE)
    raise Untranslatable


_SIGNS = {"Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">="}
_COMPARED: dict[str, Callable[[int, int], bool]] = {
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
}


def _truth(tree: ast.expr, constants: Mapping[str, object]) -> tuple[str, int]:
    """Source of a condition, and how tightly it binds: a choice -1, ``or`` 0, ``and`` 1, ``not`` 2, a comparison 3, a
    name 4.
    """
    import ast

    if isinstance(tree, ast.BoolOp):
        tight, word = (1, " and ") if isinstance(tree.op, ast.And) else (0, " or ")
        decides, idle = ("False", "True") if tight else ("True", "False")
        parts = [one for one in (_truth(value, constants) for value in tree.values) if one[0] != idle]
        if len(parts) < 2 or any(text == decides for text, _ in parts):
            return next((one for one in parts if one[0] == decides), parts[0] if parts else (idle, 4))
        return word.join(text if inner > tight else f"({text})" for text, inner in parts), tight
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not):
        text, inner = _truth(tree.operand, constants)
        if text in ("True", "False"):
            return str(text == "False"), 4
        return f"not {text if inner >= 2 else f'({text})'}", 2
    if isinstance(tree, ast.Compare):
        a, b = _quotient(tree.left, constants), _quotient(tree.comparators[0], constants)
        left, right = times(a.over, b.under), times(b.over, a.under)
        if left.value is not None and right.value is not None:
            return str(_COMPARED[type(tree.ops[0]).__name__](left.value, right.value)), 4
        return f"{at(left, SUM)} {_SIGNS[type(tree.ops[0]).__name__]} {at(right, SUM)}", 3
    if isinstance(tree, ast.Constant) and isinstance(tree.value, bool):
        return str(tree.value), 4
    if isinstance(tree, ast.IfExp):
        return _choice(tree, constants, lambda part: _truth(part, constants)[0]), -1
    if isinstance(tree, ast.Name):
        return _any(tree, constants), 4
    raise Untranslatable
