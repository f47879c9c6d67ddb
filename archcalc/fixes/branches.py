"""Edits of one of two branches where they meet: turned, cut, resized, projected, or given as many axes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from archcalc.analysis.channel_axis import maps
from archcalc.fixes.candidate import Search, apart
from archcalc.fixes.instead import Inserted
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import Practice
from archcalc.fixes.projections import Projections
from archcalc.language.yaml_changes import Change, Edit, NewLayer, yaml_text
from archcalc.layers.contract import KINDS, Layer
from archcalc.network.flow import feeding
from archcalc.sizes.axes import LETTERS
from archcalc.sizes.rules import Shape, is_known, known_sizes

PUT_IN = 0.5
"""What a layer that is put in costs, beside what it changes: a branch's own field is edited first."""


class Branches(Search):
    """The search for one error."""

    def plans(self) -> Iterator[Plan]:
        """What may be put between a join of two and one of them, or of several and the one that differs."""
        if len(self.steps[self.at].sources) != 2:
            yield from self._odd()
            return
        if self.key[0] == "A211":
            yield from self._turned()
            yield from self._fitted()
        if self.key[0] == "A202":
            yield from self._with_as_many_axes()

    def _turned(self) -> Iterator[Plan]:
        """One of two sequences turned, where the axes of one are those of the other in another order."""
        xs = self.found[self.at].arriving or ()
        if [len(x) for x in xs] != [2, 2] or not all(is_known(*x) for x in xs) or xs[0] != xs[1][::-1]:
            return
        dims = (0, 2, 1)
        text = f"kind: permute, from: {{}}, dims: {yaml_text(dims)}"
        for index in range(len(xs)):
            for plan in self._through(index, ["turned"], [text], (KINDS["permute"](dims=dims),), PUT_IN):
                yield replace(plan, practice=Practice.TURNED)

    def _fitted(self) -> Iterator[Plan]:
        """The larger map cut to the smaller, the smaller resized to the larger, or a shortcut projected."""
        xs = self._maps()
        if xs is None:
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

    def _maps(self) -> tuple[Shape, ...] | None:
        """What arrives, if it is maps of equally many axes."""
        xs = self.found[self.at].arriving
        if not xs or not all(x and is_known(*x) for x in xs) or len({len(x) for x in xs}) > 1:
            return None
        first = maps(self.sought.network.facts)
        # Of an input of two axes it is not known which are channels, unless a layer takes some for them.
        convolved = any(step.layer is not None and step.layer.channels_first for step in self.steps[: self.at])
        sure = convolved or len(xs[0]) > 2
        # What stands in the places of a sequence is neither cut nor resized: it is another width.
        return xs if sure and all(first[source] for source in self.steps[self.at].sources) else None

    def _odd(self) -> Iterator[Plan]:
        """Of several maps that are joined the one of another size, resized or cut to that of all others."""
        xs = self._maps() if self.key[0] == "A211" else None
        sizes = Counter(x[1:] for x in xs or ())
        usual, often = sizes.most_common(1)[0] if sizes else ((), 0)
        if xs is None or often < len(xs) - 1:
            return
        for index, x in enumerate(map(known_sizes, xs)):
            wanted = (x[0], *known_sizes(usual))
            # A map that lacks a few pixels was not meant to be made larger.
            if all(2 * a <= b for a, b in zip(x[1:], wanted[1:], strict=True)):
                yield from self._resized(index, x, wanted)
            elif x[1:] != usual and all(a >= b and 3 * b > 2 * a for a, b in zip(x, wanted, strict=True)):
                yield from self._cut(index, x, wanted)

    def _with_as_many_axes(self) -> Iterator[Plan]:
        """A number for each channel of a map, as one pixel of it; or a map that joins features, pooled to features."""
        xs = self.found[self.at].arriving
        if xs is None or not all(x and is_known(*x) for x in xs) or not 1 == min(map(len, xs)) < max(map(len, xs)):
            return
        index = int(len(xs[1]) == 1)
        channels, rank = known_sizes(xs[index])[0], len(xs[1 - index])
        if self._joins_channels():
            pool = f"adaptive_avg_pool{rank - 1}d"
            texts = [f"kind: {pool}, from: {{}}, output_size: 1", "kind: flatten"]
            layers = KINDS[pool](output_size=1), KINDS["flatten"]()
            yield from self._through(1 - index, ["pooled", "flat"], texts, layers, PUT_IN)
        elif channels == xs[1 - index][0]:
            shape = (channels, *[1] * (rank - 1))
            texts = [f"kind: reshape, from: {{}}, shape: {yaml_text(shape)}"]
            yield from self._through(index, ["map"], texts, (KINDS["reshape"](shape=shape),), PUT_IN)

    def _joins_channels(self) -> bool:
        layer = self.steps[self.at].layer
        return layer is not None and layer.kind == "concat" and getattr(layer, "dim", 1) == 1

    def _resized(self, index: int, mine: tuple[int, ...], wanted: tuple[int, ...]) -> Iterator[Plan]:
        texts = [f"kind: upsample, from: {{}}, size: {yaml_text(wanted[1:])}"]
        cost = PUT_IN + apart(mine, wanted)
        for plan in self._through(index, ["resized"], texts, (KINDS["upsample"](size=wanted[1:]),), cost):
            yield replace(plan, practice=self._refitted())

    def _cut(self, index: int, mine: tuple[int, ...], wanted: tuple[int, ...]) -> Iterator[Plan]:
        layers: list[Layer] = []
        texts: list[str] = []
        letters: list[str] = []
        for axis, (have, want) in enumerate(zip(mine, wanted, strict=True)):
            if axis and have > want:
                start = 0 if self._is_causal(index) else (have - want) // 2
                start = have - want if self._looks_back(1 - index) else start
                letters.append(LETTERS[len(mine)][axis].lower() if len(mine) in LETTERS else str(axis))
                layers.append(KINDS["slice"](dim=axis + 1, start=start, stop=start + want))
                source = "from: {}, " if len(texts) == 0 else ""
                texts.append(f"kind: slice, {source}dim: {axis + 1}, start: {start}, stop: {start + want}")
        # As many pixels on either side are the borders that convs without padding leave: the paper's U-Net cuts them,
        # up to 392 of 568. Where less is left, it is a stride that was not undone.
        pairs = [*zip(mine[1:], wanted[1:], strict=True)]
        borders = all((have - want) % 2 == 0 and 3 * want > 2 * have for have, want in pairs)
        cost = PUT_IN * (not borders) + apart(mine, wanted)
        names = [*(f"crop_{letter}" for letter in letters[:-1]), "crop"]
        for plan in self._through(index, names, texts, tuple(layers), cost) if layers else ():
            yield replace(plan, practice=self._refitted())

    def _is_causal(self, index: int) -> bool:
        """Whether a sequence is as much longer as its convs were padded for no place to see what is behind it."""
        for place in feeding(self.steps, self.steps[self.at].sources[index]):
            layer = self.steps[place].layer
            kernel, padding = (getattr(layer, name, None) for name in ("kernel_size", "padding"))
            if layer is not None and layer.axes == 1 and type(kernel) is int and type(padding) is int:
                return padding == getattr(layer, "dilation", 1) * (kernel - 1) > 0
        return False

    def _looks_back(self, index: int) -> bool:
        """Whether the convs of a sequence reach over an even number of places, its own and those before it."""
        above = [self.steps[place].layer for place in feeding(self.steps, self.steps[self.at].sources[index])]
        kernels = {getattr(layer, "kernel_size", 1) for layer in above if layer is not None and layer.axes == 1}
        wide = kernels - {1}
        return bool(wide) and all(type(kernel) is int and kernel % 2 == 0 for kernel in wide)

    def _refitted(self) -> Practice:
        return Practice.SKIP if self._joins_channels() else Practice.REFITTED

    def _through(
        self, index: int, called: list[str], texts: list[str], layers: tuple[Layer, ...], cost: float
    ) -> Iterator[Plan]:
        """Layers between the join and one of its sources, which takes their name in place of its own."""
        step = self.steps[self.at]
        route, sources = self.sought.routes.get(step.spec.span), step.spec.sources
        if route is None or sources is None or len(sources) != len(step.sources):
            return
        written = sources[index].name
        names = [f"{written.replace('.', '_')}_{one}" for one in called]
        name = names[-1]
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
