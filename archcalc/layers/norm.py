"""Normalisation: over the batch, and across neighbouring channels."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.dims import Dim, Shape
from archcalc.fields import Flag, Real, Size
from archcalc.layers.base import Layer, Need, shape_text
from archcalc.layers.derivation import Line, written


class _BatchNorm(Layer):
    num_features: Annotated[int | None, Size()] = None
    eps: Annotated[float, Real(0.0, above=True)] = 1e-5
    momentum: Annotated[float | None, Real(0.0, 1.0, optional=True)] = 0.1
    affine: Annotated[bool, Flag()] = True
    track_running_stats: Annotated[bool, Flag()] = True

    positional: ClassVar[tuple[str, ...]] = ("num_features",)
    batch_statistics: ClassVar[bool] = True
    foreign: ClassVar[dict[str, str]] = {
        "epsilon": "eps",
        "features": "num_features",
        "channels": "num_features",
        "in_channels": "num_features",
        "moving_average_fraction": "momentum",
    }

    def infers(self, x: Shape) -> dict[str, Dim]:
        return {"num_features": x[0]}

    def _features(self, x: Shape) -> Dim:
        return x[0] if self.num_features is None else self.num_features

    def out(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> dict[str, Shape]:
        shape = (self._features(x),)
        return {"weight": shape, "bias": shape} if self.affine else {}

    def buffers(self, x: Shape) -> dict[str, Shape]:
        if not self.track_running_stats:
            return {}
        shape = (self._features(x),)
        return {"running_mean": shape, "running_var": shape, "num_batches_tracked": ()}

    def macs(self, x: Shape) -> Dim:
        """0: normalisation is not counted."""
        return 0


class BatchNorm1d(_BatchNorm):
    """(N, C) or (N, C, L) -> the same; torch.nn.BatchNorm1d.

    y = (x − mean)/√(var + eps)·weight + bias for each channel, over the batch and L.
    Ioffe and Szegedy 2015, "Batch normalization".
    """

    kind = "batch_norm1d"
    ranks = (1, 2)


class BatchNorm2d(_BatchNorm):
    """(N, C, H, W) -> the same; torch.nn.BatchNorm2d.

    y = (x − mean)/√(var + eps)·weight + bias for each channel, over the batch, H and W.
    Ioffe and Szegedy 2015, "Batch normalization".
    """

    kind = "batch_norm2d"
    also_called = ("batchnorm", "batch_norm", "batchnormalization", "batch_normalization", "bn")
    ranks = (3,)


class BatchNorm3d(_BatchNorm):
    """(N, C, D, H, W) -> the same; torch.nn.BatchNorm3d.

    y = (x − mean)/√(var + eps)·weight + bias for each channel, over the batch, D, H and W.
    Ioffe and Szegedy 2015, "Batch normalization".
    """

    kind = "batch_norm3d"
    ranks = (4,)


class LocalResponseNorm(Layer):
    """(N, C, *) -> (N, C, *); torch.nn.LocalResponseNorm.

    y = x / (k + alpha/size · Σ x²)^beta over size neighbouring channels. Krizhevsky et al. 2012,
    section 3.3, has alpha without the division: its 1e-4 with n = 5 is alpha: 5e-4 here.
    """

    kind = "local_response_norm"
    also_called = ("lrn", "local_response_normalization")
    size: Annotated[int, Size()]
    alpha: Annotated[float, Real()] = 1e-4
    beta: Annotated[float, Real()] = 0.75
    k: Annotated[float, Real()] = 1.0

    positional: ClassVar[tuple[str, ...]] = ("size",)
    foreign: ClassVar[dict[str, str]] = {"local_size": "size", "n": "size", "depth_radius": "size", "bias": "k"}

    def out(self, x: Shape) -> Shape:
        return x

    def needs(self, x: Shape) -> Iterator[Need]:
        yield Need(
            len(x) >= 2, "A202", lambda: f"takes channels and at least one more axis, but {shape_text(x)} arrives"
        )

    def macs(self, x: Shape) -> Dim:
        """0: normalisation is not counted."""
        return 0

    def derivation(self, x: Shape) -> Iterator[Line]:
        each = self.alpha / self.size
        how = f"{written(float(self.alpha))}/{written(self.size)} = {written(each)}"
        note = f"the share of each of {self.size} neighbouring channels' squares"
        yield Line("alpha/size", how, None, note)
