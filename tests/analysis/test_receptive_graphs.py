"""Receptive fields through joins, gates and permuted axes, by changing one pixel after the other in torch."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import archcalc
from archcalc.analysis import receptive_field
from archcalc.analysis.axis_field import ReceptiveField
from archcalc.analysis.receptive_field import Seen, receptive_fields
from archcalc.layers.kinds import arrange
from archcalc.layers.working import Trace, Window, places
from archcalc.reports.explanation_text import render
from archcalc.sizes.rules import known_size, known_sizes
from tests.support.draw_layers import steady
from tests.support.torch_oracle import built

SIDES = (11, 9)
"""The height and width of what the networks take: small enough to change each pixel, and not alike."""


def spec(rows: list[str], sides: tuple[int, ...] = SIDES) -> str:
    shape = ", ".join(map(str, sides))
    return f"archcalc: 1\nname: Small\ninput: [2, {shape}]\nlayers:\n" + "".join(f"  - {{{row}}}\n" for row in rows)


@st.composite
def blocks(draw: st.DrawFn, name: str, before: str) -> tuple[list[str], str]:
    """Layers that take ``before``, and the last one's name."""
    what = draw(st.sampled_from(["conv", "conv", "pool", "mlp", "gate", "half gate", "residual", "turn", "mean"]))
    kernel, stride = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    conv = f"kind: conv2d, out_channels: 2, kernel_size: [{kernel}, 2], stride: [{stride}, 1], padding: [1, 1]"
    if what == "conv":
        return [f"name: {name}, {conv}, from: {before}"], name
    if what == "pool":
        size = draw(st.sampled_from(["[2, null]", "[null, 3]", "[1, null]", "[4, 2]"]))
        return [f"name: {name}, kind: adaptive_avg_pool2d, output_size: {size}, from: {before}"], name
    if what == "turn":
        return [f"name: {name}, kind: permute, dims: [0, 1, 3, 2], from: {before}"], name
    if what == "mean":
        return [f"name: {name}, kind: mean, dim: {draw(st.sampled_from([2, 3]))}, keepdim: true, from: {before}"], name
    if what == "residual":
        inner = f"name: {name}_a, kind: conv2d, out_channels: 2, kernel_size: 3, padding: 1, from: {before}"
        return [inner, f"name: {name}, kind: add, from: [{name}_a, {before}]"], name
    if what == "mlp":
        # As ConvNeXt's: the channels last, and back.
        rows = [
            f"name: {name}_a, kind: permute, dims: [0, 2, 3, 1], from: {before}",
            f"name: {name}_b, kind: layer_norm",
            f"name: {name}_c, kind: linear, in_features: 2, out_features: 2",
            f"name: {name}_d, kind: softplus",
            f"name: {name}, kind: permute, dims: [0, 3, 1, 2]",
        ]
        return rows, name
    size = "1" if what == "gate" else draw(st.sampled_from(["[1, null]", "[null, 1]"]))
    rows = [
        f"name: {name}_a, kind: adaptive_avg_pool2d, output_size: {size}, from: {before}",
        f"name: {name}_b, kind: conv2d, out_channels: 2, kernel_size: 1",
        f"name: {name}_c, kind: sigmoid",
        f"name: {name}, kind: multiply, from: [{name}_c, {before}]",
    ]
    return rows, name


@st.composite
def texts(draw: st.DrawFn) -> str:
    rows, before = [], "input"
    for number in range(draw(st.integers(1, 4))):
        more, before = draw(blocks(f"n{number}", before))
        rows += more
    return spec(rows)


def values(report: archcalc.Report, batch: torch.Tensor) -> list[torch.Tensor]:
    """What every layer gives, from weights above 0, so that nothing cancels."""
    torch.default_generator.manual_seed(1)
    found = [batch]
    for layer in report.layers:
        arriving, one = [found[source] for source in layer.step.sources], layer.step.layer
        assert one is not None
        if len(arriving) > 1:
            joined = {"add": torch.add, "multiply": torch.mul, "concat": lambda a, b: torch.cat((a, b), 1)}[one.kind]
            found.append(joined(*arriving))  # type: ignore[operator]
            continue
        module = built(one, tuple(arriving[0].shape[1:])).double().eval()
        for parameter in module.parameters():
            torch.nn.init.uniform_(parameter, 0.1, 0.9)
        found.append(module(arriving[0]))
    return found[1:]


def changed_by_each_pixel(report: archcalc.Report) -> list[torch.Tensor]:
    """Of each layer's output where it changes with which pixel of the input: (pixels…, channels and places…)."""
    x = report.input or ()
    pixels = list(product(*(range(n) for n in known_sizes(places(x)))))
    base = torch.rand(1, *known_sizes(x), dtype=torch.float64)
    batch = base.repeat(1 + len(pixels), 1, 1, 1)
    for at, pixel in enumerate(pixels, 1):
        batch[(at, slice(None), *pixel)] += torch.linspace(0.5, 1.5, known_size(x[0]), dtype=torch.float64)  # type: ignore[index]
    with torch.no_grad():
        given = values(report, batch)
    return [
        ((one[1:] - one[0]).abs() > 1e-11).reshape(*known_sizes(places(x)), *one.shape[1:]) for one in given
    ]  # fmt: skip


def told(seen: Any, axis: int, pixel: int, place: tuple[int, ...]) -> bool:
    """Whether a place, of channel and pixels, is said to see pixels with this number along an axis of the input."""
    assert seen.fields is not None
    field, at = seen.fields[axis], seen.at[axis]
    first = (0 if at is None else place[at] * field.stride) - field.padding
    local = first <= pixel < first + field.size
    beside = seen.besides[axis] if seen.besides else None
    return local or (beside is not None and -beside.padding <= pixel < beside.size - beside.padding)


def check(text: str) -> list[tuple[int, int]]:
    """Assert that no place sees more than is said. Returns of each layer that is told how much it sees, of how much."""
    report = archcalc.check_text(text)
    if not report.ok:
        return []
    assert report.facts is not None
    tally = []
    for seen, changes in zip(receptive_fields(report.facts), changed_by_each_pixel(report), strict=True):
        if seen.fields is None:
            assert seen.why
            continue
        assert seen.why is None
        count = [0, 0]
        for axis, n in enumerate(SIDES):
            # By axis: which pixel numbers along it matter to a place, whatever they are along the other.
            along = changes.any(1 - axis)
            for pixel in range(n):
                for place in product(*(range(size) for size in along.shape[1:])):
                    if bool(along[(pixel, *place)]):
                        assert told(seen, axis, pixel, place), (seen.layer.name, axis, pixel, place)
                        count[0] += 1
                    count[1] += told(seen, axis, pixel, place)
        tally.append((count[0], count[1]))
    return tally


def check_all() -> tuple[int, int]:
    """How many layers of drawn networks are told exactly, and how many are told."""
    tally: list[tuple[int, int]] = []

    @steady(80)
    @given(texts())
    def run(text: str) -> None:
        tally.extend(check(text))

    run()
    return sum(one == other for one, other in tally), len(tally)


def test_no_place_sees_more_than_is_told_and_most_see_all_of_it() -> None:
    exact, layers = check_all()
    assert layers > 150
    # Strides beyond a kernel leave holes, and padding takes the place of pixels: how often is the draw's, about 4 in 5.
    assert exact > 0.6 * layers, (exact, layers)


MUTANTS: dict[str, tuple[Any, str, Any]] = {
    "permute leaves the axes where they are": (
        arrange.Permute, "traces", lambda self, x: (Trace((Window(),) * len(x), tuple(range(len(x)))),)),
    "a gate is not told": (receptive_field, "_merged", lambda view: receptive_field._View(
        view.fields, view.at, (None,) * len(view.at))),
    "a join sees its last value only": (receptive_field, "_union", lambda one, other, layer: other),
    "a window is not followed": (ReceptiveField, "through", lambda self, window: self),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_what_is_told_wrongly_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*MUTANTS[name])
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        check_all()


# Known answers


def seen_of(rows: list[str], name: str, sides: tuple[int, ...] = SIDES) -> tuple[Seen, str]:
    report = archcalc.check_text(spec(rows, sides))
    assert report.ok, report.diagnostics
    explained = archcalc.explain(report, name)
    return explained.seen, render(explained)


GATE = [
    "name: conv, kind: conv2d, out_channels: 2, kernel_size: 3, padding: 1",
    "name: pool, kind: adaptive_avg_pool2d, output_size: 1",
    "name: fc, kind: conv2d, out_channels: 2, kernel_size: 1",
    "name: sigmoid, kind: sigmoid",
    "name: scale, kind: multiply, from: [sigmoid, conv]",
    "name: next, kind: conv2d, out_channels: 2, kernel_size: 3, stride: 2, padding: 1",
    "name: all, kind: mean, dim: [2, 3]",
]


def test_behind_a_gate_the_window_of_the_local_path_is_told_and_that_everything_is_seen() -> None:
    seen, text = seen_of(GATE, "next")
    assert seen.fields == (ReceptiveField(5, 2, 2),) * 2
    assert (seen.everything, seen.through, seen.why) == (True, "scale", None)
    assert "place j sees pixels 2·j − 2 … 2·j + 2 on the local path" in text
    assert "every place sees everything, too, through `scale`" in text
    assert "5 × 5 and everything" in text


def test_behind_the_gate_of_one_axis_it_is_said_which_pixels_are_seen() -> None:
    seen, text = seen_of([GATE[0], GATE[1].replace("1", "[1, null]"), *GATE[2:]], "next")
    assert seen.fields == (ReceptiveField(5, 2, 2),) * 2
    assert seen.besides is not None
    assert seen.besides[1] is None
    assert not seen.everything
    assert "every place sees pixels −1 … 11 of H, too, through `scale`" in text


def test_what_takes_the_mean_of_a_gated_map_sees_everything() -> None:
    seen, text = seen_of(GATE, "all")
    assert seen.besides is None
    assert "every place sees" not in text
    assert "the whole input" in text


def test_channels_last_are_places_still() -> None:
    rows = [
        "name: conv, kind: conv2d, out_channels: 4, kernel_size: 3, stride: 2",
        "name: last, kind: permute, dims: [0, 2, 3, 1]",
        "name: norm, kind: layer_norm",
        "name: linear, kind: linear, in_features: 4, out_features: 6",
        "name: over, kind: linear, in_features: 6, out_features: 4",
        "name: back, kind: permute, dims: [0, 3, 1, 2]",
        "name: next, kind: conv2d, out_channels: 4, kernel_size: 2",
    ]
    for name in ("last", "norm", "linear", "over", "back"):
        assert seen_of(rows, name)[0].fields == (ReceptiveField(3, 2, 0),) * 2, name
    assert seen_of(rows, "next")[0].fields == (ReceptiveField(5, 2, 0),) * 2


def test_a_linear_layer_along_an_axis_of_pixels_sees_all_of_it() -> None:
    rows = [
        "name: turned, kind: permute, dims: [0, 3, 1, 2]",
        "name: line, kind: linear, in_features: 11, out_features: 5",
    ]
    assert seen_of(rows, "line")[0].fields == (ReceptiveField(11, 0, 0), ReceptiveField(1, 1, 0))


@pytest.mark.parametrize(
    ("rows", "name", "why"),
    [
        (["name: flat, kind: flatten"], "flat",
         "`flat` puts places into another order, which is not a grid over the input"),
        (["name: up, kind: upsample, scale_factor: 2", "name: relu, kind: relu"], "relu",
         "the places of `up` see windows of different sizes, or at different distances"),
        (["name: a, kind: conv2d, out_channels: 2, kernel_size: [5, 1], from: input",
          "name: b, kind: max_pool2d, kernel_size: [2, 1], padding: [1, 0], stride: [2, 1], from: input",
          "name: c, kind: pad, padding: [0, 0, 0, 1], from: b",
          "name: sum, kind: add, from: [a, c]"], "sum",
         "`sum` joins places that go in steps of 1 and of 2 pixels of the input"),
        (["name: turned, kind: permute, dims: [0, 1, 3, 2]", "name: sum, kind: add, from: [turned, input]"], "sum",
         "`sum` joins places whose axes are in different orders"),
    ],
)  # fmt: skip
def test_where_no_window_is_told_the_reason_is_the_true_one(rows: list[str], name: str, why: str) -> None:
    seen, text = seen_of(rows, name, (9, 9) if "turned" in rows[0] else SIDES)
    assert seen.fields is None
    assert seen.why == why
    assert why in text


@pytest.mark.parametrize(("n", "size"), list(product(range(1, 14), range(1, 14))))
def test_adaptive_windows_are_told_exactly_where_they_are_regular(n: int, size: int) -> None:
    ends = [(j * n // size, -((j + 1) * -n // size)) for j in range(size)]
    starts = [first for first, _ in ends]
    regular = len({last - first for first, last in ends}) == 1 and len({b - a for a, b in pairwise(starts)}) <= 1
    seen, _ = seen_of([f"name: pool, kind: adaptive_avg_pool2d, output_size: [{size}, 1]"], "pool", (n, 2))
    assert (seen.fields is not None) == regular
    if seen.fields is not None:
        field = seen.fields[0]
        assert [
            (j * field.stride - field.padding, j * field.stride - field.padding + field.size) for j in range(size)
        ] == ends
