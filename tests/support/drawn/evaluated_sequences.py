"""The kinds of sequences, written out from their definitions: what is looked up, attention, and turned pairs."""

from __future__ import annotations

import itertools
import math
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.support.drawn.reader import Row

if TYPE_CHECKING:
    from tests.support.drawn.evaluator import Evaluated


def attended(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    bias: Tensor | None = None,
    *,
    num_heads: int,
    is_causal: bool = False,
    scale: float = 0.0,
    sliding_window: int | None = None,
    softcap: float | None = None,
) -> Tensor:
    """A window at a time, a head at a time, and a query at a time."""
    if bias is not None:
        while bias.dim() <= q.dim():
            bias = bias.unsqueeze(1)
        bias = bias.expand(*q.shape[:-2], num_heads, q.shape[-2], k.shape[-2])
    if q.dim() > 3:
        biases = [None] * q.shape[1] if bias is None else bias.unbind(1)
        alone = partial(
            attended,
            num_heads=num_heads,
            is_causal=is_causal,
            scale=scale,
            sliding_window=sliding_window,
            softcap=softcap,
        )
        given = [alone(*window) for window in zip(q.unbind(1), k.unbind(1), v.unbind(1), biases, strict=True)]
        return torch.stack(given, 1)
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
            near = sliding_window or max(k.shape[1], q.shape[1])
            seen = slice(max(0, place - near + 1), place + (1 if is_causal else near))
            scores = (queries[:, place, None] * keys[:, seen]).sum(2) * (scale or each**-0.5)
            if softcap is not None:
                scores = (scores / softcap).tanh() * softcap
            if bias is not None:
                scores = scores + bias[:, head, place, seen]
            rows.append((scores.softmax(1)[..., None] * values[:, seen]).sum(1))
        found.append(torch.stack(rows, 1))
    return torch.cat(found, 2)


class _OffsetNorm(nn.RMSNorm):
    """Times 1 + weight."""

    def forward(self, x: Tensor) -> Tensor:
        given = x / (x.square().mean(-1, keepdim=True) + (self.eps or torch.finfo(x.dtype).eps)).sqrt()
        return given * (1 + self.weight)


def rms_norm(width: int, *, add_unit_offset: bool = False, **fields: Any) -> nn.Module:
    """torch's, or one whose factor is 1 + weight."""
    return (_OffsetNorm if add_unit_offset else nn.RMSNorm)(width, **fields)


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
    given = attended(q, k, v, num_heads=row.fields["num_heads"], is_causal=row.fields.get("is_causal", False))
    return functional.linear(given, weights["out_proj.weight"], weights["out_proj.bias"])


def _rotary(network: Evaluated, row: Row, x: Tensor, random: torch.Generator) -> Tensor:
    """A pair of values at a place at a time."""
    heads, base = row.fields["num_heads"], row.fields.get("base", 10000.0)
    each = x.shape[2] // heads
    part = row.fields.get("rotary_dim") or each
    if each * heads != x.shape[2] or part % 2 or part > each:
        raise ValueError("heads that are not pairs")
    beside = row.fields.get("interleaved", False)
    given = x.clone()
    for place, head, pair in itertools.product(range(x.shape[1]), range(heads), range(part // 2)):
        angle = place * base ** (-2 * pair / part)
        first = head * each + (2 * pair if beside else pair)
        second = first + (1 if beside else part // 2)
        one, two = x[:, place, first], x[:, place, second]
        given[:, place, first] = one * math.cos(angle) - two * math.sin(angle)
        given[:, place, second] = one * math.sin(angle) + two * math.cos(angle)
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
