"""Laws held to the walk on numbers: each formula by sympy, as Python, and as the code in the JSON."""

from __future__ import annotations

import json
from functools import cache
from types import CodeType
from typing import Any

import sympy
from hypothesis import strategies as st

from archcalc import Laws, Report, check_text
from archcalc.analysis.batch_limits import batch_limits, least_batch
from archcalc.analysis.law import BATCH
from archcalc.analysis.legal_inputs import pinned
from archcalc.analysis.walk import Facts, infer
from archcalc.reports.laws import as_json, as_python
from archcalc.sizes.rules import Shape, known_size, known_sizes, prod

QUANTITIES = ("params", "macs", "activation_bytes")


def figures(facts: Facts, batch: int) -> dict[str, Any]:
    """What a walk on numbers says, added up here by the simplest means."""
    layers: list[dict[str, Any]] = [
        {
            "output": layer.output,
            "params": layer.params,
            "macs": batch * layer.macs,
            # Of experts that a token does not take nothing is computed.
            "activation_bytes": 0 if layer.step.idle else batch * 4 * prod(layer.output or ()),
        }
        for layer in facts.own_layers
    ]
    # What runs in training only has parameters, and no part in what evaluation costs.
    run = [layer for layer, of in zip(layers, facts.own_layers, strict=True) if not of.step.in_training]
    totals = {what: sum(layer[what] for layer in (layers if what == "params" else run)) for what in QUANTITIES}
    return {"layers": layers, "total": totals}


def fits(facts: Facts) -> bool:
    return not facts.failures and all(
        type(size) is int and size >= 1 for layer in facts.layers for size in layer.output or (None,)
    )


class Forms:
    """Laws in each form they are written in; written once, however often they are asked."""

    def __init__(self, found: Laws) -> None:
        self.laws = found
        self._python: dict[str, Any] = {}
        exec(compile(as_python(found, None), "laws", "exec"), self._python)
        self._json = json.loads(as_json(found, None))

    def by_sympy(self, sizes: dict[str, int]) -> dict[str, Any]:
        """The figures of every layer and of all."""
        at, found = self.laws.at, self.laws
        layers = [{what: at(getattr(law, what), **sizes) for what in ("output", *QUANTITIES)} for law in found.layers]
        return {"layers": layers, "total": {what: at(getattr(found.total, what), **sizes) for what in QUANTITIES}}

    def by_python(self, sizes: dict[str, int], given: Shape | None) -> dict[str, Any]:
        """Likewise; ``given`` is what the network gives."""
        assert self._python["output"](**sizes) == given
        totals = {what: self._python[what](**sizes) for what in QUANTITIES}
        return {"layers": list(self._python["layers"](**sizes).values()), "total": totals}

    def by_json(self, sizes: dict[str, int]) -> dict[str, Any]:
        """Likewise."""
        layers = [
            {what: _value(layer[what], sizes) for what in ("output", *QUANTITIES)} for layer in self._json["layers"]
        ]
        return {"layers": layers, "total": {what: _value(self._json["total"][what], sizes) for what in QUANTITIES}}

    def active_params(self, sizes: dict[str, int]) -> Any:
        """The parameters by which each token is computed, as JSON has them."""
        return _value(self._json["total"]["active_params"], sizes)

    def takes(self, sizes: dict[str, int]) -> list[tuple[bool, bool]]:
        """Whether the network takes these sizes, and whether it trains on them, in each form."""
        valid, trains = (all(_value(self._json[what], sizes)) for what in ("valid", "valid_in_training"))
        return [
            (self.laws.holds(**sizes), self.laws.trains(**sizes)),
            (self._python["valid"](**sizes), self._python["valid_in_training"](**sizes)),
            (valid, valid and trains),
        ]


@cache
def _code(text: str) -> CodeType:
    return compile(text, "laws", "eval")


def _value(code: Any, sizes: dict[str, int]) -> Any:
    if isinstance(code, list):
        return tuple(_value(one, sizes) for one in code)
    return eval(_code(code), {"min": min, "max": max}, dict(sizes))


def hold_at(report: Report, forms: Forms, shape: Shape, batch: int, given_names: dict[str, int]) -> bool:
    """Whether the network takes this input; if so, all formulas are asserted to give what the walk gives."""
    if given_names:
        report = check_text(report.text, file=report.file, preset=report.preset, settings=given_names)
        if report.facts is None or not fits(report.facts):
            return False
    assert report.facts is not None
    facts = infer(pinned(report.facts), shape=shape)
    in_training = infer(pinned(report.facts, training=True), shape=shape)
    axes = {
        size.name: n
        for size, n in zip(forms.laws.input, known_sizes(shape), strict=True)
        if isinstance(size, sympy.Symbol)
    }
    sizes = {BATCH: batch, **axes, **given_names}
    assert forms.laws.holds(**axes, **given_names) == fits(facts)
    for n in {1, 2, batch}:
        _hold_batch(forms, facts, in_training, {BATCH: n, **axes, **given_names})
    if fits(facts) and not in_training.training_failures:
        expected = figures(in_training, batch)
        assert forms.by_sympy(sizes) == expected
        assert forms.by_python(sizes, facts.outputs[0]) == expected
        assert forms.by_json(sizes) == expected
        assert forms.active_params(sizes) == sum(one.params for one in in_training.own_layers if not one.step.idle)
    return fits(facts)


def _hold_batch(forms: Forms, facts: Facts, in_training: Facts, sizes: dict[str, int]) -> None:
    """Assert that the laws ask of so many samples of these sizes what the walk on them does, in each form."""
    least = [least_batch(batch_limits(of), training=mode) for of, mode in ((facts, False), (in_training, True))]
    takes, trains = (fits(facts) and fewest <= sizes[BATCH] for fewest in least)
    found = forms.takes(sizes)
    assert [one for one, _ in found] == [takes] * 3
    if not in_training.training_failures:
        assert [other for _, other in found] == [trains] * 3


@st.composite
def inputs_near(draw: st.DrawFn, found: Laws, stated: Shape) -> Shape:
    """The stated input, with the free axes anywhere up to twice their size."""
    sizes = zip(found.input, stated, strict=True)
    return tuple(n if isinstance(size, int) else draw(st.integers(1, 2 * known_size(n) + 2)) for size, n in sizes)
