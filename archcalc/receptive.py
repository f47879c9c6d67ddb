"""What one place of a layer's output sees of the network's input: its receptive field, layer by layer.

A chain of windows is one window: the second's pixels are the first's places, s₁ apart, so that
size = size₁ + (reach₂ − 1)·s₁, stride = s₁·s₂ and padding = p₁ + p₂·s₁. Araujo et al. 2019, "Computing
receptive fields of convolutional neural networks", derive the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from archcalc.dims import UNKNOWN, Dim, Shape
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
    fields: tuple[Field, ...] | None = (Field(1, 1, 0),) * len(places(facts.input))
    # What all places together see, from where on they are no grid: what a layer that sees all of them sees.
    together: tuple[Field, ...] | None = None
    for layer in facts.layers:
        before, windows = fields, _windows(layer)
        if fields is not None and (windows is None or _fixed(fields)):
            together = together or (_together(fields, layer.input) if windows is None else fields)
            fields = fields if _fixed(fields) else None
        elif fields is not None and windows is not None:
            fields = tuple(field.through(window) for field, window in zip(fields, windows, strict=True))
        elif windows and all(type(w.stride) is int and w.stride == 0 for w in windows):
            fields = together
        yield Seen(layer, fields, fields != before)


def _windows(layer: LayerFacts) -> tuple[Window, ...] | None:
    x = _arriving(layer)
    return None if layer.step.layer is None or x is None else layer.step.layer.window(x)


def _arriving(layer: LayerFacts) -> Shape | None:
    """The input's shape, or as many unknown sizes as the kind must have."""
    kind = layer.step.layer
    ranks = () if kind is None else kind.ranks or ()
    if layer.input is None:
        return (UNKNOWN,) * ranks[0] if len(ranks) == 1 else None
    return layer.input if not ranks or len(layer.input) in ranks else None


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
