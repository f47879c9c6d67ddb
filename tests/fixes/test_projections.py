"""Shortcuts of blocks that are projected: by what, and in which uses."""

from __future__ import annotations

import pytest

from archcalc.pipeline import check_text, find_fixes
from tests.support.broken_specs import after, errors

RESIDUAL = """
archcalc: 1
name: Residual
input: [3, 32, 32]
blocks:
  res:
    args: {planes, stride: 1}
    layers:
      - {name: conv1, kind: conv2d, out_channels: planes, kernel_size: 3, stride: stride, padding: 1}
      - {name: conv2, kind: conv2d, out_channels: planes, kernel_size: 3, padding: 1}
      - {kind: add, from: [conv2, input]}
layers:
  - {name: stem, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}
"""


@pytest.mark.parametrize(
    ("uses", "projected", "written"),
    [
        (((8, 1), (16, 2), (16, 1)), {1}, "when: stride != 1 or in_channels != planes"),
        (((8, 1), (8, 2), (8, 1), (16, 2)), {1, 3}, "when: stride != 1 or in_channels != planes"),
        (((16, 2), (32, 2)), {0, 1}, "from: input, out_channels: planes, kernel_size: 1, stride: stride"),
        (((8, 1), (16, 1)), {1}, "when: in_channels != planes, out_channels: planes, kernel_size: 1}"),
        (((8, 1), (16, 1), (16, 1)), {1}, "when: in_channels != planes, out_channels: planes, kernel_size: 1}"),
        (((8, 1), (16, 1)), {0, 1}, "from: input, out_channels: planes, kernel_size: 1}"),
    ],
)
def test_a_shortcut_is_projected_where_the_block_strides_or_widens(
    uses: tuple[tuple[int, int], ...], projected: set[int], written: str
) -> None:
    """As ResNet has it: in the uses that need one, also in those of which an error above hides the sizes."""
    text = RESIDUAL + "".join(
        f"  - {{name: r{place}, kind: res, planes: {planes}, stride: {stride}}}\n"
        for place, (planes, stride) in enumerate(uses)
    )
    report = check_text(text)
    # Without a stride there are two: in each use, which is simpler, or where it is needed.
    fix = next(fix for fix in find_fixes(report)[:2] if written in fix.edit)
    fixed = after(report, fix)
    assert errors(fixed) == []
    found = {layer.name: layer for layer in fixed.layers}
    assert {name for name in found if "projected" in name} == {f"r{place}.input_projected" for place in projected}
    arriving = (8, *(planes for planes, _ in uses))
    for place in projected:
        planes = uses[place][0]
        assert found[f"r{place}.input_projected"].params == arriving[place] * planes + planes
    assert fixed.layers[-1].output == (uses[-1][0], *(32 >> sum(stride == 2 for _, stride in uses),) * 2)


def test_a_shortcut_from_elsewhere_in_the_block_is_not_projected_by_what_arrives_at_it() -> None:
    """`in_channels` is of the block's input; what is taken elsewhere may have other channels."""
    text = RESIDUAL.replace(
        "  - {name: conv1", "  - {name: wide, kind: conv2d, out_channels: 8, kernel_size: 1}\n      - {name: conv1"
    )
    text = text.replace("from: [conv2, input]", "from: [conv2, wide]")
    text += "  - {name: a, kind: res, planes: 8}\n  - {name: b, kind: res, planes: 16, stride: 2}\n"
    assert not any("in_channels" in fix.edit for fix in find_fixes(check_text(text)))
