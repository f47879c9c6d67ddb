"""Mutants of a generated ``model.py``: small slips, made in its syntax tree, each at one place of it.

An operator looks at one node and says what may stand there instead. Those that change nothing are told by comparing
networks (``trials.py``), not here. The operators are in the other modules of this folder.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from random import Random

from msgspec import Struct


class Mutant(Struct, frozen=True):
    """One slip: the operator that made it, the line, what stood there and what stands there now, and the whole text."""

    operator: str
    line: int
    was: str
    now: str
    text: str


class Place(Struct):
    """A node, what it is in, and the text."""

    node: ast.AST
    above: list[ast.AST]
    source: bytes

    def within(self, *names: str) -> bool:
        return any(isinstance(one, ast.FunctionDef) and one.name in names for one in self.above)

    @property
    def in_constructor(self) -> bool:
        return self.within("__init__")

    @property
    def in_forward(self) -> bool:
        return self.within("forward", "forward_logits")


Operator = Callable[[Place], Iterator[str]]
OPERATORS: dict[str, Operator] = {}


def operator(function: Operator) -> Operator:
    """Register an operator under its name."""
    OPERATORS[function.__name__] = function
    return function


def mutants(source: str) -> list[Mutant]:
    """All mutants of a module, in the order of its lines."""
    data = source.encode()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: dict[str, Mutant] = {}
    for place in _places(ast.parse(source), data):
        node = place.node
        first = starts[getattr(node, "lineno", 1) - 1] + getattr(node, "col_offset", 0)
        last = starts[(getattr(node, "end_lineno", None) or 1) - 1] + (getattr(node, "end_col_offset", None) or 0)
        for name, make in OPERATORS.items():
            for text in make(place):
                whole = (data[:first] + text.encode() + data[last:]).decode()
                was = data[first:last].decode()
                if text != was and _is_python(whole):
                    found.setdefault(whole, Mutant(name, getattr(node, "lineno", 1), was, text, whole))
    return list(found.values())


def draw(source: str, number: int, seed: int) -> list[Mutant]:
    """So many of them, as even over the operators as may be."""
    random = Random(seed)
    by_operator: dict[str, list[Mutant]] = {}
    for one in mutants(source):
        by_operator.setdefault(one.operator, []).append(one)
    for several in by_operator.values():
        random.shuffle(several)
    found: list[Mutant] = []
    while len(found) < number and any(by_operator.values()):
        for several in by_operator.values():
            if several and len(found) < number:
                found.append(several.pop())
    return found


def _places(tree: ast.Module, data: bytes) -> Iterator[Place]:
    waiting: list[tuple[ast.AST, list[ast.AST]]] = [(tree, [])]
    while waiting:
        node, above = waiting.pop()
        if hasattr(node, "lineno"):
            yield Place(node, above, data)
        waiting += [(child, [*above, node]) for child in reversed(list(ast.iter_child_nodes(node)))]


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True
