"""Edits of a layer that differs from those like it, or that works along another axis than is meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from archcalc.fixes.candidate import Search
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import Practice
from archcalc.layers.record import fields_of
from archcalc.sizes.rules import is_known

FIELDS = ("stride", "padding")
"""In which layers of one kind, kernel and dilation are alike."""

LIKE = 3
"""How many others are alike, at least; two are enough where they are all."""

ODD = 2
"""How many may differ from these: the one that is wrong, and a last one."""

NEAR = 4
"""How far above an error a layer is looked for that works along another axis."""


class OddOnes(Search):
    """The search for one error."""

    def plans(self) -> Iterator[Plan]:
        """What all others say; another axis."""
        yield from self._unlike()
        if self.key[0] in ("A203", "A211"):
            yield from self._other_axis()

    def _unlike(self) -> Iterator[Plan]:
        alike: dict[tuple[str, object, object], list[int]] = {}
        for place in range(self.at + 1):
            layer = self.steps[place].layer
            if layer is not None and not self.steps[place].doubtful:
                kernel, dilation = getattr(layer, "kernel_size", None), getattr(layer, "dilation", None)
                alike.setdefault((layer.kind, kernel, dilation), []).append(place)
        for (_, kernel, _), places in alike.items():
            for field in FIELDS if kernel is not None and len(places) >= LIKE else ():
                values = Counter(getattr(self.steps[place].layer, field, None) for place in places)
                usual, often = values.most_common(1)[0]
                if usual is None or often < max(min(LIKE, len(places) - 1), len(places) - ODD):
                    continue
                for odd in (place for place in places if getattr(self.steps[place].layer, field) != usual):
                    if self.key[0] == "A211" and usual == 1 and field in self.steps[odd].spec.values:
                        continue  # Where branches meet, the one that strides is meant to, and the other one forgot it.
                    yield Plan(practice=Practice.ALIKE, place=odd, fields={odd: {field: usual}}, carries=False)

    def _other_axis(self) -> Iterator[Plan]:
        """A layer that takes the mean, say, along one axis, along another; of what joins, only where that is stated."""
        for place in range(self.at if self.key[0] == "A211" else self.at - 1, max(-1, self.at - NEAR), -1):
            layer, x = self.steps[place].layer, self.found[place].input or ()
            dim = getattr(layer, "dim", None)
            if layer is None or type(dim) is not int or "dim" not in fields_of(type(layer)):
                continue
            if layer.joins and "dim" not in self.steps[place].spec.values:
                continue
            if self.key[0] == "A211" and not layer.joins:
                continue  # What is cut or averaged is, where branches meet, of one of them alone.
            for axis in range(1, len(x) + 1) if is_known(*x) else ():
                if axis != dim % (len(x) + 1):
                    yield Plan(practice=Practice.TURNED, place=place, fields={place: {"dim": axis}}, carries=False)
