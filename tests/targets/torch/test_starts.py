"""How parameters and buffers start in generated tests: as torch starts them, or as the spec says."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from archcalc import check_text
from archcalc.layers.contract import KINDS
from archcalc.spec.initialisation import Start
from archcalc.targets.generate import generate
from archcalc.targets.torch.starts import Started, starts
from tests.support.generated_module import network_of

STARTS = [
    Start("normal", {"std": 0.3, "mean": 0.1}),
    Start("trunc_normal", {"std": 2.0, "mean": 0.5}),
    Start("trunc_normal", {"std": 0.02}),
    Start("uniform", {"a": -0.5, "b": 2.0}),
    Start("uniform", {}),
    Start("kaiming_normal", {"a": 0.5}),
    Start("kaiming_uniform", {}),
    Start("kaiming_normal", {"mode": "fan_out", "nonlinearity": "relu"}),
    Start("kaiming_normal", {"a": 2.0, "nonlinearity": "relu"}),
    Start("kaiming_uniform", {"mode": "fan_in", "nonlinearity": "tanh"}),
    Start("kaiming_uniform", {"mode": "fan_out", "a": 1.0}),
    *(Start("kaiming_normal", {"nonlinearity": name}) for name in ("leaky_relu", "linear", "sigmoid", "selu")),
    Start("xavier_normal", {"gain": 2.0}),
    Start("xavier_uniform", {}),
    Start("zeros", {}),
    Start("ones", {}),
    Start("constant", {"val": 0.7}),
]

HEAD = "archcalc: 1\nname: Started\n"


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.function)
def test_a_start_has_the_mean_and_deviation_of_torchs(start: Start) -> None:
    (layer,) = check_text(f"{HEAD}input: [64]\nlayers: [{{kind: linear, out_features: 2000}}]\n").layers
    tensor = torch.empty(2000, 64)
    torch.manual_seed(0)
    getattr(nn.init, f"{start.function}_")(tensor, **start.arguments)
    mean, deviation = Started(layer, "weight", (2000, 64), start).spread
    assert math.isclose(float(tensor.mean()), mean, abs_tol=5 * deviation / 350 + 1e-6)
    assert math.isclose(float(tensor.std()), deviation, rel_tol=0.02, abs_tol=1e-6)


@pytest.mark.parametrize("name", ["running_mean", "running_var", "num_batches_tracked"])
def test_what_is_not_learnt_starts_as_torchs(name: str) -> None:
    tensor = dict(nn.BatchNorm2d(4).named_buffers())[name].double().flatten()
    assert KINDS["batch_norm2d"]().held(name, (4, 3, 3)) == (float(tensor.mean()), float(tensor.std(correction=0)))


def test_what_a_layer_says_goes_before_what_the_network_says() -> None:
    report = check_text(
        f"{HEAD}input: [8]\ninit: {{weight: zeros, bias: 1}}\nlayers:\n"
        "  - {name: a, kind: linear, out_features: 8, init: {bias: 2}}\n  - {name: b, kind: layer_norm}\n"
    )
    assert report.spec is not None
    assert report.facts is not None
    spreads = {one.layer.key(one.name): one.spread for one in starts(report.spec, report.facts)}
    assert spreads == {"a.weight": (0, 0), "a.bias": (2, 0), "b.weight": (1, 0), "b.bias": (0, 0)}


SEQUENCES = f"""{HEAD}input: [5, 8]
layers:
  - {{name: a, kind: gru, hidden_size: 6, bidirectional: true, init: {{weight: xavier_uniform, bias: 1}}}}
  - {{name: b, kind: multihead_attention, num_heads: 2}}
  - {{name: c, kind: lstm, hidden_size: 4, num_layers: 2}}
init: {{weight: {{normal: {{std: 0.02}}}}, bias: 0}}
"""


def test_weights_and_biases_of_sequences_start_as_the_spec_says() -> None:
    report = check_text(SEQUENCES)
    assert report.spec is not None
    assert report.facts is not None
    found = {one.layer.key(one.name): one.start for one in starts(report.spec, report.facts)}
    state = network_of(generate(report).files, report).state_dict()
    assert found.keys() == state.keys()
    for key, tensor in state.items():
        start = found[key]
        assert start is not None
        if "bias" in key:
            assert bool((tensor == (1.0 if key.startswith("a.") else 0.0)).all())
        elif key.startswith("a."):
            assert float(tensor.abs().max()) <= math.sqrt(6 / sum(tensor.shape))
        else:
            assert 0.014 < float(tensor.std()) < 0.026


def test_a_rule_of_kaiming_is_written_with_its_words() -> None:
    """As torchvision's ResNet starts its convolutions."""
    report = check_text(
        f"{HEAD}input: [3, 8, 8]\ninit: {{weight: {{kaiming_normal: {{mode: fan_out, nonlinearity: relu}}}}}}\n"
        "layers: [{name: a, kind: conv2d, out_channels: 256, kernel_size: 3}]\n"
    )
    assert report.ok, report.diagnostics
    files = generate(report).files
    assert "nn.init.kaiming_normal_(" in files["model.py"]
    assert 'mode="fan_out"' in files["model.py"]
    torch.manual_seed(0)
    weight = network_of(files, report).state_dict()["a.weight"]
    assert math.isclose(float(weight.std()), math.sqrt(2 / (256 * 9)), rel_tol=0.05)
