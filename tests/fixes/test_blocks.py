"""Edits in a block, which change every use of it; and what is told before the text of an edit is."""

from __future__ import annotations

import pytest

from archcalc.fixes.rehearsal import Rehearsal
from archcalc.fixes.search import FixSearch
from archcalc.fixes.tracing import Origin, TracedSize, passed, traced
from archcalc.network.flow import arriving
from archcalc.pipeline import check_text, edits_for, find_fixes
from archcalc.sizes.traced import Traced
from archcalc.spec.bundled import bundled_specs
from tests.support.broken_specs import after

RESNET = bundled_specs()["resnet"].read_text("utf-8")
STATED = ("{name: bn3, kind: batch_norm2d}", "{name: bn3, kind: batch_norm2d, num_features: 100}")
SHORTCUT = (
    "{kind: conv2d, out_channels: 4 * planes, kernel_size: 1, stride: stride, bias: false}",
    "{kind: conv2d, out_channels: 4 * planes, kernel_size: 1, bias: false}",
)
POOL = (
    "{name: avgpool, kind: adaptive_avg_pool2d, output_size: 1}",
    "{name: avgpool, kind: avg_pool2d, kernel_size: 8}",
)
FEATURES = ("{name: fc, kind: linear, ", "{name: fc, kind: linear, in_features: 2000, ")


def wrong(change: tuple[str, str]) -> str:
    assert change[0] in RESNET
    return RESNET.replace(*change)


@pytest.mark.parametrize(
    ("change", "help"),
    [
        (STATED, "leave out `num_features`: 4 sizes arrive, one for each way that the block is used"),
        (SHORTCUT, "write `layer2.0.downsample.0 stride: stride`"),
        (FEATURES, "write `in_features: 2048`"),
    ],
)
def test_the_help_mends_every_use_of_a_block(change: tuple[str, str], help: str) -> None:
    report = check_text(wrong(change), preset="resnet50")
    (error,) = report.errors
    assert error.help[0] == help
    fix = find_fixes(report)[0]
    assert check_text(after(report, fix).text, preset="resnet50").ok


def test_an_edit_that_mends_one_use_of_several_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    # The text would tell, too, and take a check for it.
    monkeypatch.setattr(FixSearch, "holds", lambda self, fix: True)
    report = check_text(wrong(STATED), preset="resnet50")
    assert "layer1.0.bn3 num_features: 256" not in [fix.edit for fix in find_fixes(report)]


def test_an_edit_that_other_sizes_would_follow_in_each_use_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """With six channels in `a`, twelve arrive at the first use and ten at the second: one entry cannot state both."""
    monkeypatch.setattr(FixSearch, "holds", lambda self, fix: True)
    report = check_text("""
archcalc: 1
name: Twice
input: [3, 16, 16]
blocks:
  wide:
    args: {}
    layers: [{name: conv, kind: conv2d, in_channels: 8, out_channels: 5, kernel_size: 1}]
layers:
  - {name: a, kind: conv2d, from: input, out_channels: 4, kernel_size: 1}
  - {name: b, kind: conv2d, from: input, out_channels: 4, kernel_size: 1}
  - {name: c, kind: conv2d, from: input, out_channels: 6, kernel_size: 1}
  - {name: sum, kind: add, from: [a, c]}
  - {kind: concat, from: [a, a]}
  - {name: first, kind: wide}
  - {kind: concat, from: [a, b]}
  - {name: second, kind: wide}
outputs: [first, second, sum]
""")
    edits = [fix.edit for fix in find_fixes(report)]
    assert "c out_channels: 4" in edits
    assert not any("a out_channels: 6" in edit for edit in edits)


def test_an_edit_where_nothing_is_known_of_what_arrives_at_another_use() -> None:
    report = check_text("""
archcalc: 1
name: Twice
input: [3, 16, 16]
blocks:
  wide:
    args: {}
    layers: [{name: conv, kind: conv2d, in_channels: 4, out_channels: 8, kernel_size: 1}]
layers: [{kind: wide}, {kind: nothing}, {kind: wide}]
""")
    assert [error.code for error in report.errors] == ["A203", "A113"]
    fix = find_fixes(report)[0]
    assert fix.edit == "wide.conv in_channels: 3"
    assert [error.code for error in after(report, fix).errors] == ["A113"]


@pytest.mark.parametrize("change", [STATED, SHORTCUT, POOL])
def test_the_rehearsal_refuses_nothing_that_the_text_would_pass(
    change: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = check_text(wrong(change), preset="resnet50")
    rehearsed = [fix.edit for fix in find_fixes(report)]
    monkeypatch.setattr(Rehearsal, "unmet", lambda self, instead: False)
    others = [fix.edit for fix in find_fixes(report)]
    # Without it the work that may be done ends earlier.
    assert others == [edit for edit in rehearsed if edit in others]
    assert others


def test_the_rehearsal_refuses_what_the_counts_forbid() -> None:
    report = check_text(wrong(POOL), preset="resnet50")
    search = edits_for(report)
    found = search._sought(report.errors[0])
    refused = [fix.edit for fix in found if fix.instead is not None and search.rehearsal.unmet(fix.instead)]
    assert "maxpool ceil_mode: true" in refused
    assert "avgpool ceil_mode: true" not in refused


@pytest.mark.parametrize("name", ["resnet18", "unet", "densenet121", "googlenet", "mobilenet_v2"])
def test_what_is_traced_is_what_a_walk_over_everything_gives(name: str) -> None:
    from archcalc.pipeline import check

    network = edits_for(check(name)).network
    sizes = enumerate(network.facts.input)
    values: list[tuple[TracedSize, ...]] = [
        tuple(Traced(Origin(None, axis), size) for axis, size in sizes if isinstance(size, int))
    ]
    for place, (_, xs) in enumerate(arriving(network.graph.steps, values)):
        found = network.facts.layers[place]
        asked = traced(network, place) if place % 17 == 0 or place == len(network.graph.steps) - 1 else None
        if asked is not None:
            assert asked == {(i, axis): size for i, x in enumerate(xs) for axis, size in enumerate(x)}
        values.append(passed(found, xs, network.passed(found), place))
