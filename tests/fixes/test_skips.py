"""Edits where branches meet: what is put into one of them, and where nothing is."""

from __future__ import annotations

import pytest

from archcalc.pipeline import check_text, find_fixes
from tests.support.broken_specs import after, errors

HEAD = "archcalc: 1\nname: Net\ninput: [3, 32, 32]\nlayers:\n"


@pytest.mark.parametrize(("join", "conv"), [("concat", False), ("add", True)])
def test_a_shortcut_is_projected_into_an_add_and_not_into_a_concat(join: str, conv: bool) -> None:
    """A concat takes any number of channels of each, so that its branches are only cut and resized."""
    branches = ["{name: wide, kind: relu}", "{name: low, kind: conv2d, out_channels: 8, kernel_size: 1, stride: 2}"]
    report = check_text(HEAD + "".join(f"  - {row}\n" for row in (*branches, f"{{kind: {join}, from: [wide, low]}}")))
    fixes = find_fixes(report)
    assert fixes
    assert any("kind: conv2d" in fix.edit for fix in fixes) is conv
    assert [errors(after(report, fix)) for fix in fixes] == [[]] * len(fixes)


def test_the_width_of_a_sequence_is_neither_cut_nor_resized() -> None:
    """Another number of features is another layer above; on a map, a crop of what is larger is what U-Net does."""
    report = check_text("""
archcalc: 1
name: Words
input: {shape: [6], below: 9}
layers:
  - {name: words, kind: embedding, num_embeddings: 9, embedding_dim: 8}
  - {name: wide, kind: linear, out_features: 16}
  - {name: sum, kind: add, from: [wide, words]}
""")
    fixes = find_fixes(report)
    assert fixes[0].edit == "wide out_features: 8"
    assert not any("slice" in fix.edit or "upsample" in fix.edit for fix in fixes)


def test_a_width_that_is_an_expression_becomes_the_name_of_the_other() -> None:
    """In every use of the block, and as its author would have written it."""
    report = check_text("""
archcalc: 1
name: Words
input: {shape: [6], below: 9}
let: {width: 8}
blocks:
  mlp:
    args: {}
    layers:
      - {name: up, kind: linear, out_features: 4*width}
      - {name: down, kind: linear, out_features: 2*width}
      - {name: sum, kind: add, from: [down, input]}
layers:
  - {name: words, kind: embedding, num_embeddings: 9, embedding_dim: width}
  - {kind: mlp, repeat: 3}
""")
    fixes = find_fixes(report)
    assert fixes[0].edit == "mlp.down out_features: width"
    assert errors(after(report, fixes[0])) == []
    assert "or" not in report.diagnostics[0].help[0]


def test_a_name_may_be_as_wide_as_the_other_branch() -> None:
    """Of sequences that are added the features differ, which stand last."""
    report = check_text("""
archcalc: 1
name: Words
input: {shape: [6], below: 9}
let: {d: 100}
layers:
  - {name: words, kind: embedding, num_embeddings: 9, embedding_dim: d}
  - {name: wide, kind: linear, out_features: 356}
  - {name: sum, kind: add, from: [wide, words]}
""")
    fix = next(fix for fix in find_fixes(report) if fix.edit == "let d: 356")
    assert errors(after(report, fix)) == []


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
    fixes = find_fixes(report)
    assert written in fixes[0].edit
    fixed = after(report, fixes[0])
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
