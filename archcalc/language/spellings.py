"""What an expression may be spelt with: fewer signs, numbers and forms than Python reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from archcalc.language.arithmetic import ExprError

if TYPE_CHECKING:
    import ast

_TOKENS = r"""(?ax)
    (?P<space>\s+)
    | (?P<name>[A-Za-z_]\w*)
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)(?P<rest>[\w.]*)
    | [-+*/%().,<>=!\[\]]
    | (?P<odd>.)"""
"""The parts of an expression. A number ends where no letter, digit, ``_`` or dot follows."""


_MEANT = {"^": "; a power is written `**`", "?": "; one of two values is written `2 if index == 0 else 1`"}
"""What is said of signs that other languages have for what is written otherwise here."""


def refuse_odd(text: str) -> None:
    """Raise ExprError for a character, or a spelling of a number, that expressions have no use for.

    Python reads more than that: it takes ``1_000``, ``0x10`` and ``1j``, and ``1or 2`` with a warning.
    """
    for token in re.finditer(_TOKENS, text):
        at = token.start()
        if token["odd"]:
            meant = _MEANT.get(token[0], "")
            raise ExprError(f"`{token[0]}` has no meaning in an expression{meant}", at, len(token[0]), misread=True)
        if token["rest"]:
            spelling = re.match(r"[0-9]+_|0[box]", token[0])
            if spelling:
                raise ExprError(f"`{spelling[0]}` has no meaning in an expression", at, len(spelling[0]), misread=True)
            raise ExprError("this is not an expression", misread=True)
        if token["number"] and float(token["number"]) == 0 and not spells_zero(token["number"]):
            raise ExprError(f"`{token[0]}` is closer to 0 than a number may be", at, len(token[0]))


def spells_zero(text: str) -> bool:
    """Whether the digits of a number are zeros, and it is not only so small that a float takes it for 0."""
    return not re.search("[1-9]", re.split("[eE]", text)[0])


def meant_by(node: ast.expr) -> str:
    """What is wrong with a form that Python has and expressions have not, and how to say it."""
    import ast

    if isinstance(node, ast.Compare) and len(node.ops) > 1:
        sides = [node.left, *node.comparators]
        each = [ast.Compare(sides[at], [op], [sides[at + 1]]) for at, op in enumerate(node.ops)]
        return f"each comparison is written by itself, `{' and '.join(map(ast.unparse, each))}`"
    if isinstance(node, ast.Compare) and isinstance(node.comparators[0], (ast.List, ast.Tuple)):
        (op,), listed = node.ops, node.comparators[0].elts
        one: ast.cmpop = ast.Eq() if isinstance(op, ast.In) else ast.NotEq()
        if isinstance(op, (ast.In, ast.NotIn)) and listed:
            said = [ast.unparse(ast.Compare(node.left, [one], [entry])) for entry in listed]
            return f"such a choice is written `{(' or ' if isinstance(op, ast.In) else ' and ').join(said)}`"
    if isinstance(node, (ast.List, ast.Tuple)):
        return "a list has no place in an expression: name it in `let`, and write `name[index]` for an entry"
    return "it does more than an expression may"


def unreadable(text: str) -> str:
    """What is wrong with a text that is no expression, in words."""
    ifs, elses = (len(re.findall(rf"\b{word}\b", text)) for word in ("if", "else"))
    if ifs > elses:
        return f"it says `if`, and {'not each time' if elses else 'no'} `else`: `2 if index == 0 else 1`"
    return "this is not an expression"


def with_truths(tree: ast.expr, words: Mapping[str, bool]) -> ast.expr:
    """The tree with such words as truths, in place of names."""
    import ast

    class Words(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return ast.copy_location(ast.Constant(words[node.id]), node) if node.id in words else node

    changed: ast.expr = Words().visit(tree)
    return changed
