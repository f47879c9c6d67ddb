"""What one place of a layer's output sees of the network's input: its receptive field, layer by layer.

A chain of windows is one window: the second's pixels are the first's places, s₁ apart, so that
size = size₁ + (reach₂ − 1)·s₁, stride = s₁·s₂ and padding = p₁ + p₂·s₁. Araujo et al. 2019, "Computing
receptive fields of convolutional neural networks", derive the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from archcalc.dims import UNKNOWN, Dim, Shape, dmax
from archcalc.infer import Facts, LayerFacts
from archcalc.layers.derivation import Window, places


class Field(Struct, frozen=True):
    """What place j sees along one axis of the input: pixels j·stride − padding, and the next, ``size`` in all.

    It may begin before the input or end behind it; there is padding. Dilation and strides beyond the
    kernel leave holes in it. A ``stride`` of 0 says that every place sees the same.
    """

    size: Dim
    stride: Dim
    padding: Dim

    def through(self, window: Window) -> Field:
        """What a place sees through one window more."""
        return Field(
            self.size + (window.reach - 1) * self.stride,
            self.stride * window.stride,
            self.padding + window.padding * self.stride,
        )

    def around(self, other: Field) -> Field:
        """What a place sees through this field and another of the same stride."""
        padding = dmax(self.padding, other.padding)
        end = dmax(self.size - self.padding, other.size - other.padding)
        return Field(end + padding, self.stride, padding)


class Seen(Struct, frozen=True):
    """A layer's receptive field, by axis of the input.

    ``None`` where its places see windows of different sizes, or are no longer in the input's order
    (behind a flatten); ``changes`` is whether the layer made it another than it was.
    """

    layer: LayerFacts
    fields: tuple[Field, ...] | None
    changes: bool


def receptive_fields(facts: Facts) -> Iterator[Seen]:
    """The receptive field of every layer's output, in order."""
    found = [_View((Field(1, 1, 0),) * len(places(facts.input)), None)]
    for layer in facts.layers:
        before = _joined([found[source] for source in layer.step.sources])
        after = _through(before, layer)
        found.append(after)
        yield Seen(layer, after.fields, after.fields != found[layer.step.sources[0]].fields)


class _View(Struct, frozen=True):
    """What each place of a value sees, and what all of them see, from where on they are no grid.

    The second is what a layer that sees all of them sees.
    """

    fields: tuple[Field, ...] | None
    together: tuple[Field, ...] | None


def _joined(views: list[_View]) -> _View:
    """What each place sees of several values that are joined place by place."""
    first, *others = views
    for other in others:
        fields, together = _union(first.fields, other.fields), _union(first.together, other.together)
        first = _View(fields, together)
    return first


def _union(one: tuple[Field, ...] | None, other: tuple[Field, ...] | None) -> tuple[Field, ...] | None:
    """The smallest fields that hold both, where places of both move alike; else there are none."""
    if one is None or other is None or len(one) != len(other):
        return None
    if any(a.stride is not b.stride and a.stride != b.stride for a, b in zip(one, other, strict=True)):
        return None
    return tuple(a.around(b) for a, b in zip(one, other, strict=True))


def _through(view: _View, layer: LayerFacts) -> _View:
    """What the places of a layer's output see, with this being seen at its input."""
    fields, together, windows = view.fields, view.together, _windows(layer)
    if fields is not None and (windows is None or _fixed(fields)):
        together = together or (_together(fields, layer.input) if windows is None else fields)
        fields = fields if _fixed(fields) else None
    elif fields is not None and windows is not None:
        fields = tuple(field.through(window) for field, window in zip(fields, windows, strict=True))
    elif windows and all(type(w.stride) is int and w.stride == 0 for w in windows):
        fields = together
    if windows is None and len(layer.output or ()) > 1 and layer.output and layer.input and len(layer.input) > 1:
        # Where places have become channels, whoever sees all places of one does not see the whole any more.
        together = together if layer.output[0] is layer.input[0] or layer.output[0] == layer.input[0] else None
    return _View(fields, together)


def _windows(layer: LayerFacts) -> tuple[Window, ...] | None:
    xs = _arriving(layer)
    return None if layer.step.layer is None or xs is None else layer.step.layer.window(*xs)


def _arriving(layer: LayerFacts) -> tuple[Shape, ...] | None:
    """The shapes that arrive, or as many unknown sizes as the kind must have."""
    kind = layer.step.layer
    ranks = () if kind is None else kind.ranks or ()
    xs = layer.arriving
    if xs is None:
        return ((UNKNOWN,) * ranks[0],) if len(ranks) == 1 else None
    return xs if not ranks or all(len(x) in ranks for x in xs) else None


def _fixed(fields: tuple[Field, ...]) -> bool:
    """Whether every place sees the same, so that whatever follows sees that too."""
    return all(type(field.stride) is int and field.stride == 0 for field in fields)


def _together(fields: tuple[Field, ...], x: Shape | None) -> tuple[Field, ...] | None:
    """What all places of a map see, taken as one; an axis that the map lost with a flatten is not told."""
    sizes = places(x or ())
    if len(sizes) != len(fields):
        return None
    return tuple(
        Field(field.size + (n - 1) * field.stride, 0, field.padding) for field, n in zip(fields, sizes, strict=True)
    )
