"""What a token costs, beside what transformers' modules computed and kept, and beside what torch counts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from click.testing import CliRunner

import archcalc
from archcalc import LawError, Report
from archcalc.analysis.tokens.costs import TokenCosts, token_costs
from archcalc.cli.main import cli
from archcalc.spec.bundled import bundled_specs

# transformers 5.24.0, eager attention, on the meta device: FlopCounterMode // 2 of one token behind 127 in a cache, and
# the values in that cache. mamba-130m: there each step pads its convolution to 7 windows of 4, where one is a place's,
# and keeps the last place beside the 3 before it: 24 x 1536 x 4 x 6 MACs and 24 x 1536 values less here.
DECODED = {
    ("gpt2", "gpt2"): (125_891_328, 2_340_864),
    ("llama", "llama3_8b"): (7_538_212_864, 8_323_072),
    ("mixtral", "mixtral_8x7b"): (12_782_141_440, 8_323_072),
    ("mamba", "mamba_130m"): (129_890_304 - 24 * 1536 * 4 * 6, 737_280 - 24 * 1536),
}

# transformers 5.24.0 as above, on a CPU: an encoder that reads 64 tokens, one token of its decoder behind 9 in a cache,
# and the values in that of the decoder's own tokens, and of the encoder's, which the reference makes with the first.
WRITTEN = {
    ("t5", "t5_small"): (1_233_125_376 + 64 * 6 * 2 * 512**2, 38_924_288, 55_296, 393_216),
    ("bart", "bart_base"): (2_755_657_728 + 64 * 6 * 2 * 768**2, 50_227_200, 82_944, 589_824),
}

SPEC = """
archcalc: 1
name: Windows
let: {T: 12, width: 8, window: 5}
axes: [T]
input: [T, width]
layers:
  - {name: q, kind: linear, out_features: width}
  - {name: near, kind: attention, from: [q, q, input], num_heads: 2, is_causal: true, sliding_window: window}
  - {name: all, kind: multihead_attention, num_heads: 2, is_causal: true}
  - {name: state, kind: lstm, hidden_size: 6, num_layers: 2}
"""


def costs(text: str = SPEC, **settings: int) -> TokenCosts:
    return token_costs(archcalc.check_text(text, settings=settings))


def at(costs: TokenCosts, formula: Any, length: int) -> int:
    return int(formula.subs({costs.tokens: length, costs.earlier: length}))


@pytest.mark.parametrize(("spec", "preset"), DECODED)
def test_one_more_token_costs_and_keeps_what_transformers_does(spec: str, preset: str) -> None:
    found = token_costs(archcalc.check(bundled_specs()[spec], preset=preset))
    assert found.next is not None
    assert (at(found, found.next, 127), at(found, found.kept_values, 127)) == DECODED[spec, preset]


@pytest.mark.parametrize("window", [1, 3, 5, 40])
def test_one_more_costs_what_is_not_hidden_of_one_more(window: int) -> None:
    found = costs(window=window)
    assert found.next is not None
    for length in range(1, 9):
        seen = [at(found, found.macs - found.hidden, n) for n in (length, length + 1)]
        assert at(found, found.next, length) == seen[1] - seen[0]
        assert at(found, found.macs, length) == length * found.each.subs(found.tokens, length)
        near, all_, states = min(length, window - 1) * 16, length * 16, 2 * 2 * 6
        assert at(found, found.kept_values, length) == near + all_ + states


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (("is_causal: true, sliding", "sliding"), "`near` sees places that come later"),
        (("num_layers: 2}", "num_layers: 2, bidirectional: true}"), "`state` sees places that come later"),
        (("num_layers: 2}", "num_layers: 2}\n  - {kind: slice, dim: 1, start: -1}"), "sees places that come later"),
        (("num_layers: 2}", "num_layers: 2}\n  - {kind: mean, dim: 1}"), "does not give something at each place"),
        (
            (
                "- {name: q",
                "- {kind: permute, dims: [0, 2, 1]}\n  - {kind: pad, padding: [1, 0]}\n"
                "  - {name: pool, kind: avg_pool1d, kernel_size: 2, stride: 1}\n  - {kind: permute, dims: [0, 2, 1]}\n"
                "  - {name: q",
            ),
            "what `pool` keeps of earlier places is not known",
        ),
    ],
)
def test_where_no_token_comes_behind_others_it_is_said_why(edit: tuple[str, str], why: str) -> None:
    found = costs(SPEC.replace(*edit).replace("input], num", "q], num"))
    assert found.next is None
    assert found.kept == ()
    assert why in found.why


@pytest.mark.parametrize(("spec", "preset"), WRITTEN)
def test_what_another_input_costs_and_keeps_is_told_apart(spec: str, preset: str) -> None:
    found = token_costs(archcalc.check(bundled_specs()[spec], preset=preset, input={"input_ids": (64,)}))
    assert found.next is not None
    assert found.earlier.name == "P"
    own, other = (sum(len(one.layers) * one.values for one in found.kept if one.beside == of) for of in (False, True))
    assert (found.before, at(found, found.next, 9), at(found, own, 9), other) == WRITTEN[spec, preset]
    assert at(found, found.macs, 9) == found.before + 9 * at(found, found.each, 9)
    with pytest.raises(LawError, match="reads another input besides, and others count the tokens of one sequence"):
        found.conventions(["palm"])


def test_an_input_that_is_read_at_once_is_no_sequence_of_tokens() -> None:
    report = archcalc.check(bundled_specs()["clip"], preset="clip_vit_b_32")
    with pytest.raises(LawError, match="none of its inputs, `pixel_values`, `input_ids`, is a sequence of a free len"):
        token_costs(report)


def test_a_latent_is_kept_in_place_of_what_is_made_of_it() -> None:
    # As wide as DeepSeek-V3: where transformers keeps its latent, and makes keys and values of it for all of 127 tokens
    # at each step, one token took 166.9 GMACs, and without that 36.9.
    sizes = {"depth": 61, "dense": 61, "heads": 128, "width": 256, "hidden": 64, "experts": 2, "top": 1, "narrow": 8}
    report = archcalc.check("deepseek_v2", preset="deepseek_v2_lite", settings=sizes)
    plain, latent = token_costs(report), token_costs(report, ["kv_a_layernorm", "k_turned"])
    assert plain.next is not None
    assert latent.next is not None
    assert round((at(latent, latent.next, 127) - at(plain, plain.next, 127)) / 1e9, 1) == 166.9 - 36.9
    assert at(plain, plain.kept_values, 127) == 127 * 61 * 128 * (128 + 64 + 128)
    assert at(latent, latent.kept_values, 127) == 127 * 61 * (512 + 64)


def test_what_came_to_attention_can_be_kept() -> None:
    found = token_costs(archcalc.check("gpt2", preset="gpt2"), ["ln_1"])
    plain = token_costs(archcalc.check("gpt2", preset="gpt2"))
    assert found.next is not None
    assert plain.next is not None
    assert at(found, found.next - plain.next, 10) == 10 * 12 * 768 * 3 * 768
    assert at(found, found.kept_values, 10) == 10 * 12 * 768


@pytest.mark.parametrize(
    ("keep", "why"),
    [
        (["kv_a_layernorm"], "what `model.layers.0.self_attn.all` looks back at is not made of `kv_a_layernorm` alone"),
        (["kv_a_layernorn", "k_turned"], "there is no layer `kv_a_layernorn`; do you mean `kv_a_layernorm`?"),
        (["kv_a_layernorm", "k_turned", "o_proj"], "nothing that is looked back at is made of `o_proj`"),
        (["model.layers.0.self_attn.v", "k"], "`model.layers.1.self_attn.all` looks back at"),
    ],
)
def test_what_cannot_be_kept_is_said(keep: list[str], why: str) -> None:
    sizes = {"depth": 2, "experts": 3, "top": 2}
    report = archcalc.check("deepseek_v2", preset="deepseek_v2_lite", settings=sizes)
    with pytest.raises(LawError, match=re.escape(why)):
        token_costs(report, keep)


TWO = """
archcalc: 1
name: Two
let: {S: 12, T: 12}
axes: [S, T]
input: {one: [S, 6], other: [T, 6]}
layers:
  - {name: a, kind: gru, from: one, hidden_size: 6}
  - {name: b, kind: gru, from: other, hidden_size: 6}
"""


@pytest.mark.parametrize(
    ("end", "why"),
    [
        ("outputs: [a, b]", "none of its inputs, `one`, `other`, is a sequence"),
        ("  - {name: both, kind: add, from: [a, b]}", "of its inputs, `one`, `other`, several come a token at a time"),
    ],
)
def test_of_two_sequences_that_both_come_a_token_at_a_time_none_is_taken(end: str, why: str) -> None:
    with pytest.raises(LawError, match=why):
        token_costs(archcalc.check_text(TWO + end))


@pytest.mark.parametrize(("spec", "preset"), [("vit", "vit_b_16"), ("lenet5", None)])
def test_what_is_not_one_sequence_has_no_tokens(spec: str, preset: str | None) -> None:
    report: Report = archcalc.check(bundled_specs()[spec], preset=preset)
    with pytest.raises(LawError, match="its input is not one sequence of a free length"):
        token_costs(report)


def run(*args: str, ok: bool = True) -> str:
    result = CliRunner().invoke(cli, ["law", *args])
    assert (result.exit_code == 0) == ok
    return result.output


def test_the_command_prints_them() -> None:
    text = run("gpt2", "--preset", "gpt2", "--per", "token", "--dtype", "float32")
    assert "GPT2 gpt2, a token at a time, and at T = S = 1,024" in text
    assert [line.split() for line in text.splitlines() if "one more" in line or "all  " in line] == [
        ["one", "more", "behind", "S", "123,550,464", "+", "18,432·S", "142,424,832"],
        ["all", "73,728·S", "75,497,472"],
    ]
    told = json.loads(run("gpt2", "--preset", "gpt2", "--per", "token", "--format", "json"))
    assert eval(told["next_macs"], {"S": 127}) == 125_891_328
    assert eval(told["kept_bytes"], {"S": 127}) == 2 * 2_340_864
    assert (told["why"], told["kept"][0]["kind"], len(told["kept"][0]["layers"])) == (None, "attention", 12)


@pytest.mark.parametrize(
    "args", [("--of", "total"), ("--free", "vocab"), ("--depth", "1", "--format", "csv"), ("--format", "python")]
)
def test_other_options_are_refused(args: tuple[str, ...]) -> None:
    assert "--per token is of the whole network" in run("gpt2", "--per", "token", *args, ok=False)
    assert "--per token, too" in run("gpt2", "--dtype", "int8", ok=False)
    assert "--per token, too" in run("gpt2", "--keep", "ln_1", ok=False)


# What runs place by place has to hold: of a convolution its kernel without the last place, of what comes later than it
# was read as many places as later, once, however wide it is where it waits.
DELAYED = {
    "- {kind: permute, dims: [0, 2, 1]}\n  - {kind: pad, padding: [6, 0]}\n"
    "  - {kind: conv1d, out_channels: 5, kernel_size: 4, dilation: 2}": 8 * 6,
    "- {kind: permute, dims: [0, 2, 1]}\n  - {kind: pad, padding: [5, 0]}\n"
    "  - {kind: conv1d, out_channels: 5, kernel_size: 4}\n  - {kind: slice, dim: 2, stop: -2}": 8 * 3 + 5 * 2,
    "- {kind: pad, padding: [0, 0, 1, 0]}\n  - {name: s, kind: slice, dim: 1, stop: -1}\n"
    "  - {kind: add, from: [s, input]}": 8,
    "- {name: p, kind: pad, padding: [0, 0, 2, 0]}\n  - {kind: crop_as, from: [p, input], dims: [1]}": 8 * 2,
    "- {kind: linear, out_features: 3}\n  - {kind: pad, padding: [0, 0, 2, 0]}\n  - {kind: slice, dim: 1, stop: -2}\n"
    "  - {kind: pad, padding: [0, 0, 1, 0]}\n  - {kind: slice, dim: 1, stop: -1}": 3 * 2 + 3,
    "- {kind: pad, padding: [0, 0, 3, 0]}\n  - {kind: slice, dim: 1, start: 3}": 0,
    "- {kind: pad, padding: [0, 0, 0, 3]}\n  - {kind: slice, dim: 1, stop: -3}": 0,
}


@pytest.mark.parametrize(("layers", "held"), DELAYED.items())
def test_what_comes_later_than_it_was_read_is_held_that_long(layers: str, held: int) -> None:
    head = "archcalc: 1\nname: Later\nlet: {T: 12}\naxes: [T]\ninput: [T, 8]\nlayers:\n  "
    found = costs(head + layers)
    assert found.next is not None, found.why
    assert at(found, found.kept_values, 50) == held
