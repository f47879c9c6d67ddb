"""Edits of the input: sizes that fit all layers, other channels, and, where nothing can be told, sizes one by one."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from archcalc.fixes.candidate import Search
from archcalc.fixes.effect import CLAIM
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import Practice, least_fed, of_input
from archcalc.network.graph import INPUT, Value, channel_axes, value_of
from archcalc.sizes.rules import Shape, is_known, known_size, known_sizes

PICTURE = (1, 3, 4)
"""How many channels a picture has as a rule: grey, RGB, and one more."""

TRIED_SIZES = 256
"""How far from the input's sizes others are tried, where they cannot be told from the layers."""


class InputEdits(Search):
    """The search for one error."""

    def plans(self) -> Iterator[Plan]:
        """Sizes that fit all layers, and other channels."""
        x = self.graph.input
        if not x or not is_known(*x):
            return
        for fitting in self.sought.fitting:
            practice, named = self._of_input(fitting.shape), fitting
            if self._claims_as_large_as_input():
                practice = Practice.AS_LARGE
            if self._are_features(fitting.axes):
                # Another width of what arrives is no more a size of it than another number of channels.
                practice = Practice.INPUT_CHANNELS
                named = replace(fitting, names=fitting.names or ("length", "width"))
            yield Plan(practice=practice, input=fitting.shape, said=named.text if fitting.axes or fitting.rule else "")
        yield from self._as_another(x)
        for axis in channel_axes(self.graph.inputs, len(x)):
            if self.key[0] == "A204" and len(x) == 3 and x[axis] in PICTURE:
                continue  # A picture has the channels that it has, whatever they do not divide into.
            for wanted in self.sought.wanted(known_size(x[axis])):
                other = (*x[:axis], wanted, *x[axis + 1 :])
                # The first axis of a sequence is how long it is.
                tiny = len(x) == 2 and not self._is_map(INPUT) and wanted < least_fed(known_size(x[axis]))
                tiny = tiny or max(known_sizes(other)) == 1
                yield Plan(practice=Practice.TINY if tiny else Practice.INPUT_CHANNELS, input=other, carries=False)

    def _as_another(self, x: Shape) -> Iterator[Plan]:
        """Of several inputs that are joined, or of which the same layers take each, one as long, or high and wide."""
        for one in self.graph.inputs if self.key[0] in ("A211", "A223") else ():
            for other in self.graph.inputs:
                # Of a row of words all is its length; the first axis of anything else is channels.
                first = 0 if len(one.axes) == 1 else 1
                places = dict(zip(one.axes[first:], other.of(x)[first:], strict=False))
                shape = tuple(places.get(axis, size) for axis, size in enumerate(x))
                if len(one.axes) == len(other.axes) != 2 and shape != x:
                    # The smaller one was resized by mistake, as a rule.
                    larger = sum(known_sizes(shape)) > sum(known_sizes(x))
                    yield Plan(practice=Practice.INPUT, input=shape, cost=0.0 if larger else None, carries=False)

    def _claims_as_large_as_input(self) -> bool:
        """Whether a map of the input's size is claimed of the layer with the error, and another one is there."""
        claimed = self.sought.network.claimed.get(self.steps[self.at].path, ())
        return self.key == CLAIM and len(claimed) > 1 and claimed[1:] == self.graph.input[1:]

    def _are_features(self, axes: tuple[int, ...]) -> bool:
        """Whether axes are the last of sequences: inputs of two axes, the first of which nobody takes for channels."""
        graph = self.graph
        if not graph.inputs:
            return axes == (1,) and len(graph.input) == 2 and not self._is_map(INPUT)
        ends = {one.axes[-1]: value_of(place) for place, one in enumerate(graph.inputs) if len(one.axes) == 2}
        return bool(axes) and all(axis in ends and not self._is_map(ends[axis]) for axis in axes)

    def _is_map(self, value: Value) -> bool:
        takers = [step.layer for step in self.steps if value in step.sources]
        return any(layer is not None and layer.channels_first for layer in takers)

    def _of_input(self, shape: Shape) -> Practice:
        """The practice of giving the network another sample: of several inputs that change, what is done least."""
        x, inputs = self.graph.input, self.graph.inputs
        if not inputs:
            return of_input(x, shape)
        changed = [(one.of(x), one.of(shape)) for one in inputs if one.of(x) != one.of(shape)]
        return max((of_input(*pair) for pair in changed), key=lambda one: one.rank, default=Practice.INPUT)

    def tried(self) -> Iterator[Plan]:
        """Sizes of the input one by one: where the layers cannot tell, as when there is another error."""
        x = self.graph.input
        if not x or not is_known(*x):
            return
        channels = channel_axes(self.graph.inputs, len(x))
        places = [axis for axis in range(len(x)) if axis not in channels]
        groups: list[tuple[int, ...]] = [(axis,) for axis in places]
        groups += [tuple(places)] if len(places) > 1 and len({x[axis] for axis in places}) == 1 else []
        for distance in range(1, TRIED_SIZES):
            for axes in groups:
                for step in (-distance, distance):
                    shape = tuple(size + step if axis in axes else size for axis, size in enumerate(x))
                    if min(known_sizes(shape)) >= 1:
                        yield Plan(practice=of_input(x, shape), input=shape, carries=False)
