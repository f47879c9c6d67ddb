"""Sizes that lose no pixel, of networks that a person can follow."""

from __future__ import annotations

import pytest
import torch

import archcalc
from archcalc.analysis.legal_inputs import legal, pinned
from archcalc.sizes.set_notation import sizes_text
from tests.support.draw_lines import spec
from tests.support.lossless_oracle import seen_pixels, wrong


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        # The issue's: at 64 only padding is left over.
        (["kind: conv1d, out_channels: 4, kernel_size: 7, stride: 2, padding: 3"], "any"),
        (["kind: conv1d, out_channels: 4, kernel_size: 7, stride: 2"], "odd sizes from 7 on"),
        (["kind: conv1d, out_channels: 4, kernel_size: 1, stride: 2"], "1"),
        (["kind: conv1d, out_channels: 4, kernel_size: 3, padding: 1",
          "kind: conv1d, out_channels: 4, kernel_size: 1, stride: 2"], "any"),
        (["kind: max_pool1d, kernel_size: 2"], "even sizes"),
        (["kind: conv1d, out_channels: 2, kernel_size: 1, stride: 2, padding: 1, padding_mode: replicate"], "1…3"),
        (["kind: conv1d, out_channels: 2, kernel_size: 3, padding: 1, padding_mode: circular"], "any"),
        (["kind: pad, padding: [1, 1], mode: replicate", "kind: avg_pool1d, kernel_size: 1, stride: 2"], "1…3"),
        (["kind: pad, padding: [1, 1], mode: circular", "kind: avg_pool1d, kernel_size: 1, stride: 2"], "1, 3"),
        (["kind: pad, padding: [1, 1], mode: reflect", "kind: avg_pool1d, kernel_size: 1, stride: 2"], "none"),
        (["kind: conv1d, out_channels: 4, kernel_size: 3, padding: 1", "kind: max_pool1d, kernel_size: 2"], "≥ 2"),
        (["name: c, kind: conv1d, out_channels: 4, kernel_size: 3, stride: 2, padding: 1",
          "kind: upsample_as, from: [c, input], mode: linear"], "any"),
    ],
)  # fmt: skip
def test_known_answers(rows: list[str], said: str) -> None:
    report = archcalc.check_text(spec(rows))
    assert report.facts is not None
    graph = pinned(report.facts)
    found = legal(graph)
    assert found is not None
    assert found.lossless["L"] is not None
    assert sizes_text(found.lossless["L"]) == said
    assert wrong(graph) == []


@pytest.mark.parametrize("mode", ["nearest", "linear"])
@pytest.mark.parametrize("sources", ["[pool, input]", "[input, pool]"])
def test_of_what_only_the_size_is_taken_no_pixel_is_seen(mode: str, sources: str) -> None:
    rows = ["name: pool, kind: max_pool1d, kernel_size: 3", f"kind: upsample_as, from: {sources}, mode: {mode}"]
    report = archcalc.check_text(spec(rows))
    assert report.legal is not None
    assert report.graph is not None
    where = report.legal.lossless["L"]
    assert not all(seen_pixels(report.graph, 10))
    assert where is None or 10 not in where


def test_what_repeats_with_the_last_stride_is_told_beyond_what_was_looked_at() -> None:
    row = "kind: conv1d, out_channels: 2, kernel_size: 3, stride: 3, padding: 1, dilation: 2, padding_mode: replicate"
    report = archcalc.check_text(spec([row]))
    assert report.legal is not None
    where = report.legal.lossless["L"]
    assert where is not None
    assert [n for n in range(1_000, 1_010) if n in where] == [1_002, 1_005, 1_008]
    assert all(seen_pixels(report.graph, 1_002)) if report.graph is not None else False


def test_channels_that_are_turned_away_leave_what_they_were_even() -> None:
    """A row of every channel is left, and of it all columns: what the rows have become are no parted channels."""
    rows = "  - {kind: permute, dims: [0, 2, 1, 3]}\n  - {kind: slice, dim: 1, stop: 1}\n"
    report = archcalc.check_text(f"archcalc: 1\nname: Turned\ninput: [3, 8, 9]\nlayers:\n{rows}")
    assert report.legal is not None
    assert {axis: where and sizes_text(where) for axis, where in report.legal.lossless.items()} == {
        "H": "1",
        "W": "any",
    }
    x = torch.zeros(1, 3, 8, 9, requires_grad=True)
    x.permute(0, 2, 1, 3)[:, :1].sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    seen = x.grad[0].any(0)
    assert (bool(seen.any(0).all()), bool(seen.any(1).all())) == (True, False)
