"""Edits that exchange what stands for what: `add` and `concat`, what a layer takes and what it gives."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.fixes.candidate import Search
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import Practice
from archcalc.language.yaml_changes import Edit
from archcalc.layers.contract import KINDS
from archcalc.layers.record import fields_of
from archcalc.network.flow import feeding

NEAR = 6
"""How far above an error a join is looked for that should be another one."""

JOINS = {"add": "concat", "concat": "add"}

ENDS = (("in_channels", "out_channels"), ("in_features", "out_features"))
"""The fields that say what a layer takes, and what it gives."""


class Exchanged(Search):
    """The search for one error."""

    def plans(self) -> Iterator[Plan]:
        """Where another size is stated than arrives."""
        if self.key[0] == "A203":
            yield from self._turned()
            yield from self._joined()

    def _turned(self) -> Iterator[Plan]:
        """A layer that takes what it should give, where a layer below it takes what it should give, too."""
        layer, x = self.steps[self.at].layer, self.found[self.at].input or ()
        for takes, gives in ENDS if layer is not None else ():
            stated, given = getattr(layer, takes, None), getattr(layer, gives, None)
            if self.key[1] != takes or given not in x or type(stated) is not int:
                continue
            span = self.steps[self.at].spec.span
            failures = self.sought.network.facts.failures
            below = [one for one in failures if one.place > self.at and one.step.spec.span != span]
            if any(getattr(one.step.layer, one.need.field or "", None) == stated for one in below):
                values = {takes: given, gives: stated}
                yield Plan(practice=Practice.TURNED, place=self.at, fields={self.at: values}, carries=False)

    def _joined(self) -> Iterator[Plan]:
        """What is added concatenated, or what is concatenated added."""
        above = feeding(self.steps, self.steps[self.at].sources[0]) if self.steps[self.at].sources else set()
        for place in range(self.at - 1, max(-1, self.at - NEAR), -1):
            step = self.steps[place]
            layer = step.layer
            route = None if step.spec.kind_span is None else self.sought.routes.get(step.spec.kind_span)
            if place not in above or layer is None or layer.kind not in JOINS or route is None:
                continue
            kind = KINDS[JOINS[layer.kind]]
            if set(step.spec.values) <= set(fields_of(kind)):
                yield Plan(
                    practice=Practice.SKIP,
                    place=place,
                    kinds=dict.fromkeys(self.sought.effect.alike(place), kind()),
                    changes=(Edit(route, kind.kind),),
                    edits=(f"{step.path} kind: {kind.kind}",),
                    cost=0.0,
                    carries=False,
                )
