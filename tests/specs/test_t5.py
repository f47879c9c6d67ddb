"""T5 against its paper's formulas in plain torch; its keys and figures are in ``test_inputs.py``."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tests.support.small_network import small

SIZES = {"width": 16, "hidden": 24, "depth": 3, "heads": 2, "head": 6, "vocab": 40, "S": 5, "T": 7}


def normed(state: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt() * state[f"{name}.weight"]


def bucket(ahead: int, *, bidirectional: bool) -> int:
    """mesh_tensorflow's ``_relative_position_bucket``, with 32 buckets up to a distance of 128."""
    buckets, first, far = 32, 0, max(-ahead, 0)
    if bidirectional:
        buckets, first, far = 16, 16 if ahead > 0 else 0, abs(ahead)
    exact = buckets // 2
    if far >= exact:
        far = min(exact + int(math.log(far / exact) / math.log(128 / exact) * (buckets - exact)), buckets - 1)
    return first + far


def biased(state: dict[str, Tensor], name: str, length: int, *, causal: bool) -> Tensor:
    places = range(length)
    rows = torch.tensor([[bucket(key - query, bidirectional=not causal) for key in places] for query in places])
    bias = state[f"{name}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"][rows].permute(2, 0, 1)
    return bias + torch.full((length, length), -torch.inf).triu(1) if causal else bias


def attended(state: dict[str, Tensor], name: str, x: Tensor, seen: Tensor, bias: Tensor | float = 0) -> Tensor:
    """Without a factor: T5 starts its queries so small that none is needed."""
    q, k, v = (
        torch.unflatten(of @ state[f"{name}.{one}.weight"].T, 2, (2, 6)).transpose(1, 2)
        for one, of in (("q", x), ("k", seen), ("v", seen))
    )
    joined = ((q @ k.transpose(2, 3) + bias).softmax(3) @ v).transpose(1, 2).flatten(2)
    return joined @ state[f"{name}.o.weight"].T


def fed(state: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    y, name = normed(state, f"{name}.layer_norm", x), f"{name}.DenseReluDense"
    if f"{name}.wi.weight" in state:
        hidden = F.relu(y @ state[f"{name}.wi.weight"].T)
    else:
        gate = F.gelu(y @ state[f"{name}.wi_0.weight"].T, approximate="tanh")
        hidden = gate * (y @ state[f"{name}.wi_1.weight"].T)
    return x + hidden @ state[f"{name}.wo.weight"].T


def stack(state: dict[str, Tensor], name: str, words: Tensor, heard: Tensor | None = None) -> Tensor:
    x = state["shared.weight"][words]
    bias = biased(state, name, words.shape[1], causal=heard is not None)
    for block in (f"{name}.block.{n}.layer" for n in range(3)):
        y = normed(state, f"{block}.0.layer_norm", x)
        x = x + attended(state, f"{block}.0.SelfAttention", y, y, bias)
        if heard is not None:
            y = normed(state, f"{block}.1.layer_norm", x)
            x = x + attended(state, f"{block}.1.EncDecAttention", y, heard)
        x = fed(state, f"{block}.{1 if heard is None else 2}", x)
    return normed(state, f"{name}.final_layer_norm", x)


@pytest.mark.parametrize("preset", ["t5_small", "flan_t5_small"])
def test_t5_computes_what_its_paper_says(preset: str) -> None:
    _, network, state = small("t5", preset, **SIZES)
    for heard, said in ((5, 7), (150, 40), (1, 1)):
        words, given = torch.randint(40, (2, heard)), torch.randint(40, (2, said))
        x = stack(state, "decoder", given, stack(state, "encoder", words))
        # Only where the head is the table is what it takes made smaller.
        scores = x @ state["lm_head.weight"].T * (16**-0.5 if preset == "t5_small" else 1)
        torch.testing.assert_close(network(input_ids=words, decoder_input_ids=given), scores)


def test_one_table_has_four_keys() -> None:
    report, network, state = small("t5", "t5_small", **SIZES)
    keys = ["shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"]
    assert len({state[key].data_ptr() for key in keys}) == 1
    assert report.totals is not None
    assert report.totals.params == sum(parameter.numel() for parameter in network.parameters())
