"""The constructors in one class of generated code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

from archcalc.language.identifiers import TEMPLATE
from archcalc.layers.record import fields_of
from archcalc.network.graph import Part
from archcalc.spec.model import LayerSpec
from archcalc.targets.python import layout, pieces
from archcalc.targets.python import source as pycode
from archcalc.targets.python.expressions import Untranslatable, expression
from archcalc.targets.python.layout import Piece, Row, Text
from archcalc.targets.torch.block_names import NAMES
from archcalc.targets.torch.block_values import Shared
from archcalc.targets.torch.class_count import ARGUMENT
from archcalc.targets.torch.row_loops import RowLoop
from archcalc.targets.torch.slots import Kind, NoCode, Slot


class Body(Shared):
    """What is in one class: the list of a block, in all its uses, or of the network."""

    def made(self, slot: Slot) -> Piece:
        """The constructor of a module."""
        if slot.kind is Kind.USE:
            return self._use(slot)
        if slot.kind is Kind.ROUTED:
            return self._routed(slot)
        if slot.kind in (Kind.GROUP, Kind.COPIES):
            return self._group(slot)
        return self._layer(slot.entry, slot.parts)

    def _group(self, slot: Slot) -> Piece:
        try:
            rows, named = self.rows(slot.parts, slot.children)
        except NoCode as error:
            error.row = slot.row
            raise
        spread = self.block is None
        if named:
            return layout.call("nn.Sequential", [Row(layout.ordered(rows, spread=spread and len(rows) > 1))])
        return layout.call("nn.Sequential", rows, spread=spread)

    def _routed(self, slot: Slot) -> Piece:
        """The experts, and how many of them a token takes, which the layer says in which they end."""
        assert slot.entry.route is not None
        experts, _ = self.rows(slot.parts, slot.children)
        return self._layer(slot.entry.route.entry, [holder.parts[-1] for holder in slot.parts], experts)

    def _layer(self, entry: LayerSpec, parts: Sequence[Part], before: Sequence[Row] = ()) -> Piece:
        """A layer, what stands in its brackets ``before`` its fields first."""
        found = [self.network.made(part) for part in parts]
        kind, first = found[0][0], found[0][1]
        if len({len(call.args) for _, call in found}) > 1:
            message = f"`{entry.written_path}` has more axes in one use than in another"
            raise NoCode(entry.span, message, "write a block for each number of axes")
        rows = [*before]
        for place in range(len(first.args)):
            name = kind.positional[place] if place < len(kind.positional) else f"size_{place}"
            rows.append(Row(pieces.entry(self._field(entry, parts, name, [call.args[place] for _, call in found]))))
        said = {name for _, call in found for name in call.kwargs}
        for name in [name for name in fields_of(type(kind)) if name in said]:
            values = [call.kwargs.get(name, getattr(layer, name, None)) for layer, call in found]
            rows.append(Row(pieces.entry(self._field(entry, parts, name, values)), pycode.ident(name)))
        carried = any(layer.carried for layer, _ in found)
        if carried:
            self.network.own_modules |= dict.fromkeys(layer.carried_file for layer, _ in found)
        prefix = "" if carried else "torch." if kind.own_parameter else "nn."
        return layout.call(f"{prefix}{pycode.ident(first.name)}", rows)

    def _field(self, entry: LayerSpec, parts: Sequence[Part], name: str, values: list[object]) -> str:
        own = re.sub(r"\W", "_", parts[0].name)
        what = name if own.isdecimal() else f"{own}_{name}"
        return self.value(parts, values, entry.values.get(name), name, what)

    def _use(self, slot: Slot) -> Piece:
        parts, id_ = slot.parts, self.network.written_as(slot.entry.block or "")
        rows = []
        for parameter in self.network.parameters[id_]:
            stated = slot.entry.values.get(parameter.name)
            if stated is None and parameter.default is not None:
                continue
            values = [parameter.values[id(part)] for part in parts]
            if parameter.name == ARGUMENT and self._counted:
                text = self.noted(ARGUMENT)
            else:
                text = self.value(parts, values, stated, parameter.name, parameter.name)
            if text != parameter.default:
                rows.append(Row(pieces.entry(text), "" if parameter.positional else parameter.name))
        return layout.call(self.network.names[id_], rows)

    def rows(self, holders: Sequence[Part], children: Sequence[Slot]) -> tuple[list[Row], bool]:
        """The entries of an ``nn.Sequential``, and whether they have names that are not just their numbers."""
        numbered = _numbered(holders, children)
        return [row for child in children for row in self._row(child, not numbered)], not numbered

    def is_row(self, group: Slot) -> bool:
        """Whether a group, or copies of one name, is to be an ``nn.Sequential``, or is one module called in a row."""
        if group.kind is Kind.ROUTED or self.is_loop(group):
            return True
        return group.row not in self.opened and self.chains.holds(group)

    def is_loop(self, group: Slot) -> bool:
        """Whether copies of one name are one module called in a row, each time on what it gave before."""
        if group.kind is not Kind.COPIES or group.entry.again is None or group.children[0].conditions:
            return False
        copies = [copy for part in group.parts for copy in part.parts]
        plain = all(len(copy.sources) == 1 and not copy.others and self.is_module(copy) for copy in copies)
        return plain and len({*map(self.first_path, copies)}) == 1

    def is_module(self, part: Part) -> bool:
        """Whether it is, or has, a module of its own."""
        layer = self.network.layer(part)
        return layer is None or layer.is_module

    def first_path(self, part: Part) -> str:
        """The path, from its class on, of the module that is applied again."""
        within = self.owner[id(part)].path
        return (part.again or "")[len(within) + 1 if within else 0 :]

    def _row(self, slot: Slot, named: bool) -> list[Row]:
        loop = self.loop_of(slot)
        self.loops += [] if loop is None else [loop]
        try:
            return self._entry(slot, named, loop)
        finally:
            if loop is not None:
                self.loops.pop()

    def _entry(self, slot: Slot, named: bool, loop: RowLoop | None) -> list[Row]:
        condition = self.condition(slot)
        alone = condition is None and slot.count in (None, 1)
        if slot.kind is Kind.SPLICE:
            rows = [row for child in slot.children for row in self._row(child, named)]
        else:
            name = self.name(slot) if named else ""
            rows = [Row(self.made(slot), name, self.shape(slot))]
            # No reserved word of Python names a layer (A302).
            if named and not (alone and name[1:-1].isidentifier()):
                rows = [Row(layout.several([Text(name), rows[0].piece]), comment=rows[0].comment)]
            elif named:
                rows = [Row(rows[0].piece, name[1:-1], rows[0].comment)]
        if alone:
            return rows
        pieces = [layout.pair(row) for row in rows]
        if condition is not None:
            pieces = [layout.where(condition, pieces)]
        if slot.count not in (None, 1):
            around = None if loop is None else loop.around(pieces)
            variable = "index" if any("index" in NAMES.findall(piece.flat()) for piece in pieces) else "_"
            pieces = [around or layout.each(pieces, self.count(slot), variable)]
        return [Row(piece) for piece in pieces]

    def name(self, slot: Slot) -> str:
        """Source of what an entry of an ``OrderedDict`` is called."""
        named, names = slot.entry.written_name, {part.name for part in slot.parts}
        if named is not None and TEMPLATE.search(named) and slot.count not in (None, 1):
            with suppress(Untranslatable):
                filled = TEMPLATE.sub(lambda found: f"{{{expression(found[1], self.constants)}}}", named)
                return self.noted(f'f"{filled}"')
        elif len(names) == 1:
            return pycode.literal(names.pop())
        help = 'name the copies: `name: "unit{index}"`'
        raise NoCode(slot.entry.span, "these copies have no names that code can follow", help)

    def shape(self, slot: Slot) -> str:
        """The shape that a module of the network gives, where it is another; a block's differs from use to use."""
        found = slot.parts if self.block is None else []
        if len(found) != 1:
            return ""
        shape = self.network.shape(found[0].output)
        stays = all(self.network.shape(source) == shape for source in found[0].sources)
        return "" if stays or shape is None else pycode.shape_comment(shape)


def _spliced(slots: Sequence[Slot]) -> Iterator[Slot]:
    """The entries that stand in a list, in place of groups without names what is in them."""
    for slot in slots:
        if slot.kind is Kind.SPLICE:
            yield from _spliced(slot.children)
        else:
            yield slot


def _numbered(holders: Sequence[Part], children: Sequence[Slot]) -> bool:
    """Whether modules in groups are called by their numbers only, so that an ``nn.Sequential`` does it."""
    made = {id(part) for child in _spliced(children) for part in child.parts}
    names = [[part.name for part in holder.parts if id(part) in made] for holder in holders]
    return all(one == list(map(str, range(len(one)))) for one in names)
