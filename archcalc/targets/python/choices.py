"""Source of conditions and of choices between two values, put together from the source of their parts."""

from __future__ import annotations

import ast
from collections.abc import Sequence


def chosen(one: str, condition: str, other: str) -> str:
    """Source of a choice: ``one if condition else other``."""
    return f"{operand(one)} if {operand(condition)} else {other}"


def operand(part: str) -> str:
    """What stands before or behind an ``if``, or is compared: in brackets where it is a choice."""
    return f"({part})" if isinstance(_tree(part), ast.IfExp) else part


def all_hold(conditions: Sequence[str]) -> str:
    """Source of a condition that holds where all of these do."""
    return " and ".join(map(_joined, conditions)) if len(conditions) > 1 else "".join(conditions)


def _joined(condition: str) -> str:
    tree = _tree(condition)
    is_or = isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.Or)
    return f"({condition})" if is_or or isinstance(tree, ast.IfExp) else condition


def _tree(source: str) -> ast.expr | None:
    """The syntax tree of what may be a choice or a condition; ``None`` of what is sure to be neither."""
    return ast.parse(source, mode="eval").body if " " in source else None
