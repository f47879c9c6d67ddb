"""Pooling over windows, and pooling to a given size."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.dims import Dim, Shape, ceil_div, dmin, floor_div, modulo
from archcalc.fields import Flag, PerAxis, Size, Sizes
from archcalc.layers.base import Layer, Need, per_axis
from archcalc.layers.conv import window

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


class _Pool(Layer):
    kernel_size: Annotated[Sizes, PerAxis()]
    stride: Annotated[Sizes | None, PerAxis(optional=True)] = None
    padding: Annotated[Sizes, PerAxis(at_least=0, drawn_to=2)] = 0
    ceil_mode: Annotated[bool, Flag()] = False

    foreign: ClassVar[dict[str, str]] = _FOREIGN

    def _dilation(self) -> Sizes:
        return 1

    def _along_axes(self, x: Shape) -> list[tuple[Dim, Dim, Dim, Dim, Dim]]:
        stride = self.kernel_size if self.stride is None else self.stride
        settings = (self.kernel_size, stride, self.padding, self._dilation())
        return list(zip(x[1:], *(per_axis(value, self.axes) for value in settings), strict=True))

    def out(self, x: Shape) -> Shape:
        return (x[0], *(pooled(*along, self.ceil_mode) for along in self._along_axes(x)))

    def needs(self, x: Shape) -> Iterator[Need]:
        for n, k, s, p, d in self._along_axes(x):
            yield Need(
                p <= floor_div(k, 2),
                "A205",
                lambda k=k, p=p: f"pads by {p}, more than half its kernel of {k}",  # type: ignore[misc]
                "padding",
            )
            yield self._fits(n, k, s, p, d)

    def _fits(self, n: Dim, k: Dim, s: Dim, p: Dim, d: Dim) -> Need:
        return Need(
            pooled(n, k, s, p, d, self.ceil_mode) >= 1,
            "A207",
            lambda: (
                f"has windows of {d * (k - 1) + 1} pixels, but only {n + 2 * p} arrive"
                + (f" ({n} and {2 * p} of padding)" if p else "")
            ),
            "kernel_size",
        )

    def leftover(self, x: Shape) -> Iterator[Dim]:
        if not self.ceil_mode:
            for n, k, s, p, d in self._along_axes(x):
                yield modulo(n + 2 * p - d * (k - 1) - 1, s)

    def macs(self, x: Shape) -> Dim:
        """0: comparing and averaging are not counted."""
        return 0


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
                "A207",
                lambda n=n, d=d: f"may see only padding: it looks at every {d}th pixel, and {n} arrive",  # type: ignore[misc]
                "dilation",
                beyond_torch=True,
            )


class MaxPool1d(_MaxPool):
    """(N, C, L) -> (N, C, L'); torch.nn.MaxPool1d.

    L' = ⌊(L + 2·padding − dilation·(kernel_size − 1) − 1)/stride⌋ + 1, or rounded up with
    ceil_mode, less a last window that would start in the padding. stride is kernel_size if left out.
    """

    kind = "max_pool1d"
    also_called = ("maxpooling1d", "max_pooling1d")
    axes = 1
    ranks = (2,)


class MaxPool2d(_MaxPool):
    """(N, C, H, W) -> (N, C, H', W'); torch.nn.MaxPool2d.

    H' = ⌊(H + 2·padding − dilation·(kernel_size − 1) − 1)/stride⌋ + 1, or rounded up with
    ceil_mode, less a last window that would start in the padding. stride is kernel_size if left out.
    """

    kind = "max_pool2d"
    also_called = ("maxpool", "max_pool", "maxpooling", "max_pooling", "maxpooling2d", "max_pooling2d", "pooling")
    axes = 2
    ranks = (3,)


class MaxPool3d(_MaxPool):
    """(N, C, D, H, W) -> (N, C, D', H', W'); torch.nn.MaxPool3d.

    D' = ⌊(D + 2·padding − dilation·(kernel_size − 1) − 1)/stride⌋ + 1, or rounded up with
    ceil_mode, less a last window that would start in the padding. stride is kernel_size if left out.
    """

    kind = "max_pool3d"
    also_called = ("maxpooling3d", "max_pooling3d")
    axes = 3
    ranks = (4,)


class AvgPool1d(_Pool):
    """(N, C, L) -> (N, C, L'); torch.nn.AvgPool1d.

    L' = ⌊(L + 2·padding − kernel_size)/stride⌋ + 1, or rounded up with ceil_mode, less a last
    window that would start in the padding. stride is kernel_size if left out.
    """

    kind = "avg_pool1d"
    also_called = ("averagepooling1d", "average_pooling1d")
    axes = 1
    ranks = (2,)
    count_include_pad: Annotated[bool, Flag()] = True


class AvgPool2d(_Pool):
    """(N, C, H, W) -> (N, C, H', W'); torch.nn.AvgPool2d.

    H' = ⌊(H + 2·padding − kernel_size)/stride⌋ + 1, or rounded up with ceil_mode, less a last
    window that would start in the padding. stride is kernel_size if left out.
    """

    kind = "avg_pool2d"
    also_called = (
        "avgpool",
        "avg_pool",
        "averagepool",
        "average_pool",
        "averagepooling2d",
        "average_pooling2d",
        "averagepooling",
    )
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
    also_called = ("averagepooling3d", "average_pooling3d")
    axes = 3
    ranks = (4,)
    count_include_pad: Annotated[bool, Flag()] = True
    divisor_override: Annotated[int | None, Size(optional=True)] = None

    def _fits(self, n: Dim, k: Dim, s: Dim, p: Dim, d: Dim) -> Need:
        return Need(
            k <= n,
            "A207",
            lambda: f"has windows of {k} pixels, but only {n} arrive, and padding does not count here",
            "kernel_size",
        )


class _AdaptivePool(Layer):
    output_size: Annotated[Sizes | tuple[int | None, ...], PerAxis(keep=True)]

    positional: ClassVar[tuple[str, ...]] = ("output_size",)

    def out(self, x: Shape) -> Shape:
        sizes = per_axis(self.output_size, self.axes)
        return (x[0], *(n if size is None else size for n, size in zip(x[1:], sizes, strict=True)))

    def macs(self, x: Shape) -> Dim:
        """0: comparing and averaging are not counted."""
        return 0


class _MeanPool(_AdaptivePool):
    def misread(self, rank: int) -> bool:
        """Also any rank where one average is asked for: torch then takes the mean of the last axes."""
        return super().misread(rank) or {1, None}.issuperset(per_axis(self.output_size, self.axes))


class AdaptiveAvgPool1d(_AdaptivePool):
    """(N, C, L) -> (N, C, output_size); torch.nn.AdaptiveAvgPool1d.

    Output j averages inputs ⌊j·L/output_size⌋ up to, not including, ⌈(j+1)·L/output_size⌉.
    """

    kind = "adaptive_avg_pool1d"
    axes = 1
    ranks = (2,)
    output_size: Annotated[Sizes, PerAxis()]


class AdaptiveAvgPool2d(_MeanPool):
    """(N, C, H, W) -> (N, C, *output_size); torch.nn.AdaptiveAvgPool2d.

    Output j averages rows ⌊j·H/output_size⌋ up to, not including, ⌈(j+1)·H/output_size⌉, and
    columns likewise. A size of null keeps the input's.
    """

    kind = "adaptive_avg_pool2d"
    also_called = ("globalaveragepooling2d", "global_average_pooling2d", "globalaveragepool", "global_avg_pool", "gap")
    axes = 2
    ranks = (3,)


class AdaptiveAvgPool3d(_MeanPool):
    """(N, C, D, H, W) -> (N, C, *output_size); torch.nn.AdaptiveAvgPool3d.

    Output j averages planes ⌊j·D/output_size⌋ up to, not including, ⌈(j+1)·D/output_size⌉, and
    the other axes likewise. A size of null keeps the input's.
    """

    kind = "adaptive_avg_pool3d"
    axes = 3
    ranks = (4,)


class AdaptiveMaxPool1d(_AdaptivePool):
    """(N, C, L) -> (N, C, output_size); torch.nn.AdaptiveMaxPool1d.

    Output j is the largest of inputs ⌊j·L/output_size⌋ up to, not including, ⌈(j+1)·L/output_size⌉.
    """

    kind = "adaptive_max_pool1d"
    axes = 1
    ranks = (2,)
    output_size: Annotated[Sizes, PerAxis()]


class AdaptiveMaxPool2d(_AdaptivePool):
    """(N, C, H, W) -> (N, C, *output_size); torch.nn.AdaptiveMaxPool2d.

    Output j is the largest of rows ⌊j·H/output_size⌋ up to, not including, ⌈(j+1)·H/output_size⌉,
    and columns likewise. A size of null keeps the input's.
    """

    kind = "adaptive_max_pool2d"
    also_called = ("globalmaxpooling2d", "global_max_pooling2d", "globalmaxpool", "global_max_pool")
    axes = 2
    ranks = (3,)


class AdaptiveMaxPool3d(_AdaptivePool):
    """(N, C, D, H, W) -> (N, C, *output_size); torch.nn.AdaptiveMaxPool3d.

    Output j is the largest of planes ⌊j·D/output_size⌋ up to, not including,
    ⌈(j+1)·D/output_size⌉, and the other axes likewise. A size of null keeps the input's.
    """

    kind = "adaptive_max_pool3d"
    axes = 3
    ranks = (4,)
