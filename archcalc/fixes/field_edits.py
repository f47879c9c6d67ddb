"""Edits of the layers' fields that may fix an error: values from each field's own vocabulary, nearest first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from msgspec.structs import replace

from archcalc.fixes.candidate import Candidate, Search, Sought, changed
from archcalc.fixes.instead import Instead
from archcalc.fixes.plans import field_change, is_literal, stated
from archcalc.fixes.practice import Practice, of_fields
from archcalc.language.yaml_changes import EditError
from archcalc.layers.contract import Layer
from archcalc.layers.record import fields_of
from archcalc.sizes.rules import Shape, is_known

NEAR = 16
"""How far from what a field says a value is looked for where another edit fixes the error already."""

FAR = 64
"""How far from what a field says a value is looked for at all."""


class FieldEdits(Search):
    """The search among the fields of the layer with the error and of every layer above it."""

    def __init__(self, sought: Sought) -> None:
        super().__init__(sought)
        self.done: set[tuple[int, str]] = set()
        self.shown: set[tuple[int, str]] = set()

    def at_error(self) -> Iterator[Candidate]:
        """Those of the field that the error points at, and what its need asks for."""
        for values in self._asked():
            for name, value in values.items():
                asked_for = self.need is not None and values is self.need.fix
                found = list(self._edited(self.at, {name: value}, asked_for=asked_for))
                self._note(self.at, name, found)
                yield from found
        for distance in range(1, FAR + 1):
            for place, name in self._pointed_at():
                yield from self._nearby(place, name, distance)

    def others(self, anything: bool) -> Iterator[Candidate]:
        """All that fix the error; of ``anything`` else that does, only near values are looked at."""
        for place, name, value in self._proposed():
            found = list(self._edited(place, {name: value}))
            self._note(place, name, found)
            yield from found
        for distance in range(1, FAR + 1):
            if distance > NEAR and (anything or self.done):
                return
            for place, name in self._everywhere():
                yield from self._nearby(place, name, distance)

    def _nearby(self, place: int, name: str, distance: int) -> Iterator[Candidate]:
        if (place, name) in self.done:
            return
        found = [one for value in self._near(place, name, distance) for one in self._edited(place, {name: value})]
        enough = [one for one in found if not one.reveals]
        # Of those that show another error, the nearest value says it all.
        yield from enough[:2] or (found[:2] if (place, name) not in self.shown else [])
        self._note(place, name, found)

    def _note(self, place: int, name: str, found: list[Candidate]) -> None:
        enough = (one for one in found if one.practice is not Practice.SINGLE)
        self.done |= {(place, name)} if any(not one.reveals for one in enough) else set()
        self.shown |= {(place, name)} if found else set()

    def _everywhere(self) -> Iterator[tuple[int, str]]:
        return ((place, name) for place in self._from_both_ends() for name in self._tunable(place))

    def _pointed_at(self) -> Iterator[tuple[int, str]]:
        """The field that the error points at; none that states what arrives, which is one size and no other."""
        at, need = self.at, self.need
        layer, xs = self.steps[at].layer, self.found[at].arriving
        arrive = layer.infers(*xs) if layer is not None and xs is not None and all(is_known(*x) for x in xs) else {}
        return (
            (at, name) for name in self._tunable(at) if need is not None and name == need.field and name not in arrive
        )

    def _asked(self) -> Iterator[dict[str, object]]:
        """What the need of the layer with the error asks for, and what arrives where it states another size."""
        at, need = self.at, self.need
        layer, xs = self.steps[at].layer, self.found[at].arriving
        if layer is not None and xs is not None and need is not None:
            if need.fix:
                yield need.fix
            arriving = layer.infers(*xs) if all(is_known(*x) for x in xs) else {}
            yield {name: size for name, size in arriving.items() if name == need.field}

    def _proposed(self) -> Iterator[tuple[int, str, object]]:
        """What the layers above could say, from the sizes on either side of the error."""
        for place in self._from_both_ends():
            for name in self._tunable(place) if place < self.at else ():
                value = getattr(self.steps[place].layer, name)
                for wanted in self.sought.wanted(value) if type(value) is int else ():
                    yield place, name, wanted

    def _from_both_ends(self) -> Iterator[int]:
        """The places from the error up, and from the input down, in turn."""
        low, high = 0, self.at
        while low <= high:
            yield high
            if low < high:
                yield low
            low, high = low + 1, high - 1

    def _tunable(self, place: int) -> list[str]:
        """The fields of a layer that have a value, and whose change can be written."""
        step, xs = self.steps[place], self.found[place].arriving
        if step.layer is None or step.doubtful or xs is None:
            return []
        inferred = step.layer.infers(*xs)
        values = {name: getattr(step.layer, name) for name in fields_of(type(step.layer))}
        values = {name: value for name, value in values.items() if value is not None or name not in inferred}
        if place == self.at:
            return list(values)
        return [name for name, value in values.items() if is_literal(step.spec.values.get(name), value)]

    def _near(self, place: int, name: str, distance: int) -> list[object]:
        layer = self.steps[place].layer
        assert layer is not None
        return fields_of(type(layer))[name].nearby(getattr(layer, name), layer.axes, distance)

    def _edited(self, place: int, values: dict[str, object], *, asked_for: bool = False) -> Iterator[Candidate]:
        """A layer with other values in its fields, if that fixes the error; at no cost where its need asks for them."""
        step = self.steps[place]
        xs = self.found[place].arriving
        if step.layer is None or xs is None:
            return
        layer = replace(step.layer, **values)
        x = self.sought.network.graph.input
        layers = self.sought.effect.with_alike(place, layer)
        reveals = self.sought.effect.together(layers, x)
        if reveals is None:
            return
        with suppress(EditError, KeyError):
            written = stated(values)
            # The field that the error points at needs no other name.
            need = self.need if place == self.at else None
            at_error = need is not None and need.field in values
            literal = all(is_literal(step.spec.values.get(name), getattr(step.layer, name)) for name in values)
            changes = tuple(field_change(self.sought, step.spec, layer, name) for name in values)
            cost = 0.0 if asked_for else changed(step.layer, layer, xs)
            cost += 1e-5 * any(name not in step.spec.values for name in values)
            yield Candidate(
                edit=f"{step.path} {written}",
                written=written if at_error else "",
                changes=changes,
                cost=cost,
                practice=self._practice(step.layer, layer, xs, at_error) if literal else Practice.AT_ERROR,
                place=place,
                at_error=at_error,
                reveals=reveals,
                instead=Instead(x, layers),
            )

    def _practice(self, old: Layer, new: Layer, xs: tuple[Shape, ...], at_error: bool) -> Practice:
        practice = of_fields(old, new, xs, at_error=at_error)
        return self.stated_practice(practice) if at_error else practice
