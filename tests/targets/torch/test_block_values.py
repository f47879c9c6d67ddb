"""How a block's class comes to the sizes of its layers: from its arguments, where these say them."""

from __future__ import annotations

import re

import pytest

from archcalc import check_text
from archcalc.targets.generate import generate

SPEC = """\
archcalc: 1
name: N
input: [3, 16, 16]
blocks:
  window:
    args: {{{args}}}
    layers:
      - {{kind: conv2d, out_channels: 3, {layer}}}
layers:
  - {{kind: window, {first}}}
  - {{kind: window, {second}}}
"""


def class_of(args: str, layer: str, first: str, second: str) -> tuple[list[str], str]:
    """The arguments of the block's class, and the size of its layer's kernel."""
    text = SPEC.format(args=args, layer=layer, first=first, second=second)
    code = generate(check_text(text)).files["model.py"].partition("class Window")[2]
    head = re.search(r"def __init__\(self, (.*?)\) -> None", code, re.DOTALL)
    made = re.search(r"kernel_size=(\(.*?\))", code)
    assert head
    assert made
    return [part.partition(":")[0].strip() for part in head[1].split(",")], made[1]


@pytest.mark.parametrize(
    ("layer", "made"),
    [
        ("kernel_size: [kh, kw]", "(kh, kw)"),
        ("kernel_size: [kh, 2]", "(kh, 2)"),
        ("kernel_size: [kw, kh]", "(kw, kh)"),
    ],
)
def test_a_size_for_each_axis_is_named_axis_by_axis(layer: str, made: str) -> None:
    args, found = class_of("kh: 1, kw: 1", layer, "kh: 1, kw: 3", "kh: 2, kw: 4")
    assert found == made
    assert not {*args} - {"in_channels", "kh", "kw"}


def test_a_shape_that_nobody_states_is_named_size_by_size() -> None:
    layers = "      - {kind: conv2d, out_channels: in_channels, kernel_size: 1, groups: groups}\n"
    text = (
        "archcalc: 1\nname: N\ninput: [3, 8, 8]\nblocks:\n  scaled:\n    args: {groups: 1}\n    layers:\n"
        f"{layers}      - {{kind: layer_scale}}\nlayers:\n  - {{kind: scaled, groups: 1}}\n"
        "  - {kind: conv2d, out_channels: 6, kernel_size: 1}\n  - {kind: scaled, groups: 3}\n"
    )
    code = generate(check_text(text)).files["model.py"]
    assert "torch.full((in_channels, 1, 1), " in code
    assert "def __init__(self, in_channels: int, groups: int = 1) -> None:" in code
