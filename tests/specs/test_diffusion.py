"""DiT beside its paper's formulas in plain torch, and the U-Net of Stable Diffusion beside diffusers' figures."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import archcalc
from archcalc.spec.bundled import bundled_specs
from archcalc.targets.generate import generate
from tests.support.generated_module import network_of
from tests.support.small_network import small
from tests.support.state_keys import digest, state_keys
from tests.support.stated_weights import stated, stated_values

FACTS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "facts" / "diffusion.json").read_text("utf-8"))[
    "models"
]
UNET = bundled_specs()["stable_diffusion"]


@pytest.mark.parametrize("name", FACTS)
def test_a_network_has_the_counts_and_the_keys_of_diffusers(name: str) -> None:
    facts, report = FACTS[name], archcalc.check(UNET, preset=name).require_ok()
    assert report.totals.params == facts["params"]
    assert report.totals.macs == facts["macs"]
    found = state_keys(report)
    assert len(found) == facts["n_keys"]
    assert digest(found) == facts["keys_sorted_sha256"]


def test_values_are_those_of_diffusers() -> None:
    settings = {"width": 32, "text": 24, "T": 5, "H": 16, "W": 24}
    report = archcalc.check(UNET, preset="stable_diffusion_v1", settings=settings)
    network = network_of(generate(report).files, report).double().eval()
    stated(network.state_dict())
    moment = torch.tensor([[37.0]], dtype=torch.float64)
    with torch.no_grad():
        found: Tensor = network(stated_values(1, 4, 16, 24), moment, stated_values(1, 5, 24))[0]
    ends = found.flatten(1)[:, [0, -1]].flatten()
    figures = torch.tensor(FACTS["stable_diffusion_v1"]["small"], dtype=torch.float64)
    torch.testing.assert_close(ends, figures, rtol=1e-9, atol=1e-9)


def linear(state: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])


def normed(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """A norm without weights of its own, modulated."""
    return F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale[:, None]) + shift[:, None]


def condition(state: dict[str, Tensor], t: Tensor, y: Tensor) -> Tensor:
    speeds = torch.exp(-math.log(10000) * torch.arange(128, dtype=torch.float64) / 128)
    waves = torch.cat([torch.cos(t[:, None] * speeds), torch.sin(t[:, None] * speeds)], 1)
    hidden = F.silu(linear(state, "t_embedder.mlp.0", waves))
    return linear(state, "t_embedder.mlp.2", hidden) + state["y_embedder.embedding_table.weight"][y]


def dit(state: dict[str, Tensor], x: Tensor, c: Tensor, depth: int, heads: int) -> Tensor:
    """Peebles and Xie 2022, figure 3, with the weights under the names of facebookresearch/DiT."""
    patch = state["x_embedder.proj.weight"].shape[-1]
    x = F.conv2d(x, state["x_embedder.proj.weight"], state["x_embedder.proj.bias"], stride=patch)
    grid = x.shape[-1]
    x = x.flatten(2).transpose(1, 2) + state["pos_embed"]
    for name in (f"blocks.{number}" for number in range(depth)):
        shift, scale, gate, shift2, scale2, gate2 = linear(state, f"{name}.adaLN_modulation.1", F.silu(c)).chunk(6, 1)
        qkv = linear(state, f"{name}.attn.qkv", normed(x, shift, scale))
        q, k, v = torch.unflatten(qkv, 2, (3, heads, -1)).permute(2, 0, 3, 1, 4)
        scores = (q @ k.transpose(2, 3) / q.shape[-1] ** 0.5).softmax(3)
        x = x + gate[:, None] * linear(state, f"{name}.attn.proj", (scores @ v).transpose(1, 2).flatten(2))
        hidden = F.gelu(linear(state, f"{name}.mlp.fc1", normed(x, shift2, scale2)), approximate="tanh")
        x = x + gate2[:, None] * linear(state, f"{name}.mlp.fc2", hidden)
    shift, scale = linear(state, "final_layer.adaLN_modulation.1", F.silu(c)).chunk(2, 1)
    x = linear(state, "final_layer.linear", normed(x, shift, scale))
    x = torch.unflatten(torch.unflatten(x, 1, (grid, grid)), 3, (patch, patch, -1))
    return torch.einsum("nhwpqc->nchpwq", x).flatten(4, 5).flatten(2, 3)


def test_dit_is_what_its_paper_says() -> None:
    sizes = {"size": 8, "patch": 4, "width": 32, "depth": 2, "heads": 2, "classes": 5}
    _, network, state = small("dit", "dit_s_4", **sizes)
    x, t, y = torch.randn(2, 4, 8, 8).double(), torch.tensor([3.0, 700.0]).double(), torch.tensor([5, 1])
    with torch.no_grad():
        torch.testing.assert_close(network(x, t[:, None], y[:, None]), dit(state, x, condition(state, t, y), 2, 2))


BLOCK = ("adaLN_modulation.1", "attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2")
BESIDE = ("x_embedder.proj", "t_embedder.mlp.0", "t_embedder.mlp.2")
LAST = ("final_layer.linear", "final_layer.adaLN_modulation.1")


def test_dit_has_the_keys_of_the_reference() -> None:
    """Those of the modules in facebookresearch/DiT's models.py."""
    layers = [*BESIDE, *LAST, *(f"blocks.{number}.{layer}" for number in range(28) for layer in BLOCK)]
    keys = {f"{layer}.{name}" for layer in layers for name in ("weight", "bias")}
    keys |= {"pos_embed", "y_embedder.embedding_table.weight"}
    found = dict(state_keys(archcalc.check(bundled_specs()["dit"], preset="dit_xl_2")))
    assert found.keys() == keys
    assert found["pos_embed"] == (1, 256, 1152)
    assert found["final_layer.linear.weight"] == (32, 1152)
