"""What a generated class makes and computes, where names and outputs say it."""

from __future__ import annotations

import torch

from archcalc import check_text
from archcalc.targets.generate import generate
from tests.support.generated_module import network_of

SCALED = """\
archcalc: 1
name: N
input: [3]
layers:
  - name: g
    layers:
      - {name: a, kind: linear, out_features: 3}
      - {name: s, kind: layer_scale, from: a}
      - {name: t, kind: add, from: [a, s]}
"""


def test_a_parameter_of_a_group_that_branches_is_the_groups() -> None:
    report = check_text(SCALED)
    network = network_of(generate(report).files, report)
    state = network.state_dict()
    assert sorted(state) == ["g.a.bias", "g.a.weight", "g.s"]
    state["g.s"].copy_(torch.tensor([2.0, 3.0, 4.0]))
    x = torch.randn(5, 3)
    a = x @ state["g.a.weight"].T + state["g.a.bias"]
    torch.testing.assert_close(network(x), a + a * state["g.s"])


def test_an_attribute_says_its_type_only_where_it_may_be_one_of_two() -> None:
    plain = generate(check_text(SCALED.replace("input: [3]", "input: [4]"))).files["model.py"]
    assert "nn.Module =" not in plain
