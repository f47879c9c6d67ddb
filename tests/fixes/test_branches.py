"""What is put between a join and one of its branches: so that it fits, and only where that is what was meant."""

from __future__ import annotations

import pytest

from archcalc.pipeline import find_fixes
from tests.support.broken_specs import after, errors
from tests.support.small import checked

POOLED = ("{name: g, kind: adaptive_avg_pool2d, output_size: 1}", "{name: f, kind: flatten}")
"""A number for each channel, as Hu et al. 2018 squeeze a map."""


def offered(shape: str, *layers: str) -> dict[str, list[str]]:
    """The layers that each edit puts in, by the edit; each is made, and leaves no error."""
    report = checked(*layers, head=f"archcalc: 1\nname: Small\ninput: {shape}\nlayers:\n")
    assert errors(report)
    before = {layer.name for layer in report.layers}
    found = {}
    for fix in find_fixes(report):
        fixed = after(report, fix)
        assert errors(fixed) == []
        found[fix.edit] = [layer.kind for layer in fixed.layers if layer.name not in before]
    return found


@pytest.mark.parametrize("sources", ["[a, input]", "[input, a]"])
def test_of_two_sequences_one_is_turned_where_the_other_has_its_axes_in_another_order(sources: str) -> None:
    edits = offered("[6, 8]", "{name: a, kind: permute, dims: [0, 2, 1]}", f"{{name: s, kind: add, from: {sources}}}")
    assert list(edits.values())[:2] == [["permute"], ["permute"]]
    assert all("dims: [0, 2, 1]" in edit for edit in [*edits][:2])


@pytest.mark.parametrize("features", [6, 9])
def test_what_differs_in_a_width_is_not_turned(features: int) -> None:
    layer = f"{{name: a, kind: linear, out_features: {features}}}"
    assert not any("permute" in made for made in offered("[6, 8]", layer, "{kind: add, from: [a, input]}").values())


@pytest.mark.parametrize(
    ("shape", "sources", "made"),
    [
        ("[16, 8, 8]", "[f, input]", "shape: [16, 1, 1]} above m; m from: [f_map, input]"),
        ("[16, 8, 8]", "[input, f]", "shape: [16, 1, 1]} above m; m from: [input, f_map]"),
        ("[16, 8]", "[input, f]", "shape: [16, 1]} above m; m from: [input, f_map]"),
    ],
)
def test_a_number_for_each_channel_is_made_a_map_of_one_pixel(shape: str, sources: str, made: str) -> None:
    pool = f"{{name: g, kind: adaptive_avg_pool{shape.count(',')}d, output_size: 1}}"
    edits = offered(shape, pool, POOLED[1], f"{{name: m, kind: multiply, from: {sources}}}")
    assert edits[f"{{name: f_map, kind: reshape, from: f, {made}"] == ["reshape"]


def test_features_are_not_made_a_map_for_a_map_of_other_channels() -> None:
    """A single channel would be repeated for each of them, which nobody means."""
    conv = "{kind: conv2d, out_channels: 16, kernel_size: 1}"
    edits = offered("[1, 8, 8]", conv, *POOLED, "{name: m, kind: multiply, from: [f, input]}")
    assert edits
    assert not any("reshape" in made for made in edits.values())


@pytest.mark.parametrize(("sources", "place"), [("[input, f]", 0), ("[f, input]", 1)])
def test_a_map_that_joins_features_is_pooled_to_features(sources: str, place: int) -> None:
    (edit,) = (
        edit
        for edit, made in offered("[16, 8, 8]", *POOLED, f"{{name: c, kind: concat, from: {sources}}}").items()
        if made == ["adaptive_avg_pool2d", "flatten"]
    )
    assert edit.endswith("c from: [input_flat, f]" if place == 0 else "c from: [f, input_flat]")


@pytest.mark.parametrize(("border", "axes"), [("5", "hw"), ("[5, 1]", "h"), ("[1, 5]", "w")])
def test_a_skip_is_cut_to_its_middle_along_each_axis_that_is_larger(border: str, axes: str) -> None:
    """As the U-Net of Ronneberger et al. 2015: what two pixels of border on either side have taken off."""
    convs = (
        f"{{name: a, kind: conv2d, out_channels: 4, kernel_size: {border}}}",
        "{name: b, kind: conv2d, out_channels: 4, kernel_size: 1, from: input}",
    )
    edits = offered("[1, 40, 40]", *convs, "{name: c, kind: concat, from: [a, b]}")
    cut = next(edit for edit, made in edits.items() if "slice" in made)
    assert edits[cut] == ["slice"] * len(axes)
    assert [f"dim: {dim}, start: 2, stop: 38" in cut for dim in (2, 3)] == ["h" in axes, "w" in axes]


def test_what_is_concatenated_is_cut_along_its_places_alone() -> None:
    rows = (
        "{name: wide, kind: conv2d, out_channels: 12, kernel_size: 1}",
        "{name: low, kind: conv2d, out_channels: 8, kernel_size: 1, stride: 2}",
        "{name: both, kind: concat, from: [wide, low]}",
    )
    (cut,) = [fix.edit for fix in find_fixes(checked(*rows)) if "crop" in fix.edit]
    assert "dim: 2" in cut
    assert "dim: 1" not in cut


def test_a_map_is_cut_to_its_middle_whatever_its_kernels_a_sequence_to_its_end() -> None:
    conv = "{name: conv, kind: conv2d, out_channels: 8, kernel_size: 4}"
    edits = offered("[8, 32, 32]", conv, "{name: sum, kind: concat, from: [input, conv]}")
    assert "start: 1, stop: 30" in next(edit for edit, made in edits.items() if "slice" in made)
    edits = offered("[8, 32]", conv.replace("2d", "1d"), "{name: sum, kind: concat, from: [input, conv]}")
    assert "start: 3, stop: 32" in next(edit for edit, made in edits.items() if "slice" in made)
