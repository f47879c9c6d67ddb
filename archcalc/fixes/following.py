"""The sizes that a layer states and that also arrive, as something else arrives."""

from __future__ import annotations

from msgspec.structs import replace

from archcalc.fixes.practice import is_depthwise
from archcalc.layers.contract import Layer
from archcalc.sizes.rules import Shape, is_known, known_size, known_sizes, prod


def following(layer: Layer, old: tuple[Shape, ...], xs: tuple[Shape, ...]) -> Layer | None:
    """A layer with other stated sizes, so that it takes what arrives where ``old`` did; ``None`` where none follow.

    A depthwise conv stays one: its groups are its channels, and of each it gives as many as before.
    """
    values: dict[str, object] = {}
    for name, size in layer.infers(*xs).items():
        stated = getattr(layer, name)
        if type(stated) is int and stated != size:
            values[name] = size
    before = old[0] if old and is_known(*old[0]) else ()
    if is_depthwise(layer, before) and xs[0][0] != before[0]:
        groups, given = known_size(xs[0][0]), getattr(layer, "out_channels", None)
        if type(given) is int and given % known_size(before[0]) == 0:
            values |= {"groups": groups, "out_channels": given // known_size(before[0]) * groups}
    shape = getattr(layer, "shape", None)
    if layer.kind == "reshape" and isinstance(shape, tuple) and len(old) == 1:
        values |= {"shape": other} if (other := reshaped(shape, before, known_sizes(xs[0]))) is not None else {}
    made = {name: value for name, value in values.items() if getattr(layer, name) != value}
    return replace(layer, **made) if made else None


def reshaped(shape: tuple[int, ...], before: Shape, x: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape that a reshape to ``shape`` has of other sizes: all in one axis, or the axes that were passed on."""
    total = known_size(prod(x))
    if len(shape) == 1:
        return (total,) if shape[0] > 0 and shape != (total,) else None
    if any(size < 1 for size in shape) or len(before) != len(x):
        return None
    # Each axis that is passed on as it is follows; of one that is not, its size is what is left.
    sizes = {old: new for old, new in zip(known_sizes(before), x, strict=True) if old != new}
    made = tuple(sizes.get(size, size) for size in shape)
    return made if made != shape and prod(made) == total else None
