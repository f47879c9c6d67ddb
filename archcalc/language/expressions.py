"""Expressions in a spec, ``4*width``, to exact values, by a whitelist of Python's syntax tree.

Allowed are whole and decimal numbers, ``true`` and ``false``, names, ``+ - * / // % **``, comparisons, ``and``,
``or``, ``not``, ``min``, ``max``, ``ceil`` and ``floor``, ``2 if index == 0 else 1``; entries of lists,
``widths[index]``, and of their rows, ``stages[0].width``. Decimals are exact fractions, so ``floor(1.1*20)`` is 22.
Values are ints, fractions, truths or sympy expressions; no string ever reaches sympy.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from keyword import iskeyword
from typing import TYPE_CHECKING, cast

from archcalc.language.arithmetic import (
    COMPARISONS,
    FUNCTIONS,
    OPERATORS,
    Bound,
    ExprError,
    all_of,
    any_of,
    same_in_all,
)
from archcalc.language.rows import Row, entry_at
from archcalc.language.spellings import meant_by, refuse_odd, unreadable, with_truths
from archcalc.sizes.rules import UNKNOWN, PerRow, is_array, is_symbolic

if TYPE_CHECKING:
    import ast

    from archcalc.language.arithmetic import Truths
    from archcalc.sizes.rules import Exact, Truth

MAX_LENGTH = 200
MAX_VALUE = 10**18
MAX_DENOMINATOR = 10**100
MAX_KEPT = 1 << 14
"""How many expressions are kept as trees: in a block's uses they come again and again."""

LENGTH = "len"
"""What says how many entries a list has. A name may be called so, too."""

OPERATIONS = (
    "+ - * / // % **, comparisons, and, or, not, min, max, ceil, floor and len, `2 if index == 0 else 1`, "
    "and entries of lists, `widths[index]`"
)
"""What an expression may do, in words."""


@lru_cache(MAX_KEPT)
def names(text: str) -> tuple[str, ...]:
    """The names an expression uses, in order of appearance. Raises ExprError if it does not parse."""
    if text.isidentifier() and text.isascii() and len(text) <= MAX_LENGTH and not _is_word(text):
        return () if text in FUNCTIONS else (text,)  # as most are: nothing is to be parsed
    import ast

    tree = parsed(text)
    found = [(*_place(node), node.id) for node in ast.walk(tree) if isinstance(node, ast.Name)]
    called = {_place(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_length(node)}
    listed = dict.fromkeys(name for *place, name in sorted(found) if tuple(place) not in called)
    return tuple(name for name in listed if name not in FUNCTIONS)


def _is_length(node: ast.Call) -> bool:
    import ast

    return isinstance(node.func, ast.Name) and node.func.id == LENGTH


def chooses(text: str) -> bool:
    """Whether an expression that parses has one of two values somewhere: ``2 if index == 0 else 1``."""
    import ast

    return "if" in text and any(isinstance(node, ast.IfExp) for node in ast.walk(parsed(text)))


def as_part(text: str) -> str:
    """An expression that parses, as it stands in a larger one: a choice in brackets."""
    import ast

    return f"({text})" if isinstance(parsed(text), ast.IfExp) else text


def evaluate(text: str, known: Mapping[str, Bound]) -> Bound:
    """The value of an expression over known names.

    Raises ExprError for syntax outside the whitelist, an unknown name, a division by zero, or a
    value beyond ±10**18, or a fraction of more than 100 digits.
    """
    itself = known.get(text)
    if type(itself) is int and text not in FUNCTIONS:
        return itself
    try:
        used = [known.get(name) for name in names(text)]
        ints = [one for one in used if type(one) is int]
        if len(ints) == len(used):
            return _of_ints(text, tuple(ints))
        # What something that is already at fault is part of is then unknown, too.
        if any(one is UNKNOWN for one in used):
            return UNKNOWN
        value = _value(parsed(text), known)
    except ZeroDivisionError:
        raise ExprError("it divides by zero") from None
    if isinstance(value, Fraction) and value.denominator == 1:
        value = int(value)
    return value


@lru_cache(MAX_KEPT)
def _of_ints(text: str, values: tuple[int, ...]) -> Bound:
    """The value of an expression whose names, in order of appearance, are these ints."""
    value = _value(parsed(text), dict(zip(names(text), values, strict=True)))
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value


@lru_cache(MAX_KEPT)
def parsed(text: str) -> ast.expr:
    """The syntax tree of an expression, which may still go beyond the whitelist. Raises ExprError for what is none."""
    import ast

    if len(text) > MAX_LENGTH:
        raise ExprError(f"an expression may have at most {MAX_LENGTH} characters")
    refuse_odd(text)
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        return with_truths(tree, TRUTHS) if re.search(_TRUTH_WORD, text) else tree
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExprError(unreadable(text), misread=True) from None


TRUTHS = {"true": True, "TRUE": True, "false": False, "FALSE": False}
"""The words of YAML that are truths alone, and so in an expression, beside those that are Python's own, too."""


def _is_word(text: str) -> bool:
    """Whether an identifier is a word of the language, and not a name."""
    return iskeyword(text) or text in TRUTHS


_TRUTH_WORD = rf"(?a)\b(?:{'|'.join(TRUTHS)})\b"


def _value(node: ast.expr, known: Mapping[str, Bound]) -> Bound:
    import ast

    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return node.value
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        if isinstance(node.value, float) and not math.isfinite(node.value):
            raise ExprError("it goes beyond ±10**18", *_place(node))
        return _bounded(node.value if isinstance(node.value, int) else Fraction(str(node.value)), node)
    if isinstance(node, ast.Name):
        if node.id not in known:
            raise ExprError(f"`{node.id}` is not a known name", *_place(node), unknown=node.id)
        return known[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_number(node.operand, known)
    if isinstance(node, ast.BinOp) and type(node.op).__name__ in OPERATORS:
        left, right = _number(node.left, known), _number(node.right, known)
        return _bounded(_operated(node, left, right), node)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]).__name__ in COMPARISONS:
        left, right = _number(node.left, known), _number(node.comparators[0], known)
        return _decided(COMPARISONS[type(node.ops[0]).__name__](left, right), node)
    if isinstance(node, ast.BoolOp):
        truths = [_truth(value, known) for value in node.values]
        return all_of(truths) if isinstance(node.op, ast.And) else any_of(truths)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        truth = _truth(node.operand, known)
        return not truth if isinstance(truth, bool) else ~truth
    if isinstance(node, ast.IfExp):
        taken, other = node.body, node.orelse
        if not same_in_all(_truth(node.test, known)):
            taken, other = other, taken
        _refuse_unreadable(other, known)
        return _value(taken, known)
    if isinstance(node, (ast.Subscript, ast.Attribute)):
        return _looked_up(node, known)
    if isinstance(node, ast.Call) and _is_length(node):
        return _length(node, known)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _call(node.func, [_number(argument, known) for argument in node.args])
    raise ExprError(meant_by(node), *_place(node), misread=True)


def _refuse_unreadable(node: ast.expr, known: Mapping[str, Bound]) -> None:
    """Raise ExprError where a part whose value is not needed has no meaning; that it has no value here is no matter."""
    import ast

    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id not in {*known, *FUNCTIONS, LENGTH}:
            _value(part, known)
    try:
        _value(node, known)
    except ExprError as error:
        if error.misread:
            raise
    except ZeroDivisionError:
        pass


def _looked_up(node: ast.Subscript | ast.Attribute, known: Mapping[str, Bound]) -> Bound:
    """An entry of a list, or what a name stands for in a row."""
    import ast

    written = node.value.elts if isinstance(node.value, (ast.List, ast.Tuple)) else None
    held = _value(node.value, known) if written is None else tuple([_value(item, known) for item in written])
    if held is UNKNOWN:
        return UNKNOWN
    try:
        if isinstance(node, ast.Attribute):
            if not isinstance(held, Row):
                raise ExprError("only a row has names, `stages[0].width`")
            return held.value(node.attr)
        # Only a number that is written counts from the end: where one is computed, it is a slip.
        from_end = isinstance(node.slice, ast.UnaryOp) and isinstance(node.slice.operand, ast.Constant)
        return entry_at(held, _number(node.slice, known), from_end=from_end)
    except ExprError as error:
        raise ExprError(str(error), *_place(node), undecided=error.undecided) from None


def _length(node: ast.Call, known: Mapping[str, Bound]) -> Bound:
    if len(node.args) != 1 or node.keywords:
        raise ExprError(f"`{LENGTH}` takes one list", *_place(node))
    held = _value(node.args[0], known)
    if held is UNKNOWN:
        return UNKNOWN
    if not isinstance(held, tuple):
        raise ExprError(f"`{LENGTH}` says how many entries a list has, and this is not one", *_place(node.args[0]))
    return len(held)


def _operated(node: ast.BinOp, left: Exact, right: Exact) -> Exact:
    """What the operator makes of two numbers; where it cannot, that is due to the second."""
    try:
        return OPERATORS[type(node.op).__name__](left, right)
    except ExprError as error:
        raise ExprError(str(error), *_place(node.right)) from None


def _number(node: ast.expr, known: Mapping[str, Bound]) -> Exact:
    """The value of a part that must be a number, or stand for one."""
    value = _value(node, known)
    if isinstance(value, (bool, tuple, Row)) or is_array(value):
        what = "a list" if isinstance(value, tuple) else "a row" if isinstance(value, Row) else "true or false"
        raise ExprError(f"this is {what}, not a number", *_place(node))
    return cast("Exact", value)


def _truth(node: ast.expr, known: Mapping[str, Bound]) -> bool | Truths:
    """The value of a part that must be a condition: a ``bool``, or an array of them."""
    value = _value(node, known)
    if isinstance(value, bool) or (is_array(value) and cast("Truths", value).dtype.kind == "b"):
        return cast("bool | Truths", value)
    import ast

    compared = ast.Compare(node, [ast.NotEq()], [ast.Constant(0)])
    way = "" if isinstance(value, (tuple, Row)) else f", `{ast.unparse(compared)}`"
    raise ExprError(f"this is not a condition: compare it with something{way}", *_place(node))


def _decided(holds: Truth, node: ast.expr) -> Truth:
    """A comparison's outcome. Raises ExprError where symbols leave it open."""
    if isinstance(holds, bool) or not is_symbolic(holds):
        return holds
    if not getattr(holds, "free_symbols", True):
        return bool(holds)
    raise ExprError("it holds for some sizes and not for others", *_place(node), undecided=True)


def _call(function: ast.Name, arguments: list[Exact]) -> Exact:
    if function.id not in FUNCTIONS:
        way = "; `floor(x + 1/2)` rounds" if function.id == "round" else ""
        raise ExprError(f"`{function.id}` is not a function here{way}", *_place(function), misread=True)
    compute, fewest, most = FUNCTIONS[function.id]
    if not fewest <= len(arguments) <= most:
        wanted = "one value" if most == 1 else "two values or more"
        raise ExprError(f"`{function.id}` takes {wanted}", *_place(function))
    return compute(arguments)


def _bounded(value: Exact, node: ast.expr) -> Exact:
    low, high = (value.low, value.high) if isinstance(value, PerRow) else (value, value)
    if (
        isinstance(low, (int, Fraction))
        and isinstance(high, (int, Fraction))
        and not -MAX_VALUE <= low <= high <= MAX_VALUE
    ):
        raise ExprError("it goes beyond ±10**18", *_place(node))
    if isinstance(value, Fraction) and value.denominator > MAX_DENOMINATOR:
        raise ExprError("its fraction has more than 100 digits", *_place(node))
    return value


def _place(node: ast.expr) -> tuple[int, int]:
    return node.col_offset, (node.end_col_offset or node.col_offset) - node.col_offset
