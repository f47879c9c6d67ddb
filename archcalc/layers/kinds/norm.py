"""Normalisation: over the batch, within a sample, and across neighbouring channels."""

import math
from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.counters import Count, Sizes, learnt_once, taken
from archcalc.layers.fields import Flag, Real
from archcalc.layers.need import BatchNeed, Need, says
from archcalc.layers.size_fields import Size
from archcalc.layers.working import Line, Window, parted, places, written
from archcalc.sizes.axes import shape_text
from archcalc.sizes.rules import Shape, divides, either, is_known, prod

_UNCOUNTED = "normalisation is not counted"


class _ChannelNorm(Layer):
    sort: ClassVar[str] = "norms"
    drawn_behind: ClassVar[bool] = True
    told_in_tables: ClassVar[bool] = False
    mixes_channels: ClassVar[bool] = False
    uncounted: ClassVar[str] = _UNCOUNTED
    num_features: Annotated[int | None, Size(follows_axis=0)] = None
    eps: Annotated[float, Real(0.0, above=True)] = 1e-5
    momentum: Annotated[float | None, Real(0.0, 1.0, optional=True)] = 0.1
    affine: Annotated[bool, Flag()] = True
    track_running_stats: Annotated[bool, Flag()] = True

    positional: ClassVar[tuple[str, ...]] = ("num_features",)
    foreign: ClassVar[dict[str, str]] = {
        "epsilon": "eps",
        "features": "num_features",
        "channels": "num_features",
        "num_channels": "num_features",
        "in_channels": "num_features",
        "moving_average_fraction": "momentum",
    }

    def weights(self, x: Shape) -> dict[str, Shape]:
        shape = (self.settled("num_features", x),)
        return {"weight": shape, "bias": shape} if self.affine else {}

    def buffers(self, x: Shape) -> dict[str, Shape]:
        if not self.track_running_stats:
            return {}
        shape = (self.settled("num_features", x),)
        return {"running_mean": shape, "running_var": shape, "num_batches_tracked": ()}


def _fused(layer: Layer, xs: tuple[Sizes, ...], given: Sizes, macs: int) -> Count:
    """A factor and a summand for each value; with the batch's own mean and variance as any normalisation."""
    rule = taken(1, 2) if layer.buffers(*xs) else taken(4, 5)
    return rule(layer, xs, given, macs)


class _BatchNorm(_ChannelNorm):
    counted = {"torchinfo": learnt_once, "ptflops": taken(1, 2), "thop": taken(2, 4), "fvcore": _fused}
    batch_statistics: ClassVar[bool] = True

    def batch_needs(self, x: Shape) -> Iterator[BatchNeed]:
        # Without statistics of its own it normalises over the batch in evaluation, too.
        yield BatchNeed(
            prod(x[1:]),
            2,
            self.track_running_stats,
            "A216",
            lambda: "one sample has a single value of each channel, and nothing to normalise it over",
        )


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
    also_called = ("batch_norm", "batch_normalization", "bn", "sync_batch_norm", "sync_bn")
    ranks = (3,)


class BatchNorm3d(_BatchNorm):
    """(N, C, D, H, W) -> the same; torch.nn.BatchNorm3d.

    y = (x − mean)/√(var + eps)·weight + bias for each channel, over the batch, D, H and W.
    Ioffe and Szegedy 2015, "Batch normalization".
    """

    kind = "batch_norm3d"
    ranks = (4,)


class _InstanceNorm(_ChannelNorm):
    counted = {"torchinfo": learnt_once, "ptflops": taken(1, 2), "thop": taken(2, 4), "fvcore": taken(4, 5)}
    affine: Annotated[bool, Flag()] = False
    track_running_stats: Annotated[bool, Flag()] = False

    def misread(self, rank: int) -> bool:
        """With one axis fewer: one sample without its batch."""
        return rank + 1 in (self.ranks or ())

    def needs(self, x: Shape) -> Iterator[Need]:
        yield Need(
            prod(x[1:]) >= 2,
            "A216",
            lambda: f"normalises each channel over its pixels, and there is one in {shape_text(x)}",
        )

    def window(self, x: Shape) -> tuple[Window, ...]:
        """The whole map, or with running statistics, in evaluation, each pixel itself."""
        return tuple(Window() if self.track_running_stats else Window(n, 0) for n in x[1:])


class InstanceNorm1d(_InstanceNorm):
    """(N, C, L) -> (N, C, L); torch.nn.InstanceNorm1d.

    y = (x − mean)/√(var + eps)·weight + bias for each sample and channel, over L.
    Ulyanov et al. 2016, "Instance normalization: the missing ingredient for fast stylization".
    """

    kind = "instance_norm1d"
    ranks = (2,)


class InstanceNorm2d(_InstanceNorm):
    """(N, C, H, W) -> (N, C, H, W); torch.nn.InstanceNorm2d.

    y = (x − mean)/√(var + eps)·weight + bias for each sample and channel, over H and W.
    Ulyanov et al. 2016, "Instance normalization: the missing ingredient for fast stylization".
    """

    kind = "instance_norm2d"
    also_called = ("instance_norm", "instance_normalization")
    ranks = (3,)


class InstanceNorm3d(_InstanceNorm):
    """(N, C, D, H, W) -> (N, C, D, H, W); torch.nn.InstanceNorm3d.

    y = (x − mean)/√(var + eps)·weight + bias for each sample and channel, over D, H and W.
    Ulyanov et al. 2016, "Instance normalization: the missing ingredient for fast stylization".
    """

    kind = "instance_norm3d"
    ranks = (4,)


class GroupNorm(Layer):
    """(N, C, *) -> (N, C, *); torch.nn.GroupNorm.

    y = (x − mean)/√(var + eps)·weight + bias for each sample, over each group of C/num_groups channels.
    Wu and He 2018, "Group normalization".
    """

    kind = "group_norm"
    sort: ClassVar[str] = "norms"
    drawn_behind: ClassVar[bool] = True
    told_in_tables: ClassVar[bool] = False
    counted = {"torchinfo": learnt_once, "ptflops": taken(1, 2), "fvcore": taken(4, 5)}
    uncounted: ClassVar[str] = _UNCOUNTED
    least_rank: ClassVar[int] = 1
    also_called = ("group_normalization", "gn")
    num_groups: Annotated[int, Size(drawn_to=4)]
    num_channels: Annotated[int | None, Size(follows_axis=0)] = None
    eps: Annotated[float, Real(0.0, above=True)] = 1e-5
    affine: Annotated[bool, Flag()] = True

    positional: ClassVar[tuple[str, ...]] = ("num_groups", "num_channels")
    foreign: ClassVar[dict[str, str]] = {
        "groups": "num_groups",
        "epsilon": "eps",
        "channels": "num_channels",
        "num_features": "num_channels",
        "in_channels": "num_channels",
    }

    def needs(self, x: Shape) -> Iterator[Need]:
        channels = self.settled("num_channels", x)
        yield Need(
            divides(self.num_groups, channels),
            "A204",
            says("has {} channels, which do not divide into {} groups", channels, self.num_groups),
            "num_groups",
        )
        # torch counts the samples of the batch too, and so refuses one sample only.
        yield Need(
            either(self.num_groups * 2 <= channels, *(n >= 2 for n in x[1:])),
            "A216",
            lambda: f"normalises groups of a single value each: {self.num_groups} of {shape_text(x)}",
            "num_groups",
            beyond_torch=True,
        )

    def weights(self, x: Shape) -> dict[str, Shape]:
        shape = (self.settled("num_channels", x),)
        return {"weight": shape, "bias": shape} if self.affine else {}

    def derivation(self, x: Shape) -> Iterator[Line]:
        yield parted("A204", "channels", self.settled("num_channels", x), self.num_groups)

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        """The whole map; of features alone only where they are one group."""
        if len(x) > 1 or self.num_groups == 1:
            return tuple(Window(n, 0) for n in places(x))
        return None


def _in_functions(layer: Layer, xs: tuple[Sizes, ...], _given: Sizes, _macs: int) -> Count:
    """Three products for each value, and an average over neighbouring channels, those of the padding too."""
    channels, *rest = xs[0]
    padded: int = channels + layer.size - 1  # type: ignore[attr-defined]
    return Count(again=(3 * channels + padded) * math.prod(rest))


class LocalResponseNorm(Layer):
    """(N, C, *) -> (N, C, *); torch.nn.LocalResponseNorm.

    y = x / (k + alpha/size · Σ x²)^beta over size neighbouring channels. Krizhevsky et al. 2012,
    section 3.3, has alpha without the division: its 1e-4 with n = 5 is alpha: 5e-4 here.
    """

    kind = "local_response_norm"
    sort: ClassVar[str] = "norms"
    drawn_behind: ClassVar[bool] = True
    told_in_tables: ClassVar[bool] = False
    counted = {"ptflops": _in_functions}
    uncounted: ClassVar[str] = _UNCOUNTED
    also_called = ("lrn", "local_response_normalization", "cross_map_lrn2d")
    size: Annotated[int, Size()]
    alpha: Annotated[float, Real()] = 1e-4
    beta: Annotated[float, Real()] = 0.75
    k: Annotated[float, Real()] = 1.0

    positional: ClassVar[tuple[str, ...]] = ("size",)
    foreign: ClassVar[dict[str, str]] = {"local_size": "size", "n": "size", "depth_radius": "size", "bias": "k"}

    def needs(self, x: Shape) -> Iterator[Need]:
        yield Need(
            len(x) >= 2, "A202", lambda: f"takes channels and at least one more axis, but {shape_text(x)} arrives"
        )

    def derivation(self, x: Shape) -> Iterator[Line]:
        if not is_known(self.alpha, self.size):
            return
        each = self.alpha / self.size
        how = f"{written(float(self.alpha))}/{written(self.size)} = {written(each)}"
        note = f"the share of each of {self.size} neighbouring channels' squares"
        yield Line("alpha/size", how, None, note)
