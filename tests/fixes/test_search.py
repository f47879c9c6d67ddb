"""Ways out: an edit that is offered mends the error when it is made, and the smallest stand first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import archcalc
from archcalc.analysis.report import Report
from archcalc.fixes import field_edits
from archcalc.fixes.effect import Effect
from archcalc.fixes.practice import Practice
from archcalc.fixes.search import FixSearch
from archcalc.language.yaml_edits import edited
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.need import Need
from archcalc.pipeline import check_text, find_fixes
from archcalc.sizes.rules import Shape
from tests.support.broken_specs import after, beyond_torch, broken, errors, torch_accepts
from tests.support.draw_chains import spec_texts

HEAD = "archcalc: 1\nname: Small\ninput: [3, 32, 32]\nlayers:\n"
CONV = "{kind: conv2d, out_channels: 8, kernel_size: 3}"
ALEXNET = (Path(__file__).parents[2] / "specs" / "alexnet.yaml").read_text("utf-8")
ALEXNET_224 = ALEXNET.replace("[3, 227, 227]", "[3, 224, 224]")


# The layers, an edit that must be among those found, and how the help says it.
OFFERED = [
    (["{kind: linear, in_features: 99, out_features: 10}"], "`in_features: 32`"),
    ([CONV, "{kind: flatten}", "{kind: linear, in_features: 99, out_features: 10}"], "`in_features: 7200`"),
    ([CONV, "{kind: linear, in_features: 7200, out_features: 10}"], "put `- {kind: flatten}` above it"),
    (["{kind: conv2d, in_channels: 4, out_channels: 8, kernel_size: 3}"], "`in_channels: 3`"),
    ([CONV, "{kind: conv2d, in_channels: 4, out_channels: 8, kernel_size: 3}"], "`conv2d out_channels: 4`"),
    (["{kind: conv2d, out_channels: 9, kernel_size: 3, groups: 2}"], "`groups: 3`"),
    (["{kind: conv2d, out_channels: 9, kernel_size: 3, groups: 4}"], "`groups: 3`"),
    (["{kind: conv2d, out_channels: 9, kernel_size: 40}"], "`kernel_size: 32`"),
    (["{kind: conv2d, out_channels: 9, kernel_size: 40}"], "input height and width 40 and up fit"),
    (["{kind: max_pool2d, kernel_size: 3, padding: 2}"], "`padding: 1`"),
    (["{kind: avg_pool2d, kernel_size: 50}"], "`kernel_size: 32`"),
    (["{kind: conv2d, out_channels: 8, kernel_size: 3, padding: same, stride: 2}"], "`stride: 1`"),
    (["{kind: conv2d, out_channels: 8, kernel_size: 3, padding: 32, padding_mode: reflect}"], "`padding: 1`"),
    (["{kind: flatten, start_dim: 5}"], "`start_dim: 3`"),
    (["{kind: prelu, num_parameters: 4}"], "`num_parameters: 3`"),
    (["{kind: hardtanh, min_val: 1, max_val: -1}"], "`min_val: -2`"),
    (["{kind: batch_norm2d, num_features: 4}"], "`num_features: 3`"),
    (["{kind: batch_norm2d, num_features: 4}"], "`input: [4, 32, 32]`"),
    (["{kind: flatten}", CONV], "remove `flatten` above it (line 5)"),
]


@pytest.mark.parametrize(("layers", "help"), OFFERED)
def test_what_is_offered_mends_the_error(layers: list[str], help: str) -> None:
    report = check_text(HEAD + "".join(f"  - {layer}\n" for layer in layers))
    (error,) = report.diagnostics
    ways = [line.removeprefix("or ").removeprefix("write ") for line in error.help]
    assert any(way.startswith(help) for way in ways), error.help
    found = find_fixes(report)
    assert found
    assert [errors(after(report, fix)) for fix in found] == [[]] * len(found)


@pytest.mark.parametrize(
    ("stated", "help", "mended"),
    [
        ("[1, 3, 32, 32]", "leave out the batch: `input: [3, 32, 32]`", "[3, 32, 32]"),
        ("[32, 32, 3]", "write the channels first: `input: [3, 32, 32]`", "[3, 32, 32]"),
    ],
)
def test_a_common_slip_of_the_input_is_recognised(stated: str, help: str, mended: str) -> None:
    layers = "  - {kind: conv2d, out_channels: 8, kernel_size: 5}\n"
    report = check_text(HEAD.replace("[3, 32, 32]", stated) + layers)
    (error,) = report.diagnostics
    assert error.help == (help,)
    (fix,) = find_fixes(report)
    assert edited(report.text, *fix.changes) == HEAD.replace("[3, 32, 32]", mended) + layers


@pytest.mark.parametrize(
    "layer", ["{kind: conv3d, out_channels: 8, kernel_size: 3}", "{kind: softmax, dim: 0}"]
)  # fmt: skip
def test_nothing_is_offered_where_nothing_tried_helps(layer: str) -> None:
    report = check_text(HEAD + f"  - {layer}\n")
    assert errors(report)
    assert all(errors(after(report, fix)) == [] for fix in find_fixes(report))


# AlexNet at 224: the two find_fixes of history.


# The smallest first.


def test_edits_are_ordered_by_how_little_they_change() -> None:
    found = find_fixes(check_text(ALEXNET, input=(3, 224, 224)))
    order = [(one.practice.rank, round(one.cost, 6)) for one in found]
    assert order == sorted(order)
    edits = [one.edit for one in found]
    assert edits[:2] == ["input: [3, 227, 227]", "conv1 padding: 2"]
    # Padding a map of 26 pixels changes more of it than padding one of 54, and new weights change more than none.
    windows = [one.edit for one in sorted(found, key=lambda one: one.cost)]
    assert windows.index("conv1 padding: 2") < windows.index("conv2 padding: 3") < windows.index("conv1 kernel_size: 8")
    # What nobody does, as conv2 padded by more than half its kernel, stands behind all that is done in practice.
    assert edits.index("fc1 in_features: 6400") < edits.index("conv2 padding: 3") < edits.index("conv1 kernel_size: 8")


def test_a_help_names_two_ways_of_a_kind_and_leaves_room_for_others() -> None:
    """Each of four convs could be padded; what else would do stands beside two of them. The input is claimed."""
    rows = ["{kind: relu, expect: [3, 32, 32]}", *[CONV] * 4, "{kind: flatten}"]
    rows.append("{kind: linear, in_features: 5408, out_features: 3}")
    report = check_text(HEAD + "".join(f"  - {row}\n" for row in rows))
    (error,) = report.diagnostics
    padded = [fix.edit for fix in find_fixes(report) if fix.practice is Practice.PADDING]
    assert len(padded) == 4
    assert [edit for edit in padded if any(f"`{edit}`" in help for help in error.help)] == padded[:2]
    assert error.help[-1] == "or `in_features: 4608`"


@pytest.mark.parametrize(
    ("sources", "edit"), [("secnod", "write `from: second`"), ("[first, secnod]", "write `second`")]
)
def test_a_name_that_is_mended_stands_after_its_key_but_in_a_list(sources: str, edit: str) -> None:
    kind = "add" if sources.startswith("[") else "relu"
    rows = ["{name: first, kind: relu}", "{name: second, kind: tanh}", f"{{kind: {kind}, from: {sources}}}"]
    report = check_text(HEAD + "".join(f"  - {row}\n" for row in rows))
    assert edit in [fix.edit for fix in find_fixes(report)]


def test_two_errors_are_mended_one_by_one() -> None:
    fc2 = "{name: fc2, kind: linear, "
    report = check_text(ALEXNET_224.replace(fc2, f"{fc2}in_features: 5, "))
    assert errors(report) == ["A401", "A203"]
    found = find_fixes(report)
    assert {one.error.code for one in found} == {"A401", "A203"}
    for fix in found:
        assert errors(after(report, fix)) == [code for code in ("A401", "A203") if code != fix.error.code]


def test_a_repair_is_printed_as_it_is_to_be_written() -> None:
    pool = "{kind: adaptive_avg_pool2d, output_size: [null, 3]}"
    report = check_text(f"{HEAD}  - {pool}\n  - {{kind: avg_pool2d, kernel_size: [1, 5]}}\n")
    (fix,) = (one for one in find_fixes(report) if one.edit == "adaptive_avg_pool2d output_size: [null, 5]")
    assert fix.other_help == "or `adaptive_avg_pool2d output_size: [null, 5]`"
    assert errors(after(report, fix)) == []


def test_an_error_that_another_hid_is_said_to_show() -> None:
    layers = ["{kind: max_pool2d, kernel_size: 3, padding: 2}", "{kind: conv2d, out_channels: 8, kernel_size: 99}"]
    report = check_text(HEAD.replace("32, 32", "9, 8") + "".join(f"  - {layer}\n" for layer in layers))
    (error,) = report.diagnostics
    assert "or `padding: 1`; it shows an error of `conv2d` that this one hides" in error.help
    found = find_fixes(report)
    (fix,) = (one for one in found if one.edit == "max_pool2d padding: 1")
    assert fix.reveals == ("conv2d",)
    assert errors(after(report, fix)) == ["A201"]
    # Of a field the nearest value says it.
    windows = [one.edit for one in found if "kernel_size" in one.edit and "," not in one.edit]
    assert windows == ["max_pool2d kernel_size: 4"]


def test_what_hides_one_input_of_a_join_hides_its_errors() -> None:
    """With the mean's axis, `[4, 8]` or the like arrives beside `[4, 8, 8]`, which cannot be added."""
    layers = ["{name: a, kind: mean, dim: 4}", "{name: c, kind: add, from: [a, input]}"]
    report = check_text(HEAD.replace("3, 32, 32", "4, 8, 8") + "".join(f"  - {layer}\n" for layer in layers))
    assert errors(report) == ["A209"]
    (fix,) = (one for one in find_fixes(report) if one.edit == "a dim: 3")
    assert fix.reveals == ("c",)
    assert errors(after(report, fix)) == ["A202"]


def test_a_claim_that_is_not_met_hinders_no_repair_of_another() -> None:
    conv = "{name: conv, kind: conv2d, out_channels: 8, kernel_size: 3, expect: [8, 32, 32]}"
    report = check_text(f"{HEAD}  - {conv}\nexpect: {{params: 225, macs: 900}}\n")
    (error,) = report.diagnostics  # of the totals nothing is said as long as a layer is not as claimed
    assert "write `conv padding: 1`" in error.help
    (fix,) = (one for one in find_fixes(report) if one.edit == "conv padding: 1")
    mended = after(report, fix)
    assert [(one.claim.what, one.agrees) for one in mended.claims] == [
        ("shape", True), ("params", False), ("macs", False)
    ]  # fmt: skip
    # One that was met stays met.
    report = check_text(f"{HEAD}  - {conv}\nexpect: {{params: 224}}\n")
    assert [one.agrees for fix in find_fixes(report) for one in after(report, fix).claims] == [True, True] * len(
        find_fixes(report)
    )


def test_a_deep_network_with_an_error_is_searched_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0
    look = Effect._look

    def counted(*arguments: Any) -> Any:
        nonlocal looked
        looked += 1
        return look(*arguments)

    monkeypatch.setattr(Effect, "_look", counted)
    conv = "  - {{kind: conv2d, out_channels: {}, kernel_size: 3, padding: 1}}\n"
    layers = "".join(conv.format(8 + n % 7) for n in range(300))
    fc = "  - {kind: flatten}\n  - {kind: linear, in_features: 99999, out_features: 10}\n"
    report = check_text(HEAD + layers + fc)
    (error,) = report.diagnostics
    assert any("in_features" in line for line in error.help)
    assert looked < 20 * 60_000


# Random networks with an error, and torch.


@given(broken(spec_texts()))
def test_every_repair_of_a_random_network_mends_it_in_torch_too(report: Report) -> None:
    for fix in find_fixes(report)[:6]:
        mended = after(report, fix)
        hidden = len(fix.reveals) > 0
        left = Counter(errors(report)) - Counter([fix.error.code])
        assert hidden or Counter(errors(mended)) <= left, (fix.edit, report.text)
        assert fix.error.message not in [error.message for error in mended.diagnostics]
        if mended.ok and mended.input and not beyond_torch(mended):
            assert torch_accepts(mended, mended.input), (fix.edit, edited(report.text, *fix.changes))


# Mutants: what these tests must notice.


@pytest.mark.parametrize(
    ("where", "name", "mutant"),
    [
        (Effect, "_allowed", lambda *_: True),
        (Effect, "together", lambda self, layers, x: frozenset()),
    ],
)
def test_edits_that_are_not_rechecked_would_be_noticed(
    where: type, name: str, mutant: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, mutant)
    monkeypatch.setattr(FixSearch, "holds", lambda self, fix: True)
    report = check_text(ALEXNET, input=(3, 224, 224))
    assert any(errors(after(report, fix)) for fix in find_fixes(report))


def test_a_wrong_order_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_value(old: Layer, new: Layer, x: Shape) -> float:
        return -1.0

    monkeypatch.setattr(field_edits, "changed", by_value)
    monkeypatch.setattr(Practice, "rank", 0)
    assert next(one.edit for one in find_fixes(check_text(ALEXNET, input=(3, 224, 224)))) != "input: [3, 227, 227]"


def test_repairs_are_public() -> None:
    report = archcalc.check_text(ALEXNET_224)
    assert [one.edit for one in archcalc.find_fixes(report)][:2] == ["input: [3, 227, 227]", "conv1 padding: 2"]
    assert archcalc.find_fixes(archcalc.check_text(ALEXNET)) == ()


def test_channels_that_divide_are_not_looked_for_far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it takes squares of 3,000 there is none of a million near, and nobody tries them all."""
    asked = 0
    shuffle = KINDS["pixel_shuffle"]
    needs = shuffle.needs

    def counted(self: Layer, x: Shape) -> Iterator[Need]:
        nonlocal asked
        asked += 1
        yield from needs(self, x)

    monkeypatch.setattr(shuffle, "needs", counted)
    layers = "[{kind: conv2d, out_channels: 999999, kernel_size: 1}, {kind: pixel_shuffle, upscale_factor: 3000}]"
    report = check_text(f"archcalc: 1\nname: Big\ninput: [3, 4, 4]\nlayers: {layers}\n")
    assert [error.code for error in report.diagnostics] == ["A204"]
    assert asked < 20_000
