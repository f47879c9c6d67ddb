"""Explanations: what is said of a layer, with its numbers put in."""

from __future__ import annotations

from types import new_class
from typing import Any

import pytest
import torch

import archcalc
from archcalc.analysis.explanation import UnknownLayer, explain, explain_each
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.equation import Equation
from archcalc.layers.record import defaults_of, fields_of
from archcalc.layers.size_fields import Listed
from archcalc.reports import explanation_text
from archcalc.sizes.rules import UNKNOWN, Shape, is_known
from tests.support.small import checked


def line_of(spec: str, layer: str, of: str, **changes: Any) -> str:
    one = explain(archcalc.check(spec, **changes), layer)
    (line,) = [line for line in (*one.sizes, *one.params, *one.macs) if line.of == of]
    return f"{line.text}, {line.note}" if line.note else line.text


ALEXNET = "specs/alexnet.yaml"


def test_a_convolution_is_shown_step_by_step() -> None:
    assert line_of(ALEXNET, "conv1", "H'") == (
        "⌊(227 + 2·0 − 1·(11 − 1) − 1)/4⌋ + 1 = ⌊216/4⌋ + 1 = 54 + 1 = 55, no pixel left over"
    )
    assert line_of(ALEXNET, "conv1", "H'", input=(3, 224, 224)).endswith("= 54, 1 pixel left over at the end")
    assert line_of(ALEXNET, "conv1", "parameters") == "96 × 3 × 11 × 11 + 96 = 34,848 + 96 = 34,944, weight + bias"
    assert line_of(ALEXNET, "conv1", "MACs") == "34,848 weights × 55 × 55 positions = 105,415,200"
    assert line_of(ALEXNET, "fc1", "MACs") == "4,096 × 9,216 = 37,748,736, each weight is used once"
    assert line_of(ALEXNET, "pool1", "MACs") == "0, comparing and averaging are not counted"
    assert line_of(ALEXNET, "flatten", "features'") == "256 × 6 × 6 = 9,216"
    assert line_of(ALEXNET, "relu1", "shape") == "96 × 55 × 55, as it arrives"

    assert (
        repr(explain(archcalc.check(ALEXNET), "flatten"))
        == "<Explained flatten: (N, *) -> (N, prod(*)); torch.nn.Flatten.>"
    )


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.arity[0] > 1], ids=lambda kind: kind.kind)
def test_a_join_of_too_few_is_explained_too(kind: type[Layer]) -> None:
    fields = {name: field for name, field in fields_of(kind).items() if name not in defaults_of(kind)}
    stated = {Equation: '"c h w, c h w -> c"', Listed: "[1]"}
    needed = "".join(f", {name}: {stated.get(type(field), '1')}" for name, field in fields.items())
    row = f"{{name: join, kind: {kind.kind}{needed}, from: [conv]}}"
    report = checked("{name: conv, kind: conv2d, out_channels: 4, kernel_size: 3}", row)
    last = explain_each(report)[-1]
    assert [error.code for error in last.errors] == ["A313"]
    assert not is_known(*(last.layer.output or (UNKNOWN,)))


OTHER_AXES = (
    ("attention, num_heads: 1", (1, 1, 1)),
    ("attention, num_heads: 1", (2, 4, 4)),
    ("at_argmax", (1, 4)),
    ("selective_scan", (1, 1, 1, 1, 1, 1)),
    ('einsum, equation: "a b, b -> b a"', (2, 2)),
)


@pytest.mark.parametrize(("kind", "ranks"), OTHER_AXES)
def test_a_join_of_other_axes_is_explained_too(kind: str, ranks: tuple[int, ...]) -> None:
    shapes = [[-1, *(2 for _ in range(rank - 1))] for rank in ranks]
    rows = [f"{{name: x{n}, kind: reshape, shape: {shape}, from: input}}" for n, shape in enumerate(shapes)]
    names = ", ".join(f"x{n}" for n in range(len(shapes)))
    report = checked(*rows, f"{{name: join, kind: {kind}, from: [{names}]}}", "{kind: relu}")
    assert [error.code for error in report.errors] == ["A202"]
    join, last = explain_each(report)[-2:]
    assert [need.code for need in join.needs if not need.holds] == ["A202"]
    assert not is_known(*(last.layer.output or (UNKNOWN,)))


def test_a_layer_of_fewer_axes_from_nowhere_is_explained_too() -> None:
    last = explain_each(checked("{kind: conv1d, out_channels: 4, kernel_size: 3, from: nowhere}"))[-1]
    assert [error.code for error in last.errors] == ["A310"]
    assert last.seen.fields is None


def of_row(row: str, input: str = "[3, 8, 8]", of: str = "H'") -> list[str]:
    text = f"archcalc: 1\nname: Small\ninput: {input}\nlayers:\n  - {{name: layer, {row}}}\n"
    one = explain(archcalc.check_text(text), "layer")
    lines = [*one.sizes, *one.params, *one.buffers, *(line for need in one.needs for line in need.lines)]
    return [f"{line.text}, {line.note}" if line.note else line.text for line in lines if line.of == of]


def test_ceil_mode_is_shown_with_its_clamp() -> None:
    row = "kind: max_pool2d, kernel_size: 2, stride: 3, padding: 1, ceil_mode: true"
    assert of_row(row) == [
        "min(⌈(8 + 2·1 − 1·(2 − 1) − 1)/3⌉, ⌊(8 + 1 − 1)/3⌋) + 1 = min(⌈8/3⌉, ⌊8/3⌋) + 1 = min(3, 2) + 1 = 2 + 1 = 3, "
        "a last window would start behind the input, and is dropped"
    ]
    (text,) = of_row("kind: max_pool2d, kernel_size: 3, stride: 2, ceil_mode: true")
    assert text.endswith("= 3 + 1 = 4, rounded up: the last window reaches 1 over the end")


def test_same_padding_is_shown_with_its_odd_end() -> None:
    row = "kind: conv2d, out_channels: 4, kernel_size: 4, padding: same"
    assert of_row(row, of="padding of H") == ["1·(4 − 1) = 1 + 2 = 3, 1 before, 2 after: the odd one at the end"]
    assert of_row(row) == ["8 + 1 + 2 − 1·(4 − 1) = 8"]


def test_padding_left_over_is_not_called_pixels() -> None:
    (text,) = of_row("kind: conv2d, out_channels: 4, kernel_size: 3, stride: 2, padding: 1")
    assert text.endswith("= 4, 1 left over at the end, of padding only")
    (text,) = of_row("kind: conv2d, out_channels: 4, kernel_size: 3, stride: 4, padding: 1")
    assert text.endswith("= 2, 2 pixels left over at the end, and 1 of padding")


def test_of_a_reshape_it_is_said_which_size_is_stated_and_which_is_left() -> None:
    row = "kind: reshape, shape: [6, -1]"
    assert of_row(row, of="C'") == ["6, shape"]
    assert of_row(row, of="L'") == ["⌊3 × 8 × 8/(6)⌋ = 32, what is left"]


def test_groups_are_shown() -> None:
    row = "kind: conv2d, out_channels: 6, kernel_size: 1, groups: 3"
    assert of_row(row, of="input channels") == ["3 = 3·1"]
    assert of_row(row, of="parameters") == ["6 × 1 × 1 × 1 + 6 = 6 + 6 = 12, weight + bias"]
    assert of_row(row.replace("3", "2"), of="input channels") == ["3 = 2·1 + 1"]
    row = "kind: conv_transpose2d, out_channels: 6, kernel_size: 1, groups: 3"
    assert of_row(row, of="input channels") == ["3 = 3·1"]
    assert of_row(row, of="output channels") == ["6 = 3·2"]


@pytest.mark.parametrize("kind", ["conv2d", "conv_transpose2d"])
def test_a_single_group_needs_no_line(kind: str) -> None:
    assert of_row(f"kind: {kind}, out_channels: 6, kernel_size: 1", of="input channels") == []


def test_a_slice_of_what_stands_in_the_place_of_channels_says_which_rows_it_holds() -> None:
    text = """archcalc: 1
name: Turned
input: [3, 20, 30]
layers:
  - {name: turned, kind: permute, dims: [0, 2, 1, 3]}
  - {name: part, kind: slice, dim: 1, start: 4, stop: 9}
"""
    report = archcalc.check_text(text)
    assert "along H: place j of C' sees pixels j + 4" in explanation_text.render(explain(report, "part"))


def test_adaptive_pooling_is_shown_by_its_windows() -> None:
    row = "kind: adaptive_avg_pool2d, output_size: 3"
    assert of_row(row) == ["3, output_size"]
    assert of_row(row, of="H seen by 0") == ["⌊0·8/3⌋ … ⌈(0 + 1)·8/3⌉ − 1 = 0 … 2, 3 pixels"]
    assert of_row(row, of="H seen by 1") == ["⌊1·8/3⌋ … ⌈(1 + 1)·8/3⌉ − 1 = 2 … 5, 4 pixels"]
    assert of_row(row, of="H seen by 2") == ["⌊2·8/3⌋ … ⌈(2 + 1)·8/3⌉ − 1 = 5 … 7, 3 pixels"]


def test_buffers_and_shares_are_shown() -> None:
    assert of_row("kind: batch_norm2d", of="running_mean") == ["3"]
    assert of_row("kind: batch_norm2d", of="num_batches_tracked") == ["1"]
    row = "kind: local_response_norm, size: 5, alpha: 5e-4"
    assert of_row(row, of="alpha/size") == ["0.0005/5 = 0.0001, the share of each of 5 neighbouring channels' squares"]


def test_the_library_raises_for_what_is_not_there() -> None:
    report = archcalc.check(ALEXNET)
    with pytest.raises(UnknownLayer, match="did you mean `conv1`"):
        explain(report, "conv_1")
    with pytest.raises(UnknownLayer, match="no layer `features`"):
        explain_each(report, "features")


def test_a_group_is_told_for_what_it_is() -> None:
    report = archcalc.check("resnet50")
    said = r"`layer1\.1` is a group of 10 layers, and no layer; `explain_each\(report, 'layer1\.1'\)` explains"
    with pytest.raises(UnknownLayer, match=said) as found:
        explain(report, "layer1.1")
    assert "did you mean" not in str(found.value)
    assert len(explain_each(report, "layer1.1")) == 10


def test_a_copy_without_its_number_is_the_first() -> None:
    with pytest.raises(UnknownLayer, match=r"did you mean `layer3\.0\.conv2`\? of its 175 layers") as found:
        explain(archcalc.check("resnet50"), "layer3.conv2")
    nearest = str(found.value).partition("nearest are ")[2].split(", ")
    assert len(nearest) == 10
    assert "layer3.0.conv2" in nearest
    assert all(name.endswith("conv2") for name in nearest[:3])


def test_a_kind_without_a_derivation_still_says_its_sizes() -> None:
    def out(self: Layer, x: Shape) -> Shape:
        return (x[0], 2 * x[1])

    doubled = new_class("Doubled", (KINDS["identity"],), exec_body=lambda body: body.update(out=out))
    kind: Layer = doubled()
    from archcalc.analysis.explanation import _sizes

    assert [(line.of, line.value) for line in _sizes(kind, ((3, 4),))] == [("C'", 3), ("L'", 8)]


def test_behind_swapped_axes_it_is_said_which_places_count() -> None:
    text = """archcalc: 1
name: Turned
input: [3, 20, 30]
layers:
  - {name: first, kind: conv2d, out_channels: 2, kernel_size: [3, 5], stride: [1, 2]}
  - {name: turned, kind: permute, dims: [0, 1, 3, 2]}
  - {name: last, kind: conv2d, out_channels: 2, kernel_size: [1, 7]}
"""
    report = archcalc.check_text(text)
    last, first = explain(report, "last"), explain(report, "first")
    said = explanation_text.render(last)
    assert "along H: place j of W' sees pixels j … j + 8\n" in said
    assert said.endswith("along W: place j of H' sees pixels 2·j … 2·j + 4")
    assert "along H: place j sees pixels j … j + 2\n" in explanation_text.render(first)
    assert [field["output_axes"] for field in last.to_dict()["receptive_fields"]] == [[1, 2], [2, 1]]
    # In torch a place of the output at (row, column) sees those very pixels.
    x = torch.zeros(1, 3, 20, 30, requires_grad=True)
    ones = [torch.ones(2, 3, 3, 5), torch.ones(2, 2, 1, 7)]
    given = torch.conv2d(torch.conv2d(x, ones[0], stride=(1, 2)).permute(0, 1, 3, 2), ones[1])
    torch.autograd.backward(given[0, 0, 4, 6])
    assert x.grad is not None
    rows, columns = (x.grad[0, 0] != 0).nonzero().T
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (6, 6 + 8, 2 * 4, 2 * 4 + 4)


def test_a_gate_over_the_width_is_told_along_that_axis_alone() -> None:
    """Each place sees itself, and of its row all 32 columns through the gate: of other rows it sees nothing."""
    report = checked(
        "{name: a, kind: relu}",
        "{name: gate, kind: mean, dim: 3, keepdim: true}",
        "{name: gated, kind: multiply, from: [a, gate]}",
    )
    (*_, told) = explain(report, "gated").to_dict()["receptive_fields"]
    assert (told["size"], told["besides"], told["through"]) == ([1, 1], [None, [0, 31]], "gated")


def test_a_gate_on_one_of_several_inputs_is_told_along_the_axes_of_that_one() -> None:
    """As torch's gradient shows, a place that is gated sees all of its own input, and nothing of the other."""
    report = checked(
        "{name: pooled, kind: adaptive_avg_pool2d, from: left, output_size: 1}",
        "{name: gate, kind: sigmoid}",
        "{name: gated, kind: multiply, from: [left, gate]}",
        "{name: both, kind: add, from: [gated, right]}",
        head="archcalc: 1\nname: Two\ninput: {left: [3, 8, 8], right: [3, 8, 8]}\nlayers:\n",
    )
    left, right = (torch.rand(1, 3, 8, 8, requires_grad=True) for _ in range(2))
    torch.autograd.backward((left * left.mean((2, 3), keepdim=True).sigmoid() + right)[0, 0, 4, 4])
    assert left.grad is not None
    assert right.grad is not None
    assert [int((grad[0, 0] != 0).sum()) for grad in (left.grad, right.grad)] == [64, 1]
    (*_, told) = explain(report, "both").to_dict()["receptive_fields"]
    assert (told["size"], told["besides"]) == ([1, 1, 1, 1], [[0, 7], [0, 7], None, None])


def test_a_layer_of_an_unknown_kind_is_explained_by_its_error() -> None:
    one = explain(checked("{name: strange, kind: convolve_twice}"), "strange")
    assert [error["code"] for error in one.to_dict()["diagnostics"]] == ["A113"]
    assert (one.sizes, one.params, one.macs, one.needs) == ((), (), (), ())
    assert "there is no layer kind `convolve_twice`" in explanation_text.render(one)
