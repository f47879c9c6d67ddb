"""The bundled language models against transformers' figures, and against their papers' formulas in plain torch."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import archcalc
from archcalc import Report
from archcalc.sizes.symbolic import at, closed
from archcalc.spec.bundled import bundled_specs
from tests.support.small_network import with_weights
from tests.support.state_keys import digest, state_keys

FACTS = json.loads((Path(__file__).parent / "facts" / "sequences.json").read_text("utf-8"))["models"]


def checked(model: str, **options: Any) -> Report:
    facts = FACTS[model]
    return archcalc.check(bundled_specs()[facts["spec"]], preset=facts["preset"], **options)


@pytest.mark.parametrize("model", FACTS)
def test_figures_and_keys_are_those_of_transformers(model: str) -> None:
    facts = FACTS[model]
    for what, macs in facts["macs"].items():
        (length,) = map(int, re.findall(r"\d+", what))
        report = checked(model, input=(length,))
        assert report.totals is not None
        assert (report.totals.params, report.totals.macs) == (facts["params"], macs)
    found = state_keys(report)
    if "key_patterns" in facts:
        patterns = Counter((re.sub(r"(?<=\.)\d+(?=\.)", "#", key), shape) for key, shape in found)
        assert patterns == {(key, tuple(shape)): count for key, shape, count in facts["key_patterns"]}
    assert len(found) == facts["n_keys"]
    assert digest(found) == facts["keys_sorted_sha256"]


@pytest.mark.parametrize(
    "model", ["bert-base-uncased", "roberta-base", "gpt2", "llama-3-8b", "qwen3-8b", "phi-3-mini", "mixtral-8x7b"]
)
def test_the_law_gives_the_macs_of_all_pairs_at_every_length(model: str) -> None:
    laws = archcalc.laws(checked(model))
    for what, macs in FACTS[model]["macs"].items():
        (length,) = map(int, re.findall(r"\d+", what))
        assert at(closed(laws.total.macs), {laws.variables["T"]: length, laws.variables["N"]: 1}) == macs


def small(model: str, **settings: int) -> tuple[Report, torch.nn.Module, dict[str, Tensor]]:
    """A small member of the family, as ``with_weights`` has it."""
    return with_weights(checked(model, settings=settings))


def gpt2(state: dict[str, Tensor], words: Tensor, depth: int, heads: int) -> Tensor:
    """Radford et al. 2019, with the weights under transformers' names."""

    def normed(name: str, x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"])

    def conv1d(name: str, x: Tensor) -> Tensor:
        return x @ state[f"{name}.weight"] + state[f"{name}.bias"]

    x = state["transformer.wte.weight"][words] + state["transformer.wpe.weight"][: words.shape[1]]
    later = torch.ones(words.shape[1], words.shape[1], dtype=torch.bool).triu(1)
    for block in (f"transformer.h.{n}" for n in range(depth)):
        three = conv1d(f"{block}.attn.c_attn", normed(f"{block}.ln_1", x)).chunk(3, 2)
        q, k, v = (one.unflatten(2, (heads, -1)).transpose(1, 2) for one in three)  # type: ignore[no-untyped-call]
        scores = (q @ k.transpose(2, 3) / q.shape[3] ** 0.5).masked_fill(later, -torch.inf)
        x = x + conv1d(f"{block}.attn.c_proj", (scores.softmax(3) @ v).transpose(1, 2).flatten(2))
        hidden = F.gelu(conv1d(f"{block}.mlp.c_fc", normed(f"{block}.ln_2", x)), approximate="tanh")
        x = x + conv1d(f"{block}.mlp.c_proj", hidden)
    return normed("transformer.ln_f", x) @ state["transformer.wte.weight"].T


def llama(
    state: dict[str, Tensor],
    words: Tensor,
    depth: int,
    heads: int,
    base: float = 500000.0,
    eps: float = 1e-5,
    mlp: Callable[[str, Tensor], Tensor] | None = None,
) -> Tensor:
    """Touvron et al. 2023, with the weights under transformers' names, whose rotary positions turn halves of heads.

    Where there is a q_norm, as in Qwen3, each head's queries and keys are normalised before they are turned.
    """

    def normed(name: str, x: Tensor) -> Tensor:
        return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * state[f"{name}.weight"]

    def turned(x: Tensor) -> Tensor:
        half = x.shape[3] // 2
        angles = torch.arange(x.shape[2])[:, None] * base ** -(torch.arange(half, dtype=x.dtype) / half)
        cos, sin = angles.cos().repeat(1, 2), angles.sin().repeat(1, 2)
        return x * cos + torch.cat((-x[..., half:], x[..., :half]), 3) * sin

    x = state["model.embed_tokens.weight"][words]
    width = len(state["model.layers.0.self_attn.q_proj.weight"]) // heads
    later = torch.ones(words.shape[1], words.shape[1], dtype=torch.bool).triu(1)
    for layer in (f"model.layers.{n}" for n in range(depth)):
        attended = normed(f"{layer}.input_layernorm", x)
        found = []
        for name in "qkv":
            given = attended @ state[f"{layer}.self_attn.{name}_proj.weight"].T
            of_heads = given.view(*given.shape[:2], -1, width).transpose(1, 2)
            norm = f"{layer}.self_attn.{name}_norm"
            found.append(normed(norm, of_heads) if f"{norm}.weight" in state else of_heads)
        q, k, v = turned(found[0]), turned(found[1]), found[2]
        k, v = (one.repeat_interleave(heads // one.shape[1], 1) for one in (k, v))
        scores = (q @ k.transpose(2, 3) / q.shape[3] ** 0.5).masked_fill(later, -torch.inf)
        joined = (scores.softmax(3) @ v).transpose(1, 2).flatten(2)
        x = x + joined @ state[f"{layer}.self_attn.o_proj.weight"].T
        hidden = normed(f"{layer}.post_attention_layernorm", x)
        if mlp is not None:
            x = x + mlp(layer, hidden)
            continue
        gate = F.silu(hidden @ state[f"{layer}.mlp.gate_proj.weight"].T)
        gated = gate * (hidden @ state[f"{layer}.mlp.up_proj.weight"].T)
        x = x + gated @ state[f"{layer}.mlp.down_proj.weight"].T
    return normed("model.norm", x) @ state["lm_head.weight"].T


def bert(state: dict[str, Tensor], words: Tensor, depth: int, heads: int) -> tuple[Tensor, Tensor]:
    """Devlin et al. 2018, with the weights under transformers' names."""

    def normed(name: str, x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"], 1e-12)

    def linear(name: str, x: Tensor) -> Tensor:
        return F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])

    names = {"word": "word_embeddings", "position": "position_embeddings", "token_type": "token_type_embeddings"}
    tables = {name: state[f"embeddings.{key}.weight"] for name, key in names.items()}
    x = tables["word"][words] + tables["position"][: words.shape[1]] + tables["token_type"][0]
    x = normed("embeddings.LayerNorm", x)
    for layer in (f"encoder.layer.{n}" for n in range(depth)):
        given = [linear(f"{layer}.attention.self.{name}", x) for name in ("query", "key", "value")]
        q, k, v = (one.view(*one.shape[:2], heads, -1).transpose(1, 2) for one in given)
        joined = ((q @ k.transpose(2, 3) / q.shape[3] ** 0.5).softmax(3) @ v).transpose(1, 2).flatten(2)
        x = normed(f"{layer}.attention.output.LayerNorm", x + linear(f"{layer}.attention.output.dense", joined))
        hidden = F.gelu(linear(f"{layer}.intermediate.dense", x))
        x = normed(f"{layer}.output.LayerNorm", x + linear(f"{layer}.output.dense", hidden))
    return x, linear("pooler.dense", x[:, 0]).tanh()


def albert(state: dict[str, Tensor], words: Tensor, depth: int, heads: int) -> tuple[Tensor, Tensor]:
    """Lan et al. 2019, with the weights under transformers' names: one layer, applied ``depth`` times."""

    def normed(name: str, x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"], 1e-12)

    def linear(name: str, x: Tensor) -> Tensor:
        return F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])

    tables = [state[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")]
    x = normed("embeddings.LayerNorm", tables[0][words] + tables[1][: words.shape[1]] + tables[2][0])
    x = linear("encoder.embedding_hidden_mapping_in", x)
    layer = "encoder.albert_layer_groups.0.albert_layers.0"
    for _ in range(depth):
        given = [linear(f"{layer}.attention.{name}", x) for name in ("query", "key", "value")]
        q, k, v = (one.view(*one.shape[:2], heads, -1).transpose(1, 2) for one in given)
        joined = ((q @ k.transpose(2, 3) / q.shape[3] ** 0.5).softmax(3) @ v).transpose(1, 2).flatten(2)
        x = normed(f"{layer}.attention.LayerNorm", x + linear(f"{layer}.attention.dense", joined))
        hidden = linear(f"{layer}.ffn_output", F.gelu(linear(f"{layer}.ffn", x), approximate="tanh"))
        x = normed(f"{layer}.full_layer_layer_norm", x + hidden)
    return x, linear("pooler", x[:, 0]).tanh()


def mixtral(state: dict[str, Tensor], words: Tensor, depth: int, heads: int) -> Tensor:
    """Jiang et al. 2024: Llama's layers with experts, each token by itself, and by those two alone that it takes."""

    def expert(name: str, token: Tensor) -> Tensor:
        w1, w2, w3 = (state[f"{name}.{weight}.weight"] for weight in ("w1", "w2", "w3"))
        return w2 @ (F.silu(w1 @ token) * (w3 @ token))

    def mixed(name: str, hidden: Tensor) -> Tensor:
        given = torch.zeros_like(hidden)
        for place in [(sample, t) for sample in range(hidden.shape[0]) for t in range(hidden.shape[1])]:
            scores = state[f"{name}.gate.weight"] @ hidden[place]
            two = scores.argsort(descending=True)[:2]
            for weight, number in zip(scores[two].softmax(0), two.tolist(), strict=True):
                given[place] += weight * expert(f"{name}.experts.{number}", hidden[place])
        return given

    return llama(state, words, depth, heads, 1e6, 1e-5, lambda layer, x: mixed(f"{layer}.block_sparse_moe", x))


IN_TORCH: dict[str, tuple[Callable[..., Any], dict[str, int]]] = {
    "albert-base-v2": (albert, {"narrow": 20}),
    "bert-base-uncased": (bert, {"positions": 60}),
    "gpt2": (gpt2, {"positions": 60}),
    "llama-3-8b": (llama, {"kv_heads": 2, "hidden": 80}),
    "mixtral-8x7b": (mixtral, {"kv_heads": 2, "hidden": 40, "experts": 5}),
    "qwen3-0.6b": (partial(llama, base=1e6, eps=1e-6), {"kv_heads": 2, "hidden": 80, "head": 20}),
}
"""Each model in plain torch, and what of its sizes others do not have."""


@pytest.mark.parametrize("model", IN_TORCH)
def test_scores_are_those_of_the_paper(model: str) -> None:
    in_torch, more = IN_TORCH[model]
    sizes = {"depth": 3, "width": 48, "heads": 4, "vocab": 99, "T": 50, **more}
    _, network, state = small(model, **sizes)
    for length in (1, 37, 60):
        words = torch.randint(99, (2, length))
        torch.testing.assert_close(network(words), in_torch(state, words, sizes["depth"], sizes["heads"]))


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"input": (1025,)}, "A221", "`transformer.wpe` has 1,024 positions, but a sequence of 1,025 arrives"),
        ({"settings": {"heads": 10}}, "A204", "has queries of width 768, which do not divide into 10 heads"),
    ],
)
def test_an_error_is_said_in_the_words_of_sequences(options: dict[str, Any], code: str, message: str) -> None:
    (error,) = checked("gpt2", **options).errors
    assert error.code == code
    assert message in error.message


def test_a_vocabulary_that_its_checkpoint_has_not() -> None:
    text = bundled_specs()["gpt2"].read_text("utf-8").replace("num_embeddings: vocab", "num_embeddings: 50257")
    errors = archcalc.check_text(text, preset="gpt2", settings={"vocab": 50304}).errors
    assert [(error.code, error.message) for error in errors] == [
        ("A221", "`transformer.wte` looks up numbers below 50,304 in a table of 50,257 rows"),
        ("A222", "`lm_head` has a weight of 50304 × 768, and is tied to one of 50257 × 768"),
    ]
