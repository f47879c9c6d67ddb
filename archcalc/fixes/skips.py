"""Edits of layers whose branches meet below: what was to be concatenated, a stride, or a width, as in the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

from msgspec.structs import replace

from archcalc.fixes.candidate import Search
from archcalc.fixes.instead import Inserted
from archcalc.fixes.let_sizes import numbers
from archcalc.fixes.plans import Plan, field_edit
from archcalc.fixes.practice import Practice
from archcalc.language.nodes import ScalarNode
from archcalc.language.yaml_changes import Dropped, Edit, NewLayer
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.record import fields_of
from archcalc.network.flow import feeding
from archcalc.network.graph import INPUT, Step, place_of, value_of
from archcalc.sizes.rules import Shape, is_known, known_sizes

MOST = 2
"""How many values are tried that could have been concatenated, and how many layers that could be less wide."""

ANOTHER = 0.5
"""What another source costs: what a branch itself gives is edited first."""

TAKEN = 2.0
"""What one costs that is joined already, elsewhere: a stage of an encoder, or of a pyramid, has one skip."""


class Skips(Search):
    """The search for one error."""

    def plans(self) -> Iterator[Plan]:
        """What may be done for a conv that takes more channels than arrive, and for branches that differ."""
        code, field = self.key
        if code == "A203" and field in ("in_channels", "num_features", "num_channels"):
            yield from self._concatenated(field)
        if code == "A211":
            yield from self._of_another()
            yield from self._strided()
            yield from self._strided_once()
            yield from self._named_width()

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
        source = step.sources[0]
        # What is joined already is not joined once more.
        joined = {source, *(self.steps[place_of(source)].sources if source else ())}
        values = self.sought.effect.values
        fitting = [
            value
            for value in range(self.at, -1, -1)
            # Of a run of layers that give the same shape, the last.
            if values[value] == wanted and value not in joined and values[value + 1] != wanted
        ]
        for value in fitting[:MOST]:
            text = f"{{kind: concat, from: [{self._name(step.sources[0])}, {self._name(value)}]}}"
            yield Plan(
                practice=Practice.FORGOTTEN if self._is_enlarged(step.sources[0]) else Practice.SKIP,
                place=self.at,
                inserted=dict.fromkeys(
                    self.sought.effect.alike(self.at), Inserted((KINDS["concat"](),), others=(value,))
                ),
                changes=(NewLayer(route, text),),
                edits=(f"{text} above {step.path}",),
                said=f"put `- {text}` above it",
                carries=False,
            )

    def _is_enlarged(self, value: int) -> bool:
        """Whether the last layer above that gives another size than arrives gives a larger one."""
        while value:
            place = place_of(value)
            sizes = [_places(x) for x in (self.found[place].input or (), self.found[place].output or ())]
            if sizes[0] != sizes[1] or len(self.steps[place].sources) != 1:
                return all(is_known(*x) for x in sizes) and sizes[0] < sizes[1]
            value = self.steps[place].sources[0]
        return False

    def _name(self, value: int) -> str:
        giver = self.graph.giver(value)
        return "input" if giver is None else giver.path

    # Branches that differ

    def _of_another(self) -> Iterator[Plan]:
        """Another layer in place of one of what is joined, where only that one is of another size."""
        step, xs = self.steps[self.at], self.found[self.at].arriving or ()
        route, written = self.sought.routes.get(step.spec.span), step.spec.sources
        if route is None or written is None or len(written) != len(step.sources) or step.layer is None:
            return
        if not step.layer.joins or len(xs) < 2 or not all(x and is_known(*x) for x in xs):
            return
        if len(self.sought.effect.alike(self.at)) > 1:
            return  # In another use of a block the name stands for another value.
        values = self.sought.effect.values
        for index, source in enumerate(step.sources):
            if written[index].name == "input":
                continue  # A shortcut that begins where its block does is meant.
            kept = [*xs[:index], *xs[index + 1 :]]
            beside = step.sources[index - 1 if index else 1]

            def fits(value: int, layer: Layer = step.layer, kept: list[Shape] = kept, index: int = index) -> bool:
                x = values[value]
                joined = (*kept[:index], x, *kept[index:])
                met = bool(x) and is_known(*x) and all(need.holds is True for need in layer.checks(*joined))
                # What is repeated along an axis of one pixel was not meant.
                return met and x[1:] == kept[0][1:]

            # What the branch beside has made without leaving that size is a part of it, and no skip.
            named = self.named_above(self.at)
            others = [
                value
                for value in named
                if value not in step.sources
                and (
                    self._begins(value, beside)
                    or any(_places(values[one]) != _places(kept[0]) for one in range(value, beside))
                )
                and fits(value)
            ]
            # Of a run of layers that give the same shape, the last; but an input is what is given.
            starts = {INPUT, *(value_of(place) for place in range(len(self.graph.inputs)))}
            ends = [one for one in others if one + 1 not in others or values[one] != values[one + 1] or one in starts]
            for value in sorted(ends, key=lambda value: abs(value - source))[:MOST]:
                name = named[value]
                sources = [name if place == index else one.name for place, one in enumerate(written)]
                yield Plan(
                    practice=Practice.SKIP,
                    place=self.at,
                    inserted={self.at: Inserted((), index, (value,), replaces=True)},
                    changes=(Edit((*route, "from", index), name),),
                    edits=(f"{step.path} from: [{', '.join(sources)}]",),
                    said=f"take `{name}` for `{written[index].name}`",
                    cost=TAKEN if self._is_joined(value) else ANOTHER,
                    carries=False,
                )

    def _is_joined(self, value: int) -> bool:
        """Whether a value is joined by a layer of the same kind as the one with the error."""
        layers = [self.steps[place].layer for place in self.sought.effect.users[value]]
        return any(type(layer) is type(self.steps[self.at].layer) for layer in layers)

    def _begins(self, value: int, beside: int) -> bool:
        """Whether what is added to a branch is what it begins with, where its maps got the size that they have."""
        layer, values = self.steps[self.at].layer, self.sought.effect.values
        if layer is None or layer.kind == "concat" or not value or value not in _chain(self.steps, beside):
            return False
        return _places(values[value]) != _places(self.found[place_of(value)].input or ())

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

    def _strided_once(self) -> Iterator[Plan]:
        """In a block, a stride that two layers of a branch have, left out of the last of them."""
        uses = self.steps[self.at].uses
        inside = [place for place, step in enumerate(self.steps[: self.at]) if uses and step.uses == uses]
        for place in inside:
            step = self.steps[place]
            node = step.spec.values.get("stride")
            above = {self._written_stride(one) for one in feeding(self.steps, step.sources[0]) if one in inside}
            if not isinstance(node, ScalarNode) or not isinstance(node.value, str) or node.value not in above:
                continue
            alike = {mine: self.steps[mine].layer for mine in self.sought.effect.alike(place)}
            if node.span in self.sought.routes and len(step.sources) == 1:
                yield Plan(
                    practice=Practice.SKIP,
                    place=place,
                    kinds={mine: replace(layer, stride=1) for mine, layer in alike.items() if layer is not None},
                    changes=(Dropped(self.sought.routes[node.span]),),
                    edits=(f"{step.path} without stride",),
                    said=f"leave out the `stride` of `{step.path}`: a layer above it in its branch has it",
                    cost=0.0,
                    carries=False,
                )

    def _written_stride(self, place: int) -> object:
        node = self.steps[place].spec.values.get("stride")
        return node.value if isinstance(node, ScalarNode) else None

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


def _chain(steps: Sequence[Step], value: int) -> list[int]:
    """The values that one is made of, one after the other, as far as each layer takes a single one."""
    found: list[int] = []
    while value and len(steps[place_of(value)].sources) == 1:
        value = steps[place_of(value)].sources[0]
        found.append(value)
    return found


def _places(x: Shape) -> Shape:
    """The sizes of a map, or the length of a sequence."""
    return x[1:] if len(x) > 2 else x[:1]
