"""``reset_parameters`` says each rule once, of all layers of a class, and starts no other layer by it."""

from __future__ import annotations

import math

import pytest
import torch

from archcalc import check_text
from archcalc.targets.generate import generate
from archcalc.targets.torch.starts import starts
from tests.support.generated_module import network_of

TEN = "  - {name: fc, kind: linear, repeat: 10, out_features: 64}\n"
NINE = "  - {name: fc, kind: linear, repeat: 9, out_features: 64, init: {weight: {normal: {std: 0.3}}}}\n"
GENERAL = "init: {weight: {normal: {std: 0.02}}, bias: 0.5}\n"
LOOP = """        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.constant_(module.bias, val=0.5)
"""
WORDS = """axes: [T]
let: {T: 8}
input: {shape: [T], below: 512}
layers:
  - {name: wte, kind: embedding, num_embeddings: 512, embedding_dim: 64}
  - {name: wpe, kind: position_embedding, from: input, num_embeddings: 64, embedding_dim: 64}
  - {name: placed, kind: add, from: [wte, wpe]}
"""
HEAD = "  - {name: head, kind: linear, out_features: 512, bias: false, tied: wte}\n"
SPECS = {
    "all": (f"input: [64]\nlayers:\n{TEN}{GENERAL}", LOOP),
    "one otherwise": (
        f"input: [64]\nlayers:\n{TEN}"
        f"  - {{name: out, kind: linear, out_features: 64, init: {{weight: {{normal: {{std: 0.3}}}}}}}}\n{GENERAL}",
        f'{LOOP}        nn.init.normal_(self.get_parameter("out.weight"), std=0.3)\n',
    ),
    "another is left as torch starts it": (
        f"input: [64]\nlayers:\n{NINE}  - {{name: out, kind: linear, out_features: 64}}\n",
        '            "fc.8",\n        ):\n            nn.init.normal_(self.get_parameter',
    ),
    "few": (
        f"input: [64]\nlayers:\n{TEN.replace('10', '3')}{GENERAL}",
        '        for name in ("fc.0", "fc.1", "fc.2"):\n',
    ),
    "some without a bias": (
        f"input: [64]\nlayers:\n{TEN}  - {{name: out, kind: linear, out_features: 64, bias: false}}\n{GENERAL}",
        LOOP,
    ),
    "a table that a head is tied to": (
        f"{WORDS}{TEN}{HEAD}{GENERAL}",
        "            if isinstance(module, (nn.Embedding, nn.Linear)):\n",
    ),
    "a head is tied to a table that starts otherwise": (
        f"{WORDS.replace('dim: 64}', 'dim: 64, init: {weight: {normal: {std: 1}}}}', 1)}{TEN}{HEAD}{GENERAL}",
        '            "fc.9",\n        ):\n            nn.init.normal_(self.get_parameter',
    ),
    "a linear layer within another": (
        f"let: {{T: 8}}\naxes: [T]\ninput: [T, 64]\nlayers:\n{NINE}"
        "  - {name: attend, kind: multihead_attention, num_heads: 4}\n",
        '            "fc.8",\n        ):\n',
    ),
}


WITHOUT_WEIGHTS = {
    "batch_norm2d": "{kind: batch_norm2d, affine: false}",
    "layer_norm": "{kind: layer_norm, elementwise_affine: false}",
    "layer_norm2d": "{kind: layer_norm2d, elementwise_affine: false}",
    "rms_norm": "{kind: rms_norm, elementwise_affine: false}",
    "group_norm": "{kind: group_norm, num_groups: 2, affine: false}",
    "instance_norm2d": "{kind: instance_norm2d}",
}
WITH_WEIGHTS = {"group_norm": ", num_groups: 2", "instance_norm2d": ", affine: true"}


@pytest.mark.parametrize("kind", WITHOUT_WEIGHTS)
def test_one_of_a_class_may_have_no_such_tensor(kind: str) -> None:
    rows = f"  - {{kind: {kind}, repeat: 9, init: {{weight: 0.5}}{WITH_WEIGHTS.get(kind, '')}}}\n"
    rows += f"  - {WITHOUT_WEIGHTS[kind]}\n"
    report = check_text(f"archcalc: 1\nname: Started\ninput: [4, 3, 3]\nlayers:\n{rows}")
    files = generate(report).files
    assert "isinstance(module, " in files["model.py"]
    state = network_of(files, report).state_dict()
    assert len([key for key in state if key.endswith("weight")]) == 9
    assert all(bool((tensor == 0.5).all()) for key, tensor in state.items() if key.endswith("weight"))


@pytest.mark.parametrize("name", SPECS)
def test_each_tensor_starts_as_the_spec_says(name: str) -> None:
    text, line = SPECS[name]
    report = check_text(f"archcalc: 1\nname: Started\n{text}")
    assert report.ok, report.diagnostics
    files = generate(report).files
    assert line in files["model.py"]
    torch.manual_seed(0)
    state = network_of(files, report).state_dict()
    assert report.spec is not None
    assert report.facts is not None
    for one in starts(report.spec, report.facts):
        found, (mean, deviation) = state[one.layer.key(one.name)], one.spread
        assert math.isclose(float(found.mean()), mean, abs_tol=6 * deviation / math.sqrt(found.numel()) + 1e-6), one
        assert math.isclose(float(found.std(correction=0)), deviation, rel_tol=0.4, abs_tol=1e-6), one
