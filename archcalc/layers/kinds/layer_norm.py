"""Normalisation of each sample over its last axes, or over the channels of each pixel."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.counters import learnt_once, taken
from archcalc.layers.fields import Flag, Real
from archcalc.layers.need import Need, axis_needs
from archcalc.layers.size_fields import Axis, Listed, Size
from archcalc.layers.starts import Spread
from archcalc.layers.working import Window, along_one, places
from archcalc.sizes.axes import axis_at, shape_text
from archcalc.sizes.rules import Shape, equal


class _NormOfLast(Layer):
    sort: ClassVar[str] = "norms"
    drawn_behind: ClassVar[bool] = True
    told_in_tables: ClassVar[bool] = False
    uncounted: ClassVar[str] = "normalisation is not counted"
    least_rank: ClassVar[int] = 1
    normalized_shape: Annotated[int | tuple[int, ...] | None, Listed(alone=True, follows_axis=-1)] = None

    positional: ClassVar[tuple[str, ...]] = ("normalized_shape",)
    foreign: ClassVar[dict[str, str]] = {"epsilon": "eps", "dim": "normalized_shape", "features": "normalized_shape"}

    def compared_by_torch(self, x: Shape) -> bool:
        """Always, weights or not."""
        return True

    def _shape(self, x: Shape) -> Shape:
        if isinstance(self.normalized_shape, tuple):
            return self.normalized_shape
        return (self.settled("normalized_shape", x),)

    def needs(self, x: Shape) -> Iterator[Need]:
        if not isinstance(self.normalized_shape, tuple):
            return
        shape = self.normalized_shape
        yield Need(
            len(shape) <= len(x),
            "A203",
            lambda: f"normalises over {shape_text(shape)}, which has more axes than {shape_text(x)}",
            "normalized_shape",
        )
        if len(shape) > len(x):
            return
        for stated, arriving in zip(shape, x[-len(shape) :], strict=True):
            yield Need(
                equal(stated, arriving),
                "A203",
                lambda: f"normalises over {shape_text(shape)}, but {shape_text(x)} arrives",
                "normalized_shape",
            )

    def window(self, x: Shape) -> tuple[Window, ...]:
        """The whole of each axis that it normalises over, where that is one of places."""
        seen = places(x)
        over = min(len(self._shape(x)), len(seen))
        return (*(Window() for _ in seen[: len(seen) - over]), *(Window(n, 0) for n in seen[len(seen) - over :]))

    def mixes_all(self, x: Shape) -> bool:
        return True

    def first(self, x: Shape) -> Window:
        return Window(x[0], 0) if len(self._shape(x)) >= len(x) else Window()


class LayerNorm(_NormOfLast):
    """(N, *, normalized_shape) -> the same; torch.nn.LayerNorm.

    y = (x − mean)/√(var + eps)·weight + bias over the last axes: the very last if left out.
    Ba et al. 2016, "Layer normalization".
    """

    kind = "layer_norm"
    counted = {"torchinfo": learnt_once, "ptflops": taken(1), "thop": taken(2, 4), "fvcore": taken(4, 5)}
    also_called = ("layer_normalization", "ln")
    eps: Annotated[float, Real(0.0, above=True)] = 1e-5
    elementwise_affine: Annotated[bool, Flag()] = True
    bias: Annotated[bool, Flag()] = True

    def weights(self, x: Shape) -> dict[str, Shape]:
        if not self.elementwise_affine:
            return {}
        shape = self._shape(x)
        return {"weight": shape, "bias": shape} if self.bias else {"weight": shape}


class RMSNorm(_NormOfLast):
    """(N, *, normalized_shape) -> the same; torch.nn.RMSNorm.

    y = x/√(mean of x² + eps)·weight over the last axes: the very last if left out. Without eps, torch
    takes the smallest step of the number's type. With add_unit_offset the factor is 1 + weight, and weight starts at
    0, so that weight decay pulls the factor to 1: so in Gemma. Zhang and Sennrich 2019, "Root mean square layer
    normalization".
    """

    kind = "rms_norm"
    beside_torch: ClassVar[tuple[str, ...]] = ("add_unit_offset",)
    counted = {"torchinfo": learnt_once}
    also_called = ("rms_normalization",)
    eps: Annotated[float | None, Real(0.0, above=True, optional=True)] = None
    elementwise_affine: Annotated[bool, Flag()] = True
    add_unit_offset: Annotated[bool, Flag()] = False

    foreign: ClassVar[dict[str, str]] = _NormOfLast.foreign | {"zero_centered_gamma": "add_unit_offset"}

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": self._shape(x)} if self.elementwise_affine else {}

    def started(self, name: str, x: Shape, /) -> Spread:
        return (0.0 if self.add_unit_offset else 1.0), 0.0


class LayerNorm2d(Layer):
    """(N, C, H, W) -> (N, C, H, W); torchvision.models.convnext.LayerNorm2d.

    y = (x − mean)/√(var + eps)·weight + bias over the C channels of each pixel.
    Liu et al. 2022, "A ConvNet for the 2020s".
    """

    kind = "layer_norm2d"
    sort: ClassVar[str] = "norms"
    drawn_behind: ClassVar[bool] = True
    told_in_tables: ClassVar[bool] = False
    counted = {"torchinfo": learnt_once, "fvcore": taken(4, 5)}
    uncounted: ClassVar[str] = "normalisation is not counted"
    own_module: ClassVar[bool] = True
    ranks = (3,)
    normalized_shape: Annotated[int | None, Size(follows_axis=0)] = None
    eps: Annotated[float, Real(0.0, above=True)] = 1e-5
    elementwise_affine: Annotated[bool, Flag()] = True
    bias: Annotated[bool, Flag()] = True

    positional: ClassVar[tuple[str, ...]] = ("normalized_shape",)
    foreign: ClassVar[dict[str, str]] = {
        "epsilon": "eps",
        "num_channels": "normalized_shape",
        "num_features": "normalized_shape",
        "channels": "normalized_shape",
    }

    def compared_by_torch(self, x: Shape) -> bool:
        """Always, weights or not."""
        return True

    def weights(self, x: Shape) -> dict[str, Shape]:
        if not self.elementwise_affine:
            return {}
        shape = (self.settled("normalized_shape", x),)
        return {"weight": shape, "bias": shape} if self.bias else {"weight": shape}


class Normalize(Layer):
    """(N, *) -> (N, *); torch.nn.functional.normalize. x / max(√Σx², eps) along dim: vectors of length 1.

    dim counts with the batch as axis 0. Nothing is learnt.
    """

    kind = "normalize"
    uncounted: ClassVar[str] = "normalisation is not counted"
    also_called = ("l2_normalize", "l2_norm", "unit_norm", "unit_length")
    own_module: ClassVar[bool] = True
    least_rank: ClassVar[int] = 1
    dim: Annotated[int, Axis()] = 1
    eps: Annotated[float, Real(0.0, above=True)] = 1e-12

    foreign: ClassVar[dict[str, str]] = {"axis": "dim", "epsilon": "eps"}

    def needs(self, x: Shape) -> Iterator[Need]:
        yield from axis_needs(self.dim, x, "dim")
        why = "would make the batch a vector of length 1"
        yield Need(axis_at(self.dim, x) != 0, "A209", lambda: why, "dim", {"dim": 1}, beyond_torch=True)

    def window(self, x: Shape) -> tuple[Window, ...]:
        """The whole of the axis that it sums over, where that is one of places."""
        return along_one(x, axis_at(self.dim, x), lambda n: Window(n, 0))

    def mixes_all(self, x: Shape) -> bool:
        return True

    def first(self, x: Shape) -> Window:
        return Window(x[0], 0) if axis_at(self.dim, x) == 1 else Window()
