"""What a check may take is counted wherever work is done, and told of in one diagnostic; the rest grows in proportion.

Nothing here is timed: lines that run are counted, or what is spent.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import archcalc
from archcalc import check_text
from archcalc.analysis import legal_inputs
from archcalc.diagnostics.budget import KNOWN, MOST, Budget, TooMuchWork, Work
from archcalc.diagnostics.model import Span
from archcalc.explore import solve as solving
from archcalc.explore.solve import solve
from archcalc.explore.table import Networks
from archcalc.explore.varied import SolveError
from archcalc.layers.contract import KINDS, Layer
from archcalc.network.block_use import RecordedUse
from archcalc.network.graph import Graph
from archcalc.sizes import looked
from archcalc.sizes.rules import Shape
from archcalc.spec.model import LayerSpec
from archcalc.targets.torch import plan_tests, slots
from archcalc.targets.torch.slots import Copy, Listed
from tests.support import costly_specs
from tests.support.costly_specs import SPECS, TOP
from tests.support.work_done import growth

BEGINS = f"this takes more than the {MOST:,} steps of work that a check may take: "
LINEAR = 2.3
"""How many times as much may be done for twice the size."""

REFUSED = [
    "blocks in blocks, of nothing",
    "blocks in blocks",
    "blocks in blocks, no two alike",
    "copies",
    "copies of one name",
    "copies with names by index",
    "copies of which no two are alike",
    "layers of which no two are alike",
    "layers that take all above",
    "one layer that takes all",
    "named sizes, each of the next",
    "named sizes, all of one",
    "long expressions",
    "conditions",
    "claims that fail",
    "layers that fail",
    "layers that fail, 90 in copies",
]


@pytest.mark.parametrize("name", REFUSED)
def test_what_takes_too_much_is_refused_and_told_of(name: str) -> None:
    costly = SPECS[name]
    (error,) = [error for error in check_text(costly.made(costly.too_much)).errors if error.code == "A317"]
    assert error.message.startswith(BEGINS)


def test_a_message_says_what_was_spent_on_what_and_the_dearest_first() -> None:
    budget = Budget()
    budget.spend(Work.LAYERS, 10_000)
    budget.spend(Work.VALUES, 100)
    span = Span(3, 1, 3, 2)
    with pytest.raises(TooMuchWork) as refused:
        budget.spend(Work.KINDS, MOST, span)
    each, layer = KNOWN[Work.KINDS][0], KNOWN[Work.LAYERS][0]
    dearest = f"{each * MOST:,} for {MOST:,} layers unlike those before"
    assert str(refused.value) == f"{BEGINS}{dearest}, {layer * 10_000:,} for 10,000 layers"
    assert refused.value.span == span


def test_every_kind_of_work_has_a_price_and_words() -> None:
    assert [*KNOWN] == [*range(len(KNOWN))]
    for work in KNOWN:
        with pytest.raises(TooMuchWork, match=r" for [0-9,]+ [a-z]"):
            Budget().spend(work, MOST + 1)


def test_the_largest_of_the_zoo_takes_a_fifth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget.__init__, "__defaults__", (MOST // 5,))
    assert archcalc.check("efficientnet_v2_l").ok


GROWING: dict[str, Callable[[int], str]] = {
    "copies": costly_specs.repeated,
    "named sizes, each of the next": costly_specs.chain_of_lets,
    "named sizes, all of one": costly_specs.star_of_lets,
    "a list": costly_specs.long_list,
    "one layer that takes all": costly_specs.joined,
    "outputs": costly_specs.outputs,
    "conditions": costly_specs.conditions,
    "claims": costly_specs.claims,
}


@pytest.mark.parametrize("name", GROWING)
def test_a_check_grows_in_proportion(name: str) -> None:
    def checked(size: int) -> Callable[[], object]:
        text = GROWING[name](size)
        return lambda: check_text(text)

    assert growth(checked, 200) < LINEAR


@pytest.mark.parametrize("layer", ["{kind: relu, repeat: TIMES}", "{kind: relu, name: r, repeat: TIMES}"])
def test_generated_code_takes_in_proportion_to_the_copies(layer: str) -> None:
    assert growth(lambda size: _generated(size, layer), 150) < LINEAR


def _generated(size: int, layer: str) -> Callable[[], object]:
    report = check_text(costly_specs.repeated(size, layer), file="copies.yaml")
    return lambda: archcalc.generate(report)


def test_sizes_that_no_law_gives_are_tried_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    report = check_text(costly_specs.repeated(50), file="copies.yaml")
    assert report.facts is not None
    walked: list[Shape] = []

    def counted(graph: Graph, x: Shape) -> bool:
        walked.append(x)
        return legal_inputs.tried(graph, x)

    monkeypatch.setattr(plan_tests, "tried", counted)
    monkeypatch.setattr(plan_tests, "legal", lambda _: None)
    monkeypatch.setattr(plan_tests, "MOST_TRIED", 1000)
    plan_tests.plan_tests(report.facts)
    # Five to each side of both axes of 8, the axes' own channels, and a few small sizes.
    assert 22 <= len(walked) < 30


def test_layers_that_are_alike_are_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    report = check_text(costly_specs.repeated(50))
    assert report.graph is not None
    asked: list[Layer] = []

    def checks(self: Layer, *_: Shape) -> tuple[()]:
        asked.append(self)
        return ()

    monkeypatch.setattr(KINDS["relu"], "checks", checks)
    assert legal_inputs.tried(report.graph, (3, 9, 9))
    assert len(asked) == 1


def test_edits_are_tried_within_the_budget_of_their_check() -> None:
    """Ninety errors of a thousand copies each took minutes: for each, whole specs were checked anew."""
    few, many = (check_text(costly_specs.failing(12, copies)).errors for copies in (1, 200))
    assert len(few) == len(many) == 12
    assert sum(bool(error.help) for error in few) == 10
    assert 0 < sum(bool(error.help) for error in many) < 5


def test_legal_inputs_are_not_said_where_they_would_take_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    report = check_text(costly_specs.primes([2, 3, 5, 7]))
    assert report.legal is not None
    monkeypatch.setattr(looked, "MAX_LOOKED", 1000)
    assert report.legal is None
    from archcalc.reports import text

    assert "legal inputs: not known, as they would take too long to find" in text.render(report)


def test_sizes_that_lose_nothing_are_left_out_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The legal sizes are known before it is asked which of them lose no pixel."""
    report = check_text(f"{TOP}layers:\n  - {{kind: conv2d, out_channels: 3, kernel_size: 2, stride: 3}}\n")
    whole = report.legal
    assert whole is not None
    assert None not in whole.lossless.values()

    def too_long(*_: object) -> None:
        raise looked.TooLong

    monkeypatch.setattr(legal_inputs, "lossless", too_long)
    found = report.legal
    assert found is not None
    assert found.axes == whole.axes
    assert found.lossless == {"H": None, "W": None}


def test_an_illegal_setting_costs_its_neighbours_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    network = Networks._network

    def counted(self: Networks, *given: Any) -> object:
        made.append(given)
        return network(self, *given)

    monkeypatch.setattr(Networks, "_network", counted)
    path = tmp_path / "wide.yaml"
    layer = "{kind: conv2d, out_channels: width, kernel_size: 1}"
    path.write_text(costly_specs.spec(layer, let="  width: 8\n"), encoding="utf-8")
    found = archcalc.sweep(path, settings={"width": "0:2000"}, columns=["width", "legal", "params"])
    assert found["legal"].tolist() == [False] + [True] * 2000
    assert found["params"][1:].tolist() == [width * 4 for width in range(1, 2001)]
    assert len(made) < 100


def test_a_search_that_walks_too_far_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    report = archcalc.check("alexnet")
    monkeypatch.setattr(solving, "MOST_WALKED", 2000)
    with pytest.raises(
        SolveError, match=r"65 of input and [0-9]+ layers take more than 2,000 steps of work: vary less"
    ):
        solve(report, "macs <= 1", "input")


def test_a_search_over_what_is_known_already_has_an_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand layers that are alike, walked for each of ten thousand rates: that was not counted at all."""
    report = check_text(costly_specs.spec("{kind: dropout, name: d}", "{kind: relu, repeat: 20}"))
    monkeypatch.setattr(solving, "MOST_WALKED", 1000)
    with pytest.raises(SolveError, match=r"101 of d\.p and 21 layers take more than 1,000 steps of work: vary less"):
        solve(report, "macs >= 1", "d.p", {"d.p": "0:1:0.01"})


@pytest.mark.parametrize("want", ["macs >= 1", "d.H >= 1"])
def test_a_search_grows_in_proportion_to_the_layers(want: str) -> None:
    def searched(size: int) -> Callable[[], object]:
        report = check_text(costly_specs.spec("{kind: dropout, name: d}", f"{{kind: relu, repeat: {size}}}"))
        return lambda: solve(report, want, "d.p", {"d.p": "0:1:0.1"})

    assert growth(searched, 100) < LINEAR


# Broken on purpose, to see that the tests above can fail.


def test_uses_that_are_replayed_for_nothing_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = SPECS["blocks in blocks, of nothing"].made(18)
    assert [error.code for error in check_text(text).errors] == ["A317"]

    def for_nothing(*given: Any) -> RecordedUse:
        return replace(RecordedUse(*given), entries=0)

    monkeypatch.setattr("archcalc.network.elaborate.RecordedUse", for_nothing)
    assert check_text(text).ok


def test_copies_told_apart_one_by_one_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    copies = Listed.copies

    def one_by_one(self: Listed, entry: LayerSpec, position: int) -> list[Copy]:
        parts = self.parts.get(position, [])
        for number in range(len(parts)):
            for place, _ in parts:
                assert place[1] >= 0 or number
        return copies(self, entry, position)

    # What stands in a test is not counted, so that the slow way must be where the right one is.
    source = inspect.getsource(one_by_one)
    names = vars(slots) | {"copies": copies}
    exec(compile(textwrap.dedent(source), slots.__file__, "exec"), names)
    monkeypatch.setattr(Listed, "copies", names["one_by_one"])
    assert growth(lambda size: _generated(size, "{kind: relu, repeat: TIMES}"), 150) > LINEAR


def test_laws_of_very_many_layers_are_left_out_unasked() -> None:
    from archcalc.analysis.laws import take_long

    assert not take_long(archcalc.check("densenet201"))
    assert take_long(check_text(costly_specs.repeated(12_000)))
    assert take_long(check_text(costly_specs.index_repeats(2_000)))
