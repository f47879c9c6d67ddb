"""Networks along one axis, most of which leave out a pixel somewhere."""

from __future__ import annotations

from hypothesis import strategies as st

SORTS = ["conv", "conv", "conv", "pool", "pool", "residual", "halves", "other", "repeated", "mlp"]

MODES = ["zeros", "zeros", "zeros", "reflect", "replicate", "circular"]


def spec(rows: list[str], n: int = 37) -> str:
    return f"archcalc: 1\nname: Line\ninput: [2, {n}]\nlayers:\n" + "".join(f"  - {{{row}}}\n" for row in rows)


@st.composite
def blocks(draw: st.DrawFn, name: str, before: str) -> list[str]:
    """Layers of which the first takes ``before`` and the last is ``name``; most leave something out somewhere."""
    what = draw(st.sampled_from(SORTS))
    if what == "conv":
        k, s, p, d = (draw(st.integers(*bounds)) for bounds in ((1, 4), (1, 3), (0, 2), (1, 2)))
        fields = (
            f"kernel_size: {k}, stride: {s}, padding: {p}, dilation: {d}, padding_mode: {draw(st.sampled_from(MODES))}"
        )
        return [f"name: {name}, kind: conv1d, out_channels: 2, {fields}, from: {before}"]
    if what == "pool":
        k, s, ceil = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.sampled_from(["true", "false"]))
        kind = draw(st.sampled_from(["max_pool1d", "avg_pool1d"]))
        return [f"name: {name}, kind: {kind}, kernel_size: {k}, stride: {s}, ceil_mode: {ceil}, from: {before}"]
    if what == "residual":
        # As a ResNet's: one branch steps over pixels that the other one sees.
        return [
            f"name: {name}_a, kind: conv1d, out_channels: 2, kernel_size: 3, stride: 2, padding: 1, from: {before}",
            f"name: {name}_b, kind: conv1d, out_channels: 2, kernel_size: 1, stride: 2, from: {before}",
            f"name: {name}, kind: add, from: [{name}_a, {name}_b]",
        ]
    if what == "halves":
        # Every other pixel by one branch, those between by the other.
        return [
            f"name: {name}_a, kind: conv1d, out_channels: 2, kernel_size: 1, stride: 2, from: {before}",
            f"name: {name}_b, kind: slice, dim: 2, start: 1, from: {before}",
            f"name: {name}_c, kind: pad, padding: [0, 1]",
            f"name: {name}_d, kind: conv1d, out_channels: 2, kernel_size: 1, stride: 2",
            f"name: {name}, kind: concat, from: [{name}_a, {name}_d]",
            f"name: {name}_e, kind: conv1d, out_channels: 2, kernel_size: 1",
        ]
    if what == "repeated":
        mode, p = draw(st.sampled_from(["replicate", "reflect", "circular"])), draw(st.integers(0, 3))
        return [f"name: {name}, kind: pad, padding: [{p}, {draw(st.integers(0, 3))}], mode: {mode}, from: {before}"]
    if what == "mlp":
        return [
            f"name: {name}_a, kind: permute, dims: [0, 2, 1], from: {before}",
            f"name: {name}_b, kind: linear, in_features: 2, out_features: 2",
            f"name: {name}, kind: permute, dims: [0, 2, 1]",
        ]
    row = draw(
        st.sampled_from(
            [
                "kind: slice, dim: 2, start: 1",
                "kind: slice, dim: 2, stop: -1",
                "kind: slice, dim: 2, start: -3",
                "kind: pad, padding: [1, 2]",
                "kind: upsample, scale_factor: 2",
                "kind: upsample, scale_factor: 2, mode: linear",
                "kind: upsample, size: 7",
                "kind: conv_transpose1d, out_channels: 2, kernel_size: 3, stride: 2, padding: 1",
                "kind: conv_transpose1d, out_channels: 2, kernel_size: 2, stride: 1, padding: 1",
                "kind: adaptive_avg_pool1d, output_size: 3",
                "kind: adaptive_max_pool1d, output_size: 4",
                "kind: mean, dim: 2, keepdim: true",
            ]
        )
    )
    return [f"name: {name}, {row}, from: {before}"]


@st.composite
def texts(draw: st.DrawFn) -> str:
    rows, before = [], "input"
    for number in range(draw(st.integers(1, 4))):
        rows += draw(blocks(f"n{number}", before))
        before = rows[-1].split(",")[0].removeprefix("name: ")
    return spec(rows)


@st.composite
def hidden(draw: st.DrawFn) -> str:
    """Networks that put places where they are not followed, or join them, with layers behind that leave some out."""
    rows = draw(blocks("first", "input")) if draw(st.booleans()) else ["name: first, kind: relu, from: input"]
    hides = draw(
        st.sampled_from(
            [
                ["kind: flatten", "kind: reshape, shape: [2, -1]"],
                ["kind: reshape, shape: [-1]", "kind: reshape, shape: [1, -1]"],
                ["kind: flatten", "kind: linear, out_features: 6", "kind: reshape, shape: [2, 3]"],
                ["kind: reshape, shape: [2, -1, 1]", "kind: flatten, start_dim: 2"],
                ["kind: reshape, shape: [2, 1, -1]", "kind: mean, dim: 2"],
                ["name: beside, kind: concat, from: [first, input]"],
                ["kind: slice, dim: 2, start: 1", "name: beside, kind: concat, dim: 2, from: [first, first]"],
            ]
        )
    )
    leaving = draw(
        st.lists(
            st.sampled_from(
                [
                    "kind: slice, dim: 1, start: 0, stop: 1",
                    "kind: slice, dim: 1, start: 1",
                    "kind: slice, dim: -1, start: 0, stop: 1",
                    "kind: slice, dim: -1, start: 1",
                    "kind: conv1d, out_channels: 2, kernel_size: 1, stride: 2",
                    "kind: conv1d, out_channels: 2, kernel_size: 1",
                    "kind: avg_pool1d, kernel_size: 2",
                    "kind: relu",
                ]
            ),
            max_size=3,
        )
    )
    return spec([*rows, *hides, *leaving])
