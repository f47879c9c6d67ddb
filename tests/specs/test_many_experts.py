"""Networks of hundreds of experts a layer: their tensors are their checkpoints', and how V3 weighs its experts."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

import archcalc
from tests.support.small_network import small

ATTENTION = {
    "qwen_moe": ("q_proj", "k_proj", "v_proj", "o_proj", "q_norm", "k_norm"),
    "deepseek_v2": (
        *("q_a_proj", "q_a_layernorm", "q_b_proj", "kv_a_proj_with_mqa", "kv_a_layernorm", "kv_b_proj", "o_proj"),
    ),
}
OUTSIDE = {"model.embed_tokens.weight", "model.norm.weight", "lm_head.weight"}


def keys_of_a_checkpoint(spec: str, depth: int, experts: int, dense: int) -> set[str]:
    """The keys of the weights, as transformers' modules have them."""
    gated, found = ("gate_proj", "up_proj", "down_proj"), set(OUTSIDE)
    for layer in range(depth):
        names = ["input_layernorm", "post_attention_layernorm", *(f"self_attn.{name}" for name in ATTENTION[spec])]
        if layer < dense:
            names += [f"mlp.{name}" for name in gated]
        else:
            names += ["mlp.gate", *(f"mlp.experts.{one}.{name}" for one in range(experts) for name in gated)]
            names += [f"mlp.shared_experts.{name}" for name in gated] if spec == "deepseek_v2" else []
        found |= {f"model.layers.{layer}.{name}.weight" for name in names}
    return found


@pytest.mark.parametrize(
    ("spec", "preset", "depth", "experts", "dense"),
    [
        ("qwen_moe", "qwen3_30b_a3b", 48, 128, 0),
        ("qwen_moe", "qwen3_235b_a22b", 94, 128, 0),
        ("deepseek_v2", "deepseek_v2", 60, 160, 1),
        ("deepseek_v2", "deepseek_v3", 61, 256, 3),
    ],
)
def test_tensors_are_those_of_the_checkpoint(spec: str, preset: str, depth: int, experts: int, dense: int) -> None:
    report = archcalc.check(spec, preset=preset).require_ok()
    found: set[str] = set()
    for layer in report.layers:
        before, _, rest = layer.name.partition(".experts.")
        number, _, name = rest.partition(".")
        for copy in range(layer.step.times):
            here = f"{before}.experts.{int(number) + copy}.{name}" if name else layer.name
            found |= {f"{here}.{tensor}" for tensor in layer.weights}
    assert found == keys_of_a_checkpoint(spec, depth, experts, dense)


def test_v3_weighs_its_experts_by_sigmoids_over_their_sum() -> None:
    sizes = {
        "T": 5,
        "vocab": 40,
        "width": 16,
        "hidden": 24,
        "narrow": 8,
        "depth": 2,
        "dense": 1,
        "heads": 2,
        "latent": 8,
    }
    sizes |= {"q_latent": 12, "plain": 4, "turned": 4, "value": 4, "experts": 6, "top": 3}
    _, network, state = small("deepseek_v2", "deepseek_v3", **sizes)
    mine = {key.removeprefix("model.layers.1.mlp."): weight for key, weight in state.items()}
    x = torch.randn(7, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(3))

    def gated(name: str, given: Tensor) -> Tensor:
        gate, up, down = (mine[f"{name}.{part}_proj.weight"] for part in ("gate", "up", "down"))
        return (torch.nn.functional.silu(given @ gate.T) * (given @ up.T)) @ down.T

    wanted = []
    for token in x:
        weights, chosen = torch.sigmoid(mine["gate.weight"] @ token).topk(3)
        parts = zip(weights / weights.sum() * 2.5, chosen.tolist(), strict=True)
        wanted.append(
            gated("shared_experts", token) + sum(weight * gated(f"experts.{one}", token) for weight, one in parts)
        )
    with torch.no_grad():
        found = network.get_submodule("model.layers.1.mlp")(x[None])[0]
    torch.testing.assert_close(found, torch.stack(wanted))
