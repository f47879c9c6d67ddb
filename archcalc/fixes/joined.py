"""Edits of what gives a layer its several sources: parameters of another shape, layers of another width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcalc.fixes.candidate import Search, Sought
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import Practice
from archcalc.layers.record import fields_of
from archcalc.network.graph import place_of
from archcalc.sizes.rules import Shape, is_known, known_sizes

LENGTH = 1.0
"""What another length of a table costs."""

NEAREST = 3
"""How many shapes are tried of those that a layer would take."""


class JoinedEdits(Search):
    """The search for one error."""

    def __init__(self, sought: Sought) -> None:
        super().__init__(sought)
        self.xs = self.found[self.at].arriving or ()

    def plans(self) -> Iterator[Plan]:
        """The sources as the layer with the error would take them."""
        layer = self.steps[self.at].layer
        if layer is None or not self.xs or not all(x and is_known(*x) for x in self.xs):
            return
        # Of two that are joined each could be as the other.
        alike = [(x, x) for x in reversed(self.xs)] if len(self.xs) == 2 and layer.joins else []
        others = list(layer.nearest_shapes(*self.xs))
        # What looks at another sequence has all heads of its own, as a rule.
        wide = [shapes for shapes in others if self._looks_elsewhere() and len({x[-1] for x in shapes}) == 1]
        for shapes in (*alike, *wide, *others[:NEAREST]):
            fields = self._given(shapes)
            if fields:
                stated = all("shape" in values for values in fields.values())
                practice = Practice.STATED if stated else Practice.CHANNELS
                # A table is as long as what it is added to, however much that is.
                cost = 0.0 if shapes in wide else LENGTH if stated else None
                yield Plan(practice=practice, place=min(fields), fields=fields, cost=cost, carries=not stated)

    def _looks_elsewhere(self) -> bool:
        """Whether what the first source is made of is not what the others are made of."""
        above = [self.steps[place_of(source)].sources if source else () for source in self.steps[self.at].sources]
        return all(above) and above[0] not in above[1:]

    def _given(self, shapes: tuple[Shape, ...]) -> dict[int, Mapping[str, object]]:
        """The fields with which the sources have other shapes; nothing where a layer cannot give its own."""
        fields: dict[int, Mapping[str, object]] = {}
        for source, x, wanted in zip(self.steps[self.at].sources, self.xs, shapes, strict=False):
            layer = self.steps[place_of(source)].layer if source else None
            if x == wanted:
                continue
            if layer is not None and layer.own_parameter and "shape" in fields_of(type(layer)):
                fields[place_of(source)] = {"shape": known_sizes(wanted)}
            elif layer is not None and "out_features" in fields_of(type(layer)) and x[:-1] == wanted[:-1]:
                fields[place_of(source)] = {"out_features": known_sizes(wanted)[-1]}
            else:
                return {}
        return fields
