"""A loop over a list in a constructor: a column for each name of its rows, and for what else differs by rows."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Sequence

from archcalc.spec.model import LayerSpec
from archcalc.targets.python import layout, pieces
from archcalc.targets.python.layout import Piece, Row, Spread, Text
from archcalc.targets.torch.slots import Slot, Within


class RowLoop:
    """What the copies of an entry go through. ``declared`` are the cells of the names that its rows have, in code.

    ``columns`` are those of them that are used, and ``more`` what else differs from row to row, by what it is called.
    """

    def __init__(self, slot: Slot, declared: dict[str, tuple[str, ...]]) -> None:
        self.entry: LayerSpec = slot.entry
        self.rows = slot.count or 0
        self.declared = declared
        self.more: dict[str, tuple[str, ...]] = {}

    def number(self, within: Within) -> int | None:
        """Which of its copies something is in."""
        return within.at.get(id(self.entry))

    def added(self, cells: tuple[str, ...], what: str, taken: Collection[str]) -> str:
        """What a column with these cells is called: one that is there already, or one more."""
        names = (what, *(f"{what}_{n}" for n in range(2, 10_000)))
        name = next((name for name, own in self.more.items() if own == cells), None)
        name = name or next(name for name in names if name not in taken and name not in self.more)
        self.more[name] = cells
        return name

    def around(self, pieces: Sequence[Piece]) -> Spread | None:
        """The loop around entries of a list; ``None`` where these say nothing of its rows."""
        said = set[str]().union(*(free_names(piece.flat()) for piece in pieces))
        columns = {name: cells for name, cells in (self.more | self.declared).items() if name in said}
        if not columns:
            return None
        target = ", ".join(columns)
        rows: Piece = layout.several([_cells(row) for row in zip(*columns.values(), strict=True)])
        if "index" in said:
            target = f"index, {target}" if len(columns) == 1 else f"index, ({target})"
            rows = layout.call("enumerate", [Row(rows)])
        return layout.through(pieces, target, rows)


def _cells(row: Sequence[str]) -> Piece:
    return Text(row[0]) if len(row) == 1 else layout.several([pieces.piece(cell) for cell in row])


def free_names(source: str) -> set[str]:
    """The names in a piece of source that no loop in it gives a value."""
    return _free(ast.parse(f"({source},)", mode="eval").body)


def _free(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Name):
        return {node.id}
    if not isinstance(node, ast.GeneratorExp):
        return _all(ast.iter_child_nodes(node))
    found, bound = set[str](), set[str]()
    for loop in node.generators:
        found |= _free(loop.iter) - bound
        bound |= _free(loop.target)
    return found | (_free(node.elt) - bound)


def _all(nodes: Iterable[ast.AST]) -> set[str]:
    return set[str]().union(*map(_free, nodes))
