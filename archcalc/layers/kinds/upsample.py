"""Interpolation to another size."""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Annotated, ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.counters import Count, Rule, Sizes
from archcalc.layers.fields import Choice, Factor, Flag
from archcalc.layers.kinds.join import Join
from archcalc.layers.need import Need, says
from archcalc.layers.size_fields import Listed, Size
from archcalc.layers.working import Line, Trace, Window, at_most, chain, written
from archcalc.sizes.axes import axis_names, letters, per_axis, shape_text
from archcalc.sizes.rules import Shape, Truth, divides, either, floor_div

_RANKS = {"linear": 2, "bilinear": 3, "bicubic": 3, "trilinear": 4}
"""How many axes a sample has for the modes that are of one number only."""


_PER_VALUE = {
    "thop": {"nearest": 1, "linear": 5, "bilinear": 11, "bicubic": 259},
    "fvcore": {"nearest": 1, "bilinear": 4},
}


def _interpolated(counter: str) -> Rule:
    def rule(layer: Layer, xs: tuple[Sizes, ...], given: Sizes, _macs: int) -> Count:
        if counter == "fvcore" and len(given) != 3:
            return Count()
        return Count(beside=_PER_VALUE[counter].get(layer.mode, 0) * math.prod(given))  # type: ignore[attr-defined]

    return rule


def _twice(_layer: Layer, _xs: tuple[Sizes, ...], given: Sizes, _macs: int) -> Count:
    """Each value that is given, and again in the function that the module calls."""
    return Count(beside=math.prod(given), again=math.prod(given))


def _called_once(_layer: Layer, _xs: tuple[Sizes, ...], given: Sizes, _macs: int) -> Count:
    return Count(again=math.prod(given))


def _reached(mode: str, x: Shape, given: Shape) -> tuple[Truth, ...]:
    """Of a smaller map each place takes one pixel, or the two or four around it, or averages over all its part."""
    taken = {"area": 0, "bicubic": 4}.get(mode, 2 if mode in _RANKS else 1)
    return tuple(taken == 0 or n <= m * taken for n, m in zip(x[1:], given[1:], strict=True))


class Upsample(Layer):
    """(N, C, *) -> (N, C, *); torch.nn.Upsample.

    n' = size, or ⌊n·scale_factor⌋, for each axis but the channels. A factor is a whole number over a power of 2:
    torch multiplies floats, which is exact for these only.
    """

    kind = "upsample"
    sort: ClassVar[str] = "resizing"
    counted = {"ptflops": _twice, "thop": _interpolated("thop"), "fvcore": _interpolated("fvcore")}
    uncounted: ClassVar[str] = "interpolating is not counted"
    mixes_channels: ClassVar[bool] = False
    also_called = (
        "interpolate",
        "interp",
        "upsampling",
        "upsampling2d",
        "upsampling_bilinear2d",
        "upsampling_nearest2d",
        "resize",
        "unpool",
    )
    ranks_suffice = False
    ranks = (2, 3, 4)
    size: Annotated[int | tuple[int, ...] | None, Listed(Size(), alone=True, optional=True)] = None
    scale_factor: Annotated[float | tuple[float, ...] | None, Listed(Factor(), alone=True, optional=True)] = None
    mode: Annotated[str, Choice(("nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"))] = (
        "nearest"
    )
    align_corners: Annotated[bool | None, Flag(optional=True)] = None

    foreign: ClassVar[dict[str, str]] = {
        "scale": "scale_factor",
        "factor": "scale_factor",
        "output_size": "size",
        "interpolation": "mode",
    }

    def keeps_input(self) -> bool:
        """Only to average areas, and not to average all: of that torch takes the mean."""
        sizes = self.size if isinstance(self.size, tuple) else (self.size,)
        return self.mode == "area" and any(size != 1 for size in sizes)

    def _given(self) -> float | tuple[float, ...] | None:
        return self.scale_factor if self.size is None else self.size

    def _matches(self, x: Shape) -> bool:
        """Whether there is one size or factor, or one for each axis."""
        given = self._given()
        return given is not None and (not isinstance(given, tuple) or len(given) == len(x) - 1)

    def out(self, x: Shape) -> Shape:
        if not self._matches(x):
            return x
        if self.size is not None:
            return (x[0], *per_axis(self.size, len(x) - 1))
        pairs = zip(x[1:], self._ratios(x), strict=True)
        return (x[0], *(floor_div(n * r.numerator, r.denominator) for n, r in pairs))

    def _ratios(self, x: Shape) -> list[Fraction]:
        """The factor of each axis but the channels."""
        return [Fraction(factor) for factor in per_axis(self.scale_factor or 1, len(x) - 1)]

    def needs(self, x: Shape) -> Iterator[Need]:
        yield Need(
            (self.size is None) != (self.scale_factor is None),
            "A112",
            lambda: "needs a `size` or a `scale_factor`, and not both",
            "scale_factor",
        )
        rank = _RANKS.get(self.mode, len(x))
        yield Need(
            len(x) == rank,
            "A202",
            lambda: f"interpolates by `{self.mode}`, which takes {axis_names(rank)}, but {shape_text(x)} arrives",
            "mode",
        )
        yield Need(
            self.align_corners is None or self.mode in _RANKS,
            "A114",
            lambda: f"has no corners to align in mode `{self.mode}`",
            "align_corners",
        )
        given = self._given()
        if given is None:
            return
        yield Need(
            self._matches(x),
            "A114",
            says("takes one number, or one for each of {} axes, not {}", len(x) - 1, len(per_axis(given, 1))),
            "scale_factor" if self.size is None else "size",
        )
        for n, size in zip(x[1:], self.out(x)[1:], strict=True):
            area = self.mode == "area"
            yield Need(either(area, size >= 1), "A207", says("leaves nothing of {}", n), "scale_factor")
            yield Need(
                either(not area, size >= 1),
                "A207",
                says("averages over {} and leaves nothing", n),
                "scale_factor",
                beyond_torch=True,
            )

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        """Where the size divides the input's: the first of so many pixels (nearest), or all of them (area)."""
        given = self.out(x)
        if given == x:
            return super().window(x)
        if self.mode not in ("nearest", "area") or not all(divides(m, n) for n, m in zip(x, given, strict=True)):
            return None
        area = self.mode == "area"
        return tuple(Window(n // m if area else 1, n // m) for n, m in zip(x[1:], given[1:], strict=True))

    def spreads(self, x: Shape) -> tuple[Window, ...] | None:
        """Of whole factors: the pixels nearest to it, or all less than a pixel away, between which is interpolated."""
        if not self._matches(x) or self.size is not None or self.align_corners or self.mode == "bicubic":
            return None
        factors = self._ratios(x)
        if any(factor.denominator != 1 for factor in factors):
            return None
        whole = [factor.numerator for factor in factors]
        if self.mode not in _RANKS:
            return tuple(Window(r, r) for r in whole)
        return tuple(Window(2 * r - r % 2, r, r // 2) for r in whole)

    @property
    def in_parts(self) -> bool:
        return self.mode == "area"

    @property
    def in_firsts(self) -> bool:
        return self.mode == "nearest"

    def all_reached(self, x: Shape) -> tuple[Truth, ...]:
        return _reached(self.mode, x, self.out(x))

    def derivation(self, x: Shape) -> Iterator[Line]:
        if not self._matches(x):
            return
        named = list(zip(letters(len(x))[1:], self.out(x)[1:], strict=True))
        if self.size is not None:
            for letter, size in named:
                yield Line(f"{letter}'", written(size), size, "size")
            return
        for (letter, size), n, ratio in zip(named, x[1:], self._ratios(x), strict=True):
            how = f"⌊{written(n)}·{written(ratio.numerator)}/{written(ratio.denominator)}⌋"
            yield Line(f"{letter}'", chain(how, size), size)
            yield at_most("A207", letter, ("1", 1), (how, size))


class UpsampleAs(Join):
    """(N, C, *), (N, C', *) -> (N, C, *); torch.nn.functional.interpolate of the first to the places of the second.

    The first keeps its channels, and gets the height and width of the second, of which only these matter: what a
    network saw small is laid over its input, or over a larger map as in a feature pyramid.
    Long et al. 2015, "Fully convolutional networks for semantic segmentation".
    """

    kind = "upsample_as"
    counted = {"ptflops": _called_once, "fvcore": _interpolated("fvcore")}
    sort: ClassVar[str] = "resizing"
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    only_sizes: ClassVar[tuple[int, ...]] = (1,)
    uncounted: ClassVar[str] = "interpolating is not counted"
    mixes_channels: ClassVar[bool] = False
    also_called = ("upsample_like", "interpolate_as", "interpolate_like", "resize_as", "resize_like")
    mode: Annotated[str, Choice(("nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear"))] = "nearest"
    align_corners: Annotated[bool, Flag()] = False

    foreign: ClassVar[dict[str, str]] = {"interpolation": "mode"}

    def keeps_input(self) -> bool:
        return False

    def out(self, *xs: Shape) -> Shape:
        return (xs[0][0], *xs[1][1:])

    def needs(self, *xs: Shape) -> Iterator[Need]:
        rank = len(xs[0])
        wanted = _RANKS.get(self.mode, min(max(rank, 2), 4))
        why = f"interpolates by `{self.mode}`, which takes {axis_names(wanted)}, but {shape_text(xs[0])} arrives"
        yield Need(rank == wanted, "A202", lambda: why, "mode")
        corners = f"has no corners to align in mode `{self.mode}`"
        yield Need(not self.align_corners or self.mode in _RANKS, "A114", lambda: corners, "align_corners")

    def derivation(self, *xs: Shape) -> Iterator[Line]:
        letter, *others = letters(len(xs[0]))
        yield Line(f"{letter}'", written(xs[0][0]), xs[0][0], "it stays")
        for letter, n, size in zip(others, xs[0][1:], xs[1][1:], strict=True):
            yield Line(f"{letter}'", written(size), size, f"from {written(n)} to the size of the second")

    def traces(self, *xs: Shape) -> tuple[Trace | None, ...]:
        """Where nothing is resized each place sees itself; else it is not said which of the first it sees."""
        return super().traces(*xs)[0] if self.window(*xs) else None, None

    def all_reached(self, *xs: Shape) -> tuple[Truth, ...]:
        return _reached(self.mode, xs[0], self.out(*xs))

    def expression(self, values: Sequence[str]) -> str:
        corners = ", align_corners=True" if self.align_corners else ""
        size = f"{values[1]}.shape[2:]"
        return f'torch.nn.functional.interpolate({values[0]}, {size}, mode="{self.mode}"{corners})'
