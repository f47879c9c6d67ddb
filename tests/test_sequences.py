"""Whole networks over sequences as people write them: what their text says, what torch does, what is generated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc import check, laws
from archcalc.layers.kinds.embedding import PositionEmbedding
from archcalc.layers.kinds.linear import Linear
from archcalc.sizes.symbolic import at, closed
from archcalc.targets.python.source import Code
from archcalc.targets.torch import plan_model
from archcalc.targets.torch.own_classes import own_class
from tests.support.drawn.evaluator import REFUSALS, Evaluated
from tests.support.drawn.held import WHAT, outcomes, sample, written
from tests.support.drawn.reader import Reading
from tests.support.drawn.sequences import MOST, draw_sequence

EXAMPLES = settings().max_examples

numbers = st.integers(0, 2**40)


@settings(max_examples=max(10, EXAMPLES // 5), deadline=None)
@given(numbers)
def test_a_network_is_what_its_text_says_and_so_is_its_code(number: int) -> None:
    assert [one.wrong for one in outcomes(draw_sequence(Random(number))) if one.wrong] == []


def test_most_are_networks_and_some_are_refused() -> None:
    became = Counter(one.what for number in range(60) for one in outcomes(draw_sequence(Random(number)), code=False))
    assert became.keys() <= WHAT.keys()
    assert became["held"] > 0.6 * became.total()
    assert became["refused"] >= 4


@settings(max_examples=max(10, EXAMPLES // 10), deadline=None)
@given(numbers)
def test_legal_lengths_are_those_that_torch_takes_and_laws_hold_there(number: int) -> None:
    drawn = draw_sequence(Random(number))
    with written(drawn) as path:
        member = drawn.members[0]
        report = check(path, preset=member)
        if not report.ok:
            return
        assert report.legal is not None
        assert report.legal.proven
        found, reading = laws(report), Reading(drawn.document, drawn.files, member)
        # A table without a shape is as long as the stated input: at another length it is another network.
        as_built = any(row.kind == "parameter" and "shape" not in row.fields for row in reading.rows)
        for length in range(1, MOST + 3):
            sizes = (length, *reading.input[1:])
            there = check(path, preset=member, input=sizes)
            taken = _takes(reading, sizes, reading.input)
            assert (length in report.legal.axes["T"]) == taken
            if taken and there.ok and not as_built:
                assert there.totals is not None
                sizes_of = {"T": length, "N": 1}
                where = {symbol: sizes_of[name] for name, symbol in found.variables.items()}
                assert at(closed(found.total.macs), where) == there.totals.macs


def _own_class(right: str, wrong: str) -> Callable[[str], Code]:
    def broken(kind: str) -> Code:
        return Code(own_class(kind).replace(right, wrong))

    return broken


SLIPS: dict[str, tuple[object, str, object]] = {
    "a mask that is forgotten": (plan_model, "own_class", _own_class("is_causal=is_causal", "is_causal=False")),
    "the last places of the table": (
        *(plan_model, "own_class"),
        _own_class("narrow(0, self.offset, places)", "narrow(0, self.num_embeddings - places, places)"),
    ),
    "places counted from the first row": (plan_model, "own_class", _own_class("(0, self.offset,", "(0, 0,")),
    "a scale that is forgotten": (plan_model, "own_class", _own_class("scale=self.scale", "scale=None")),
    "values in the keys' place": (plan_model, "own_class", _own_class("heads(key, shared)", "heads(value, shared)")),
    "a weight that turns": (
        plan_model,
        "own_class",
        _own_class(".weight.t()", ".weight.reshape(-1, len(self.weight))"),
    ),
    "a head that counts its weight": (Linear, "own_weights", lambda self, *xs: self.weights(*xs)),
    "weights of experts that are left as they are": (
        *(plan_model, "own_class"),
        _own_class("if self.renormalize:", "if False:"),
    ),
    "tokens that go to the next expert": (
        *(plan_model, "own_class"),
        _own_class("chosen == number", "(chosen + 1) % len(self) == number"),
    ),
    "tokens of other places": (
        plan_model,
        "own_class",
        _own_class("expert(tokens[row])", "expert(tokens[row.flip(0)])"),
    ),
    "one expert for each token": (plan_model, "own_class", _own_class("topk(self.top)", "topk(1)")),
    "any length": (PositionEmbedding, "needs", lambda self, x: iter(())),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_found(slip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*SLIPS[slip])
    assert any(one.wrong for number in range(300) for one in outcomes(draw_sequence(Random(number))))


def _takes(reading: Reading, sizes: tuple[int, ...], built: tuple[int, ...]) -> bool:
    """Whether torch takes another length, the network being built for the stated one: its tables stay."""
    pinned = []
    evaluated = Evaluated(reading.rows, sample(reading, built), torch.Generator().manual_seed(2))
    for row in reading.rows:
        fields = dict(row.fields)
        if row.kind == "parameter":
            fields["shape"] = tuple(evaluated.values[row.name].shape[1:])
        pinned.append(row._replace(fields=fields))
    try:
        Evaluated(pinned, sample(reading, sizes), torch.Generator().manual_seed(2))
    except REFUSALS:
        return False
    return True
