"""The constructors in one class of generated code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from archcalc.language.identifiers import TEMPLATE
from archcalc.layers.contract import fields_of
from archcalc.network.graph import Part
from archcalc.targets.python import layout, source
from archcalc.targets.python.expressions import expression
from archcalc.targets.python.layout import Piece, Row, Text
from archcalc.targets.torch.block_values import NAMES, Shared
from archcalc.targets.torch.wiring import Kind, NoCode, Wired


class Body(Shared):
    """What is in one class: the list of a block, in all its uses, or of the network."""

    def made(self, node: Wired, only: int | None = None) -> Piece:
        """The constructor of a module."""
        if node.kind is Kind.USE:
            return self._use(node, only)
        if node.kind in (Kind.GROUP, Kind.COPIES):
            rows, named = self.rows(self.of(node), node.children)
            if named:
                pairs = layout.Bracketed("[", tuple(rows), "]", spread=self.block is None)
                return layout.call("nn.Sequential", [Row(layout.call("OrderedDict", [Row(pairs)]))])
            return layout.call("nn.Sequential", rows, spread=self.block is None)
        return self._layer(node, only)

    def _layer(self, node: Wired, only: int | None) -> Piece:
        parts = self.of(node, only)
        found = [self.network.made(part) for part in parts]
        kind, first = found[0][0], found[0][1]
        rows = []
        for place in range(len(first.args)):
            name = kind.positional[place] if place < len(kind.positional) else f"argument_{place}"
            rows.append(Row(Text(self._field(node, parts, name, [call.args[place] for _, call in found]))))
        said = {name for _, call in found for name in call.kwargs}
        for name in [name for name in fields_of(type(kind)) if name in said]:
            values = [call.kwargs.get(name, getattr(layer, name, None)) for layer, call in found]
            rows.append(Row(Text(self._field(node, parts, name, values)), source.ident(name)))
        if kind.own_module:
            self.network.own_modules[type(kind).kind] = None
        prefix = "torch." if kind.own_parameter else "" if kind.own_module else "nn."
        return layout.call(f"{prefix}{source.ident(first.name)}", rows)

    def _field(self, node: Wired, parts: Sequence[Part], name: str, values: list[Any]) -> str:
        own = re.sub(r"\W", "_", parts[0].name)
        what = name if own.isdecimal() else f"{own}_{name}"
        return self.value(parts, values, node.entry.values.get(name), name, what)

    def _use(self, node: Wired, only: int | None) -> Piece:
        parts, id_ = self.of(node, only), node.entry.block or ""
        rows = []
        for parameter in self.network.parameters[id_]:
            stated = node.entry.values.get(parameter.name)
            if stated is None and parameter.default is not None:
                continue
            values = [parameter.values[id(part)] for part in parts]
            text = self.value(parts, values, stated, parameter.name, parameter.name)
            if text != parameter.default:
                rows.append(Row(Text(text), "" if parameter.positional else parameter.name))
        return layout.call(self.network.names[id_], rows)

    def rows(self, holders: Sequence[Part], children: Sequence[Wired]) -> tuple[list[Row], bool]:
        """The entries of an ``nn.Sequential``, and whether they have names that are not just their numbers."""
        numbered = all([p.name for p in holder.parts] == list(map(str, range(len(holder.parts)))) for holder in holders)
        return [row for child in children for row in self._row(child, not numbered)], not numbered

    def _row(self, node: Wired, named: bool) -> list[Row]:
        if node.kind is Kind.SPLICE:
            rows = [row for child in node.children for row in self._row(child, named)]
        else:
            piece = self.made(node)
            rows = [Row(layout.several([Text(self.name(node)), piece]) if named else piece, comment=self.shape(node))]
        if not rows:
            return []
        condition = self.condition(node)
        pieces: list[Piece] = [row.piece for row in rows]
        if condition is not None:
            pieces = [layout.where(condition, pieces)]
        if node.count not in (None, 1):
            variable = "index" if any("index" in NAMES.findall(piece.flat()) for piece in pieces) else "_"
            pieces = [layout.each(pieces, self.count(node), variable)]
        return rows if pieces and pieces[0] is rows[0].piece else [Row(piece) for piece in pieces]

    def name(self, node: Wired) -> str:
        """Source of what an entry of an ``OrderedDict`` is called."""
        entry = node.entry
        if entry.named is not None and TEMPLATE.search(entry.named) and node.count not in (None, 1):
            filled = TEMPLATE.sub(lambda found: f"{{{expression(found[1], self.constants)}}}", entry.named)
            return self.noted(f'f"{filled}"')
        names = {part.name for part in self.of(node)}
        if len(names) > 1:
            help = 'name the copies: `name: "unit{index}"`'
            raise NoCode(entry.span, "these copies have no names that code can follow", help)
        return source.literal(names.pop())

    def shape(self, node: Wired, only: int | None = None) -> str:
        """The shape that a module of the network gives; a block's differs from use to use."""
        found = self.of(node, only) if self.block is None else []
        shape = self.network.shape(found[0].output) if len(found) == 1 else None
        return source.shape_comment(shape) if shape else ""
