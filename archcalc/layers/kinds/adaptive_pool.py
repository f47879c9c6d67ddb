"""Pooling to a given size."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.counters import averages, nothing, repeated, taken
from archcalc.layers.size_fields import PerAxis, Sizes
from archcalc.layers.working import Line, Window, written
from archcalc.sizes.axes import letters, per_axis
from archcalc.sizes.rules import Shape, ceil_div, divides, floor_div, is_known, known_size


class _AdaptivePool(Layer):
    sort: ClassVar[str] = "pools"
    counted = {"ptflops": repeated(), "thop": nothing}
    uncounted: ClassVar[str] = "comparing and averaging are not counted"
    mixes_channels: ClassVar[bool] = False
    output_size: Annotated[Sizes | tuple[int | None, ...], PerAxis(keep=True)]

    positional: ClassVar[tuple[str, ...]] = ("output_size",)

    @property
    def in_parts(self) -> bool:
        return True

    def _sizes(self) -> tuple[int | None, ...]:
        return per_axis(self.output_size, self.axes)

    def out(self, x: Shape) -> Shape:
        return (x[0], *(n if size is None else size for n, size in zip(x[1:], self._sizes(), strict=True)))

    def derivation(self, x: Shape) -> Iterator[Line]:
        for axis, n, size in zip(letters(len(x))[1:], x[1:], self.out(x)[1:], strict=True):
            yield Line(f"{axis}'", written(size), size, "output_size")
            if is_known(n, size):
                # The first ones and the last show how the windows overlap where nothing divides.
                last = known_size(size) - 1
                for j in sorted({0, min(1, last), last}):
                    first, end = floor_div(j * n, size), ceil_div((j + 1) * n, size)
                    how = f"⌊{j}·{n}/{size}⌋ … ⌈({j} + 1)·{n}/{size}⌉ − 1"
                    note = f"{end - first} pixel{'s' * (end - first != 1)}"
                    yield Line(f"{axis} seen by {j}", f"{how} = {first} … {end - 1}", None, note)

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        """Windows of one size at equal distances, where there are such; else they differ.

        Window j begins at ⌊j·n/size⌋. With n = s·size + r that is s·j + ⌊j·r/size⌋, which is s·j for all j < size
        where r is 0, or 1; for r = 1 the window ends at s·(j + 1) + 1, one behind where the next begins.
        """
        found = []
        for n, size in zip(x[1:], self.out(x)[1:], strict=True):
            if size is n:
                found.append(Window())
            elif size == 1:
                found.append(Window(n, 0))
            elif divides(size, n) is True:
                found.append(Window(n // size, n // size))
            elif type(n) is int and type(size) is int and n % size == 1:
                found.append(Window(n // size + 1, n // size))
            else:
                return None
        return tuple(found)


class _AvgPool(_AdaptivePool):
    counted = {"ptflops": repeated(), "thop": averages}

    def keeps_input(self) -> bool:
        """But where one average is asked for: torch then takes the mean of all."""
        return any(size != 1 for size in self._sizes())


class _MeanPool(_AvgPool):
    def misread(self, rank: int) -> bool:
        """Also any other where one average is asked for: torch takes the mean of the last axes, if it has them."""
        return super().misread(rank) or (rank + 1 >= self.axes and {1, None}.issuperset(self._sizes()))


class AdaptiveAvgPool1d(_AvgPool):
    """(N, C, L) -> (N, C, output_size); torch.nn.AdaptiveAvgPool1d.

    Output j averages inputs ⌊j·L/output_size⌋ up to, not including, ⌈(j+1)·L/output_size⌉.
    """

    kind = "adaptive_avg_pool1d"
    also_called = ("global_average_pooling1d", "global_avg_pool1d")
    axes = 1
    ranks = (2,)
    output_size: Annotated[Sizes, PerAxis()]


class AdaptiveAvgPool2d(_MeanPool):
    """(N, C, H, W) -> (N, C, *output_size); torch.nn.AdaptiveAvgPool2d.

    Output j averages rows ⌊j·H/output_size⌋ up to, not including, ⌈(j+1)·H/output_size⌉, and
    columns likewise. A size of null keeps the input's.
    """

    kind = "adaptive_avg_pool2d"
    counted = {"ptflops": repeated(), "thop": averages, "fvcore": taken(1)}
    also_called = (
        "global_average_pooling2d",
        "global_average_pool",
        "global_avg_pool2d",
        "global_avg_pool",
        "global_pool",
        "gap",
    )
    axes = 2
    ranks = (3,)


class AdaptiveAvgPool3d(_MeanPool):
    """(N, C, D, H, W) -> (N, C, *output_size); torch.nn.AdaptiveAvgPool3d.

    Output j averages planes ⌊j·D/output_size⌋ up to, not including, ⌈(j+1)·D/output_size⌉, and
    the other axes likewise. A size of null keeps the input's.
    """

    kind = "adaptive_avg_pool3d"
    also_called = ("global_average_pooling3d", "global_avg_pool3d")
    axes = 3
    ranks = (4,)


class AdaptiveMaxPool1d(_AdaptivePool):
    """(N, C, L) -> (N, C, output_size); torch.nn.AdaptiveMaxPool1d.

    Output j is the largest of inputs ⌊j·L/output_size⌋ up to, not including, ⌈(j+1)·L/output_size⌉.
    """

    kind = "adaptive_max_pool1d"
    also_called = ("global_max_pooling1d", "global_max_pool1d")
    axes = 1
    ranks = (2,)
    output_size: Annotated[Sizes, PerAxis()]


class AdaptiveMaxPool2d(_AdaptivePool):
    """(N, C, H, W) -> (N, C, *output_size); torch.nn.AdaptiveMaxPool2d.

    Output j is the largest of rows ⌊j·H/output_size⌋ up to, not including, ⌈(j+1)·H/output_size⌉,
    and columns likewise. A size of null keeps the input's.
    """

    kind = "adaptive_max_pool2d"
    also_called = ("global_max_pooling2d", "global_max_pool2d", "global_max_pool")
    axes = 2
    ranks = (3,)


class AdaptiveMaxPool3d(_AdaptivePool):
    """(N, C, D, H, W) -> (N, C, *output_size); torch.nn.AdaptiveMaxPool3d.

    Output j is the largest of planes ⌊j·D/output_size⌋ up to, not including,
    ⌈(j+1)·D/output_size⌉, and the other axes likewise. A size of null keeps the input's.
    """

    kind = "adaptive_max_pool3d"
    also_called = ("global_max_pooling3d", "global_max_pool3d")
    axes = 3
    ranks = (4,)
