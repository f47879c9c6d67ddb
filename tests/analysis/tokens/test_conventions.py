"""What training takes as others count it, beside what their papers print."""

from __future__ import annotations

import json

import click
import pytest
import sympy
from click.testing import CliRunner

import archcalc
from archcalc import LawError
from archcalc.analysis.tokens.conventions import ALL, CONVENTIONS, Operations, own
from archcalc.analysis.tokens.costs import TokenCosts, token_costs
from archcalc.cli.law import command
from archcalc.cli.main import cli
from archcalc.spec.bundled import bundled_specs

PALM = """
archcalc: 1
name: PaLM
let: {T: 2048, vocab: 256000, width: 18432, heads: 48, head: 256, depth: 118}
axes: [T]
input: {shape: [T], below: vocab}
blocks:
  block:
    args: {}
    layers:
      - {name: norm, kind: layer_norm, bias: false}
      - {name: q, kind: linear, out_features: heads*head, bias: false}
      - {name: k, kind: linear, from: norm, out_features: head, bias: false}
      - {name: v, kind: linear, from: norm, out_features: head, bias: false}
      - {name: all, kind: attention, from: [q, k, v], num_heads: heads, is_causal: true}
      - {name: o, kind: linear, out_features: width, bias: false}
      - {name: up, kind: linear, from: norm, out_features: 4*width, bias: false}
      - {name: act, kind: silu}
      - {name: gate, kind: linear, from: norm, out_features: 4*width, bias: false}
      - {name: gated, kind: multiply, from: [act, gate]}
      - {name: down, kind: linear, out_features: width, bias: false}
      - {name: out, kind: add, from: [o, down, input]}
layers:
  - {name: words, kind: embedding, num_embeddings: vocab, embedding_dim: width}
  - {name: layers, kind: block, repeat: depth}
  - {name: norm, kind: layer_norm, bias: false}
  - {name: head, kind: linear, out_features: vocab, bias: false, tied: words}
"""


def gpt(depth: int, width: int, heads: int, vocab: int = 50257) -> TokenCosts:
    """A network built as GPT-2, of 2,048 tokens."""
    sizes = {"depth": depth, "width": width, "heads": heads, "vocab": vocab, "T": 2048, "positions": 2048}
    return token_costs(archcalc.check(bundled_specs()["gpt2"], settings=sizes))


def terms(costs: TokenCosts, name: str) -> dict[str, int]:
    assert costs.layers is not None
    return {of: one.at(costs.stated) for of, one in CONVENTIONS[name].differs(costs.layers).items()}


def counted(costs: TokenCosts, name: str) -> int:
    """Operations for each token, at the stated length."""
    assert costs.layers is not None
    return own(costs.layers).at(costs.stated) + sum(terms(costs, name).values())


# Brown et al. 2020, "Language models are few-shot learners", table D.1: training on 300 billion tokens.
@pytest.mark.parametrize(
    ("sizes", "printed"),
    [((32, 2560, 32), "4.77e+21"), ((32, 4096, 32), "1.20e+22"), ((96, 12288, 96), "3.14e+23")],
)
def test_six_for_each_parameter_is_what_gpt_3_took(sizes: tuple[int, int, int], printed: str) -> None:
    assert f"{counted(gpt(*sizes), '6n') * 300e9:.2e}" == printed


# Chowdhery et al. 2022, "PaLM", table 3 and appendix B: tokens a second, chips, their peak, and the utilisation of it.
@pytest.mark.parametrize(
    ("network", "run", "printed"),
    [("palm", (238.3e3, 6144, 275e12), 46.2), ("mt_nlg", (65.43e3, 2240, 312e12), 30.2)],
)
def test_palm_counts_what_its_utilisation_is_of(network: str, run: tuple[float, int, float], printed: float) -> None:
    costs = token_costs(archcalc.check_text(PALM)) if network == "palm" else gpt(105, 20480, 128, 51200)
    each, (tokens, chips, peak) = counted(costs, "palm"), run
    assert abs(100 * each * tokens / (chips * peak) - printed) < 0.1


def test_palm_has_as_many_parameters_as_it_says_and_took_what_it_says() -> None:
    report = archcalc.check_text(PALM)
    assert report.totals is not None
    # 540.35 billion, cut off.
    assert report.totals.params // 10**7 == 54035
    # Its model card: 2.5272e24 for 780 billion tokens, of 540 billion parameters.
    assert counted(token_costs(report), "6n") * 780e9 == pytest.approx(2.5272e24, rel=1e-3)


# Hoffmann et al. 2022, "Training compute-optimal large language models", table A4: operations by 6·N, which leave out
# the table of words and their scores. N counts the keys and biases of relative positions, and no other positions.
@pytest.mark.parametrize(
    ("depth", "width", "heads", "ratio"),
    [(10, 640, 10, 1.03), (20, 1024, 16, 1.10), (24, 1280, 10, 1.08), (26, 1792, 14, 1.04), (28, 2048, 16, 1.03),
     (40, 3584, 28, 0.99)],
)  # fmt: skip
def test_chinchilla_counts_what_its_table_has(depth: int, width: int, heads: int, ratio: float) -> None:
    costs = gpt(depth, width, heads, 32000)
    assert costs.layers is not None
    params = sum(n * one.params for one, n in costs.layers) - 2048 * width + depth * (width**2 + 2 * width)
    words = 6 * 32000 * width
    assert terms(costs, "chinchilla")["embeddings as products"] == words
    assert round((counted(costs, "chinchilla") - 2 * words) / (6 * params) + 1e-9, 2) == ratio


# Korthikanti et al. 2022, "Reducing activation recomputation in large transformer models", tables 3 and 5: samples of a
# batch, GPUs, seconds an iteration, and the utilisation of 312 TFLOP/s.
@pytest.mark.parametrize(
    ("sizes", "run", "printed"),
    [
        ((48, 6144, 64), (4, 8, 1.10), 41.5),
        ((96, 12288, 96), (64, 64, 13.75), 51.4),
        ((105, 20480, 128), (280, 280, 37.83), 56.0),
        ((128, 25600, 160), (512, 512, 71.49), 56.3),
    ],
)
def test_megatron_counts_what_its_utilisation_is_of(
    sizes: tuple[int, int, int], run: tuple[int, int, float], printed: float
) -> None:
    costs, (batch, chips, seconds) = gpt(*sizes, 51200), run
    used = counted(costs, "megatron") * 2048 * batch / (seconds * chips * 312e12)
    # Seconds are printed to a hundredth.
    assert abs(100 * used - printed) < 0.05 + 100 * used * 0.005 / seconds
    assert terms(costs, "megatron") == {}
    depth, width, _ = sizes
    formula = 96 * depth * width**2 * (1 + 2048 / (6 * width) + 51200 / (16 * depth * width))
    assert counted(costs, "megatron-twice") == pytest.approx(formula, rel=1e-12)


def test_kaplan_counts_half_of_the_pairs_and_no_words() -> None:
    costs = gpt(12, 768, 12)
    # Their 2·d·L·(2·d + 4·d) weights, and 6·L·T·d.
    assert counted(costs, "kaplan") == 6 * 12 * 12 * 768**2 + 6 * 12 * 2048 * 768


def test_nanogpt_leaves_out_positions() -> None:
    costs = gpt(12, 768, 12)
    assert counted(costs, "palm") - counted(costs, "nanogpt") == 6 * 2048 * 768


def test_parameters_of_experts_are_the_active_ones() -> None:
    report = archcalc.check("mixtral", preset="mixtral_8x7b")
    assert report.totals is not None
    assert counted(token_costs(report), "6n") == 6 * report.totals.active_params


@pytest.mark.parametrize("network", ["llama3_8b", "qwen3_0_6b", "gemma_2b", "mamba_130m", "pythia_70m"])
def test_what_differs_is_of_the_same_length_as_what_is_counted(network: str) -> None:
    report = archcalc.check(network)
    assert report.totals is not None
    costs = token_costs(report)
    assert costs.layers is not None
    ours = own(costs.layers)
    for length in (7, 2048):
        # What does not grow, as the padding of Mamba's convolution, is no token's.
        macs = [costs.macs.xreplace({costs.tokens: one}) for one in (sympy.Integer(0), sympy.Integer(length))]
        assert ours.at(length) == 6 * (macs[1] - macs[0]) / length
    assert counted(costs, "6n") == 6 * report.totals.params
    assert counted(costs, "palm") == counted(costs, "6n") + ours.each * costs.stated


def run(*args: str, ok: bool = True) -> str:
    result = CliRunner().invoke(cli, ["law", *args])
    assert (result.exit_code == 0) == ok
    return result.output


def test_the_command_prints_them_term_by_term() -> None:
    text = run("llama3_8b", "--per", "token", "--as", "palm", "--as", "kaplan")
    lines = [line.strip() for line in text.splitlines() if " counts" in line]
    assert lines == [
        "as archcalc counts  48,249,176,064          6 × MACs",
        "as palm counts      51,402,792,960  +6.5 %  6 × MACs + 3,152,019,456 embeddings + 1,597,440 norms",
        "as kaplan counts    43,486,543,872  −9.9 %  6 × MACs − 3,152,019,456 scores of words"
        " − 1,610,612,736 half of attention",
    ]
    told = json.loads(run("llama3_8b", "--per", "token", "--as", ALL, "--format", "json"))["others"]
    assert [one["convention"] for one in told] == list(CONVENTIONS)
    for one in told:
        assert eval(one["training_operations"], {"T": 2048}) == sum(
            eval(term, {"T": 2048}) for term in one["terms"].values()
        )
    assert eval(told[1]["training_operations"], {"T": 2048}) == 51_402_792_960


def test_the_option_names_all_of_them() -> None:
    (option,) = (one for one in command.params if one.name == "others")
    assert isinstance(option.type, click.Choice)
    assert [*option.type.choices] == [*CONVENTIONS, ALL]


def test_what_cannot_be_counted_is_said() -> None:
    assert "--per token, too" in run("gpt2", "--as", "palm", ok=False)
    sequence = """
archcalc: 1
name: Plain
let: {T: 12}
axes: [T]
input: [T, 8]
layers:
  - {kind: gru, hidden_size: 8}
"""
    costs = token_costs(archcalc.check_text(sequence))
    with pytest.raises(LawError, match="megatron counts layers that compare words of a table, and Plain has none"):
        costs.conventions(["palm", "megatron"])
    assert costs.conventions([ALL]) == ["6n", "palm", "nanogpt", "kaplan", "chinchilla"]
    assert terms(costs, "6n") == {"biases": 6 * 48}
    halved = "{kind: permute, dims: [0, 2, 1]}\n  - {kind: conv1d, out_channels: 8, kernel_size: 2, stride: 2}"
    report = archcalc.check_text(sequence.replace("{kind: gru, hidden_size: 8}", halved))
    with pytest.raises(LawError, match="Plain takes tokens in groups"):
        token_costs(report).conventions(["6n"])


def test_operations_add_up() -> None:
    assert (Operations(3, 2) + Operations(4, 5)).at(10) == 77
