"""Edits of windows as practitioners make them: rounding up, padding, usual forms, of one layer or of all alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from archcalc.fixes.candidate import Search
from archcalc.fixes.effect import CLAIM
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import Practice, half_of_reach, of_fields
from archcalc.fixes.windows import USUAL, WINDOWED, forms, one_pixel, paddings, same_size, scales
from archcalc.layers.contract import Layer
from archcalc.sizes.rules import is_known, known_size

NEAREST = 12
"""How many layers on either end of the network are tried by themselves: above the error, and below the input."""


class WindowEdits(Search):
    """The search for one error."""

    def plans(self) -> Iterator[Plan]:
        """What may be done, what is done first before the rest."""
        for plans in (self._windows, self._strides, self._claimed, self._everywhere):
            yield from plans()

    def _windows(self) -> Iterator[Plan]:
        """Rounding up, padding, and usual windows, of one layer."""
        if self._is_of_channels():
            return
        for place in near(self.at):
            layer = self.steps[place].layer
            for values in () if layer is None else (*one_pixel(layer), *paddings(layer), *forms(layer), *scales(layer)):
                if not (self.is_pixels_apart and {"stride", "scale_factor"} & values.keys()):
                    yield from self._plan(place, layer, values)
            yield from self._kept(place, layer)
        yield from self._unpadded()

    def _unpadded(self) -> Iterator[Plan]:
        """No padding, of the last conv above a claim: one further above is padded to keep the map's size."""
        convs = [place for place in range(self.at, -1, -1) if self._convolves(place)] if self.key == CLAIM else []
        for place in convs[:1]:
            if getattr(self.steps[place].layer, "padding", 0) != 0:
                for plan in self._plan(place, self.steps[place].layer, {"padding": 0}):
                    yield replace(plan, practice=Practice.PADDING)

    def _convolves(self, place: int) -> bool:
        layer = self.steps[place].layer
        return layer is not None and "conv" in layer.kind

    def _kept(self, place: int, layer: Layer | None) -> Iterator[Plan]:
        """Padding that keeps a map's size, of a conv of a block that is dilated by another number in each use."""
        alike = [self.steps[at].layer for at in self.sought.effect.alike(place)]
        reaches = {half_of_reach(one) for one in alike if one is not None and "conv" in one.kind}
        if len(reaches) > 1 and all(getattr(one, "stride", None) == 1 for one in alike):
            yield from self._plan(place, layer, {"padding": "same"})

    def _is_of_channels(self) -> bool:
        """Whether what is wrong is a number of channels, which no window changes."""
        field = None if self.need is None else self.need.field
        if field == "in_features":
            # Behind a flatten of single pixels, features are channels.
            shapes = [self.sought.effect.values[source] for source in self.steps[self.at].sources]
            above = [self.found[place].input or () for place in range(self.at, -1, -1) if self._flattens(place)][:1]
            return all(size == 1 for x in above or shapes for size in x[1:])
        return field in ("in_channels", "num_features", "num_channels", "groups", "num_groups")

    def _flattens(self, place: int) -> bool:
        layer = self.steps[place].layer
        return layer is not None and layer.kind in ("flatten", "reshape")

    def _plan(self, place: int, layer: Layer | None, values: dict[str, object]) -> Iterator[Plan]:
        xs = self.found[place].arriving
        if layer is None or xs is None or not all(x and is_known(*x) for x in xs):
            return
        practice = of_fields(layer, replace(layer, **values), xs, at_error=False)
        if practice.is_printed:
            practice = Practice.FORM if len(values) > 1 or {"kernel_size", "scale_factor"} & values.keys() else practice
            yield Plan(practice=practice, place=place, fields={place: values}, carries=False)

    def _strides(self) -> Iterator[Plan]:
        """Where branches meet of which one is about twice as large, the stride of one of them as in the other.

        A transposed conv that adds pixels at the end, and says no stride, was to stride by more than these.
        """
        layer = self.steps[self.at].layer
        forgotten = self.key[0] == "A212" and "stride" not in self.steps[self.at].spec.values
        extra = getattr(layer, "output_padding", 0) if forgotten else 0
        if layer is not None and type(extra) is int and extra > 0:
            for plan in self._plan(self.at, layer, {"stride": extra + 1}):
                yield replace(plan, practice=Practice.STATED, cost=0.0)
        if self.key[0] != "A211" or self.is_pixels_apart:
            return
        enlarging = any(self._enlarges(place) for place in range(self.at))
        for place in near(self.at):
            layer = self.steps[place].layer
            if layer is None:
                continue
            stride = getattr(layer, "stride", 0)
            other = [{"stride": one} for one in _others(stride)]
            for values in (*other, *scales(layer)):
                # What is not stated was forgotten, but for a stride of what is dilated, or where maps are made larger.
                kept = enlarging or getattr(layer, "dilation", 1) != 1
                cost = None if kept or values.keys() & self.steps[place].spec.values.keys() else 0.0
                for plan in self._plan(place, layer, values):
                    yield replace(plan, practice=Practice.SKIP, cost=cost)

    def _enlarges(self, place: int) -> bool:
        x, given = self.found[place].input or (), self.found[place].output or ()
        known = len(x) == len(given) > 1 and is_known(*x, *given)
        return known and known_size(given[-1]) > known_size(x[-1])

    def _claimed(self) -> Iterator[Plan]:
        """Usual kernels and strides of the layer itself of which another size is claimed."""
        layer = self.steps[self.at].layer if self.key == CLAIM else None
        if layer is not None:
            yield from self._whole_map(layer)
        for name, usual in USUAL.items() if layer is not None else ():
            for value in usual if type(getattr(layer, name, None)) is int else ():
                if name == "kernel_size" and getattr(layer, "padding", 0) not in (0, value // 2):
                    continue  # Padding goes with its kernel.
                for plan in self._plan(self.at, layer, {name: value}):
                    yield replace(plan, practice=Practice.STATED)

    def _whole_map(self, layer: Layer) -> Iterator[Plan]:
        """A kernel as large as the map, of a conv without padding that is said to give single pixels."""
        x, claimed = self.found[self.at].input or (), self.sought.network.claimed[self.steps[self.at].path]
        sides = set(x[1:])
        square = len(sides) == 1 and is_known(*x) and type(getattr(layer, "kernel_size", None)) is int
        if square and "transpose" not in layer.kind and set(claimed[1:]) == {1} and getattr(layer, "padding", 0) == 0:
            values: dict[str, object] = {"kernel_size": known_size(sides.pop())}
            yield Plan(practice=Practice.STATED, place=self.at, fields={self.at: values}, cost=0.0, carries=False)

    def _everywhere(self) -> Iterator[Plan]:
        """The same edit of all layers that are alike: every 3 × 3 conv padded, every pool rounded up."""
        alike: dict[object, list[int]] = {}
        if self._is_of_channels():
            return
        for place, step in enumerate(self.steps):
            layer = step.layer
            if layer is not None and not step.doubtful:
                alike.setdefault(_window(layer), []).append(place)
        for places in alike.values():
            first = self.steps[places[0]].layer
            entries = {self.steps[place].spec.span: place for place in reversed(places)}
            if first is None or len(entries) < 2 or min(places) > self.at:
                continue
            for values in (*one_pixel(first), *same_size(first)):
                fields = dict.fromkeys(sorted(entries.values()), values)
                practice = of_fields(first, replace(first, **values), ((),), at_error=False)
                yield Plan(practice=practice, place=places[0], fields=fields, carries=False)
        yield from self._padded(alike.values())

    def _padded(self, groups: Iterable[list[int]]) -> Iterator[Plan]:
        """Every conv padded to keep the map's size, where they are not all alike: each dilated more than the last."""
        entries = {self.steps[place].spec.span: place for group in groups for place in reversed(group)}
        layers = {place: self.steps[place].layer for place in sorted(entries.values())}
        fields = {
            place: values
            for place, layer in layers.items()
            if layer is not None and getattr(layer, "stride", None) == 1 and "conv" in layer.kind
            for values in same_size(layer)
        }
        if len({tuple(values.items()) for values in fields.values()}) > 1 and min(fields) <= self.at:
            yield Plan(practice=Practice.PADDING, place=min(fields), fields=fields, carries=False)


def near(at: int) -> Iterator[int]:
    """The places nearest to an error, then those nearest to the input."""
    above = range(at, max(-1, at - NEAREST), -1)
    yield from above
    yield from (place for place in range(min(NEAREST, at)) if place not in above)


def _window(layer: Layer) -> tuple[object, ...]:
    """What layers have in common that are edited alike."""
    return layer.kind, *(getattr(layer, name, None) for name in (*WINDOWED, "dilation"))


def _others(stride: object) -> Iterator[object]:
    """1 for another stride and 2 for 1, of all axes or left out, as of a pool; half or twice the stride of one axis."""
    if stride is None or (type(stride) is int and stride > 0):
        yield 2 if stride == 1 else 1
    elif isinstance(stride, tuple):
        for axis, one in enumerate(stride):
            for other in (*([one // 2] if one % 2 == 0 else []), 2 * one):
                yield (*stride[:axis], other, *stride[axis + 1 :])
