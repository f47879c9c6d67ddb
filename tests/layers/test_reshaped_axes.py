"""What a reshape does to axes, beside what numbering the values and following them shows."""

from __future__ import annotations

from itertools import pairwise
from math import prod

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archcalc import check_text
from archcalc.diagnostics.model import Diagnostic
from archcalc.layers.kinds.arrange import Reshape
from archcalc.layers.reshaped_axes import Ints, channels_hold_rows, nests, turned

SIZES = st.lists(st.sampled_from([1, 2, 2, 3, 4, 6, 8, 12]), min_size=1, max_size=4).map(tuple)


@st.composite
def readings(draw: st.DrawFn) -> tuple[Ints, Ints]:
    """Sizes, and others of as many values."""
    given_sizes = draw(SIZES)
    rest, read = prod(given_sizes), []
    for _ in range(draw(st.integers(0, 3))):
        read.append(draw(st.sampled_from([n for n in range(1, rest + 1) if rest % n == 0][:12])))
        rest //= read[-1]
    return given_sizes, draw(st.permutations([*read, rest]).map(tuple))


@st.composite
def maps(draw: st.DrawFn) -> tuple[Ints, Ints]:
    """The sizes of a map, and others that nest in them."""
    parts = draw(st.lists(st.sampled_from([1, 2, 2, 3, 4]), min_size=3, max_size=6))
    ends = st.lists(st.integers(1, len(parts) - 1), unique=True)
    two = sorted(draw(st.permutations(range(1, len(parts))).map(lambda found: found[:2])))

    def together(ends: list[int]) -> Ints:
        return tuple(prod(parts[start:end]) for start, end in pairwise([0, *ends, len(parts)]))

    return together(two), together(sorted(draw(ends)))


def moved(sizes: Ints, read: Ints, axis: int) -> list[set[int]]:
    """For each axis of the input, the ways in which one step along an axis of the output changes the place in it."""
    places = [place.reshape(read) for place in np.indices(sizes)]
    return [set(np.unique(np.diff(place, axis=axis))) for place in places]


def holds(sizes: Ints, read: Ints) -> list[set[int]]:
    """For each axis of the output, the axes of the input of which it holds something."""
    return [
        {given_axis for given_axis, steps in enumerate(moved(sizes, read, axis)) if steps - {0}}
        for axis in range(len(read))
    ]


def common_parts(sizes: Ints, read: Ints) -> bool:
    """Whether both can be cut into the same smaller axes, from the front; as numpy looks for strides."""
    first, second = [n for n in sizes if n > 1], [n for n in read if n > 1]
    while first and second:
        if first[0] % second[0] == 0:
            first[0] //= second.pop(0)
        elif second[0] % first[0] == 0:
            second[0] //= first.pop(0)
        else:
            return False
        first, second = [n for n in first if n > 1], [n for n in second if n > 1]
    return True


@given(readings())
def test_axes_nest_where_both_have_common_parts(both: tuple[Ints, Ints]) -> None:
    assert nests(*both) == common_parts(*both)


@given(maps())
def test_channels_hold_rows_where_following_the_values_shows_it(both: tuple[Ints, Ints]) -> None:
    sizes, read = both
    assert nests(sizes, read)
    held = holds(sizes, read)
    of_places = [axis for axis, found in enumerate(held) if found & {1, 2}]
    mixed = [axis for axis, found in enumerate(held) if 0 in found and found & {1, 2}]
    assert channels_hold_rows(sizes, read) == (bool(mixed) and len(of_places) > 1)


@given(st.lists(st.sampled_from([2, 3, 4, 5, 7]), min_size=2, max_size=4), st.data())
def test_another_order_of_the_axes_is_found_and_undone(sizes: list[int], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(sizes))))
    read = tuple(sizes[axis] for axis in order)
    found = turned(tuple(sizes), read)
    if read == tuple(sizes):
        assert found is None
    elif found is not None:
        assert tuple(sizes[axis] for axis in found) == read
    else:
        assert common_parts(tuple(sizes), read)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.data())
def test_axes_taken_together_or_apart_are_no_matter(sizes: list[int], data: st.DataObject) -> None:
    """Each axis in factors, then places that are beside each other in one; of it channels stay out, or all is one."""
    parts: list[list[int]] = []
    for size in sizes:
        factor = data.draw(st.sampled_from([n for n in range(1, size + 1) if size % n == 0]))
        parts.append([factor, size // factor])
    read = list(parts[0])
    for size in (size for part in parts[1:] for size in part):
        if len(read) > 2 and data.draw(st.booleans()):
            read[-1] *= size
        else:
            read.append(size)
    layer, x = Reshape(shape=tuple(read)), tuple(sizes)
    assume(turned(x, tuple(read)) is None)
    assert not list(layer.advice(x))
    assert not list(layer.advice_on_maps(x))
    whole = Reshape(shape=(-1,))
    assert not [*whole.advice(x), *whole.advice_on_maps(x)]


@given(readings())
def test_what_is_flat_has_no_axes_to_mix(both: tuple[Ints, Ints]) -> None:
    sizes, read = both
    layer = Reshape(shape=read)
    assert not [*layer.advice((prod(sizes),)), *layer.advice_on_maps((prod(sizes),))]


def said(sizes: str, layers: str) -> list[Diagnostic]:
    text = f"archcalc: 1\nname: Small\ninput: [{sizes}]\nlayers: [{layers}]\n"
    return [error for error in check_text(text).diagnostics if error.code == "A219"]


CONV = "{kind: conv2d, out_channels: 64, kernel_size: 1}"
LAST = "{kind: permute, dims: [0, 2, 3, 1]}"


@pytest.mark.parametrize(
    ("sizes", "layers"),
    [
        ("64, 8, 8", "{kind: reshape, shape: [512, -1]}"),
        ("64, 8, 8", "{kind: relu}, {kind: reshape, shape: [512, -1]}"),
        ("3, 8, 8", f"{CONV}, {{kind: max_pool2d, kernel_size: 1}}, {{kind: reshape, shape: [512, -1]}}"),
        ("8, 8, 3", f"{LAST}, {CONV}, {{kind: reshape, shape: [192, -1]}}"),
        ("128, 4, 25", "{kind: reshape, shape: [512, -1]}"),
        ("128, 4, 25", "{kind: reshape, shape: [512, -1, 1]}"),
        ("128, 4, 25", "{kind: reshape, shape: [512, 5, 5]}"),
        ("128, 4, 25", "{kind: reshape, shape: [256, 50]}"),
        ("128, 4, 25", "{kind: reshape, shape: [256, 2, 25]}"),
        ("256, 8, 8", "{kind: reshape, shape: [512, -1]}"),
        ("16, 4, 8, 8", "{kind: reshape, shape: [512, -1]}"),
        ("512, 7, 7", "{kind: reshape, shape: [49, 512]}"),
        ("512, 7, 7", "{kind: reshape, shape: [49, -1, 1]}"),
        ("3, 224, 224", "{kind: reshape, shape: [224, 224, 3]}"),
        ("3, 224, 224", "{kind: reshape, shape: [224, -1]}"),
        ("3, 10, 20", "{kind: reshape, shape: [3, 20, 10]}"),
        ("196, 768", "{kind: reshape, shape: [768, 196]}"),
        ("100, 64", "{kind: reshape, shape: [64, 10, 10]}"),
        ("6, 4", "{kind: reshape, shape: [8, 3]}"),
        ("7, 7, 512", f"{LAST}, {{kind: reshape, shape: [512, 49]}}, {{kind: reshape, shape: [49, 512]}}"),
    ],
)
def test_a_reading_that_is_nearly_always_a_mistake_is_a_warning(sizes: str, layers: str) -> None:
    assert {error.severity for error in said(sizes, layers)} == {"warning"}


@pytest.mark.parametrize(
    ("sizes", "layers"),
    [
        ("512, 7, 7", "{kind: reshape, shape: [512, -1]}"),
        ("512, 7, 7", "{kind: reshape, shape: [-1]}"),
        ("512, 7, 7", "{kind: reshape, shape: [32, -1]}, {kind: reshape, shape: [512, 7, 7]}"),
        ("64, 1, 26", "{kind: reshape, shape: [64, 26]}"),
        ("64, 1, 1", "{kind: reshape, shape: [64]}"),
        ("1, 28, 28", "{kind: reshape, shape: [28, 28]}"),
        ("100, 40", "{kind: reshape, shape: [50, 80]}"),
        ("9216", "{kind: reshape, shape: [256, 6, 6]}"),
        ("196, 768", "{kind: reshape, shape: [14, 14, 768]}"),
        ("196, 768", "{kind: reshape, shape: [196, 12, 64]}, {kind: permute, dims: [0, 2, 1, 3]}"),
        ("64, 8, 8", f"{LAST}, {{kind: reshape, shape: [-1, 64]}}"),
        ("3, 8, 8", f"{CONV}, {LAST}, {{kind: layer_norm}}, {{kind: reshape, shape: [64, 64]}}"),
        ("64, 8, 8", "{kind: flatten}, {kind: reshape, shape: [512, -1]}"),
        ("64, 8, 8", "{kind: flatten, end_dim: 2}"),
        ("128, 4, 25", "{kind: reshape, shape: [512, 25]}, {kind: permute, dims: [0, 2, 1]}"),
        ("128, 4, 25", "{kind: reshape, shape: [-1, 25]}"),
        ("3, 4, 25", f"{CONV}, {{kind: reshape, shape: [256, 25]}}"),
        ("16, 4, 8, 8", "{kind: reshape, shape: [-1, 8]}"),
        ("16, 4, 8, 8", "{kind: reshape, shape: [64, 8, 8]}"),
        (
            "64, 8, 8",
            "{kind: reshape, shape: [4, 16, 8, 8]}, {kind: permute, dims: [0, 2, 1, 3, 4]},"
            "{kind: reshape, shape: [64, 8, 8]}",
        ),
        (
            "3, 224, 224",
            "{kind: reshape, shape: [3, 14, 16, 14, 16]}, {kind: permute, dims: [0, 2, 4, 1, 3, 5]},"
            "{kind: reshape, shape: [196, 768]}",
        ),
        ("12, 8, 8", "{kind: reshape, shape: [3, 4, 8, 8]}, {kind: permute, dims: [0, 3, 4, 1, 2]},"
         "{kind: reshape, shape: [-1, 4]}"),
    ],
)  # fmt: skip
def test_what_networks_do_with_a_reshape_is_none(sizes: str, layers: str) -> None:
    assert said(sizes, layers) == []


def test_each_reshape_is_told_of_and_each_entry_once() -> None:
    layers = "{kind: reshape, shape: [512, -1]}, {kind: reshape, shape: [8, 512]}"
    assert len(said("64, 8, 8", layers)) == 2


def test_the_help_turns_the_axes() -> None:
    (error,) = said("512, 7, 7", "{kind: reshape, shape: [49, 512]}")
    assert error.help[0] == "to turn the axes, put `- {kind: permute, dims: [0, 2, 3, 1]}` above it"
    assert said("512, 7, 7", f"{LAST}, {{kind: reshape, shape: [49, 512]}}") == []
    assert said("512, 7, 7", "{kind: flatten}, {kind: reshape, shape: [49, 512]}") == []


def test_the_help_on_what_is_taken_apart_again_turns_the_axes() -> None:
    turn = "{kind: permute, dims: [0, 2, 1]}"
    (error,) = said("100, 64", "{kind: reshape, shape: [64, 10, 10]}")
    assert error.help[0] == f"to turn the axes, put `- {turn}` above it"
    assert said("100, 64", f"{turn}, {{kind: reshape, shape: [64, 10, 10]}}") == []


@pytest.mark.parametrize(
    ("sizes", "shape", "end", "given"),
    [("128, 4, 25", "[512, -1]", 2, [512, 25]), ("16, 4, 8, 8", "[512, -1]", 3, [512, 8])],
)
def test_the_first_help_says_the_same_on_purpose(sizes: str, shape: str, end: int, given: list[int]) -> None:
    (error,) = said(sizes, f"{{kind: reshape, shape: {shape}}}")
    same = f"kind: flatten, start_dim: 1, end_dim: {end}"
    assert error.help[0] == f"to take the first {end} axes together on purpose, write `{same}`"
    report = check_text(f"archcalc: 1\nname: Small\ninput: [{sizes}]\nlayers: [{{{same}}}]\n")
    assert report.layers[-1].output == tuple(given)
    assert report.diagnostics == ()
    for other in ("[256, -1]", "[48, -1]"):
        assert [error.help[0] for error in said("128, 4, 24", f"{{kind: reshape, shape: {other}}}")] == [
            "if this is intended, put `- {kind: flatten}` above it"
        ]
