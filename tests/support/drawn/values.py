"""What is written in a spec to values: whole numbers and exact fractions, truths, lists, texts.

Shares nothing with the package: Python's own grammar reads the expressions, and fractions are the numbers.
"""

from __future__ import annotations

import ast
import math
import re
from fractions import Fraction
from functools import cache
from typing import Any

Env = dict[str, Any]

WORDS = frozenset({"same", "valid", "nearest", "bilinear", "reflect", "replicate", "circular", "zeros", "tanh", "none"})
"""Values of fields that are words, and no expressions."""

PATTERN = "->"
"""What stands in a text that is a pattern of axes."""

_CALLS: dict[str, Any] = {"min": min, "max": max, "ceil": math.ceil, "floor": math.floor}


def value(written: Any, env: Env) -> Any:
    """What a value, or an expression, is where the names of ``env`` are known."""
    if isinstance(written, bool) or written is None:
        return written
    if isinstance(written, int | float):
        return Fraction(str(written))
    if isinstance(written, list):
        return [value(one, env) for one in written]
    if (written in WORDS and written not in env) or PATTERN in written:
        return written
    return _computed(parsed(written), env)


def plain(one: Any) -> Any:
    """A value as a field has it: whole numbers as such, other numbers as floats."""
    if isinstance(one, list):
        return tuple(plain(part) for part in one)
    if isinstance(one, Fraction):
        return int(one) if one.denominator == 1 else float(one)
    return one


def filled(name: str, env: Env) -> str:
    """A name with what is in its braces computed."""
    return re.sub(r"\{(.*?)\}", lambda found: str(value(found[1], env)), name)


def names_in(written: Any) -> set[str]:
    """The names that an expression is over."""
    if isinstance(written, list):
        return set().union(*map(names_in, written))
    if not isinstance(written, str) or written in WORDS or PATTERN in written:
        return set()
    return {node.id for node in ast.walk(parsed(written)) if isinstance(node, ast.Name)} - set(_CALLS)


@cache
def parsed(text: str) -> ast.expr:
    return ast.parse(re.sub(r"\b(true|false)\b", lambda word: word[0].title(), text.strip()), mode="eval").body


def _computed(node: ast.expr, env: Env) -> Any:
    match node:
        case ast.Constant(bool() as truth):
            return truth
        case ast.Constant(int() | float() as number):
            return Fraction(str(number))
        case ast.Name(name):
            return env[name]
        case ast.UnaryOp(ast.Not(), inner):
            return not _computed(inner, env)
        case ast.UnaryOp(ast.USub(), inner):
            return -_computed(inner, env)
        case ast.BoolOp(ast.And(), parts):
            return all(_computed(part, env) for part in parts)
        case ast.BoolOp(ast.Or(), parts):
            return any(_computed(part, env) for part in parts)
        case ast.Compare(left, [operator], [right]):
            return _compared(operator, _computed(left, env), _computed(right, env))
        case ast.IfExp(test, then, other):
            return _computed(then if _computed(test, env) else other, env)
        case ast.BinOp(left, operator, right):
            return _calculated(operator, _computed(left, env), _computed(right, env))
        case ast.Call(ast.Name(called), arguments):
            return Fraction(_CALLS[called](*[_computed(argument, env) for argument in arguments]))
    raise ValueError(ast.dump(node))


def _compared(operator: ast.cmpop, left: Any, right: Any) -> bool:
    match operator:
        case ast.Eq():
            return bool(left == right)
        case ast.NotEq():
            return bool(left != right)
        case ast.Lt():
            return bool(left < right)
        case ast.LtE():
            return bool(left <= right)
        case ast.Gt():
            return bool(left > right)
        case ast.GtE():
            return bool(left >= right)
    raise ValueError(ast.dump(operator))


def _calculated(operator: ast.operator, left: Any, right: Any) -> Any:
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Pow():
            return Fraction(left) ** int(right)
        case ast.Div():
            return Fraction(left) / right
        case ast.FloorDiv():
            return Fraction(left // right)
        case ast.Mod():
            return left % right
    raise ValueError(ast.dump(operator))
