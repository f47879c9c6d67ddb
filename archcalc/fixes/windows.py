"""Windows as everybody has them: rounding up, padding that keeps a map's size, and usual kernels and strides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcalc.fixes.practice import half_of_reach
from archcalc.layers.contract import Layer
from archcalc.layers.record import fields_of
from archcalc.sizes.axes import per_axis

FORMS: Mapping[str, tuple[tuple[int, int, int], ...]] = {
    "conv_transpose": ((2, 2, 0), (4, 2, 1), (1, 1, 0), (3, 1, 1), (4, 1, 0)),
    "conv": ((3, 1, 1), (3, 2, 1), (5, 1, 2), (7, 2, 3), (2, 2, 0), (4, 2, 1)),
    "pool": ((2, 2, 0), (3, 2, 1), (3, 1, 1)),
}
"""Kernel, stride and padding as everybody has them, of each family, whose name is in the kind: the first that is."""

PATCHES = (2, 4, 7, 8, 14, 16, 32)
"""The sides of patches that pictures are cut into, by a convolution that strides by its kernel."""

USUAL = {"kernel_size": (3, 5, 7, 11), "stride": (1, 2, 4)}
"""What everybody has, the most frequent first."""

WINDOWED = ("kernel_size", "stride", "padding")

SCALES = (2, 4, 3, 8)
"""How many times larger maps are made."""

LONG = 11
"""A kernel of more is one of a signal, and has no usual form."""

SCALED = 2
"""How many times another stride a window has with another kernel."""

NEAREST_PADDING = 8
"""How much more padding is tried one by one."""


def one_pixel(layer: Layer) -> Iterator[dict[str, object]]:
    """Rounding up; one pixel more behind a transposed conv, at one axis too."""
    if getattr(layer, "ceil_mode", None) is False:
        yield {"ceil_mode": True}
    extra, stride = getattr(layer, "output_padding", None), getattr(layer, "stride", 1)
    if extra == 0:
        strides = per_axis(stride, layer.axes)
        if min(strides) > 1:
            yield {"output_padding": 1}
        for axis in range(layer.axes) if layer.axes > 1 else ():
            if strides[axis] > 1:
                yield {"output_padding": tuple(int(other == axis) for other in range(layer.axes))}


def paddings(layer: Layer) -> Iterator[dict[str, object]]:
    """More padding, up to half of what the kernel reaches over; where it is more already, half of that."""
    kernel, padding = getattr(layer, "kernel_size", None), getattr(layer, "padding", None)
    family = next((name for name in FORMS if name in layer.kind), "")
    if padding and (kernel, getattr(layer, "stride", 1), padding) in FORMS.get(family, ()):
        return  # As everybody has it, so that it halves, doubles or keeps a map.
    if isinstance(kernel, int) and type(padding) is int:
        usual = half_of_reach(layer)
        # A conv that is dilated is padded to keep the map's size, or not at all.
        dilated = getattr(layer, "dilation", 1) != 1
        near = () if dilated else range(padding + 1, min(padding + NEAREST_PADDING, usual) + 1)
        for other in dict.fromkeys((*near, usual)):
            if other != padding:
                yield {"padding": other}


def same_size(layer: Layer) -> Iterator[dict[str, object]]:
    """Padding that keeps the size of a map, at stride 1."""
    kernel, padding = getattr(layer, "kernel_size", None), getattr(layer, "padding", None)
    if isinstance(kernel, int) and kernel % 2 and type(padding) is int and padding != half_of_reach(layer):
        wanted: dict[str, object] = {"padding": half_of_reach(layer)}
        yield wanted


def scales(layer: Layer) -> Iterator[dict[str, object]]:
    """A map made larger by another usual factor, the same along each axis."""
    if isinstance(getattr(layer, "scale_factor", None), float | int | tuple):
        for factor in SCALES:
            if layer.scale_factor != factor:  # type: ignore[attr-defined]
                yield {"scale_factor": factor}


def forms(layer: Layer) -> Iterator[dict[str, object]]:
    """Usual windows, of a layer that has one number for each of kernel, stride and padding."""
    family = next((name for name in FORMS if name in layer.kind), "")
    values = {name: getattr(layer, name, None) for name in WINDOWED}
    if family not in FORMS or "adaptive" in layer.kind or not all(name in fields_of(type(layer)) for name in WINDOWED):
        return
    if values["stride"] is None:
        values["stride"] = values["kernel_size"]
    kernel = values["kernel_size"]
    stride = values["stride"]
    if type(kernel) is not int or type(stride) is not int or type(values["padding"]) is not int:
        return
    if family == "conv" and kernel == stride > 2 and values["padding"] == 0:
        for side in PATCHES:
            if side != kernel:
                yield {"kernel_size": side, "stride": side}
        return
    for form in FORMS[family]:
        other: dict[str, object] = {
            name: value for name, value in zip(WINDOWED, form, strict=True) if value != values[name]
        }
        # With another kernel and another scale it is another layer.
        strides = sorted((form[1], stride))
        tiles = family == "pool" and kernel == stride and form[0] == form[1]
        alike = "kernel_size" not in other or tiles or strides[1] <= SCALED * strides[0]
        if (
            (len(other) > 1 or "kernel_size" in other)
            and form[0] <= kernel
            and (kernel <= LONG or family == "pool")
            and alike
        ):
            yield other
