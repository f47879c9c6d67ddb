"""Rows as a network in torch: each layer a module of torch's, called by its name, with drawn weights."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.support.drawn.evaluated_sequences import OF_SEQUENCES, attended, rms_norm
from tests.support.drawn.evaluated_windows import JOINED_WINDOWS, OF_WINDOWS, positions_looked_up
from tests.support.drawn.reader import Row

BATCH = 2
REFUSALS = (RuntimeError, ValueError, TypeError, IndexError, AssertionError, ZeroDivisionError)
ARRIVING: dict[str, Callable[..., nn.Module]] = {
    "conv2d": nn.Conv2d,
    "conv_transpose2d": nn.ConvTranspose2d,
    "linear": nn.Linear,
    "batch_norm2d": nn.BatchNorm2d,
    "instance_norm2d": nn.InstanceNorm2d,
    "layer_norm": nn.LayerNorm,
    "rms_norm": rms_norm,
}
"""Kinds whose module is told first what arrives: the channels, or the features."""

ALONE: dict[str, Callable[..., nn.Module]] = {
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "hardswish": nn.Hardswish,
    "leaky_relu": nn.LeakyReLU,
    "threshold": nn.Threshold,
    "prelu": nn.PReLU,
    "softmax": nn.Softmax,
    "dropout": nn.Dropout,
    "dropout2d": nn.Dropout2d,
    "adaptive_avg_pool2d": nn.AdaptiveAvgPool2d,
    "adaptive_max_pool2d": nn.AdaptiveMaxPool2d,
    "max_pool2d": nn.MaxPool2d,
    "avg_pool2d": nn.AvgPool2d,
    "local_response_norm": nn.LocalResponseNorm,
    "identity": nn.Identity,
    "flatten": nn.Flatten,
    "channel_shuffle": nn.ChannelShuffle,
    "pixel_shuffle": nn.PixelShuffle,
    "pixel_unshuffle": nn.PixelUnshuffle,
    "upsample": nn.Upsample,
}


class Evaluated:
    """What the rows give for an input: every value by name, and the weights by key (``state``), in double precision."""

    def __init__(self, rows: list[Row], x: Tensor, random: torch.Generator) -> None:
        self.values: dict[str, Tensor] = {"input": x}
        self.state: dict[str, Tensor] = {}
        self.parameters = 0
        self.modules: dict[str, nn.Module] = {}
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for row in rows:
                taken = [self.values[source] for source in row.sources]
                given = self._given(row, taken, random)
                if not given.numel():
                    raise ValueError(f"{row.name} gives nothing")
                self.values[row.name] = given

    def learnt(self, key: str, shape: tuple[int, ...], random: torch.Generator) -> Tensor:
        """A tensor that is learnt, with drawn values."""
        if key in self.state:
            if self.state[key].shape != shape:
                raise ValueError("weights of another shape")
            return self.state[key]
        found = self.state[key] = torch.randn(shape, generator=random).double() / 2
        self.parameters += found.numel()
        return found

    def _given(self, row: Row, taken: list[Tensor], random: torch.Generator) -> Tensor:
        if row.again in self.modules:
            once_more: Tensor = self.modules[row.again](taken[0])
            return once_more
        row = row._replace(name=row.again or row.name)
        if row.kind in JOINED:
            joined: Tensor = JOINED[row.kind](taken, **row.fields)
            return joined
        (x, *_) = taken
        if row.kind in WITH_WEIGHTS:
            found: Tensor = WITH_WEIGHTS[row.kind](self, row, x, random)
            return found
        if row.kind in CALLED:
            called: Tensor = CALLED[row.kind](x, **row.fields)
            return called
        if row.kind == "layer_scale":
            return x * self.learnt(row.name, (x.shape[1], *[1] * (x.dim() - 2)), random)
        module = module_of(row, x).double().eval()
        _draw(module, random)
        if row.tied:
            if module.weight.shape != self.state[f"{row.tied}.weight"].shape:
                raise ValueError("one tensor of two shapes")
            module.weight = nn.Parameter(self.state[f"{row.tied}.weight"])
            self.parameters -= module.weight.numel()
        self.parameters += sum(parameter.numel() for parameter in module.parameters())
        self.state |= {f"{row.name}.{key}": one for key, one in module.state_dict().items()}
        self.modules[row.name] = module
        given: Tensor = module(x)
        return given


def module_of(row: Row, x: Tensor) -> nn.Module:
    """The module that the row is, where ``x`` arrives."""
    fields = dict(row.fields)
    if row.kind in ARRIVING:
        for stated in ("in_channels", "in_features", "num_features"):
            fields.pop(stated, None)
        return ARRIVING[row.kind](x.shape[-1 if row.kind in ("linear", "layer_norm", "rms_norm") else 1], **fields)
    if row.kind == "group_norm":
        return nn.GroupNorm(fields.pop("num_groups"), x.shape[1], **fields)
    return ALONE[row.kind](**fields)


def _draw(module: nn.Module, random: torch.Generator) -> None:
    """Weights that are not those of any start, so that each tells."""
    for parameter in module.parameters():
        parameter.copy_(torch.randn(parameter.shape, generator=random) / 2)
    for name, buffer in module.named_buffers():
        if buffer.is_floating_point():
            positive = torch.rand(buffer.shape, generator=random) + 0.5
            buffer.copy_(positive if name.endswith("var") else positive - 1)


def _product(taken: list[Tensor]) -> Tensor:
    given = taken[0]
    for other in taken[1:]:
        given = given * other
    return given


def _sum(taken: list[Tensor]) -> Tensor:
    given = taken[0]
    for other in taken[1:]:
        given = given + other
    return given


def _slice(x: Tensor, dim: int = 1, start: int = 0, stop: int | None = None) -> Tensor:
    size = x.shape[dim]
    first, last, _ = slice(start, stop).indices(size)
    if not 0 <= start <= size or (stop is not None and not -size <= stop <= size) or first >= last:
        raise ValueError("a slice beyond its input")
    return x.narrow(dim, first, last - first)


def _pad(x: Tensor, padding: Any, mode: str = "constant", value: float = 0.0) -> Tensor:
    return functional.pad(x, tuple(padding), mode, value if mode == "constant" else None)


def _mean(x: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
    return x.mean(dim, keepdim)


def _routed(taken: list[Tensor], top: int, renormalize: bool = True) -> Tensor:
    """Each place by itself: the weights of the experts with the highest scores."""
    scores, *given = taken
    if scores.shape[-1] != len(given) or top > len(given) or len({one.shape for one in given}) > 1:
        raise ValueError("experts that scores do not fit")
    weights = torch.zeros_like(scores)
    for place in itertools.product(*map(range, scores.shape[:-1])):
        own = scores[place] - scores[place].max()  # the same weights, of numbers that have an exponential
        chosen = own.argsort(descending=True)[:top]
        among = own[chosen] if renormalize else own
        weights[place][chosen] = own[chosen].exp() / among.exp().sum()
    return _sum([weights[..., number, None] * one for number, one in enumerate(given)])


JOINED: dict[str, Any] = {
    "route": _routed,
    "add": _sum,
    "multiply": _product,
    "concat": lambda taken, dim=1: torch.cat(taken, dim),
    "attention": lambda taken, **fields: attended(*taken, **fields),
    **JOINED_WINDOWS,
}
CALLED: dict[str, Any] = {"slice": _slice, "pad": _pad, "mean": _mean, "permute": lambda x, dims: x.permute(*dims)}
CALLED |= OF_WINDOWS
WITH_WEIGHTS: dict[str, Any] = OF_SEQUENCES | {"relative_position_bias": positions_looked_up}
