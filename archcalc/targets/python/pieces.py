"""Source that is there already, as pieces: where it calls, lists or computes something it may be broken."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from archcalc.targets.python.choices import operand
from archcalc.targets.python.layout import Bracketed, Called, Piece, Row, Text, call, several


class Operated(Piece, frozen=True):
    """Numbers with signs between them, or a choice; ``parts`` begin lines where it breaks.

    Brackets are around it in any case where it is ``held``, and else where it breaks.
    """

    text: str
    parts: tuple[tuple[str, Piece], ...]
    held: bool = True

    def flat(self) -> str:
        return self.text

    def broken(self, indent: int) -> str:
        if not self.held:
            inner = " " * (indent + 4)
            return f"(\n{inner}{Operated(self.text, self.parts).at(indent + 4)}\n{' ' * indent})"
        return f"\n{' ' * indent}".join(f"{sign}{part.at(indent, len(sign))}" for sign, part in self.parts)


def piece(source: str) -> Piece:
    """A piece of source that may be broken where it calls something, or lists something."""
    try:
        found = _of(ast.parse(source, mode="eval").body)
    except SyntaxError:
        return Text(source)
    return Operated(found.text, found.parts, held=False) if isinstance(found, Operated) else found


def entry(source: str) -> Piece:
    """A piece of source between brackets, as it is written; where it is too long its signs begin lines."""
    found = piece(source) if " " in source and len(source) > SHORT else None
    return Operated(source, found.parts) if isinstance(found, Operated) else Text(source)


SHORT = 20
"""So many columns are left on any line."""


def _of(node: ast.expr) -> Piece:
    if isinstance(node, ast.Call):
        rows = [Row(_of(argument)) for argument in node.args]
        rows += [Row(_of(keyword.value), keyword.arg or "") for keyword in node.keywords]
        made = _of(node.func)
        if isinstance(made, Bracketed):
            return Called(f"{made.flat()}(", tuple(rows), made=made)
        return call(_unparsed(node.func), rows)
    if isinstance(node, ast.Tuple):
        return several([_of(item) for item in node.elts])
    if isinstance(node, ast.IfExp):
        one = _of(node.body) if not isinstance(node.body, ast.IfExp) else Text(f"({_unparsed(node.body)})")
        condition = Text(operand(_unparsed(node.test)))
        other = _of(node.orelse)
        lines = other.parts if isinstance(node.orelse, ast.IfExp) and isinstance(other, Operated) else (("", other),)
        last = (("else ", lines[0][1]), *lines[1:])
        return Operated(_unparsed(node), (("", one), ("if ", condition), *last))
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        return Operated(_unparsed(node), (*_operated(node, _SIGNS[type(node.op)][1]),))
    return Text(_unparsed(node))


_SIGNS: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", 1),
    ast.Sub: ("-", 1),
    ast.Mult: ("*", 2),
    ast.Div: ("/", 2),
    ast.FloorDiv: ("//", 2),
    ast.Mod: ("%", 2),
}
"""Signs that lines may begin with, and how tightly each binds."""


def _operated(node: ast.BinOp, tight: int) -> Iterator[tuple[str, Piece]]:
    """The parts of a row of signs that bind as tightly, each with its sign."""
    sign, _ = _SIGNS[type(node.op)]
    if isinstance(node.left, ast.BinOp) and _tightness(node.left) == tight:
        yield from _operated(node.left, tight)
    else:
        yield "", _of(node.left) if _tightness(node.left) > tight else Text(f"({_unparsed(node.left)})")
    yield f"{sign} ", _of(node.right) if _tightness(node.right) > tight else Text(f"({_unparsed(node.right)})")


def _tightness(node: ast.expr) -> int:
    if isinstance(node, ast.BinOp):
        return _SIGNS.get(type(node.op), ("", 3))[1]
    return 0 if isinstance(node, (ast.IfExp, ast.BoolOp, ast.Compare, ast.Lambda)) else 3


def _unparsed(node: ast.expr) -> str:
    """Source with double quotes, where there are no others in it."""
    text = ast.unparse(node)
    return text if '"' in text else text.replace("'", '"')
