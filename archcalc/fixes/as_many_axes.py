"""What arrives with as many axes as a layer takes: a vector as a map, a map with its channel, or as a sequence."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.fixes.candidate import Search
from archcalc.fixes.layer_edits import LayerEdits
from archcalc.fixes.maps_of import maps_of
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import Practice
from archcalc.language.yaml_changes import yaml_text
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.record import follows_of
from archcalc.network.graph import INPUT
from archcalc.sizes.rules import Shape, is_known, known_sizes


class AsManyAxes(Search):
    """The search for one error."""

    def plans(self) -> Iterator[Plan]:
        """Where nothing else can have been meant."""
        if self.key[0] == "A202":
            yield from self._tokens()
            yield from self._merged()
            yield from self._as_map()
            yield from self._with_a_channel()

    def is_map(self, x: Shape) -> bool:
        """Whether a sequence is asked for where a map stands: square, and of other channels than its last axis has."""
        layer = self.steps[self.at].layer
        if layer is None or layer.ranks != (2,) or len(x) != 3 or x[1] != x[2]:
            return False
        if any(step.layer is not None and step.layer.looks_up for step in self.steps[: self.at]):
            return False
        return _stated(layer) <= {x[0]}

    def _as_map(self) -> Iterator[Plan]:
        """A vector as the map that a layer takes: the channels of one pixel, a row of one channel, or a square."""
        step = self.steps[self.at]
        layer, x = step.layer, self.found[self.at].input or ()
        if layer is None or len(x) != 1 or not is_known(*x) or not layer.channels_first:
            return
        for shape in filter(lambda shape: layer.takes_axes(len(shape)), maps_of(known_sizes(x)[0], layer)):
            yield from self._reshaped(shape, "write it as a map", 0.5)

    def _with_a_channel(self) -> Iterator[Plan]:
        """A picture or a volume without its only channel."""
        layer, x = self.steps[self.at].layer, self.found[self.at].input or ()
        if layer is None or len(x) < 2 or not is_known(*x) or not layer.takes_axes(len(x) + 1):
            return
        if layer.channels_first and getattr(layer, "in_channels", None) in (None, 1):
            yield from self._reshaped((1, *known_sizes(x)), "write its channel, too", 0.0)

    def _reshaped(self, shape: tuple[int, ...], lead: str, cost: float) -> Iterator[Plan]:
        """What arrives in another shape: written so where it is the input, and by a layer above."""
        text = f"{{kind: reshape, shape: {yaml_text(shape)}}}"
        if self.steps[self.at].sources == (INPUT,) and not self.graph.inputs:
            yield Plan(practice=Practice.SLIP, input=shape, lead=lead, cost=0.0, carries=False)
        made = (KINDS["reshape"](shape=shape),)
        yield from LayerEdits(self.sought).put((text,), made, self.at, Practice.SLIP, cost=cost)

    def _merged(self) -> Iterator[Plan]:
        """A map as the sequence of its columns, as text and sounds are read: each with all its channels and rows."""
        layer, x = self.steps[self.at].layer, self.found[self.at].input or ()
        if layer is None or layer.ranks != (2,) or len(x) != 3 or not is_known(*x) or self.is_map(x):
            return
        channels, height, width = known_sizes(x)
        stated = _stated(layer)
        ways = {
            channels * height: ("{kind: flatten, start_dim: 1, end_dim: 2}", KINDS["flatten"](start_dim=1, end_dim=2)),
            channels: ("{kind: mean, dim: 2}", KINDS["mean"](dim=2)),
        }
        for features, one in ways.items():
            if stated <= {features} and (stated or width > height):
                yield from self._as_sequence(layer, *one)

    def _tokens(self) -> Iterator[Plan]:
        """A map as a sequence of its places, where a layer takes one."""
        layer, x = self.steps[self.at].layer, self.found[self.at].input or ()
        if layer is not None and is_known(*x) and self.is_map(x):
            yield from self._as_sequence(layer, "{kind: flatten, start_dim: 2}", KINDS["flatten"](start_dim=2))

    def _as_sequence(self, layer: Layer, text: str, made: Layer) -> Iterator[Plan]:
        """What makes two axes of a map one, and, for who takes the places of a sequence first, turns it."""
        texts: tuple[str, ...] = (text,)
        layers: tuple[Layer, ...] = (made,)
        if not layer.channels_first:
            texts, layers = (text, "{kind: permute, dims: [0, 2, 1]}"), (made, KINDS["permute"](dims=(0, 2, 1)))
        yield from LayerEdits(self.sought).put(texts, layers, self.at, Practice.SLIP, cost=0.0)


def _stated(layer: Layer) -> set[object]:
    """How many values a layer says that there are at each place of the sequence that it takes, if it does."""
    ends = (0,) if layer.channels_first else (1, -1)
    return {getattr(layer, name) for name, axis in follows_of(type(layer)).items() if axis in ends} - {None}
