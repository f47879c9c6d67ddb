"""Receptive fields: published figures, and what torch's outputs really depend on."""

from __future__ import annotations

import warnings
from itertools import product
from types import new_class
from typing import Any

import pytest
import torch
from hypothesis import given

import archcalc
from archcalc.analysis.axis_field import ReceptiveField
from archcalc.analysis.receptive_field import receptive_fields
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.working import Window, places
from archcalc.sizes.rules import Shape, known_sizes, prod
from tests.support.draw_chains import spec_texts
from tests.support.draw_layers import ONE_INPUT, Case, cases, failing, steady
from tests.support.torch_oracle import built

# Figures that others published


def vgg16_features() -> str:
    """VGG-16, configuration D of Simonyan and Zisserman 2015, up to its last pooling."""
    rows, number = [], 0
    for width, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            number += 1
            rows.append(f"  - {{name: conv{number}, kind: conv2d, out_channels: {width}, kernel_size: 3, padding: 1}}")
        rows.append(f"  - {{name: pool{number}, kind: max_pool2d, kernel_size: 2}}")
    return "archcalc: 1\nname: VGG16\ninput: [3, 224, 224]\nlayers:\n" + "\n".join(rows) + "\n"


def field_at(report: archcalc.Report, name: str) -> tuple[Any, ...]:
    assert report.facts is not None
    (fields,) = [seen.fields for seen in receptive_fields(report.facts) if seen.layer.name == name]
    assert fields is not None
    (field,) = set(fields)
    return (field.size, field.stride, field.padding)


def test_the_fields_of_known_networks() -> None:
    # Size, stride and padding of the last map, as torchvision builds them: AlexNet 195, 32, 66 and VGG-16 212, 32, 90.
    # The article's AlexNet lacks the 2 pixels of padding in conv1.
    assert field_at(archcalc.check("specs/alexnet.yaml"), "pool3") == (195, 32, 64)
    assert field_at(archcalc.check("specs/alexnet-torchvision.yaml"), "features.12") == (195, 32, 66)
    assert field_at(archcalc.check_text(vgg16_features()), "pool13") == (212, 32, 90)


# A chain of windows, by torch's gradients


# Every kind, and whole networks, by changing one pixel after the other

MOST = 120
"""The most places of an input that are tried; one batch holds them all, twice."""


def seen_by(windows: tuple[Window, ...], output: Shape) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    """(place of the output, pixel of the input) for all that is seen, also beyond the input."""
    axes = []
    for w, n in zip(windows, known_sizes(output), strict=True):
        k, s, p, d = known_sizes((w.size, w.stride, w.padding, w.dilation))
        axes.append([(j, j * s - p + i * d) for j in range(n) for i in range(k)])
    return {(tuple(j for j, _ in pairs), tuple(i for _, i in pairs)) for pairs in product(*axes)}


def depended_on(module: torch.nn.Module, x: tuple[int, ...]) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    """(place of the output, pixel of the input) where the one changes with the other."""
    pixels = list(product(*(range(n) for n in known_sizes(places(x)))))
    base = torch.randn(1, *x, dtype=torch.float64)
    changed = base.repeat(2 * len(pixels), *[1] * len(x))
    by = torch.linspace(900.0, 1100.0, x[0], dtype=torch.float64)
    for at, pixel in enumerate(pixels):
        for sample, sign in ((2 * at, 1), (2 * at + 1, -1)):
            if len(x) > 1:
                changed[(sample, slice(None), *pixel)] += sign * by  # type: ignore[index]
            else:
                changed[sample, pixel[0]] += sign * 1000.0
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, after = module(base.clone()), module(changed)
    # torch computes the ends of a tensor by other instructions, which round differently.
    differ = ~torch.isclose(after, before, rtol=1e-9, atol=1e-9, equal_nan=True)
    differ = differ.reshape(len(pixels), 2, *before.shape[1:]).any(1)
    if differ.dim() > 2:
        differ = differ.any(1)
    return {(tuple(place), pixels[at]) for at, *place in differ.nonzero().tolist()}


def in_evaluation(layer: Layer, x: Shape) -> torch.nn.Module:
    module = built(layer, known_sizes(x)).double().eval()
    for parameter in module.parameters():
        # Above 0, so that nothing cancels; not all alike, for those that are standardised would all be 0.
        parameter.detach().copy_(torch.linspace(1, 2, parameter.numel()).square().view_as(parameter))
    return module


def local(layer: Layer, x: Shape) -> bool:
    """Whether the layer works on what it has learnt, not on the batch."""
    return not layer.batch_statistics or bool(layer.buffers(x))


def check_window(kind: type[Layer], examples: int = 25, fewest: int = 1) -> tuple[int, int]:
    """Of the cases of a kind that see something through windows, how many are told exactly, and how many there are.

    Only those of so many pixels count: any window sees all of a single one.
    """
    tally = [0, 0]

    @steady(examples)
    @given(cases(kind))
    def run(case: Case) -> None:
        layer, x = case
        if failing(layer, x) or prod(places(x)) > MOST or not local(layer, x):
            return
        windows = layer.window(x)
        if windows is None:
            return
        found = depended_on(in_evaluation(layer, x), x)
        inside = set(product(*(range(n) for n in known_sizes(places(x)))))
        told = {(place, pixel) for place, pixel in seen_by(windows, places(layer.out(x))) if pixel in inside}
        assert found <= told, (layer, x)
        # A softmax over one value is one, whatever arrives.
        if found and len(inside) >= fewest:
            tally[0] += found == told
            tally[1] += 1

    run()
    return tally[0], tally[1]


# What is learnt sees nothing of what arrives, and so has no window; what is looked up, or made waves of, is held in
# test_embedding.py, and in test_windows.py.
@pytest.mark.parametrize(
    "kind",
    [
        name
        for name, kind in ONE_INPUT.items()
        if not (kind.ignores_values or kind.looks_up or kind.own_buffer or name == "sinusoidal_embedding")
    ],
)
def test_the_window_of_every_kind_is_what_torch_sees(kind: str) -> None:
    exact, all_of_them = next(found for n in (25, 250) if (found := check_window(KINDS[kind], n))[0])
    # Not all: where a kind is constant over a stretch, a change may be lost in it. The first draws may all be such.
    # What is turned in pairs is told by the width that they are of, exactly where that is one pair.
    assert exact >= (1 if kind == "rotary" else all_of_them / 2)


@pytest.mark.parametrize(
    ("kind", "window"),
    [
        ("conv2d", lambda self, x: (Window(3, 1, 1),) * 2),
        ("max_pool1d", lambda self, x: tuple(Window(k, s, 0) for _, k, s, _, _ in self._along_axes(x))),
        ("softmax", lambda self, x: (Window(),) * len(places(x))),
        ("relu", lambda self, x: (Window(3, 1, 1),) * len(places(x))),
    ],
)
def test_a_wrong_window_is_found(kind: str, window: Any) -> None:
    broken = new_class(KINDS[kind].__name__, (KINDS[kind],), exec_body=lambda body: body.update(window=window))
    try:
        exact, all_of_them = check_window(broken, examples=100, fewest=2)
    except (AssertionError, BaseExceptionGroup):
        return
    assert exact < all_of_them / 2


@steady(60)
@given(spec_texts())
def test_no_network_sees_more_than_its_fields(text: str) -> None:
    report = archcalc.check_text(text)
    assert report.facts is not None
    x = report.facts.input
    modules = []
    for layer, seen in zip(report.layers, receptive_fields(report.facts), strict=True):
        assert layer.step.layer is not None
        assert layer.input is not None
        assert layer.output is not None
        if prod(places(x)) > MOST or not local(layer.step.layer, layer.input):
            return
        modules.append(in_evaluation(layer.step.layer, layer.input))
        if seen.fields is None or len(places(layer.output)) != len(seen.fields):
            continue
        # Axes in another order are those of ``test_receptive_graphs``.
        if any(at not in (None, axis) for axis, at in enumerate(seen.at, 1)):
            continue
        windows = tuple(Window(field.size, field.stride, field.padding) for field in seen.fields)
        found = depended_on(torch.nn.Sequential(*modules), known_sizes(x))
        assert found <= seen_by(windows, places(layer.output)), layer.name


# Where there is no window


def fields_of_text(rows: str, input: str = "[1, 8, 6]") -> list[Any]:
    report = archcalc.check_text(f"archcalc: 1\nname: Small\ninput: {input}\nlayers:\n{rows}")
    assert report.facts is not None
    return [seen.fields for seen in receptive_fields(report.facts)]


def test_behind_a_flatten_a_linear_layer_sees_everything() -> None:
    rows = "".join(
        f"  - {{kind: {row}}}\n"
        for row in ("conv2d, out_channels: 1, kernel_size: 3", "flatten", "relu", "linear, out_features: 2", "softmax")
    )
    conv, flat, relu, linear, softmax = fields_of_text(rows)
    assert conv == (ReceptiveField(3, 1, 0), ReceptiveField(3, 1, 0))
    assert flat is None
    assert relu is None
    assert linear == softmax == (ReceptiveField(8, 0, 0), ReceptiveField(6, 0, 0))


def test_adaptive_pooling_has_one_window_where_sizes_divide() -> None:
    pools = ("{output_size: [4, 3]}", "{output_size: [4, 4]}", "{output_size: 1}")
    rows = [f"  - {{kind: adaptive_avg_pool2d, {pool[1:-1]}}}\n" for pool in pools]
    assert fields_of_text(rows[0]) == [(ReceptiveField(2, 2, 0), ReceptiveField(2, 2, 0))]
    assert fields_of_text(rows[1]) == [None]
    assert fields_of_text(rows[1] + rows[2]) == [None, (ReceptiveField(8, 0, 0), ReceptiveField(6, 0, 0))]


def test_a_network_of_features_sees_features() -> None:
    rows = "  - {kind: relu}\n  - {kind: linear, out_features: 2}\n"
    assert fields_of_text(rows, "[5]") == [(ReceptiveField(1, 1, 0),), (ReceptiveField(5, 0, 0),)]


def test_nothing_is_told_below_a_layer_that_cannot_be_built() -> None:
    rows = "  - {kind: relu}\n  - {kind: nonesuch}\n  - {kind: conv2d, out_channels: 1, kernel_size: 3}\n"
    assert fields_of_text(rows) == [(ReceptiveField(1, 1, 0),) * 2, None, None]


def test_a_convolution_whose_padding_repeats_the_input_has_no_window() -> None:
    # Of circular padding place 0 sees the last pixel too.
    conv = "  - {kind: conv2d, out_channels: 1, kernel_size: 3, padding: P, padding_mode: circular}\n"
    assert fields_of_text(conv.replace("P", "1")) == [None]
    assert fields_of_text(conv.replace("P", "0")) == [(ReceptiveField(3, 1, 0),) * 2]


# Axes that come and go


def test_an_axis_that_is_gone_runs_along_none_that_comes_later() -> None:
    """A mean over the rows leaves no axis of rows; one of a single place that is put in is another."""
    text = """archcalc: 1
name: Columns
input: [4, 8, 9]
layers:
  - {kind: mean, dim: 2}
  - {kind: reshape, shape: [4, 1, 9]}
  - {kind: conv2d, out_channels: 4, kernel_size: 3, padding: 1}
  - {kind: permute, dims: [0, 1, 3, 2]}
"""
    report = archcalc.check_text(text)
    assert report.facts is not None
    assert [seen.at for seen in receptive_fields(report.facts)] == [(None, 1), (None, 2), (None, 2), (None, 1)]


@pytest.mark.parametrize(
    "first", ["{kind: relu, from: nowhere}", "{kind: add, from: [nowhere, input]}", "{kind: sofa}"]
)
def test_where_no_field_is_told_it_is_said_why(first: str) -> None:
    layers = (
        f"[{first}, {{kind: conv2d, out_channels: 3, kernel_size: 3}}, {{kind: adaptive_avg_pool2d, output_size: 1}}]"
    )
    report = archcalc.check_text(f"archcalc: 1\nname: Broken\ninput: [4, 8, 9]\nlayers: {layers}\n")
    assert report.facts is not None
    for seen in receptive_fields(report.facts):
        assert (seen.fields is None) == (seen.why is not None)


def test_what_is_learnt_sees_nothing_and_hides_nothing_of_what_it_is_added_to() -> None:
    """As a table of positions that is added to a map."""
    text = """archcalc: 1
name: Positions
input: [4, 8, 9]
layers:
  - {name: conv, kind: conv2d, out_channels: 4, kernel_size: 3, padding: 1}
  - {name: table, kind: parameter, shape: [4, 8, 9]}
  - {name: sum, kind: add, from: [conv, table]}
"""
    report = archcalc.check_text(text)
    assert report.facts is not None
    conv, table, both = receptive_fields(report.facts)
    assert (table.blank, table.why) == (True, "`table` is learnt, and sees nothing of the input")
    assert (both.blank, both.fields) == (False, conv.fields)
