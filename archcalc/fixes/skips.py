"""Edits where two branches meet: a skip that is concatenated, cut, resized or projected."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import islice

from msgspec.structs import replace

from archcalc.analysis.channel_axis import maps
from archcalc.fixes.candidate import Sought, apart
from archcalc.fixes.effect import Inserted
from archcalc.fixes.let_sizes import numbers
from archcalc.fixes.plans import Plan, field_edit
from archcalc.fixes.practice import Practice
from archcalc.fixes.projections import Projections
from archcalc.language.nodes import ScalarNode
from archcalc.language.yaml_changes import Change, Edit, NewLayer, yaml_text
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.record import fields_of
from archcalc.sizes.axes import LETTERS
from archcalc.sizes.rules import is_known, known_sizes

MOST = 2
"""How many values are tried that could have been concatenated, and how many layers that could be less wide."""


PUT_IN = 0.5
"""What a layer that is put in costs, beside what it changes: a branch's own field is edited first."""


class Skips:
    """The search for one error."""

    def __init__(self, sought: Sought) -> None:
        self.sought = sought
        self.at = sought.located.at
        self.graph = sought.network.graph
        self.steps = sought.network.graph.steps
        self.found = sought.network.facts.layers

    def plans(self) -> Iterator[Plan]:
        """What may be done for a conv that takes more channels than arrive, and for branches that differ."""
        code, field = self.sought.located.key
        if code == "A203" and field in ("in_channels", "num_features", "num_channels"):
            yield from self._concatenated(field)
        if code == "A211":
            yield from self._strided()
            yield from self._named_width()
        if code == "A211" and len(self.steps[self.at].sources) == 2:
            yield from self._turned()
            yield from self._fitted()

    # A concat

    def _concatenated(self, field: str) -> Iterator[Plan]:
        step, x = self.steps[self.at], self.found[self.at].input
        stated = getattr(step.layer, field)
        route = self.sought.routes.get(step.spec.span)
        if not x or not is_known(*x) or route is None or step.spec.sources is not None or len(x) < 2:
            return
        if type(stated) is not int or stated <= known_sizes(x)[0]:
            return
        wanted = (stated - known_sizes(x)[0], *x[1:])
        values = self.sought.effect.values
        fitting = [
            value
            for value in range(self.at, -1, -1)
            # Of a run of layers that give the same shape, the last.
            if values[value] == wanted and value != step.sources[0] and values[value + 1] != wanted
        ]
        for value in fitting[:MOST]:
            text = f"{{kind: concat, from: [{self._name(step.sources[0])}, {self._name(value)}]}}"
            yield Plan(
                practice=Practice.SKIP,
                place=self.at,
                inserted=dict.fromkeys(
                    self.sought.effect.alike(self.at), Inserted((KINDS["concat"](),), others=(value,))
                ),
                changes=(NewLayer(route, text),),
                edits=(f"{text} above {step.path}",),
                said=f"put `- {text}` above it",
                carries=False,
            )

    def _name(self, value: int) -> str:
        giver = self.graph.giver(value)
        return "input" if giver is None else giver.path

    # Branches that differ

    def _strided(self) -> Iterator[Plan]:
        """In a block, the stride of another layer of it, as that is written: `stride: stride` in the shortcut, too."""
        uses = self.steps[self.at].uses
        if not uses:
            return
        inside = [place for place, step in enumerate(self.steps[: self.at]) if step.uses == uses]
        written: dict[str, int] = {}
        for place in inside:
            node = self.steps[place].spec.values.get("stride")
            if isinstance(node, ScalarNode) and isinstance(node.value, str):
                written.setdefault(node.value, place)
        for place in inside:
            step = self.steps[place]
            layer, text = step.layer, step.spec.values.get("stride")
            plain = text is None or (isinstance(text, ScalarNode) and not isinstance(text.value, str))
            if layer is not None and "stride" in fields_of(type(layer)) and plain and not step.doubtful:
                for stride, other in written.items():
                    yield from self._as_written(place, layer, stride, other)

    def _as_written(self, place: int, layer: Layer, stride: str, other: int) -> Iterator[Plan]:
        """One layer of a block with the stride of another, in every use."""
        spec = self.steps[place].spec
        alike = {step.uses[-1].path: step for step in map(self.steps.__getitem__, self.sought.effect.alike(other))}
        kinds: dict[int, Layer] = {}
        for mine in self.sought.effect.alike(place):
            step = self.steps[mine]
            giver = alike.get(step.uses[-1].path)
            if step.layer is None or giver is None or giver.layer is None:
                return
            values = {"stride": getattr(giver.layer, "stride", 1)}
            kinds[mine] = self.sought.effect.another(step.layer, values)
        with suppress(KeyError):
            yield Plan(
                practice=Practice.SKIP,
                place=place,
                kinds=kinds,
                changes=(field_edit(self.sought, spec, type(layer), "stride", stride),),
                edits=(f"{self.steps[place].path} stride: {stride}",),
                cost=0.0,
                carries=False,
            )

    def _named_width(self) -> Iterator[Plan]:
        """A width that a branch has by an expression, by the name in ``let`` of what the other has: `width`."""
        xs = self.found[self.at].arriving or ()
        if len(xs) != 2 or not all(x and is_known(*x) for x in xs) or len(xs[0]) != len(xs[1]):
            return
        one, other = map(known_sizes, xs)
        differing = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
        if len(differing) != 1:
            return
        for has, wanted in (differing[0], differing[0][::-1]):
            names = [name for name, value, _ in numbers(self.sought.spec) if value == wanted]
            for place, field in islice(self._giving(has), MOST) if names else ():
                alike = {mine: self.steps[mine].layer for mine in self.sought.effect.alike(place)}
                kinds = {mine: replace(layer, **{field: wanted}) for mine, layer in alike.items() if layer is not None}
                step = self.steps[place]
                for name in names[:MOST]:
                    with suppress(KeyError):
                        yield Plan(
                            practice=Practice.CHANNELS,
                            place=place,
                            kinds=kinds,
                            changes=(field_edit(self.sought, step.spec, type(kinds[place]), field, name),),
                            edits=(f"{step.path} {field}: {name}",),
                        )

    def _giving(self, width: int) -> Iterator[tuple[int, str]]:
        """The layers beside this one that give so many channels or features by an expression, the last first."""
        for place in reversed(range(self.at)):
            step = self.steps[place]
            if step.uses != self.steps[self.at].uses or step.layer is None:
                continue
            for field in ("out_features", "out_channels", "embedding_dim"):
                node = step.spec.values.get(field)
                by_name = isinstance(node, ScalarNode) and isinstance(node.value, str)
                if by_name and getattr(step.layer, field, None) == width:
                    yield place, field

    def _turned(self) -> Iterator[Plan]:
        """One of two sequences turned, where the axes of one are those of the other in another order."""
        xs = self.found[self.at].arriving or ()
        if [len(x) for x in xs] != [2, 2] or not all(is_known(*x) for x in xs) or xs[0] != xs[1][::-1]:
            return
        dims = (0, 2, 1)
        text = f"kind: permute, from: {{}}, dims: {yaml_text(dims)}"
        for index in range(len(xs)):
            for plan in self._through(index, "turned", [text], (KINDS["permute"](dims=dims),), PUT_IN):
                yield replace(plan, practice=Practice.TURNED)

    def _fitted(self) -> Iterator[Plan]:
        """The larger map cut to the smaller, the smaller resized to the larger, or a shortcut projected."""
        xs = self.found[self.at].arriving
        if xs is None or not all(x and is_known(*x) for x in xs) or len({len(x) for x in xs}) > 1:
            return
        first = maps(self.sought.network.facts)
        # Of an input of two axes it is not known which are channels, unless a layer takes some for them.
        convolved = any(step.layer is not None and step.layer.channels_first for step in self.steps[: self.at])
        sure = convolved or len(xs[0]) > 2
        if not sure or not all(first[source] for source in self.steps[self.at].sources):
            # What stands in the places of a sequence is neither cut nor resized: it is another width.
            return
        one, other = map(known_sizes, xs)
        if one[1:] != other[1:] and (one[0] == other[0] or self._joins_channels()):
            for index, mine, its in ((0, one, other), (1, other, one)):
                smaller = all(a <= b for a, b in zip(mine[1:], its[1:], strict=True))
                if smaller and len(mine) > 1:
                    yield from self._resized(index, mine, its)
                    yield from self._cut(1 - index, its, mine)
        # As wide as each other they are projected where a block strides, since that is written on purpose.
        if not self._joins_channels() and (one[0] != other[0] or self.steps[self.at].uses):
            # The shortcut is the one that begins earlier.
            index = int(self.steps[self.at].sources[1] < self.steps[self.at].sources[0])
            projections = Projections(self.sought, partial(self._through, cost=PUT_IN))
            yield from projections.plans(index, *((one, other) if index == 0 else (other, one)))

    def _joins_channels(self) -> bool:
        layer = self.steps[self.at].layer
        return layer is not None and layer.kind == "concat" and getattr(layer, "dim", 1) == 1

    def _resized(self, index: int, mine: tuple[int, ...], wanted: tuple[int, ...]) -> Iterator[Plan]:
        texts = [f"kind: upsample, from: {{}}, size: {yaml_text(wanted[1:])}"]
        cost = PUT_IN + apart(mine, wanted)
        yield from self._through(index, "resized", texts, (KINDS["upsample"](size=wanted[1:]),), cost)

    def _cut(self, index: int, mine: tuple[int, ...], wanted: tuple[int, ...]) -> Iterator[Plan]:
        layers: list[Layer] = []
        texts: list[str] = []
        for axis, (have, want) in enumerate(zip(mine, wanted, strict=True)):
            if axis and have > want:
                start = (have - want) // 2
                layers.append(KINDS["slice"](dim=axis + 1, start=start, stop=start + want))
                source = "from: {}, " if len(texts) == 0 else ""
                texts.append(f"kind: slice, {source}dim: {axis + 1}, start: {start}, stop: {start + want}")
        cost = PUT_IN + apart(mine, wanted)
        yield from self._through(index, "crop", texts, tuple(layers), cost, len(mine))

    def _through(
        self, index: int, what: str, texts: list[str], layers: tuple[Layer, ...], cost: float, rank: int = 0
    ) -> Iterator[Plan]:
        """Layers between the join and one of its sources, which takes their name in place of its own."""
        step = self.steps[self.at]
        route, sources = self.sought.routes.get(step.spec.span), step.spec.sources
        if route is None or sources is None or not layers or len(sources) != len(step.sources):
            return
        written = sources[index].name
        stem = written.replace(".", "_")
        name = f"{stem}_{what}"
        letters = [LETTERS.get(rank, ("?",) * 9)[getattr(layer, "dim", 1) - 1].lower() for layer in layers]
        names = [f"{name}_{letter}" for letter in letters[:-1]] + [name]
        entries = [f"{{name: {one}, {text.format(written)}}}" for one, text in zip(names, texts, strict=True)]
        changes: tuple[Change, ...] = (
            NewLayer(route, entries[0], tuple(entries[1:])),
            Edit((*route, "from", index), name),
        )
        others = [name if place == index else one.name for place, one in enumerate(sources)]
        yield Plan(
            practice=Practice.SKIP,
            place=self.at,
            inserted=dict.fromkeys(self.sought.effect.alike(self.at), Inserted(layers, index)),
            changes=changes,
            edits=(*(f"{entry} above {step.path}" for entry in entries), f"{step.path} from: [{', '.join(others)}]"),
            said=f"put {' and '.join(f'`- {entry}`' for entry in entries)} above it, and take `{name}` for `{written}`",
            cost=cost,
            carries=False,
        )
