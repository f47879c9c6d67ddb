"""Softmax and its kin: scores to what sums to one."""

import math
from collections.abc import Iterator
from typing import Annotated, ClassVar

from msgspec.structs import replace

from archcalc.layers.call import Call
from archcalc.layers.contract import Layer
from archcalc.layers.counters import Count, Sizes, repeated
from archcalc.layers.kinds.activation import _Activation
from archcalc.layers.need import Need, axis_needs
from archcalc.layers.size_fields import Axis
from archcalc.layers.working import Window, along_one
from archcalc.sizes.axes import axis_at
from archcalc.sizes.rules import Shape


class _Softmax(_Activation):
    backward: ClassVar[str] = "y"
    told_in_tables: ClassVar[bool] = True
    dim: Annotated[int | None, Axis(optional=True)] = None

    gives_probabilities: ClassVar[bool] = True
    foreign: ClassVar[dict[str, str]] = {"axis": "dim"}

    def needs(self, x: Shape) -> Iterator[Need]:
        yield Need(
            self.dim is not None or len(x) == 1,
            "A112",
            lambda: f"does not say which of the {len(x) + 1} axes sums to one: its `dim`",
            None,
            {"dim": 1},
            beyond_torch=True,
        )
        if self.dim is not None:
            yield from axis_needs(self.dim, x, "dim")
            yield Need(
                axis_at(self.dim, x) != 0,
                "A209",
                lambda: "would sum to one over the batch axis",
                "dim",
                {"dim": 1},
                beyond_torch=True,
            )

    def window(self, x: Shape) -> tuple[Window, ...]:
        """The whole of the axis that it sums over, where that is one of places."""
        return along_one(x, 1 if self.dim is None else axis_at(self.dim, x), lambda n: Window(n, 0))

    def mixes_all(self, x: Shape) -> bool:
        return True

    def first(self, x: Shape) -> Window:
        return Window(x[0], 0) if self.dim is None or axis_at(self.dim, x) == 1 else Window()

    def torch(self, x: Shape) -> Call:
        call = super().torch(x)
        return call if self.dim is not None else replace(call, kwargs={"dim": 1})


def _summed(layer: Layer, xs: tuple[Sizes, ...], given: Sizes, _macs: int) -> Count:
    """For each sum of n exponentials n of these, n − 1 additions and n divisions."""
    dim: int | None = layer.dim  # type: ignore[attr-defined]
    values = math.prod(given)
    return Count(beside=3 * values - values // given[(1 if dim is None else int(axis_at(dim, given))) - 1])


class Softmax(_Softmax):
    """(N, *) -> (N, *); torch.nn.Softmax. e^xᵢ / Σ e^xⱼ along dim.

    dim counts with the batch as axis 0; it may be left out for (N, classes), where it is 1.
    """

    kind = "softmax"
    counted = {"ptflops": repeated(0), "thop": _summed}
    also_called = ("softmaxwithloss",)


class LogSoftmax(_Softmax):
    """(N, *) -> (N, *); torch.nn.LogSoftmax. log(e^xᵢ / Σ e^xⱼ) along dim.

    dim counts with the batch as axis 0; it may be left out for (N, classes), where it is 1.
    """

    kind = "log_softmax"
    # Scores still: a second softmax changes nothing of what they tell, and their cross-entropy is that of what arrives.
    gives_probabilities: ClassVar[bool] = False


class Softmin(_Softmax):
    """(N, *) -> (N, *); torch.nn.Softmin. e^−xᵢ / Σ e^−xⱼ along dim.

    dim counts with the batch as axis 0; it may be left out for (N, classes), where it is 1.
    """

    kind = "softmin"
    gives_probabilities: ClassVar[bool] = False


class Softmax2d(_Activation):
    """(N, C, H, W) -> (N, C, H, W); torch.nn.Softmax2d. Softmax over the channels of each pixel."""

    kind = "softmax2d"
    counted = {"ptflops": repeated(0)}
    backward: ClassVar[str] = "y"
    told_in_tables: ClassVar[bool] = True
    mixes_channels: ClassVar[bool] = True
    ranks = (3,)
    gives_probabilities: ClassVar[bool] = True

    def misread(self, rank: int) -> bool:
        """With one axis fewer: one sample without its batch."""
        return rank == 2
