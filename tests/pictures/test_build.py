"""A picture says what the graph and the facts say: each layer once, each edge, each size, each error in its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc import Report, check_text
from archcalc.pictures.build import picture
from archcalc.pictures.model import INPUT, OUTPUT, Box, Picture
from archcalc.pictures.view import view
from archcalc.pipeline import check_each
from archcalc.sizes.axes import shape_text
from tests.support.bundled import FIRST, checked
from tests.support.drawn.documents import draw
from tests.support.drawn.held import written

numbers = st.integers(0, 2**40)


def drawn(number: int) -> Iterator[Report]:
    """The networks of a random spec, in which blocks are in blocks, and copies in copies."""
    with written(draw(Random(number))) as path:
        for report in check_each(path):
            if report.graph is not None and report.layers:
                yield report


def leaves(found: Picture) -> list[Box]:
    return [box for box in found.root.boxes() if not box.parts]


def made(report: Report, fold: bool) -> Picture:
    found = picture(report, fold=fold)
    assert found is not None
    return found


def layers_of(report: Report) -> Counter[int]:
    """The places of the layers, each once: inputs that have names are steps, too, and no layers."""
    assert report.graph is not None
    return Counter(place for place, step in enumerate(report.graph.steps) if not step.is_given)


def holds(report: Report, found: Picture) -> None:
    """What is true of every picture: layers, numbers, sizes and counts."""
    assert report.graph is not None
    assert report.facts is not None
    placed = Counter(place for box in leaves(found) for place in box.places)
    assert placed == layers_of(report)
    assert [box.number for box in found.root.boxes()] == [*range(sum(1 for _ in found.root.boxes()))]
    for box in leaves(found):
        layers = [(report.graph.steps[place].layer, report.facts.layers[place].inputs) for place in box.places]
        assert len({*layers} if box.family != "dropout" else {inputs for _, inputs in layers}) <= 1
    for value, text in enumerate(found.sizes):
        shape = report.facts.shape_of(value)
        assert text == (shape_text(shape) if shape else "?")
    for box in found.root.boxes():
        inner = [report.facts.layers[place] for place in box.places]
        if report.ok and box is not found.root:
            assert (box.params, box.macs) == (sum(one.params for one in inner), sum(one.macs for one in inner))
            # In an expert the MACs of one copy stand, and as many copies have none as a token does not take.
            assert box.macs in (box.own_macs * box.copies, box.own_macs * box.copies * active(box, report))
            assert all(part.copies == box.copies * box.times for part in box.parts)
            if box.parts and box.copies == 1:
                assert box.own_params == box.params
            if box.parts and box.places:
                computed = 1 if box.times == 1 else box.times * max(active(part, report) for part in box.parts)
                assert sum(part.own_macs for part in box.parts) * computed == box.own_macs
        if box.parts and box.places:
            assert sorted(box.places) == sorted(place for part in box.parts for place in part.places)


def active(box: Box, report: Report) -> Fraction:
    """The share of its layers that are computed: of experts those are idle that a token does not take."""
    assert report.graph is not None
    return Fraction(sum(not report.graph.steps[place].idle for place in box.places), max(len(box.places), 1))


def edges(report: Report) -> set[tuple[int, int]]:
    """The graph's edges from value to place, places of outputs counted on from the last layer."""
    assert report.graph is not None
    given = {place for place, step in enumerate(report.graph.steps) if step.is_given}
    steps = [
        (value, place) for place, step in enumerate(report.graph.steps) for value in step.sources if place not in given
    ]
    return {*steps, *((value, len(report.graph.steps) + k) for k, value in enumerate(report.graph.outputs))}


def arrows(found: Picture, depth: int | None) -> set[tuple[int, int]]:
    """The arrows of a picture in which nothing is folded, told as edges of the graph."""
    boxes = leaves(found)
    places = {box.number: box.places[0] for box in boxes if box.places}
    given = {box.number: box.output for box in boxes if box.family == INPUT}
    # Several inputs are steps before the layers.
    last = len(places) + sum(1 for value in given.values() if value > 0)
    ends = {box.number: last + k for k, box in enumerate(box for box in boxes if box.family == OUTPUT)}
    shown = view(found, depth).arrows
    for arrow in shown:
        assert arrow.value == (given[arrow.source] if arrow.source in given else places[arrow.source] + 1)
    return {(arrow.value, (places | ends)[arrow.target]) for arrow in shown}


@given(numbers)
def test_a_drawn_network_is_in_its_picture(number: int) -> None:
    for report in drawn(number):
        holds(report, made(report, fold=True))
        whole = made(report, fold=False)
        holds(report, whole)
        if report.ok:
            assert arrows(whole, None) == edges(report)


@pytest.mark.parametrize(("name", "preset"), FIRST)
def test_a_bundled_network_is_in_its_picture(name: str, preset: str | None) -> None:
    report = checked(name, preset)
    folded = made(report, fold=True)
    holds(report, folded)
    whole = made(report, fold=False)
    holds(report, whole)
    assert arrows(whole, None) == edges(report)
    for depth in (0, 1, 2, None):
        shown = view(folded, depth)
        closed = [one.box for part in shown.root.parts for one in part.closed()]
        assert Counter(place for box in closed for place in box.places) == layers_of(report)
        numbers = {box.number for box in closed}
        assert all({arrow.source, arrow.target} <= numbers for arrow in shown.arrows)
        reached = {arrow.target for arrow in shown.arrows} | {box.number for box in closed if box.kind == "parameter"}
        assert numbers - reached <= {box.number for box in closed if box.family == INPUT}


@given(numbers)
def test_copies_that_are_folded_have_the_edges_of_the_first(number: int) -> None:
    for report in drawn(number):
        if not report.ok or report.graph is None:
            continue
        found = made(report, fold=True)
        of: dict[int, int] = {place: box.number for box in leaves(found) for place in box.places}
        times = {box.number: len(box.places) for box in leaves(found)}
        there = {(arrow.source, arrow.target) for arrow in found.arrows}
        meant: Counter[tuple[int, int]] = Counter()
        for place, step in enumerate(report.graph.steps):
            for value in {*step.sources}:
                source = of[value - 1] if value else 1
                meant[source, of[place]] += 1
        for (source, target), often in meant.items():
            # What is not there leads from one copy to the next, once less often than there are copies.
            assert (source, target) in there or (times[target] > 1 and often < times[target])


def test_resnet_152_is_folded_as_the_paper_says() -> None:
    found = made(checked("resnet", "resnet152"), fold=True)
    stages = [box for box in found.root.parts if box.kind == "stage"]
    assert [[part.times for part in stage.parts] for stage in stages] == [[1, 2], [1, 7], [1, 35], [1, 2]]
    assert {part.kind for stage in stages for part in stage.parts} == {"bottleneck"}


CHAIN = """\
archcalc: 1
input: [3, 32, 32]
layers:
  - {name: conv1, kind: conv2d, out_channels: 8, kernel_size: 3}
  - {name: conv2, kind: conv2d, out_channels: 8, kernel_size: 40}
  - {kind: flatten}
  - {name: fc, kind: linear, out_features: 10}
"""


def test_an_error_is_where_it_is() -> None:
    found = made(check_text(CHAIN), fold=True)
    wrong = {box.name: box.errors for box in leaves(found) if box.errors}
    assert [*wrong] == ["conv2"]
    assert wrong["conv2"][0].startswith("A201: `conv2` ")
    assert found.sizes == ("3 × 32 × 32", "8 × 30 × 30", "8 × ? × ?", "?", "10")


@pytest.mark.parametrize(
    ("line", "name"), [("expect: [8, 3, 3]", "conv1"), ("kernal_size: 3", "conv1"), ("stride: much", "conv1")]
)
def test_errors_of_all_sorts_have_their_place(line: str, name: str) -> None:
    found = made(
        check_text(CHAIN.replace("kernel_size: 40", "kernel_size: 3").replace("8, k", f"8, {line}, k", 1)), True
    )
    assert [box.name for box in leaves(found) if box.errors] == [name]


def test_layers_with_errors_are_not_folded() -> None:
    copies = "\n".join(["archcalc: 1", "input: [3, 9, 9]", "layers:", *["  - {kind: max_pool2d, kernel_size: 2}"] * 5])
    found = made(check_text(copies), fold=True)
    assert sum(len(box.places) for box in leaves(found) if box.errors) == 1
    assert sum(1 for box in leaves(found) if box.errors) == 1


def test_two_blocks_that_take_turns_are_a_pair_as_often_as_they_do() -> None:
    """Swin-T, figure 3 of its paper: 2, 2, 6 and 2 blocks, windows in place and shifted by turns."""
    drawn = picture(checked("swin", "swin_t"))
    assert drawn is not None
    (pairs,) = [box for box in drawn.root.boxes() if box.times == 3]
    assert [part.kind for part in pairs.parts] == ["block", "block"]
    total = sum(layer.params for layer in checked("swin", "swin_t").layers if layer.name.startswith("features.5."))
    assert pairs.params == total


def test_pairs_that_follow_each_other_are_each_folded() -> None:
    shuffle = "{kind: channel_shuffle, groups: 1}"
    blocks = "blocks:\n" + "".join(
        f"  {name}: {{args: {{}}, layers: [{{kind: {first}}}, {shuffle}, {{kind: {last}}}]}}\n"
        for name, first, last in (
            ("a", "relu", "tanh"),
            ("b", "gelu", "tanh"),
            ("c", "relu", "mish"),
            ("d", "gelu", "mish"),
        )
    )
    uses = "".join(f"  - {{kind: {name}}}\n" for name in "ababcdcdcd")
    drawn = picture(check_text(f"archcalc: 1\nname: Turns\ninput: [3, 8, 8]\n{blocks}layers:\n{uses}"))
    assert drawn is not None
    found = [(box.times, [part.kind for part in box.parts]) for box in drawn.root.parts if box.times > 1]
    assert found == [(2, ["a", "b"]), (3, ["c", "d"])]
