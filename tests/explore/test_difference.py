"""What two networks have otherwise: drawn changes of a spec are found, and nothing else is."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from archcalc import SpecError, check, check_text
from archcalc.explore.difference import Difference, difference
from archcalc.reports import json as json_report
from archcalc.reports.difference import following, layer_rows, render, render_markdown
from archcalc.reports.markdown_text import code_in_markdown, in_markdown
from archcalc.reports.tables.difference import difference_tables

SCHEMA = Path(json_report.__file__).parent / "schemas" / "diff.json"

OLD = """\
archcalc: 1
name: Small
input: [3, 32, 32]
layers:
  - {name: conv1, kind: conv2d, out_channels: 8, kernel_size: 3}
  - {name: bn1, kind: batch_norm2d}
  - {name: act1, kind: relu}
  - {name: drop, kind: dropout2d}
  - {name: conv2, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  - {name: sum, kind: add, from: [conv2, act1]}
  - {name: pool, kind: adaptive_avg_pool2d, output_size: 1}
  - {name: flat, kind: flatten}
  - {name: fc, kind: linear, out_features: 10}
"""


def between(*changes: tuple[str, str]) -> Difference:
    new = OLD
    for before, after in changes:
        assert before in new
        new = new.replace(before, after)
    return difference(check_text(OLD, file="old.yaml").require_ok(), check_text(new, file="new.yaml").require_ok())


def changed(found: Difference) -> dict[str, tuple[str, dict[str, tuple[object, object]]]]:
    return {one.name: (one.how, one.fields) for one in found.layers}


def test_a_network_is_the_same_as_itself_however_it_is_written() -> None:
    assert between().same
    assert between(("name: Small", "name: Other"), ("kernel_size: 3}", "kernel_size: [3, 3], in_channels: 3}")).same
    twice = check("resnet50").require_ok()
    assert difference(twice, twice).same


def test_what_an_entry_says_is_told_from_what_follows_of_it() -> None:
    wider = ("out_channels: 8, kernel_size: 3}", "out_channels: 16, kernel_size: 3}")
    found = between(wider, (", from: [conv2, act1]", ", from: [conv2, conv2]"))
    assert changed(found) == {
        "conv1": ("changed", {"out_channels": (8, 16)}),
        "bn1": ("follows", {}),
        "act1": ("follows", {}),
        "drop": ("follows", {}),
        "conv2": ("follows", {}),
        "sum": ("changed", {"from": (["conv2", "act1"], ["conv2", "conv2"])}),
    }
    before, after = found.totals["params"]
    # Of each of 8 filters more 27 weights and a bias, 2 of the norm, and 9 weights in each filter of conv2.
    assert after - before == 8 * 28 + 2 * 8 + 8 * 8 * 9


def test_what_is_added_or_removed_is_told_and_not_its_neighbours() -> None:
    assert changed(between(("  - {name: drop, kind: dropout2d}\n", ""))) == {"drop": ("removed", {})}
    more = ("  - {name: drop,", "  - {name: act2, kind: sigmoid}\n  - {name: drop,")
    assert changed(between(more)) == {"act2": ("added", {})}


def test_numbers_that_move_up_are_not_changes() -> None:
    found = difference(check("vgg16").require_ok(), check("vgg16_bn").require_ok())
    assert {(one.how, one.new.kind) for one in found.layers if one.new} == {("added", "batch_norm2d")}
    assert len(found.layers) == 13
    back = difference(check("vgg16_bn").require_ok(), check("vgg16").require_ok())
    assert [one.how for one in back.layers] == ["removed"] * 13


def test_a_numbered_layer_that_says_otherwise_is_changed() -> None:
    head = "archcalc: 1\nname: N\ninput: [8]\nlayers:\n"
    lines = ["  - {kind: linear, out_features: 8}\n", "  - {kind: relu}\n", "  - {kind: linear, out_features: 4}\n"]
    old = check_text(head + "".join(lines)).require_ok()
    wider = check_text(head + "  - {kind: dropout}\n" + "".join(lines).replace("8", "9", 1)).require_ok()
    assert changed(difference(old, wider)) == {
        "dropout": ("added", {}),
        "linear": ("changed", {"out_features": (8, 9)}),
        "relu": ("follows", {}),
        "linear_1": ("follows", {}),
    }


def test_layers_without_names_are_those_in_their_places() -> None:
    """As wide as one was, another is now: the widths are told, and no layer takes from another than before."""
    head = "archcalc: 1\nname: N\ninput: [3, 64, 64]\nlayers:\n  - name: stem\n    layers:\n"
    lines = "      - {{kind: conv2d, out_channels: {}, kernel_size: 3}}\n      - {{kind: batch_norm2d}}\n"
    old, new = (
        check_text(head + "".join(map(lines.format, widths))).require_ok() for widths in ((8, 16, 32), (16, 32, 64))
    )
    fields = {one.name: one.fields for one in difference(old, new).layers if one.how != "follows"}
    assert fields == {
        f"stem.{place}": {"out_channels": (width, 2 * width)} for place, width in ((0, 8), (2, 16), (4, 32))
    }


def test_no_pair_of_layers_crosses_another() -> None:
    """A layer less, the others as wide as those before them: what is gone is told, and nothing has changed places."""
    head = "archcalc: 1\nname: N\ninput: [3, 64, 64]\nlayers:\n"
    conv, relu = "  - {{kind: conv2d, out_channels: {}, kernel_size: 3}}\n", "  - {kind: relu}\n"
    old = check_text(head + relu.join(map(conv.format, (8, 16, 32)))).require_ok()
    new = check_text(head + "  - {kind: gelu}\n" + relu.join(map(conv.format, (16, 8)))).require_ok()
    found = difference(old, new)
    assert [name for name, (_, fields) in changed(found).items() if "from" in fields] == []
    assert [(one.how, one.name) for one in found.layers if one.how in ("added", "removed")] == [
        ("added", "gelu"),
        ("removed", "conv2d"),
        ("removed", "relu"),
    ]


def test_another_kind_of_the_same_name_is_a_change() -> None:
    assert changed(between(("kind: relu", "kind: gelu"))) == {"act1": ("changed", {"kind": ("relu", "gelu")})}


def test_a_list_of_sizes_is_not_taken_for_a_shorter_one() -> None:
    head = "archcalc: 1\nname: R\ninput: [2, 2, 2]\nlayers:\n"
    old, new = (
        check_text(f"{head}  - {{name: r, kind: reshape, shape: {shape}}}\n").require_ok()
        for shape in ("[2, 2, 2]", "[2, 2, 2, 1]")
    )
    assert changed(difference(old, new)) == {"r": ("changed", {"shape": ((2, 2, 2), (2, 2, 2, 1))})}


def test_layers_that_change_places_take_from_others() -> None:
    lines = (
        "  - {name: bn1, kind: batch_norm2d}\n  - {name: act1, kind: relu}\n",
        "  - {name: act1, kind: relu}\n  - {name: bn1, kind: batch_norm2d}\n",
    )
    assert changed(between(lines)) == {
        "act1": ("changed", {"from": (["bn1"], ["conv1"])}),
        "bn1": ("changed", {"from": (["conv1"], ["act1"])}),
        "drop": ("changed", {"from": (["act1"], ["bn1"])}),
    }


def test_inputs_and_outputs_are_compared() -> None:
    found = between(("[3, 32, 32]", "[3, 64, 64]"), ("out_features: 10", "out_features: 5"))
    assert not found.same
    text = render(found)
    assert re.search(r"input +3 × 32 × 32 +3 × 64 × 64", text)
    assert re.search(r"output +10 +5", text)
    kernel = render(between(("kernel_size: 3}", "kernel_size: 7}")))
    assert re.search(r"legal H +≥ 3 +≥ 7", kernel), kernel


def test_a_module_of_which_nothing_was_there_is_one_line() -> None:
    text = render(difference(check("resnet18").require_ok(), check("resnet34").require_ok()))
    assert re.search(r"\+ +layer1\.2 +7 layers +64 × 56 × 56", text)
    assert "layer1.2.conv1" not in text
    back = render(difference(check("resnet34").require_ok(), check("resnet18").require_ok()))
    assert re.search(r"- +layer1\.2 +7 layers +64 × 56 × 56", back)


def test_copies_of_a_block_that_change_alike_are_one_line() -> None:
    found = difference(check("resnet50").require_ok(), check("resnext50_32x4d").require_ok())
    assert [row for row in layer_rows(found) if row[1].startswith("layer3")] == [
        ("~", "layer3.0…5.conv1", "out_channels", "256", "512"),
        ("~", "layer3.0…5.conv2", "out_channels", "256", "512"),
        ("~", "layer3.0…5.conv2", "groups", "1", "32"),
    ]
    assert following(found).endswith(
        "this: `layer1.0…2.bn1`, `layer1.0…2.relu1`, `layer1.0…2.bn2`, `layer1.0…2.relu2`, …"
    )
    deeper = difference(check("vit_b_16").require_ok(), check("vit_l_16").require_ok())
    assert ("+", "encoder.layers.encoder_layer_12…23", "11 layers each", "", "197 × 1024") in layer_rows(deeper)


def test_layers_whose_numbers_the_other_has_too_are_told_one_by_one() -> None:
    found = difference(check("vgg16").require_ok(), check("vgg16_bn").require_ok())
    assert layer_rows(found)[:2] == [
        ("+", "features.1,4", "batch_norm2d", "", "64 × 224 × 224"),
        ("+", "features.8,11", "batch_norm2d", "", "128 × 112 × 112"),
    ]


def test_rates_are_told_in_four_digits_unless_that_hides_what_changed() -> None:
    for before, after, told in ((0.1, 1 / 3, ("0.1", "0.3333")), (0.1, 0.1000001, ("0.1", "0.1000001"))):
        old, new = (OLD.replace("kind: dropout2d", f"kind: dropout2d, p: {p}") for p in (before, after))
        assert layer_rows(difference(check_text(old), check_text(new))) == [("~", "drop", "p", *told)]


def test_names_cannot_leave_their_cell_in_markdown() -> None:
    name = "a|b`<i>*_#"
    old = check_text(OLD, file=f"{name}.yaml").require_ok()
    new = check_text(OLD.replace("kind: relu", "kind: gelu"), file="new.yaml").require_ok()
    text = render_markdown(difference(old, new))
    for line in text.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (5, 6)
    assert "a\\|b\\`\\<i\\>\\*\\_\\#" in text
    assert "| \\~ | `act1` | kind | relu | gelu |" in text


READ = MarkdownIt("gfm-like", {"linkify": False})


def test_names_in_markdown_are_code() -> None:
    before, after = OLD.replace("act1", "act_1"), OLD.replace("act1", "act_1").replace("kind: relu", "kind: gelu")
    found = difference(check_text(before).require_ok(), check_text(after).require_ok())
    assert "<td><code>act_1</code></td>" in READ.render(render_markdown(found))
    text = render_markdown(between(("out_channels: 8", "out_channels: 16")))
    assert "this: <code>bn1</code>, <code>act1</code>," in READ.render(text)
    assert "\\`" not in text


@pytest.mark.parametrize("name", ["a", "a_b", "`", "a``b`", "<i>&amp;", "**a**", "[a](b)", "a\\|b", "$x$"])
def test_any_name_is_itself_as_code_and_as_text(name: str) -> None:
    shown = html.escape(name, quote=False)
    assert f"<code>{shown}</code>" in READ.render(code_in_markdown(name))
    assert READ.render(in_markdown(f"it is {name} there")) == f"<p>it is {shown} there</p>\n"
    if "\\" not in name:
        row = code_in_markdown(f"{name}|", cell=True)
        assert f"<td><code>{shown}|</code></td>" in READ.render(f"| a |\n| --- |\n| {row} |")


def test_a_spec_with_errors_has_no_difference() -> None:
    wrong = check_text(OLD.replace("kernel_size: 3}", "kernel_size: 99}"))
    with pytest.raises(SpecError):
        difference(wrong, check_text(OLD))


def test_a_budget_that_is_not_kept_is_no_hindrance() -> None:
    wider = OLD.replace("out_channels: 8", "out_channels: 9")
    over = check_text(wider.replace("layers:\n", "budget: {params: 10}\nlayers:\n"))
    assert [error.code for error in over.errors] == ["A403"]
    found, without = (difference(check_text(OLD), one) for one in (over, check_text(wider)))
    assert (found.totals, found.legal, changed(found)) == (without.totals, without.legal, changed(without))


def test_it_is_short_in_python_and_says_what_follows() -> None:
    more = ("out_channels: 8, kernel_size: 3}", "out_channels: 16, kernel_size: 3}")
    wider = between(more, (", from: [conv2, act1]", ", from: [conv2, conv2]"))
    before, after = wider.totals["params"]
    told = "2 layers changed, 4 layers changed by others"
    assert repr(wider) == f"<Difference old.yaml → new.yaml: {told}, {before:,} → {after:,} parameters>"
    assert [table.notes for table in difference_tables(wider)] == [
        (),
        ("4 layers with other shapes or counts because of this: bn1, act1, drop, conv2",),
    ]
    assert repr(wider.layers[0]) == "<LayerChange conv1: changed out_channels>"
    assert repr(between()) == "<Difference old.yaml → new.yaml: the same>"
