"""Edits that change what a layer is, or put one in."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from archcalc.fixes.candidate import Search
from archcalc.fixes.instead import Inserted
from archcalc.fixes.left_out import LeftOut
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import Practice
from archcalc.language.yaml_changes import Change, Dropped, Edit, NewLayer, yaml_text
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.record import fields_of, follows_of
from archcalc.network.graph import INPUT
from archcalc.sizes.rules import Shape, is_known, known_size, known_sizes, prod

NEAREST = 24
"""How far above the error a layer is looked for that is to be another."""


class LayerEdits(Search):
    """The search for one error."""

    def slips(self) -> Iterator[Plan]:
        """Where nothing else can have been meant: a flatten put in, a layer left out."""
        if self.key[0] in ("A202", "A203"):
            yield from self._flattened()
            yield from self._of_channels()
        if self.key == ("A204", "num_heads"):
            yield from self._headed()
        above = self.at - 1
        if self.key[0] == "A202" and self.steps[self.at].sources == (self.at,) and self.at > 0:
            yield from LeftOut(self.sought).layer(above, "above it ", Practice.SLIP)

    def others(self) -> Iterator[Plan]:
        """An adaptive pool, axes in another order."""
        yield from self._flattened_too()
        yield from self._adaptive()
        yield from self._pooled()
        yield from self._turned()

    def other_axes(self) -> Iterator[Plan]:
        """The kind for as many axes as arrive: `conv2d` for `conv1d`, `batch_norm1d` behind a linear layer."""
        step, arriving = self.steps[self.at], self.found[self.at].input or ()
        route = None if step.spec.kind_span is None else self.sought.routes.get(step.spec.kind_span)
        layer = step.layer
        if layer is None or route is None or layer.kind[-2:] not in ("1d", "2d", "3d"):
            return
        stem = layer.kind[:-2]
        other = KINDS.get(f"{stem}{max(len(arriving) - 1, 1)}d") or (KINDS.get(stem) if len(arriving) == 1 else None)
        if other is None or other is type(layer):
            return
        layers = {place: _as_kind(other, self.steps[place].layer) for place in self.sought.effect.alike(self.at)}
        kinds = {place: made for place, made in layers.items() if made is not None}
        if len(kinds) < len(layers):
            return
        edit = f"{step.path} kind: {other.kind}"
        change = Edit(route, other.kind)
        yield Plan(
            practice=Practice.SLIP,
            place=self.at,
            kinds=kinds,
            changes=(change,),
            edits=(edit,),
            written=f"kind: {other.kind}",
            cost=0.0,
            carries=False,
        )

    def _flattened(self) -> Iterator[Plan]:
        arriving = self.found[self.at].input or ()
        if not is_known(*arriving) or len(arriving) < 2:
            return
        yield from self.put(("{kind: flatten}",), (KINDS["flatten"](),), self.at, Practice.SLIP, cost=0.0)

    def _of_channels(self) -> Iterator[Plan]:
        """A layer norm of as many values as a map has channels, over the channels of each pixel."""
        step, x = self.steps[self.at], self.found[self.at].input or ()
        route = None if step.spec.kind_span is None else self.sought.routes.get(step.spec.kind_span)
        other, layer = KINDS["layer_norm2d"], step.layer
        if layer is None or layer.kind != "layer_norm" or route is None or not other.ranks or len(x) not in other.ranks:
            return
        if _single(getattr(layer, "normalized_shape", None)) != x[0] or not self.is_channels_first(step.sources[0]):
            return
        made = {place: _as_kind(other, self.steps[place].layer) for place in self.sought.effect.alike(self.at)}
        yield Plan(
            practice=Practice.SLIP,
            place=self.at,
            kinds={place: one for place, one in made.items() if one is not None},
            changes=(Edit(route, other.kind),),
            edits=(f"{step.path} kind: {other.kind}",),
            written=f"kind: {other.kind}",
            cost=0.0,
            carries=False,
        )

    def _headed(self) -> Iterator[Plan]:
        """A sequence with its channels first in front of an attention: these divide into heads, and not its length."""
        step, x = self.steps[self.at], self.found[self.at].input or ()
        heads = getattr(step.layer, "num_heads", None)
        if len(x) != 2 or not is_known(*x) or type(heads) is not int or known_size(x[0]) % heads:
            return
        if self.is_channels_first(step.sources[0]):
            text, layer = "{kind: permute, dims: [0, 2, 1]}", KINDS["permute"](dims=(0, 2, 1))
            for plan in self.put((text,), (layer,), self.at, Practice.SLIP, cost=0.0):
                yield replace(plan, carries=False)

    def _flattened_too(self) -> Iterator[Plan]:
        """A flatten of a map above a linear layer that states another size than the map has, and this size."""
        x = self.found[self.at].input or ()
        first = len(x) > 2 and is_known(*x) and self.is_channels_first(self.steps[self.at].sources[0])
        pooled = bool(x) and getattr(self.steps[self.at].layer, "in_features", None) == x[0]
        if self.key == ("A203", "in_features") and first and not pooled:
            features = known_size(prod(x))
            for plan in self.put(("{kind: flatten}",), (KINDS["flatten"](),), self.at, Practice.STATED, cost=0.0):
                yield replace(plan, fields={self.at: {"in_features": features}}, carries=False)

    def put(
        self,
        texts: tuple[str, ...],
        layers: tuple[Layer, ...],
        place: int,
        practice: Practice,
        cost: float | None = None,
    ) -> Iterator[Plan]:
        """Layers above one that takes a single value, the one before it."""
        step = self.steps[place]
        route = self.sought.routes.get(step.spec.span)
        if route is None or len(step.sources) != 1 or step.spec.sources is not None:
            return
        where = "above it" if place == self.at else f"above `{step.path}`"
        yield Plan(
            practice=practice,
            place=place,
            inserted=dict.fromkeys(self.sought.effect.alike(place), Inserted(layers)),
            changes=(NewLayer(route, texts[0], texts[1:]),),
            edits=(f"{' and '.join(texts)} above {step.path}",),
            said=f"put {' and '.join(f'`- {text}`' for text in texts)} {where}",
            cost=cost,
        )

    def _adaptive(self) -> Iterator[Plan]:
        """A pool over windows that becomes an adaptive one, and an adaptive one in front of a flatten."""
        stated = getattr(self.steps[self.at].layer, "in_features", None)
        inserted: list[Plan] = []
        for place in range(self.at, max(-1, self.at - NEAREST), -1):
            layer, x = self.steps[place].layer, self.found[place].input
            if layer is None or x is None or not x or not is_known(*x) or len(self.steps[place].sources) != 1:
                continue
            pools = layer.kind.startswith(("avg_pool", "max_pool"))
            flattens = layer.kind in ("flatten", "reshape") and self.key == ("A203", "in_features")
            side = _side(stated, known_sizes(x)) if len(x) > 1 else None
            for size in dict.fromkeys((side, 1) if pools else (side,)):
                if size is None or (size == max(known_sizes(x)[1:], default=0) and not self._outgrows(place)):
                    continue
                given = self.found[place].output or ()
                # A pool does not enlarge; one that fails gives nothing.
                enlarges = is_known(*given[1:]) and size > max(known_sizes(given)[1:], default=size)
                if pools and self._is_last(place) and not enlarges:
                    inserted.clear()
                    yield from self._recast(place, layer, size)
                elif flattens:
                    text = f"{{kind: adaptive_avg_pool{len(x) - 1}d, output_size: {size}}}"
                    made = KINDS[f"adaptive_avg_pool{len(x) - 1}d"](output_size=size)
                    inserted += self.put((text,), (made,), place, Practice.ADAPTIVE)
            if pools or (layer.kind.startswith(("conv", "linear")) and place < self.at):
                break  # Only the head of the network is pooled to a size.
        yield from inserted

    def _outgrows(self, place: int) -> bool:
        """Whether it is the mean over a window that is larger than the map: one that averages whatever arrives."""
        layer = self.steps[place].layer
        return place == self.at and self.key[0] == "A207" and layer is not None and layer.kind.startswith("avg_pool")

    def _is_last(self, place: int) -> bool:
        """Whether a pool is in front of the head of the network: nothing below it convolves."""
        below = [step.layer for step in self.steps[place + 1 :] if step.layer is not None]
        single = [layer for layer in below if layer.kind.startswith("conv") and getattr(layer, "kernel_size", 0) == 1]
        flat = bool(single) or any(layer.kind in ("flatten", "linear") for layer in below)
        return flat and not any(layer.kind.startswith(("conv", "max", "avg")) for layer in below if layer not in single)

    def _recast(self, place: int, layer: Layer, size: int) -> Iterator[Plan]:
        kind = KINDS[f"adaptive_{layer.kind}"]
        spec = self.steps[place].spec
        route = self.sought.routes.get(spec.span)
        kind_route = None if spec.kind_span is None else self.sought.routes.get(spec.kind_span)
        if route is None or kind_route is None:
            return
        changes: list[Change] = [Edit(kind_route, kind.kind), Edit((*route, "output_size"), size, str(kind_route[-1]))]
        changes += [
            Dropped(self.sought.routes[node.span]) for node in spec.values.values() if node.span in self.sought.routes
        ]
        written = f"kind: {kind.kind}, output_size: {size}"
        yield Plan(
            practice=Practice.MEAN if size == 1 and layer.kind.startswith("avg_pool") else Practice.ADAPTIVE,
            place=place,
            kinds=dict.fromkeys(self.sought.effect.alike(place), kind(output_size=size)),
            changes=tuple(changes),
            edits=(f"{self.steps[place].path} {written}",),
            said=f"make `{self.steps[place].path}` an adaptive pool, in place of its window: `{written}`",
            carries=False,
        )

    def _turned(self) -> Iterator[Plan]:
        """Axes in another order, where what is stated of one end stands at the other: channels last for first."""
        layer, x, need = self.steps[self.at].layer, self.found[self.at].input or (), self.need
        field = None if need is None else need.field
        if self.key[0] != "A203" or layer is None or field is None or len(x) < 2 or not is_known(*x):
            return
        axis, stated = follows_of(type(layer)).get(field), _single(getattr(layer, field))
        if axis is None or self._was_turned(x):
            return
        first = axis % len(x) == 0
        if first and self.is_channels_first(self.steps[self.at].sources[0]):
            return
        # The channels of a clip stand behind its frames, where pictures were stacked.
        among = (len(x) - 1, *range(1, len(x) - 1)) if first else (0,)
        source = next((place for place in among if x[place] == stated), None)
        if source is None:
            return
        others = [place for place in range(len(x)) if place != source]
        order = (source, *others) if first else (*others, source)
        dims = (0, *(place + 1 for place in order))
        text = f"{{kind: permute, dims: {yaml_text(dims)}}}"
        at_places = not first and layer.kind == "linear" and len(x) > 2
        if at_places and stated not in (getattr(step.layer, "out_features", 0) for step in self.steps[self.at + 1 :]):
            return  # A classifier takes a map pooled; what gives as much again works at each of its places.
        practice = Practice.AT_ERROR if at_places else Practice.TURNED
        # A single channel at the end is what other frameworks ask for: the sample is written otherwise here.
        written_so = first and x[-1] == 1 == stated
        for plan in self.put((text,), (KINDS["permute"](dims=dims),), self.at, practice, 0.5 if written_so else None):
            yield replace(plan, carries=False)
        if at_places:
            return
        if self.steps[self.at].sources == (INPUT,) and not self.sought.network.graph.inputs:
            turned = tuple(x[place] for place in order)
            lead = f"write the channels {'first' if first else 'last'}"
            cost = 0.0 if written_so else None
            yield Plan(practice=Practice.TURNED, input=turned, lead=lead, cost=cost, carries=False)

    def _was_turned(self, x: Shape) -> bool:
        """Whether the layer above has done that, and perhaps should not have."""
        above = self.found[self.at - 1].input if self.at else None
        layer = self.steps[self.at - 1].layer
        return bool(
            above
            and layer is not None
            and layer.turns_axes
            and above != x
            and sorted(map(str, above)) == sorted(map(str, x))
        )

    def _pooled(self) -> Iterator[Plan]:
        """The mean of each channel, where a linear layer takes as many features as there are channels of a map."""
        layer, x = self.steps[self.at].layer, self.found[self.at].input or ()
        stated = getattr(layer, "in_features", None)
        if self.key != ("A203", "in_features") or not 2 <= len(x) <= 4 or not is_known(*x) or stated != x[0]:
            return
        kind = f"adaptive_avg_pool{len(x) - 1}d"
        texts = (f"{{kind: {kind}, output_size: 1}}", "{kind: flatten}")
        yield from self.put(
            texts, (KINDS[kind](output_size=1), KINDS["flatten"]()), self.at, Practice.ADAPTIVE, cost=0.0
        )


def _single(value: object) -> object:
    """A size that is stated by itself, or as a list of one."""
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def _side(features: object, x: tuple[int, ...]) -> int | None:
    """The side of a square map of which a linear layer takes so many features."""
    if type(features) is not int or features % x[0]:
        return None
    places, axes = features // x[0], len(x) - 1
    side = round(places ** (1 / axes))
    return side if side**axes == places and side < known_size(min(x[1:])) else None


def _as_kind(kind: type[Layer], layer: Layer | None) -> Layer | None:
    """A layer of another kind with the same fields; ``None`` where these have a value for each axis."""
    if layer is None:
        return None
    values = {name: getattr(layer, name) for name in fields_of(type(layer)) if name in fields_of(kind)}
    return None if any(isinstance(value, tuple) for value in values.values()) else kind(**values)
