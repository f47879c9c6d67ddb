"""An expression of a spec as Python source that computes the same, exactly, on whole numbers.

A spec divides exactly: ``floor(w*9/80)*8``. In Python that is ``w * 9 // 80 * 8``: every part is carried as a quotient
of two whole numbers, and rounding becomes ``//``, or ``ceil`` of a quotient. That is exact below 2**53, as sizes are.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING

from msgspec import Struct

from archcalc.language.arithmetic import ExprError
from archcalc.language.expressions import parsed
from archcalc.language.nodes import ListNode, Node, ScalarNode
from archcalc.spec.field_values import exact, is_quoted_number

if TYPE_CHECKING:
    import ast

_TRUTH, _SUM, _PRODUCT, _ATOM = range(4)
"""How tightly the outermost sign of a piece of source binds."""


class Untranslatable(Exception):
    """A value that no source of this kind gives."""


class Inline(Struct, frozen=True):
    """A name that is written as the expression it stands for."""

    text: str


class _Whole(Struct, frozen=True):
    """Source of a whole number; ``value`` where it is a number, ``factor`` and ``rest`` where one is a factor."""

    text: str
    tight: int = _ATOM
    value: int | None = None
    factor: int = 1
    rest: _Whole | None = None


class _Quotient(Struct, frozen=True):
    over: _Whole
    under: _Whole


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
    number = exact(node.text)
    if number is None:
        raise Untranslatable
    return _written(_number(number))


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
    is_not = isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not)
    if isinstance(tree, (ast.BoolOp, ast.Compare)) or is_word or is_not:
        return _truth(tree, constants)[0]
    found = _quotient(tree, constants)
    return _divided(found.over, found.under).text if whole else _written(found)


def _literal(value: object) -> str:
    if isinstance(value, tuple):
        items = [_literal(item) for item in value]
        return f"({', '.join(items)}{',' * (len(items) == 1)})"
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, Fraction)):
        return _written(_number(value))
    raise Untranslatable


def _written(value: _Quotient) -> str:
    if value.under.value == 1:
        return value.over.text
    if value.over.value is not None and value.under.value is not None:
        return repr(float(Fraction(value.over.value, value.under.value)))
    return f"{_at(value.over, _PRODUCT)} / {_at(value.under, _ATOM)}"


def _number(value: int | Fraction) -> _Quotient:
    value = Fraction(value)
    return _Quotient(_constant(value.numerator), _constant(value.denominator))


def _constant(value: int) -> _Whole:
    return _Whole(str(value), _ATOM if value >= 0 else _SUM, value)


_ONE = _constant(1)


def _at(one: _Whole, tight: int) -> str:
    return one.text if one.tight >= tight else f"({one.text})"


def _times(a: _Whole, b: _Whole) -> _Whole:
    if a.value is not None and b.value is not None:
        return _constant(a.value * b.value)
    if a.value == 1:
        return b
    if b.value == 1:
        return a
    number, other = (a.value, b) if a.value is not None else (b.value, a)
    if number is not None and other.rest is not None:
        return _times(_constant(number * other.factor), other.rest)
    # A floor division on the right goes in brackets: a * (b // c) is not a * b // c.
    right = b.text if b.tight == _ATOM or (b.tight == _PRODUCT and "//" not in b.text) else f"({b.text})"
    return _Whole(f"{_at(a, _PRODUCT)} * {right}", _PRODUCT, None, number or 1, other if number else None)


def _plus(a: _Whole, b: _Whole, sign: str) -> _Whole:
    if a.value is not None and b.value is not None:
        return _constant(a.value + b.value if sign == "+" else a.value - b.value)
    if b.value == 0:
        return a
    if a.value == 0 and sign == "+":
        return b
    return _Whole(f"{_at(a, _SUM)} {sign} {_at(b, _PRODUCT)}", _SUM)


def _divided(a: _Whole, b: _Whole) -> _Whole:
    """⌊a/b⌋."""
    if a.value is not None and b.value is not None:
        return _constant(a.value // b.value)
    if b.value == 1:
        return a
    if b.value and a.rest is not None and a.factor > 0 and b.value > 0:
        # ⌊f·x/(g·f)⌋ = ⌊x/g⌋
        common = gcd(a.factor, b.value)
        if common > 1:
            return _divided(_times(_constant(a.factor // common), a.rest), _constant(b.value // common))
    return _Whole(f"{_at(a, _PRODUCT)} // {_at(b, _ATOM)}", _PRODUCT)


def _power(a: _Whole, b: _Whole) -> _Whole:
    if a.value is not None and b.value is not None and b.value >= 0:
        return _constant(a.value**b.value)
    if a.value == 1 or b.value == 1:
        return a
    return _Whole(f"{_at(a, _ATOM)} ** {_at(b, _ATOM)}", _PRODUCT)


def _reduced(over: _Whole, under: _Whole) -> _Quotient:
    if over.value is not None and under.value is not None and under.value:
        return _number(Fraction(over.value, under.value))
    return _Quotient(over, under)


def _quotient(tree: ast.expr, constants: Mapping[str, object]) -> _Quotient:
    import ast

    if isinstance(tree, ast.Constant) and isinstance(tree.value, (int, float)) and not isinstance(tree.value, bool):
        return _number(tree.value if isinstance(tree.value, int) else Fraction(str(tree.value)))
    if isinstance(tree, ast.Name):
        value = constants.get(tree.id)
        if isinstance(value, Inline):
            return _quotient(parsed(value.text), constants)
        if tree.id in constants:
            if isinstance(value, bool) or not isinstance(value, (int, Fraction)):
                raise Untranslatable
            return _number(value)
        return _Quotient(_Whole(tree.id), _ONE)
    if isinstance(tree, ast.UnaryOp):
        inner = _quotient(tree.operand, constants)
        return _reduced(_negated(inner.over), inner.under)
    if isinstance(tree, ast.BinOp):
        return _combined(tree, _quotient(tree.left, constants), _quotient(tree.right, constants))
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
        return _called(tree.func.id, [_quotient(argument, constants) for argument in tree.args])
    raise Untranslatable


def _negated(one: _Whole) -> _Whole:
    return _constant(-one.value) if one.value is not None else _Whole(f"-{_at(one, _ATOM)}", _PRODUCT)


def _combined(tree: ast.BinOp, a: _Quotient, b: _Quotient) -> _Quotient:
    sign = type(tree.op).__name__
    if sign == "Mult":
        a, b = _cancelled(a, b), _cancelled(b, a)
        return _reduced(_times(a.over, b.over), _times(a.under, b.under))
    if sign == "Div":
        return _reduced(_times(a.over, b.under), _times(a.under, b.over))
    if sign == "FloorDiv":
        return _Quotient(_divided(_times(a.over, b.under), _times(a.under, b.over)), _ONE)
    if sign == "Mod" and a.under.value == b.under.value == 1:
        return _Quotient(_Whole(f"{_at(a.over, _PRODUCT)} % {_at(b.over, _ATOM)}", _PRODUCT), _ONE)
    if sign == "Pow" and b.under.value == 1:
        return _Quotient(_power(a.over, b.over), _power(a.under, b.over))
    if sign in ("Add", "Sub"):
        over = _plus(_times(a.over, b.under), _times(b.over, a.under), "+" if sign == "Add" else "-")
        return _reduced(over, _times(a.under, b.under))
    raise Untranslatable


def _cancelled(a: _Quotient, b: _Quotient) -> _Quotient:
    """a with what its number over shares with b's number under, and the other way round, taken out."""
    over, under = a.over, a.under
    if over.value and b.under.value:
        over = _constant(over.value // gcd(over.value, b.under.value))
    if under.value and b.over.value:
        under = _constant(under.value // gcd(under.value, b.over.value))
    return _Quotient(over, under)


def _called(function: str, arguments: list[_Quotient]) -> _Quotient:
    first = arguments[0]
    if function == "floor":
        return _Quotient(_divided(first.over, first.under), _ONE)
    if function == "ceil":
        if first.under.value == 1:
            return first
        return _Quotient(_Whole(f"ceil({_written(first)})"), _ONE)
    values = [argument.over.value for argument in arguments]
    if all(argument.under.value == 1 for argument in arguments):
        if None not in values:
            return _Quotient(_constant((max if function == "max" else min)(value or 0 for value in values)), _ONE)
        return _Quotient(_Whole(f"{function}({', '.join(argument.over.text for argument in arguments)})"), _ONE)
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
    """Source of a condition, and how tightly it binds: ``or`` 0, ``and`` 1, ``not`` 2, a comparison 3, a name 4."""
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
        left, right = _times(a.over, b.under), _times(b.over, a.under)
        if left.value is not None and right.value is not None:
            return str(_COMPARED[type(tree.ops[0]).__name__](left.value, right.value)), 4
        return f"{left.text} {_SIGNS[type(tree.ops[0]).__name__]} {right.text}", 3
    if isinstance(tree, ast.Constant) and isinstance(tree.value, bool):
        return str(tree.value), 4
    if isinstance(tree, ast.Name):
        return _any(tree, constants), 4
    raise Untranslatable
