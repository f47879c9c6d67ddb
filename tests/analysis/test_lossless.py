"""Sizes that lose no pixel against torch's gradients: a pixel is lost where no output depends on it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import pytest
import torch
from hypothesis import Phase, example, given, settings
from msgspec.structs import replace

import archcalc
from archcalc.analysis import lossless, seen_ends, seen_places
from archcalc.analysis.axis_ways import Way
from archcalc.analysis.legal_inputs import legal, pinned, tried
from archcalc.layers.working import Window
from archcalc.network.graph import Graph
from archcalc.reports.text import render as report_text
from tests.support.draw_layers import steady
from tests.support.draw_lines import hidden, spec, texts
from tests.support.lossless_oracle import NEAR, seen_pixels, wrong


def resized(mode: str, then: str) -> str:
    """A map of another size, used in part."""
    rows = f"  - {{kind: upsample, size: 7, mode: {mode}}}\n  - {{kind: avg_pool1d, {then}}}\n"
    return f"archcalc: 1\nname: Resized\ninput: [1, 6]\nlayers:\n{rows}"


@settings(max_examples=max(10, settings().max_examples // 4))
@given(texts())
@example(resized("nearest", "kernel_size: 1, stride: 2"))
@example(resized("nearest", "kernel_size: 2, stride: 2"))
@example(resized("nearest", "kernel_size: 2, stride: 3"))
@example(resized("nearest", "kernel_size: 3, stride: 2"))
@example(resized("area", "kernel_size: 1, stride: 2"))
@example(resized("area", "kernel_size: 2, stride: 3"))
@example(resized("linear", "kernel_size: 1, stride: 2"))
@example(resized("linear", "kernel_size: 3, stride: 2"))
def test_a_size_loses_no_pixel_exactly_where_every_pixel_has_a_gradient(text: str) -> None:
    report = archcalc.check_text(text)
    if report.ok and report.facts is not None:
        assert wrong(pinned(report.facts)) == []


@settings(max_examples=max(10, settings().max_examples * 3 // 4))
@given(hidden())
def test_what_is_not_followed_is_not_called_lossless(text: str) -> None:
    report = archcalc.check_text(text)
    if report.ok and report.facts is not None:
        assert wrong(pinned(report.facts)) == []


@pytest.mark.parametrize(
    ("rows", "known"),
    [
        (["kind: flatten", "kind: linear, out_features: 3"], True),
        (["kind: flatten", "kind: linear, out_features: 3", "kind: slice, dim: 1, start: 0, stop: 1"], True),
        (["kind: flatten", "kind: slice, dim: 1, start: 0, stop: 8"], False),
        (["kind: flatten, start_dim: 2", "kind: conv1d, out_channels: 1, kernel_size: 1, stride: 2"], False),
        (["kind: flatten, start_dim: 2", "kind: conv1d, out_channels: 1, kernel_size: 2, stride: 2"], True),
        (["kind: reshape, shape: [1, 4, 2, 8]", "kind: slice, dim: 3, start: 0, stop: 1"], False),
        (["kind: pixel_unshuffle, downscale_factor: 2", "kind: slice, dim: 1, start: 0, stop: 1"], False),
        (["kind: pixel_unshuffle, downscale_factor: 2", "kind: conv2d, out_channels: 4, kernel_size: 1, groups: 4",
          "kind: slice, dim: 1, start: 0, stop: 1"], False),
        (["kind: pixel_unshuffle, downscale_factor: 2", "kind: conv2d, out_channels: 4, kernel_size: 1",
          "kind: slice, dim: 1, start: 0, stop: 1"], True),
        (["name: u, kind: pixel_unshuffle, downscale_factor: 2", "name: a, kind: slice, dim: 1, start: 0, stop: 1",
          "name: b, kind: slice, dim: 1, start: 1, from: u", "name: c, kind: concat, from: [a, b]"], True),
        (["name: a, kind: slice, dim: 2, start: 0, stop: 4",
          "name: b, kind: slice, dim: 2, start: 4, stop: 8, from: input",
          "kind: concat, from: [a, b]", "kind: slice, dim: 1, start: 0, stop: 1"], False),
        (["name: a, kind: slice, dim: 2, start: 0, stop: 4",
          "name: b, kind: slice, dim: 2, start: 4, stop: 8, from: input",
          "kind: concat, from: [a, b]", "kind: conv2d, out_channels: 2, kernel_size: 1",
          "kind: slice, dim: 1, start: 0, stop: 1"], True),
    ],
)  # fmt: skip
def test_behind_hidden_places_only_what_uses_all_is_said_to_lose_none(rows: list[str], known: bool) -> None:
    text = "archcalc: 1\nname: Map\ninput: [1, 8, 8]\nlayers:\n" + "".join(f"  - {{{row}}}\n" for row in rows)
    report = archcalc.check_text(text)
    assert report.legal is not None
    where = report.legal.lossless["H"]
    assert (where is not None and 8 in where) == known
    assert known or where is None
    printed = report_text(report)
    assert ("lose no pixel" in printed or "loses no pixel" in printed) == known


@pytest.mark.parametrize("first", [[2, 1, 3], [3, 2, 1]])
def test_places_that_stand_where_channels_stood_are_followed(first: list[int]) -> None:
    """A map turned, and one row of what stands first kept: torch's gradient vanishes at all the other rows alone."""
    permute, kept = (
        f"{{kind: permute, dims: [0, {', '.join(map(str, first))}]}}",
        "{kind: slice, dim: 1, start: 0, stop: 1}",
    )
    report = archcalc.check_text(f"archcalc: 1\nname: Map\ninput: [3, 8, 8]\nlayers: [{permute}, {kept}]\n")
    assert report.legal is not None
    pixels = torch.rand(1, 3, 8, 8, requires_grad=True)
    torch.autograd.backward([pixels.permute(0, *first)[:, :1].sum()])
    assert pixels.grad is not None
    for name, axis in (("H", 2), ("W", 3)):
        seen = bool((pixels.grad != 0).movedim(axis, 0).flatten(1).any(1).all())
        where = report.legal.lossless[name]
        assert where is not None
        assert (8 in where) == seen
        assert seen == (axis != first[0])


@steady(60)
@given(texts())
def test_what_repeats_was_looked_at_far_enough(text: str) -> None:
    report = archcalc.check_text(text)
    if not report.ok or report.facts is None:
        return
    graph = pinned(report.facts)
    found = legal(graph)
    assert found is not None
    ((name, where),) = found.lossless.items()
    assert where is not None
    for n in (*range(60, 90), *range(500, 520), *range(3_000, 3_010)):
        if n in found.axes[name]:
            assert (n in where) == lossless.sees_all(graph, 1, n), n


@cache
def drawn() -> list[Graph]:
    """Some networks, the same ones every time; those that show what few show come first."""
    graphs = []

    @settings(max_examples=120, derandomize=True, database=None, phases=[Phase.generate])
    @given(texts())
    def keep(text: str) -> None:
        report = archcalc.check_text(text)
        if report.ok and report.facts is not None:
            graphs.append(pinned(report.facts))

    keep()
    more = [
        ["kind: slice, dim: 2, start: 1", "kind: max_pool1d, kernel_size: 2"],
        ["kind: pad, padding: [1, 1], mode: replicate", "kind: avg_pool1d, kernel_size: 1, stride: 2"],
        [
            "name: a, kind: slice, dim: 2, start: 1",
            "name: b, kind: pad, padding: [1, 0]",
            "kind: concat, from: [b, input]",
            "kind: slice, dim: 1, stop: 2",
        ],
    ]
    reports = [archcalc.check_text(spec(rows)) for rows in more]
    return [*(pinned(report.facts) for report in reports if report.facts is not None), *graphs]


@cache
def seen_in_torch(place: int, n: int) -> bool:
    """Whether every pixel of n has a gradient in one of these networks: torch's word, which no mutant changes."""
    return all(seen_pixels(drawn()[place], n))


def wrong_of_drawn() -> Iterator[list[int]]:
    """What is wrong of each of these networks."""
    return (wrong(graph, partial(seen_in_torch, place)) for place, graph in enumerate(drawn()))


def test_the_networks_drawn_lose_pixels_at_some_sizes_and_none_at_others() -> None:
    assert all(tried(graph, graph.input) for graph in drawn())
    some = 0
    for place, graph in enumerate(drawn()):
        whole = {seen_in_torch(place, n) for n in NEAR if tried(graph, (graph.input[0], n))}
        some += len(whole) == 2
    assert some > 20


SURE, PLACES, TOGETHER = seen_ends._in_windows, seen_places.places_seen, lossless._together


def plain(way: Way) -> Way:
    """With zeros for what padding repeats."""
    if way.repeats is None:
        return way
    return replace(way, repeats=None, window=replace(way.repeats.window, padding=way.repeats.before))


MUTANTS: dict[str, tuple[Any, str, Any]] = {
    "padding that counts as pixels": (
        seen_ends, "_in_windows", lambda sure, w: SURE(sure, Window(w.size, w.stride, 0, w.dilation))),
    "windows that leave no hole between them": (
        seen_ends, "_in_windows",
        lambda sure, w: SURE(sure, Window(max(w.size, w.stride), w.stride, w.padding, w.dilation))),
    "a join that sees its last value only": (seen_ends, "_either", lambda one, other: one),
    "padding that repeats nothing": (
        seen_places, "places_seen", lambda given, way, surely: PLACES(given, plain(way), surely)),
    "a value used in part that counts as whole": (
        lossless, "_together", lambda several, uneven, fresh: TOGETHER(several, frozenset(), frozenset())),
    "nothing is looked at": (lossless, "_looked_at", lambda open_, period, whole: open_),
}  # fmt: skip


def test_unharmed_nothing_is_wrong() -> None:
    found = zip(drawn(), wrong_of_drawn(), strict=True)
    assert [(graph.steps, sizes) for graph, sizes in found if sizes] == []


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn()
    monkeypatch.setattr(*MUTANTS[name])
    assert any(wrong_of_drawn()), f"no network shows {name}"
