"""Rows as a network in torch: each layer a module of torch's, called by its name, with drawn weights."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

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
    "rms_norm": nn.RMSNorm,
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
        found = self.state[key] = torch.randn(shape, generator=random).double() / 2
        self.parameters += found.numel()
        return found

    def _given(self, row: Row, taken: list[Tensor], random: torch.Generator) -> Tensor:
        if row.kind in JOINED:
            joined: Tensor = JOINED[row.kind](taken, **row.fields)
            return joined
        if row.kind == "attention":
            q, k, v = taken
            return attended(q, k, v, **row.fields)
        (x,) = taken
        if row.kind in OF_SEQUENCES:
            found: Tensor = OF_SEQUENCES[row.kind](self, row, x, random)
            return found
        if row.kind in CALLED:
            called: Tensor = CALLED[row.kind](x, **row.fields)
            return called
        if row.kind == "layer_scale":
            self.state[row.name] = factor = torch.randn(x.shape[1], *[1] * (x.dim() - 2), generator=random).double()
            self.parameters += factor.numel()
            return x * factor
        module = module_of(row, x).double().eval()
        _draw(module, random)
        if row.tied:
            if module.weight.shape != self.state[f"{row.tied}.weight"].shape:
                raise ValueError("one tensor of two shapes")
            module.weight = nn.Parameter(self.state[f"{row.tied}.weight"])
            self.parameters -= module.weight.numel()
        self.parameters += sum(parameter.numel() for parameter in module.parameters())
        self.state |= {f"{row.name}.{key}": one for key, one in module.state_dict().items()}
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


def attended(q: Tensor, k: Tensor, v: Tensor, num_heads: int, is_causal: bool = False, scale: float = 0.0) -> Tensor:
    """A head at a time, and a query at a time."""
    each = q.shape[2] // num_heads
    if each * num_heads != q.shape[2] or k.shape[2] % each or num_heads % (k.shape[2] // each):
        raise ValueError("heads that do not fit")
    shared = k.shape[2] // each
    if v.shape[2] % shared:
        raise ValueError("values that do not fit")
    found = []
    for head in range(num_heads):
        other = head * shared // num_heads
        queries = q[..., head * each : (head + 1) * each]
        keys, values = k.chunk(shared, 2)[other], v.chunk(shared, 2)[other]
        rows = []
        for place in range(q.shape[1]):
            until = place + 1 if is_causal else k.shape[1]
            scores = (queries[:, place, None] * keys[:, :until]).sum(2) * (scale or each**-0.5)
            rows.append((scores.softmax(1)[..., None] * values[:, :until]).sum(1))
        found.append(torch.stack(rows, 1))
    return torch.cat(found, 2)


def _looked_up(network: Evaluated, row: Row, x: Tensor, random: torch.Generator) -> Tensor:
    rows, width = row.fields["num_embeddings"], row.fields["embedding_dim"]
    if (row.fields.get("padding_idx") or 0) >= rows:
        raise ValueError("no such row")
    table = network.learnt(f"{row.name}.weight", (rows, width), random)
    if row.kind == "position_embedding":
        first = row.fields.get("offset", 0)
        if first + x.shape[1] > rows:
            raise ValueError("no such place")
        return table[first:][: x.shape[1]].expand(len(x), -1, -1)
    return table[x]


def _parameter(network: Evaluated, row: Row, x: Tensor, random: torch.Generator) -> Tensor:
    shape = tuple(row.fields.get("shape") or x.shape[1:])
    return network.learnt(row.name, (*(1,) * bool(row.fields.get("batch_axis")), *shape), random).expand(len(x), *shape)


def _transposed(network: Evaluated, row: Row, x: Tensor, random: torch.Generator) -> Tensor:
    given = x @ network.learnt(f"{row.name}.weight", (x.shape[-1], row.fields["out_features"]), random)
    if row.fields.get("bias", True):
        given = given + network.learnt(f"{row.name}.bias", (row.fields["out_features"],), random)
    return given


def _attention_of_its_own(network: Evaluated, row: Row, x: Tensor, random: torch.Generator) -> Tensor:
    width = x.shape[2]
    names = {"in_proj_weight": (3 * width, width), "in_proj_bias": (3 * width,)}
    names |= {"out_proj.weight": (width, width), "out_proj.bias": (width,)}
    weights = {name: network.learnt(f"{row.name}.{name}", shape, random) for name, shape in names.items()}
    q, k, v = functional.linear(x, weights["in_proj_weight"], weights["in_proj_bias"]).chunk(3, 2)
    given = attended(q, k, v, row.fields["num_heads"], row.fields.get("is_causal", False))
    return functional.linear(given, weights["out_proj.weight"], weights["out_proj.bias"])


def _rotary(network: Evaluated, row: Row, x: Tensor, random: torch.Generator) -> Tensor:
    """A pair of values at a place at a time."""
    heads, base = row.fields["num_heads"], row.fields.get("base", 10000.0)
    each = x.shape[2] // heads
    if each * heads != x.shape[2] or each % 2:
        raise ValueError("heads that are not pairs")
    given = x.clone()
    for place in range(x.shape[1]):
        for first in (head * each + pair for head in range(heads) for pair in range(each // 2)):
            angle = place * base ** (-2 * (first % each) / each)
            one, two = x[:, place, first], x[:, place, first + each // 2]
            given[:, place, first] = one * math.cos(angle) - two * math.sin(angle)
            given[:, place, first + each // 2] = one * math.sin(angle) + two * math.cos(angle)
    return given


OF_SEQUENCES: dict[str, Any] = {
    "rotary": _rotary,
    "embedding": _looked_up,
    "position_embedding": _looked_up,
    "parameter": _parameter,
    "transposed_linear": _transposed,
    "multihead_attention": _attention_of_its_own,
}
"""Kinds that are written out here, with weights of their own."""

JOINED: dict[str, Any] = {
    "add": _sum,
    "multiply": _product,
    "concat": lambda taken, dim=1: torch.cat(taken, dim),
}
CALLED: dict[str, Any] = {"slice": _slice, "pad": _pad, "mean": _mean}
