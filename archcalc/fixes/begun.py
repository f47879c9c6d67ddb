"""A map of another size where a decoder begins: the linear layer that gives it, and the shape that it is put in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcalc.fixes.candidate import Search
from archcalc.fixes.effect import CLAIM
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import Practice
from archcalc.network.graph import place_of
from archcalc.sizes.rules import known_sizes, prod

SHAPES = {"reshape": "shape", "unflatten": "unflattened_size"}
"""The kinds that put features in the shape of a map, and the field that says which."""

SIDES = (2, 3, 4, 5, 6, 7, 8, 14, 16)
"""The sides of the maps that decoders begin with, where the claimed one is not in proportion to that given."""


class Begun(Search):
    """The search for one error."""

    def plans(self) -> Iterator[Plan]:
        """Another side, in proportion to what is claimed below, or one that decoders begin with."""
        claimed = self.sought.network.claimed.get(self.steps[self.at].path, ())
        given = self.found[self.at].output or ()
        if self.key != CLAIM or len(claimed) != len(given) or len(claimed) < 2:
            return
        for place in range(self.at, -1, -1):
            layer, source = self.steps[place].layer, self.steps[place].sources[:1]
            name = "" if layer is None else SHAPES.get(layer.kind, "")
            shape = getattr(layer, name, None)
            above = self.steps[place_of(source[0])].layer if source and source[0] else None
            if above is None or not isinstance(shape, tuple) or len(shape) != len(claimed) or min(shape) < 1:
                continue
            pairs = list(zip(shape[1:], known_sizes(claimed)[1:], known_sizes(given)[1:], strict=True))
            whole = all(size * wanted % have == 0 for size, wanted, have in pairs)
            scaled = [tuple(size * wanted // have for size, wanted, have in pairs)] if whole else []
            for sides in dict.fromkeys((*scaled, *((side,) * len(pairs) for side in SIDES))):
                other = (shape[0], *sides)
                values: dict[int, Mapping[str, object]] = {
                    place: {name: other},
                    place_of(source[0]): {"out_features": prod(other)},
                }
                if other != shape and hasattr(above, "out_features"):
                    yield Plan(practice=Practice.STATED, place=place, fields=values, carries=False)
            return
