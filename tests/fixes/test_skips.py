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


def conv(name: str, channels: int) -> str:
    return f"{{name: {name}, kind: conv2d, out_channels: {channels}, kernel_size: 3, padding: 1}}"


def test_a_skip_from_the_wrong_layer_is_taken_from_the_nearest_one_that_fits_in_all_its_sizes() -> None:
    """The two between are as high and wide, and have other channels."""
    rows = [
        *(conv("low", 8), conv("wide", 12), conv("wider", 10), "{name: pool, kind: max_pool2d, kernel_size: 2}"),
        *(conv("deep", 8), "{name: up, kind: upsample, scale_factor: 2}", "{name: sum, kind: add, from: [up, deep]}"),
    ]
    report = check_text(HEAD + "".join(f"  - {row}\n" for row in rows))
    fix = find_fixes(report)[0]
    assert fix.edit == "sum from: [up, low]"
    assert errors(after(report, fix)) == []


def test_what_has_no_name_is_not_offered_as_a_skip() -> None:
    rows = [
        *("{kind: conv2d, out_channels: 8, kernel_size: 1}", "{name: pool, kind: max_pool2d, kernel_size: 2}"),
        *(conv("deep", 8), "{name: up, kind: upsample, scale_factor: 2}", "{name: sum, kind: add, from: [up, deep]}"),
    ]
    fixes = find_fixes(check_text(HEAD + "".join(f"  - {row}\n" for row in rows)))
    assert not any(fix.edit.startswith("sum from: [up, conv2d") for fix in fixes)


def test_a_shortcut_begins_where_its_branch_got_the_size_that_it_has() -> None:
    """Not at a layer further down, which is a part of the branch."""
    first = conv("first", 8).replace("padding: 1", "padding: 1, stride: 2")
    rows = conv("low", 8), first, conv("mid", 8), conv("last", 8), "{name: sum, kind: add, from: [last, low]}"
    report = check_text(HEAD + "".join(f"  - {row}\n" for row in rows))
    assert report.errors[0].help[:2] == ("take `first` for `low`", "or `first stride: 1`")
    assert not any("`mid`" in way for way in report.errors[0].help)
