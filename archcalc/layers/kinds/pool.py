"""Pooling over windows."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.counters import Rule, given, nothing, repeated
from archcalc.layers.fields import Flag
from archcalc.layers.kinds.conv import window, window_line
from archcalc.layers.need import Need, says
from archcalc.layers.size_fields import PerAxis, Size, Sizes
from archcalc.layers.working import Line, Window, at_most, chain, written
from archcalc.sizes.axes import letters, per_axis
from archcalc.sizes.rules import Dim, Shape, ceil_div, dmin, floor_div, is_known, modulo

_FOREIGN = {
    "pool_size": "kernel_size",
    "kernel": "kernel_size",
    "size": "kernel_size",
    "strides": "stride",
    "pad": "padding",
    "pads": "padding",
}


def pooled(n: Dim, k: Dim, s: Dim, p: Dim, d: Dim, ceil_mode: bool) -> Dim:
    """How many windows a pooling layer takes along an axis; torch's ``pooling_output_shape``.

    Rounding up may start a last window in the padding after the input; torch drops that window,
    which is the same as starting none beyond ⌊(n + p − 1)/s⌋.
    """
    if not ceil_mode:
        return window(n, k, s, p, d)
    return dmin(ceil_div(n + 2 * p - d * (k - 1) - 1, s), floor_div(n + p - 1, s)) + 1


def _rounded_up(of: str, given: Dim, n: Dim, k: Dim, s: Dim, p: Dim, d: Dim) -> Line:
    """The formula of ``pooled`` in ceil mode with the numbers put in, and what becomes of the last window."""
    span, last = n + 2 * p - d * (k - 1) - 1, n + p - 1
    up, clamp = ceil_div(span, s), floor_div(last, s)
    full = f"{written(n)} + 2·{written(p)} − {written(d)}·({written(k)} − 1) − 1"
    steps = (
        f"min(⌈({full})/{written(s)}⌉, ⌊({written(n)} + {written(p)} − 1)/{written(s)}⌋) + 1",
        f"min(⌈{written(span)}/{written(s)}⌉, ⌊{written(last)}/{written(s)}⌋) + 1",
        f"min({written(up)}, {written(clamp)}) + 1",
        f"{written(dmin(up, clamp))} + 1",
        given,
    )
    if not is_known(up, clamp, span):
        note = ""
    elif up > clamp:
        note = "a last window would start behind the input, and is dropped"
    else:
        over = up * s - span
        note = f"rounded up: the last window reaches {over} over the end" if over else "no pixel left over"
    return Line(of, chain(*steps), given, note)


_AVERAGED: dict[str, Rule] = {"ptflops": repeated(), "thop": given()}


class _Pool(Layer):
    sort: ClassVar[str] = "pools"
    counted = {"ptflops": repeated(), "thop": nothing}
    uncounted: ClassVar[str] = "comparing and averaging are not counted"
    mixes_channels: ClassVar[bool] = False
    kernel_size: Annotated[Sizes, PerAxis()]
    stride: Annotated[Sizes | None, PerAxis(optional=True)] = None
    padding: Annotated[Sizes, PerAxis(at_least=0, drawn_to=2)] = 0
    ceil_mode: Annotated[bool, Flag()] = False

    foreign: ClassVar[dict[str, str]] = _FOREIGN

    def _dilation(self) -> Sizes:
        return 1

    def _along_axes(self, x: Shape) -> list[tuple[Dim, Dim, Dim, Dim, Dim]]:
        """For each spatial axis: size, kernel, stride, padding, dilation, all in places of that axis."""
        stride = self.kernel_size if self.stride is None else self.stride
        settings = (self.kernel_size, stride, self.padding, self._dilation())
        return list(zip(x[1:], *(per_axis(value, self.axes) for value in settings), strict=True))

    def out(self, x: Shape) -> Shape:
        return (x[0], *(pooled(*along, self.ceil_mode) for along in self._along_axes(x)))

    def needs(self, x: Shape) -> Iterator[Need]:
        for n, k, s, p, d in self._along_axes(x):
            yield Need(
                p <= floor_div(k, 2), "A205", says("pads by {}, more than half its kernel of {}", p, k), "padding"
            )
            yield self._fits(n, k, s, p, d)

    def _fits(self, n: Dim, k: Dim, s: Dim, p: Dim, d: Dim) -> Need:
        return Need(
            pooled(n, k, s, p, d, self.ceil_mode) >= 1,
            "A207",
            lambda: (
                f"has windows of {d * (k - 1) + 1} pixels, but only {n + 2 * p} arrive{'s' * (n + 2 * p == 1)}"
                + (f" ({n} and {2 * p} of padding)" if p else "")
            ),
            "kernel_size",
        )

    def leftover(self, x: Shape) -> Iterator[Dim]:
        if not self.ceil_mode:
            for n, k, s, p, d in self._along_axes(x):
                yield modulo(n + 2 * p - d * (k - 1) - 1, s)

    def derivation(self, x: Shape) -> Iterator[Line]:
        line = _rounded_up if self.ceil_mode else window_line
        for axis, size, along in zip(letters(len(x))[1:], self.out(x)[1:], self._along_axes(x), strict=True):
            yield line(f"{axis}'", size, *along)
            _, k, _, p, _ = along
            yield at_most("A205", axis, (written(p), p), (f"⌊{written(k)}/2⌋", k // 2))

    def window(self, x: Shape) -> tuple[Window, ...]:
        return tuple(Window(*along) for _, *along in self._along_axes(x))


class _MaxPool(_Pool):
    dilation: Annotated[Sizes, PerAxis(drawn_to=3)] = 1

    foreign: ClassVar[dict[str, str]] = _FOREIGN | {"dilation_rate": "dilation"}

    def _dilation(self) -> Sizes:
        return self.dilation

    def needs(self, x: Shape) -> Iterator[Need]:
        yield from super().needs(x)
        for n, _, _, p, d in self._along_axes(x):
            # torch then gives −∞ (its issue 114216), and writes the gradient outside the input's memory.
            yield Need(
                dmin(p, 1) * (d - 1) + 1 <= n,
                "A213",
                says("may see only padding: its pixels are {} apart, and {} arrive", d, n),
                "dilation",
                beyond_torch=True,
            )


class MaxPool1d(_MaxPool):
    """(N, C, L) -> (N, C, L'); torch.nn.MaxPool1d.

    L' = ⌊(L + 2·padding − dilation·(kernel_size − 1) − 1)/stride⌋ + 1, or rounded up with
    ceil_mode, less a last window that would start in the padding. stride is kernel_size if left out.
    """

    kind = "max_pool1d"
    also_called = ("max_pooling1d",)
    axes = 1
    ranks = (2,)


class MaxPool2d(_MaxPool):
    """(N, C, H, W) -> (N, C, H', W'); torch.nn.MaxPool2d.

    H' = ⌊(H + 2·padding − dilation·(kernel_size − 1) − 1)/stride⌋ + 1, or rounded up with
    ceil_mode, less a last window that would start in the padding. stride is kernel_size if left out.
    """

    kind = "max_pool2d"
    also_called = ("max_pool", "max_pooling", "max_pooling2d", "pooling")
    axes = 2
    ranks = (3,)


class MaxPool3d(_MaxPool):
    """(N, C, D, H, W) -> (N, C, D', H', W'); torch.nn.MaxPool3d.

    D' = ⌊(D + 2·padding − dilation·(kernel_size − 1) − 1)/stride⌋ + 1, or rounded up with
    ceil_mode, less a last window that would start in the padding. stride is kernel_size if left out.
    """

    kind = "max_pool3d"
    also_called = ("max_pooling3d",)
    axes = 3
    ranks = (4,)


class AvgPool1d(_Pool):
    """(N, C, L) -> (N, C, L'); torch.nn.AvgPool1d.

    L' = ⌊(L + 2·padding − kernel_size)/stride⌋ + 1, or rounded up with ceil_mode, less a last
    window that would start in the padding. stride is kernel_size if left out.
    """

    kind = "avg_pool1d"
    counted = _AVERAGED
    also_called = ("average_pooling1d",)
    axes = 1
    ranks = (2,)
    count_include_pad: Annotated[bool, Flag()] = True


class AvgPool2d(_Pool):
    """(N, C, H, W) -> (N, C, H', W'); torch.nn.AvgPool2d.

    H' = ⌊(H + 2·padding − kernel_size)/stride⌋ + 1, or rounded up with ceil_mode, less a last
    window that would start in the padding. stride is kernel_size if left out.
    """

    kind = "avg_pool2d"
    counted = _AVERAGED
    also_called = ("avg_pool", "average_pool", "average_pooling", "average_pooling2d")
    axes = 2
    ranks = (3,)
    count_include_pad: Annotated[bool, Flag()] = True
    divisor_override: Annotated[int | None, Size(optional=True)] = None


class AvgPool3d(_Pool):
    """(N, C, D, H, W) -> (N, C, D', H', W'); torch.nn.AvgPool3d.

    D' = ⌊(D + 2·padding − kernel_size)/stride⌋ + 1, or rounded up with ceil_mode, less a last
    window that would start in the padding. stride is kernel_size if left out. Unlike in two
    dimensions, torch wants the kernel to fit the input without its padding.
    """

    kind = "avg_pool3d"
    counted = _AVERAGED
    also_called = ("average_pooling3d",)
    axes = 3
    ranks = (4,)
    count_include_pad: Annotated[bool, Flag()] = True
    divisor_override: Annotated[int | None, Size(optional=True)] = None

    def _fits(self, n: Dim, k: Dim, s: Dim, p: Dim, d: Dim) -> Need:
        return Need(
            k <= n,
            "A207",
            lambda: f"has windows of {k} pixels, but only {n} arrive{'s' * (n == 1)}, and padding does not count here",
            "kernel_size",
        )
