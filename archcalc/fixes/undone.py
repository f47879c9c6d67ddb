"""Maps made larger by a factor, where a map above has a pixel more or less: made as large as that one instead."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.fixes.candidate import Search
from archcalc.fixes.effect import CLAIM
from archcalc.fixes.instead import Inserted
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import Practice
from archcalc.fixes.window_edits import near
from archcalc.language.yaml_changes import Change, Dropped, Edit
from archcalc.layers.contract import KINDS
from archcalc.layers.record import fields_of
from archcalc.sizes.axes import per_axis
from archcalc.sizes.rules import Shape, is_known, known_sizes


class Undone(Search):
    """The search for one error."""

    def plans(self) -> Iterator[Plan]:
        """`upsample` as `upsample_as`, where branches meet that are pixels apart, or another size is claimed."""
        if self.is_pixels_apart or self.key == CLAIM:
            for place in near(self.at):
                yield from self._recast(place)

    def _recast(self, place: int) -> Iterator[Plan]:
        step, spec = self.steps[place], self.steps[place].spec
        layer, kind = step.layer, KINDS["upsample_as"]
        factor = spec.values.get("scale_factor")
        if layer is None or layer.kind != "upsample" or factor is None or len(self.sought.effect.alike(place)) > 1:
            return
        rest = [name for name in spec.values if name != "scale_factor"]
        route, written = self.sought.routes.get(spec.span), factor.span in self.sought.routes
        as_route = None if spec.kind_span is None else self.sought.routes.get(spec.kind_span)
        named = self.named_above(place)
        own = named.get(step.sources[0])
        if route is None or as_route is None or not written or own is None or not set(rest) <= fields_of(kind).keys():
            return
        for value in self._as_large(place, named):
            sources = (own, named[value])
            changes: tuple[Change, ...] = (
                Edit(as_route, kind.kind),
                Edit((*route, "from"), sources, str(as_route[-1])),
                Dropped(self.sought.routes[factor.span]),
            )
            as_said = f"kind: {kind.kind}, from: [{', '.join(sources)}]"
            yield Plan(
                practice=Practice.UNDONE,
                place=place,
                kinds={place: KINDS["identity"]()},
                inserted={place: Inserted((kind(**{name: getattr(layer, name) for name in rest}),), others=(value,))},
                changes=changes,
                edits=(f"{step.path} {as_said}",),
                said=f"make `{step.path}` as large as `{named[value]}`, in place of its factor: `{as_said}`",
                cost=0.5,
                carries=False,
            )

    def _as_large(self, place: int, named: dict[int, str]) -> Iterator[int]:
        """Of each size that the factor misses by less than its own pixels, the last value above that has it."""
        x, out = self.found[place].input or (), self.found[place].output or ()
        factors = per_axis(getattr(self.steps[place].layer, "scale_factor", 1), max(len(x) - 1, 1))
        seen: set[Shape] = set()
        for value in reversed(named):
            other = self.sought.effect.values[value]
            if len(other) != len(x) or not is_known(*other, *x, *out) or other[1:] in seen:
                continue
            seen.add(other[1:])
            pairs = list(zip(known_sizes(other)[1:], known_sizes(out)[1:], factors, strict=True))
            if other[1:] != out[1:] and all(abs(size - given) < factor for size, given, factor in pairs):
                yield value
