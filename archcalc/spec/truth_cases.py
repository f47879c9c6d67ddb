"""Conditions compared without values: every case that they tell apart, and what holds in each.

A condition is read as an expression over flags (``deep``), numbers that are compared with constants (``stride !=
1``) and numbers that are compared with each other (``in_channels != width``). A case gives each flag a truth, each
number a place among the constants that it is compared with, and each pair of numbers an order. Cases that no values
can make may be among them, never the reverse: what holds in no case holds for no values.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Hashable, Set
from fractions import Fraction
from itertools import pairwise, product
from typing import TypeAlias

from archcalc.language.arithmetic import ExprError
from archcalc.language.expressions import evaluate, parsed
from archcalc.language.nodes import Node, ScalarNode

Choice: TypeAlias = tuple[Fraction | int, bool]
"""A place among the numbers, and whether it is that very number; a truth is 0 or 1."""

Case: TypeAlias = dict[Hashable, Choice]
"""What each variable is in one case."""

Condition: TypeAlias = Callable[[Case], bool]
"""Whether a condition holds in a case."""

MAX_CASES = 4096
"""Twelve flags, each one way or the other."""


class Cases:
    """Reads conditions, and then goes through the cases that they tell apart.

    ``of_copies`` are the names that stand for something else in each copy of a repeat: ``index``, and those of rows.
    """

    def __init__(self, of_copies: Set[str] = frozenset({"index"})) -> None:
        self.of_copies = of_copies
        self._choices: dict[Hashable, set[Choice]] = {}

    def condition(self, node: Node, scope: object = None) -> Condition:
        """What ``when`` says. What is no condition to be told more of, or says ``index``, may hold or not.

        Within the same ``scope`` (a copy of a repeat) the same ``index``, and the same row, is meant.
        """
        if isinstance(node, ScalarNode) and isinstance(node.value, bool):
            truth = node.value
            return lambda case: truth
        tree = _tree(node)
        return self._open((id(node), scope)) if tree is None else self._read(tree, scope)

    def at_least(self, node: Node, least: int, scope: object = None) -> Condition:
        """Whether a ``repeat`` makes so many copies."""
        if isinstance(node, ScalarNode) and type(node.value) is int:
            holds = node.value >= least
            return lambda case: holds
        tree = _tree(node)
        if tree is None:
            return self._open((id(node), scope, least))
        return self._compared(ast.GtE(), tree, ast.Constant(least), scope)

    def all(self) -> list[Case] | None:
        """Every case; ``None`` where they are too many to go through."""
        choices = {variable: sorted(values) for variable, values in self._choices.items()}
        number = 1
        for values in choices.values():
            number *= len(values)
        if number > MAX_CASES:
            return None
        return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]

    def some(self) -> list[Case]:
        """As many of the cases as are gone through, where they are too many; the same ones every time."""
        drawn = random.Random(0)
        values = {variable: sorted(found) for variable, found in self._choices.items()}
        return [{one: drawn.choice(found) for one, found in values.items()} for _ in range(MAX_CASES)]

    # Reading

    def _read(self, tree: ast.expr, scope: object) -> Condition:
        if isinstance(tree, ast.BoolOp):
            parts = [self._read(value, scope) for value in tree.values]
            if isinstance(tree.op, ast.And):
                return lambda case: all(part(case) for part in parts)
            return lambda case: any(part(case) for part in parts)
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not):
            inner = self._read(tree.operand, scope)
            return lambda case: not inner(case)
        if isinstance(tree, ast.IfExp):
            holds, then, other = (self._read(part, scope) for part in (tree.test, tree.body, tree.orelse))
            return lambda case: then(case) if holds(case) else other(case)
        if isinstance(tree, ast.Constant) and isinstance(tree.value, bool):
            truth = tree.value
            return lambda case: truth
        if isinstance(tree, ast.Compare) and len(tree.ops) == 1:
            return self._compared(tree.ops[0], tree.left, tree.comparators[0], scope)
        return self._open(self._spelt(tree, scope))

    def _open(self, variable: Hashable) -> Condition:
        """What may hold or not."""
        self._choices[variable] = {(0, True), (1, True)}
        return lambda case: bool(case[variable][0])

    def _compared(self, op: ast.cmpop, left: ast.expr, right: ast.expr, scope: object) -> Condition:
        holds = _ORDERS.get(type(op))
        a, b = _constant(left), _constant(right)
        if holds is None:
            return self._open((self._spelt(left, scope), type(op).__name__, self._spelt(right, scope)))
        if a is not None and b is not None:
            decided = holds(_order(a, b))
            return lambda case: decided
        if a is not None or b is not None:
            variable = ("number", self._spelt(right if a is not None else left, scope))
            constant = a if a is not None else b
            assert constant is not None
            self._among(variable, constant)
            if a is not None:
                return lambda case: holds(_order(constant, case[variable][0]))
            return lambda case: holds(_order(case[variable][0], constant))
        one, other = self._spelt(left, scope), self._spelt(right, scope)
        first, second, turned = (one, other, 1) if one <= other else (other, one, -1)
        pair = ("order", first, second)
        orders = (-1, 0, 1) if one != other else (0,)
        self._choices[pair] = {(order, True) for order in orders}
        return lambda case: holds(turned * int(case[pair][0]))

    def _spelt(self, tree: ast.expr, scope: object) -> str:
        """A part of a condition as one text, however it is spaced; what says ``index`` is another in each copy."""
        text = ast.unparse(tree)
        differs = any(isinstance(node, ast.Name) and node.id in self.of_copies for node in ast.walk(tree))
        return f"{text} of {scope}" if differs and scope is not None else text

    def _among(self, variable: Hashable, constant: Fraction) -> None:
        """Let a number be this constant, and what is on either side of it and of those before."""
        known = self._choices.setdefault(variable, set())
        constants = sorted({value for value, exact in known if exact} | {constant})
        between = [constants[0] - 1, *(Fraction(a + b) / 2 for a, b in pairwise(constants)), constants[-1] + 1]
        known.clear()
        known |= {(value, True) for value in constants} | {(value, False) for value in between}


def _order(a: Fraction | int, b: Fraction | int) -> int:
    return int(a > b) - int(a < b)


_ORDERS: dict[type[ast.cmpop], Callable[[int], bool]] = {
    ast.Eq: lambda order: order == 0,
    ast.NotEq: lambda order: order != 0,
    ast.Lt: lambda order: order < 0,
    ast.LtE: lambda order: order <= 0,
    ast.Gt: lambda order: order > 0,
    ast.GtE: lambda order: order >= 0,
}


def _tree(node: Node) -> ast.expr | None:
    if not isinstance(node, ScalarNode):
        return None
    try:
        return parsed(node.text)
    except ExprError:
        return None


def _constant(tree: ast.expr) -> Fraction | None:
    if any(isinstance(node, ast.Name) for node in ast.walk(tree)):
        return None
    try:
        value = evaluate(ast.unparse(tree), {})
    except ExprError:
        return None
    return Fraction(value) if isinstance(value, (int, Fraction)) and not isinstance(value, bool) else None
