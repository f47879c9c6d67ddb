"""What is checked again of an edit alone is what a check of the whole text says."""

from __future__ import annotations

import pytest
from hypothesis import given

from archcalc.analysis.claim_check import declared_shapes
from archcalc.analysis.report import Report
from archcalc.analysis.walk import infer
from archcalc.fixes.fix import Fix
from archcalc.fixes.instead import Instead
from archcalc.fixes.rehearsal import Rehearsal
from archcalc.fixes.search import FixSearch
from archcalc.pipeline import check_text, edits_for
from archcalc.spec.bundled import bundled_specs
from tests.fixes.test_blocks import FEATURES, POOL, SHORTCUT, STATED, wrong
from tests.support.broken_specs import broken
from tests.support.draw_chains import spec_texts
from tests.support.field_cases import FIELD, names


def sought(report: Report) -> tuple[FixSearch, list[Fix]]:
    search = edits_for(report)
    return search, [fix for error in report.errors for fix in search._sought(error, everything=True)]


def told_alone(search: FixSearch, fix: Fix) -> bool:
    """Whether an edit is passed without its whole text."""
    if fix.instead is None or not search._alone(fix):
        return False
    return search.rehearsal.is_sound(fix.instead) and search.entries.state(fix.changes, fix.instead)


def instead_of(fix: Fix) -> Instead:
    assert fix.instead is not None
    return fix.instead


def passed_alone(report: Report, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The edits that are passed so, each of which a check of the whole passes, too."""
    search, found = sought(report)
    alone = [fix for fix in found if told_alone(search, fix)]
    with monkeypatch.context() as patch:
        patch.setattr(Rehearsal, "is_sound", lambda self, instead: False)
        for fix in alone:
            assert search.holds(fix), fix.edit
    return [fix.edit for fix in alone]


@pytest.mark.parametrize("change", [FEATURES, POOL, SHORTCUT, STATED])
def test_edits_of_a_deep_network_are_those_that_the_text_passes(
    change: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert passed_alone(check_text(wrong(change), preset="resnet50"), monkeypatch)


def test_edits_of_public_questions_are_those_that_the_text_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    reports = [check_text((FIELD / f"{name}.yaml").read_text("utf-8")) for name in names()]
    assert sum(len(passed_alone(report, monkeypatch)) for report in reports) > 30


@given(broken(spec_texts()))
def test_edits_of_any_network_are_those_that_the_text_passes(report: Report) -> None:
    with pytest.MonkeyPatch.context() as patch:
        passed_alone(report, patch)


HEAD = "archcalc: 1\nname: Small\ninput: [3, 32, 32]\n"
POOLED = """layers:
  - {kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  - {NAMEkind: avg_pool2d, kernel_size: 40}
  - {kind: flatten}
  - {kind: linear, out_features: 10}
"""


def adaptive(text: str) -> tuple[FixSearch, Fix]:
    search, found = sought(check_text(text))
    return search, next(fix for fix in found if "kind: adaptive_avg_pool2d" in fix.edit)


def test_a_layer_that_is_called_as_its_kind_takes_the_whole_text() -> None:
    for name, alone in (("name: pool, ", True), ("", False)):
        search, fix = adaptive(HEAD + POOLED.replace("NAME", name))
        assert search.rehearsal.is_sound(instead_of(fix))
        assert search.entries.state(fix.changes, instead_of(fix)) is alone
        assert search.holds(fix)


def test_an_entry_of_lines_takes_the_whole_text() -> None:
    pool = "  - name: pool\n    kind: avg_pool2d\n    kernel_size: 40\n"
    search, fix = adaptive(HEAD + POOLED.replace("  - {NAMEkind: avg_pool2d, kernel_size: 40}\n", pool))
    assert not search.entries.state(fix.changes, instead_of(fix))
    assert search.holds(fix)


def test_a_batch_that_becomes_too_small_takes_a_check() -> None:
    flatten = "  - {kind: flatten}"
    layers = POOLED.replace("NAME", "name: pool, ").replace(flatten, f"  - {{kind: batch_norm2d}}\n{flatten}")
    train = "train: {optimizer: {kind: sgd, lr: 0.1}, batch_size: 1, epochs: 1}\n"
    search, fix = adaptive(HEAD + layers + train)
    assert not search.rehearsal.is_sound(instead_of(fix))
    assert not search.holds(fix)


BLOCK = """blocks:
  wide:
    args: {}
    layers:
      - {kind: conv2d, out_channels: 2 * in_channels, kernel_size: 1}
layers:
  - {name: one, kind: conv2d, out_channels: 8, kernel_size: 3}
  - {kind: wide}
  - {name: last, kind: conv2d, in_channels: 12, out_channels: 8, kernel_size: 1}
"""


def test_channels_that_a_block_names_make_other_layers() -> None:
    search, found = sought(check_text(HEAD + BLOCK))
    changed = [fix for fix in found if fix.edit.startswith("one out_channels")]
    assert not any(told_alone(search, fix) for fix in changed)
    assert all(told_alone(search, fix) for fix in found if fix.edit == "last in_channels: 16")
    assert any(fix.edit == "last in_channels: 16" for fix in found)


def test_a_number_for_a_name_takes_the_whole_text() -> None:
    head = HEAD.replace("[3, 32, 32]", "[16, 64]") + "let: {heads: 5}\n"
    search, found = sought(check_text(f"{head}layers: [{{kind: multihead_attention, num_heads: heads}}]\n"))
    fix = next(fix for fix in found if "num_heads: 4" in fix.edit)
    assert search.rehearsal.is_sound(instead_of(fix))
    assert not told_alone(search, fix)
    assert not search.holds(fix)


@pytest.mark.parametrize("place", [1, 30, 68])
def test_a_walk_that_has_begun_goes_on_as_the_whole_one(place: int) -> None:
    report = check_text(bundled_specs()["resnet"].read_text("utf-8"), preset="resnet18")
    assert report.graph is not None
    claimed = declared_shapes(report.graph)
    whole = infer(report.graph, claimed)
    assert infer(report.graph, claimed, begun=whole.layers[:place]).layers == whole.layers


COUNTED = """expect: {macs: 55296}
layers:
  - {kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  - {name: pool, kind: avg_pool2d, kernel_size: 16}
  - {kind: flatten}
  - {name: fc, kind: linear, out_features: 1}
"""


@pytest.mark.parametrize(("side", "offered"), [(15, False), (20, True), (40, False)])
def test_of_inputs_up_to_an_end_the_claimed_macs_are_those_of_one(side: int, offered: bool) -> None:
    # 16 to 31 fit, with a single place behind the pool.
    text = "archcalc: 1\nname: Small\ninput: [3, 12, 12]\n" + COUNTED.replace("fc, kind", "fc, in_features: 8, kind")
    report = check_text(text.replace("55296", str(8 * 27 * side * side + 8)))
    inputs = [fitting.shape for fitting in edits_for(report)._fitting(False)]
    assert ((3, 16, 16) in inputs) is offered


@pytest.mark.parametrize(("macs", "offered"), [(8 * 27 * 16 * 16 + 8, True), (8 * 27 * 14 * 14 + 8, False)])
def test_inputs_whose_macs_are_not_those_claimed_are_not_looked_at(macs: int, offered: bool) -> None:
    # 16 and up fit, and MACs grow with the size.
    text = "archcalc: 1\nname: Small\ninput: [3, 12, 12]\n" + COUNTED.replace("55296", str(macs))
    report = check_text(text)
    inputs = [fitting.shape for fitting in edits_for(report)._fitting(False)]
    assert ((3, 16, 16) in inputs) is offered
    assert any("input height and width 16" in line for line in report.errors[0].help) is offered
