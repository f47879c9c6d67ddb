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


def test_a_group_is_no_row_if_what_is_inside_is_taken_in_another_group() -> None:
    report = check_text(
        """\
archcalc: 1
name: N
input: [3]
layers:
  - name: g
    layers:
      - {name: a, kind: linear, out_features: 3}
      - {name: b, kind: relu}
  - name: h
    layers:
      - {name: c, kind: linear, out_features: 3}
      - {name: d, kind: add, from: [c, g.a]}
"""
    )
    network = network_of(generate(report).files, report)
    state = network.state_dict()
    x = torch.randn(5, 3)
    a = x @ state["g.a.weight"].T + state["g.a.bias"]
    expected = a.relu() @ state["h.c.weight"].T + state["h.c.bias"] + a
    torch.testing.assert_close(network(x), expected)


BLOCK = """\
archcalc: 1
name: N
input: [4, 8, 8]
blocks:
  unit:
    args: {width: int, act: true}
    layers:
      - {name: conv, kind: conv2d, out_channels: width, kernel_size: 1}
LAYERS
layers:
  - {name: first, kind: unit, width: 4}
  - {name: second, kind: unit, width: 4, act: false}
"""


def test_a_module_that_is_not_there_gives_what_it_takes_without_a_question() -> None:
    text = BLOCK.replace("LAYERS", "      - {name: act, kind: relu, when: act}")
    code = generate(check_text(text)).files["model.py"]
    assert "self.act: nn.Module = nn.Identity()" in code
    assert "if self." not in code


def test_what_is_asked_for_has_no_module_in_its_place() -> None:
    lines = [
        "      - {name: out, kind: conv2d, out_channels: width, kernel_size: 1, when: act}",
        "      - {name: out, kind: conv2d, out_channels: width, kernel_size: 1, bias: false, when: not act}",
    ]
    code = generate(check_text(BLOCK.replace("LAYERS", "\n".join(lines)))).files["model.py"]
    assert "Identity" not in code
    assert "if self.has_" in code or "if act:" in code


def test_a_network_says_below_which_number_its_tokens_are() -> None:
    text = "archcalc: 1\nname: N\ninput: {shape: [16], below: 1000}\nlayers:\n"
    text += "  - {kind: embedding, num_embeddings: 1000, embedding_dim: 8}\n"
    assert '"""(N, 16), whole numbers below 1,000 -> (N, 16, 8)."""' in generate(check_text(text)).files["model.py"]
