"""The bundled networks of several inputs beside transformers' figures, and their papers' formulas in plain torch."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import archcalc
from archcalc.spec.bundled import bundled_specs
from tests.support.small_network import small
from tests.support.state_keys import digest, state_keys

FACTS = json.loads((Path(__file__).parent / "facts" / "inputs.json").read_text("utf-8"))["models"]
OF_BOTH = {"clip": 512}
"""What transformers counts besides: CLIP's product of the two vectors."""


@pytest.mark.parametrize("model", FACTS)
def test_figures_and_keys_are_those_of_transformers(model: str) -> None:
    facts = FACTS[model]
    report = archcalc.check(bundled_specs()[facts["spec"]], preset=facts["preset"], input=facts["inputs"]).require_ok()
    assert report.totals.params == facts["params"]
    assert report.totals.macs == facts["macs"] - OF_BOTH.get(facts["spec"], 0)
    found = state_keys(report)
    if "key_patterns" in facts:
        patterns = Counter((re.sub(r"(?<=\.)\d+(?=\.)", "#", key), shape) for key, shape in found)
        assert patterns == {(key, tuple(shape)): count for key, shape, count in facts["key_patterns"]}
    assert len(found) == facts["n_keys"]
    assert digest(found) == facts["keys_sorted_sha256"]


def test_a_decoder_of_two_layers_has_none_between_the_first_and_the_last() -> None:
    report, _, state = small("whisper", "whisper_tiny", width=16, depth=1, decoder_depth=2, heads=2)
    assert [key for key in state if key.endswith("encoder_attn.q_proj.bias")] == [
        f"model.decoder.layers.{layer}.encoder_attn.q_proj.bias" for layer in (0, 1)
    ]
    assert report.totals is not None


def linear(state: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return F.linear(x, state[f"{name}.weight"], state.get(f"{name}.bias"))


def normed(state: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"])


def attention(state: dict[str, Tensor], name: str, x: Tensor, seen: Tensor, heads: int, *, causal: bool) -> Tensor:
    """Vaswani et al. 2017, with the weights under transformers' names."""
    q, k, v = (
        torch.unflatten(linear(state, f"{name}.{one}_proj", of), 2, (heads, -1)).transpose(1, 2)
        for one, of in (("q", x), ("k", seen), ("v", seen))
    )
    scores = q @ k.transpose(2, 3) / q.shape[-1] ** 0.5
    if causal:
        scores = scores + torch.full(scores.shape[2:], -torch.inf, dtype=scores.dtype).triu(1)
    return linear(state, f"{name}.out_proj", (scores.softmax(3) @ v).transpose(1, 2).flatten(2))


def clip_encoder(state: dict[str, Tensor], name: str, x: Tensor, depth: int, heads: int, *, causal: bool) -> Tensor:
    for layer in (f"{name}.encoder.layers.{n}" for n in range(depth)):
        y = normed(state, f"{layer}.layer_norm1", x)
        x = x + attention(state, f"{layer}.self_attn", y, y, heads, causal=causal)
        y = linear(state, f"{layer}.mlp.fc1", normed(state, f"{layer}.layer_norm2", x))
        x = x + linear(state, f"{layer}.mlp.fc2", y * torch.sigmoid(1.702 * y))
    return x


def test_clip_computes_what_its_paper_says() -> None:
    settings = {"vision_width": 24, "vision_depth": 2, "vision_heads": 3, "text_width": 16, "text_depth": 2}
    settings |= {"text_heads": 2, "joint": 8, "size": 32, "patch": 16, "vocab": 50, "T": 9}
    _, network, state = small("clip", "clip_vit_b_32", **settings)
    pixels, words = torch.randn(3, 3, 32, 32, dtype=torch.float64), torch.randint(50, (3, 9))
    name = "vision_model.embeddings"
    x = F.conv2d(pixels, state[f"{name}.patch_embedding.weight"], stride=16).flatten(2).transpose(1, 2)
    x = torch.cat([state[f"{name}.class_embedding"].expand(3, 1, -1), x], 1)
    x = normed(state, "vision_model.pre_layrnorm", x + state[f"{name}.position_embedding.weight"])
    x = clip_encoder(state, "vision_model", x, 2, 3, causal=False)[:, 0]
    image = F.normalize(linear(state, "visual_projection", normed(state, "vision_model.post_layernorm", x)), dim=1)
    name = "text_model.embeddings"
    x = state[f"{name}.token_embedding.weight"][words] + state[f"{name}.position_embedding.weight"][:9]
    x = normed(state, "text_model.final_layer_norm", clip_encoder(state, "text_model", x, 2, 2, causal=True))
    text = F.normalize(linear(state, "text_projection", x[torch.arange(3), words.argmax(1)]), dim=1)
    scaled, found = network(pixel_values=pixels, input_ids=words)
    torch.testing.assert_close(found, text)
    logits = state["logit_scale"].exp() * image @ text.T
    torch.testing.assert_close(scaled @ found.T, logits)


def test_whisper_computes_what_its_paper_says() -> None:
    settings = {"width": 16, "depth": 2, "decoder_depth": 3, "heads": 2, "mels": 6, "vocab": 40, "T": 7}
    _, network, state = small("whisper", "whisper_tiny", **settings)
    sound, words = torch.randn(2, 6, 3000, dtype=torch.float64), torch.randint(40, (2, 7))
    name = "model.encoder"
    x = F.gelu(F.conv1d(sound, state[f"{name}.conv1.weight"], state[f"{name}.conv1.bias"], padding=1))
    x = F.gelu(F.conv1d(x, state[f"{name}.conv2.weight"], state[f"{name}.conv2.bias"], stride=2, padding=1))
    x = x.transpose(1, 2) + state[f"{name}.embed_positions.weight"]
    for layer in (f"{name}.layers.{n}" for n in range(2)):
        y = normed(state, f"{layer}.self_attn_layer_norm", x)
        x = x + attention(state, f"{layer}.self_attn", y, y, 2, causal=False)
        y = F.gelu(linear(state, f"{layer}.fc1", normed(state, f"{layer}.final_layer_norm", x)))
        x = x + linear(state, f"{layer}.fc2", y)
    heard, name = normed(state, f"{name}.layer_norm", x), "model.decoder"
    x = state[f"{name}.embed_tokens.weight"][words] + state[f"{name}.embed_positions.weight"][:7]
    for layer in (f"{name}.layers.{n}" for n in range(3)):
        y = normed(state, f"{layer}.self_attn_layer_norm", x)
        x = x + attention(state, f"{layer}.self_attn", y, y, 2, causal=True)
        y = normed(state, f"{layer}.encoder_attn_layer_norm", x)
        x = x + attention(state, f"{layer}.encoder_attn", y, heard, 2, causal=False)
        y = F.gelu(linear(state, f"{layer}.fc1", normed(state, f"{layer}.final_layer_norm", x)))
        x = x + linear(state, f"{layer}.fc2", y)
    x = linear(state, "proj_out", normed(state, f"{name}.layer_norm", x))
    torch.testing.assert_close(network(input_features=sound, decoder_input_ids=words), x)
