"""What is generated reads as a person would have written it: names that tell, and nothing that says nothing."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from archcalc import check, check_text
from archcalc.targets.generate import generate

ZOO = Path(__file__).parents[3] / "specs"
TEN = {
    "alexnet": None,
    "resnet": "resnet50",
    "googlenet": "googlenet_aux",
    "inception_v3": "inception_v3",
    "densenet": "densenet121",
    "mobilenet_v3": "mobilenet_v3_small",
    "shufflenet_v2": "shufflenet_v2_x1_0",
    "efficientnet": "efficientnet_b0",
    "convnext": "convnext_tiny",
    "unet": "unet",
    "regnet": "regnet_y_400mf",
}


def model(spec: str, preset: str | None = None) -> str:
    return generate(check(ZOO / f"{spec}.yaml", preset=preset)).files["model.py"]


def model_of(text: str) -> str:
    return generate(check_text(text)).files["model.py"]


@pytest.mark.parametrize("spec", TEN)
def test_nothing_is_said_in_a_roundabout_way(spec: str) -> None:
    code = model(spec, TEN[spec])
    assert "not True" not in code
    assert "not False" not in code
    assert "-(-" not in code
    assert "- index)" not in code
    assert not re.search(r"OrderedDict\(\s*\[", code)
    assert not re.search(r"OrderedDict\(\s*\w+=[^,]*,?\s*\)", code)


@pytest.mark.parametrize("spec", sorted(TEN.keys() - {"googlenet"}))
def test_a_comment_says_a_shape_where_it_changes(spec: str) -> None:
    forward = model(spec, TEN[spec]).rpartition("In comments: ")[2]
    said = re.findall(r"# ([\dx ]+)$", forward, re.MULTILINE)
    assert said
    assert all(one != other for one, other in pairwise(said))


def test_the_trunk_is_x_and_a_head_has_its_own_name() -> None:
    forward = model("googlenet", "googlenet_aux").rpartition("def forward")[2]
    for line in (
        "inception4a = self.inception4a(x)",
        "x = self.inception4b(inception4a)",
        "x = self.maxpool4(x)",
        "aux1 = self.aux1(inception4a)",
        "x = self.fc(x)",
    ):
        assert f"        {line}" in forward


def test_a_branch_has_what_the_names_of_its_modules_share() -> None:
    code = model("inception_v3", "inception_v3")
    assert "branch3x3dbl = self.branch3x3dbl_2(branch3x3dbl)" in code
    assert "branch_pool = self.pool(x)" in code
    assert "torch.cat((branch1x1, branch5x5, branch3x3dbl, branch_pool), 1)" in code


def test_skips_have_the_names_of_what_gives_them() -> None:
    code = model("unet", "unet")
    assert "x = self.up4(x, inc)" in code
    assert "x = torch.cat((skip, x), 1)" in code


def test_the_specs_comment_stands_above_the_name_it_is_of() -> None:
    code = model("efficientnet", "efficientnet_b0")
    assert "        # by eights, at most a tenth less\n        out = max(8, " in code
    assert "from math import ceil\n" in code


def test_a_name_of_a_block_takes_a_line_and_brackets_where_it_is_too_long_for_one() -> None:
    spec = """
archcalc: 1
name: Two
input: [3, 16, 16]
blocks:
  mlp:
    args: {expand: 2}
    let: {hidden: %s}
    layers:
      - {kind: conv2d, out_channels: hidden, kernel_size: 1}
      - {kind: conv2d, out_channels: hidden, kernel_size: 1}
layers:
  - {kind: mlp}
  - {kind: mlp, expand: 3}
"""
    assert "\n        hidden = 4 * expand\n" in model_of(spec % "4 * expand")
    long = " + ".join([*["expand"] * 8, "10"])
    assert f"\n        hidden = (\n            {long}\n        )\n" in model_of(spec % long)
    lines = "\n            + ".join([*["expand"] * 8, "1000000"])
    assert f"\n        hidden = (\n            {lines}\n        )\n" in model_of(spec % lines.replace("\n", ""))


def test_what_is_computed_in_a_call_takes_a_line_for_each_sign_where_it_is_too_long_for_one() -> None:
    code = model_of("""
archcalc: 1
name: Two
input: [3, 8, 8]
blocks:
  b1:
    args: {width, other, down: false}
    let: {mid: "width*2 if down else width/2"}
    layers:
      - {kind: conv2d, out_channels: 8, kernel_size: 1}
      - {kind: conv2d, out_channels: "floor((mid if down else other)*(1/2 if down else 1/4))", kernel_size: 1}
      - {kind: conv2d, out_channels: "width*7 + width*11 if down and width > 3 or other > 7 else other - (3 + width)",
         kernel_size: 1}
layers:
  - {kind: b1, width: 2, other: 8}
  - {kind: b1, width: 12, other: 8, down: true}
""")
    assert (
        """
                ((4 * width if down else width) if down else other * 2)
                * (4 if down else 2)
                // 16,
"""
        in code
    )
    assert (
        """
                width * 7 + width * 11
                if down and width > 3 or other > 7
                else other - (3 + width),
"""
        in code
    )
    assert all(len(line) <= 88 for line in code.splitlines())


def test_the_first_one_strides() -> None:
    assert "stride=stride if index == 0 else 1," in model("resnet", "resnet50")


def test_what_is_in_several_files_is_one_class() -> None:
    code = model("efficientnet", "efficientnet_b0")
    assert re.findall(r"class (ConvBn\w+)", code) == ["ConvBnSilu"]


CHOSEN = """
archcalc: 1
name: Chosen
input: [4, 9, 9]
blocks:
  gate:
    args: {on}
    layers:
      - {name: conv, kind: conv2d, out_channels: 4, kernel_size: 1}
      - {name: sum, kind: add, when: on, from: [conv, input]}
      - {name: product, kind: multiply, when: not on, from: [conv, input]}
layers:
  - {name: one, kind: gate, on: true}
  - {name: two, kind: gate, on: false}
  - {name: flat, kind: flatten}
  - {name: fc, kind: linear, out_features: 2}
"""


def test_a_name_is_not_given_on_while_its_value_is_needed() -> None:
    code = model_of(CHOSEN)
    assert "        out: Tensor = conv * x if self.has_product else sum\n" in code


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("bias: not bn", "bias=False"),
        ("bias: bn and not bn", "bias=False"),
        ("bias: bn or wide", ""),
        ("bias: n > 2", "bias=False"),
        ('stride: "max(1, n - 1)"', ""),
        ('stride: "min(n, 3)"', "stride=2"),
    ],
)
def test_what_is_known_is_computed(written: str, said: str) -> None:
    code = model_of(
        f"""
archcalc: 1
name: Known
input: [3, 9, 9]
let: {{bn: true, wide: false, n: 2, unused: wide}}
blocks:
  one:
    args: {{}}
    layers:
      - {{name: conv, kind: conv2d, out_channels: 4, kernel_size: 1, {written}}}
      - {{name: relu, kind: relu, when: n + unused > 0}}
layers:
  - {{name: a, kind: one}}
  - {{kind: flatten}}
  - {{kind: linear, out_features: 2}}
""".replace(" + unused", "").replace(", unused: wide", "")
    )
    line = next(line for line in code.splitlines() if "nn.Conv2d" in line)
    found = line[line.index("kernel_size=1") + len("kernel_size=1") : -1]
    assert found == (f", {said}" if said else "")


@pytest.mark.parametrize(
    ("spec", "preset", "signature"),
    [
        ("gpt2", "gpt2", "(N, T, C) -> (N, T, C)."),
        ("vit", "vit_b_16", "(N, T, C) -> (N, T, C)."),
        ("resnet", "resnet18", "(N, in_channels, H, W) -> (N, planes, H', W')."),
    ],
)
def test_the_axes_of_a_sequence_are_no_map(spec: str, preset: str, signature: str) -> None:
    assert f'    """{signature}"""\n' in model(spec, preset)


def test_a_block_of_a_signal_takes_channels() -> None:
    code = model_of("""
archcalc: 1
name: Signal
input: [4, 64]
blocks:
  block: {args: {}, layers: [{kind: conv1d, out_channels: 8, kernel_size: 3, stride: 2}, {kind: relu}]}
layers:
  - {kind: block}
  - {kind: block}
""")
    assert '    """(N, in_channels, L) -> (N, 8, L\')."""\n' in code


@pytest.mark.parametrize(("more", "capped"), [("", False), (", softcap: 30", True), (", sliding_window: 4", True)])
def test_attention_has_no_code_for_what_no_layer_asks_of_it(more: str, capped: bool) -> None:
    code = generate(
        check_text(f"""archcalc: 1
name: Attends
let: {{T: 8}}
axes: [T]
input: [T, 16]
layers:
  - {{name: first, kind: attention, from: [input, input, input], num_heads: 2, is_causal: true}}
  - {{name: second, kind: attention, from: [first, first, first], num_heads: 2, is_causal: true{more}}}
""")
    ).files["model.py"]
    assert code.count("class Attention(nn.Module):") == 1
    assert ("softcap" in code) == ("sliding_window" in code) == capped
