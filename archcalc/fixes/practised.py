"""Edits of fields that practitioners make, with what follows: stated sizes, and channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from msgspec.structs import replace

from archcalc.fixes.candidate import Search
from archcalc.fixes.effect import CLAIM
from archcalc.fixes.exchanged import ENDS
from archcalc.fixes.following import reshaped
from archcalc.fixes.plans import Plan, field_edit, is_literal
from archcalc.fixes.practice import Practice, is_depthwise, of_fields, of_stated
from archcalc.fixes.window_edits import near
from archcalc.language.nodes import ScalarNode
from archcalc.language.yaml_changes import Dropped
from archcalc.layers.contract import Layer
from archcalc.layers.record import defaults_of, fields_of
from archcalc.network.graph import Place, Value, place_of, value_of
from archcalc.sizes.rules import is_known, known_size, known_sizes, prod

NEAREST_VALUES = 3
"""How far from what the field says that the error points at, others are tried with all that follows."""

MANY_GROUPS = 32
"""So many groups of as many channels as arrive were one for each of them."""

GIVEN = ("out_channels", "out_features", "embedding_dim", "hidden_size")
"""The fields that say how many channels, or features, a layer gives."""


class PractisedEdits(Search):
    """The search for one error."""

    def plans(self) -> Iterator[Plan]:
        """What may be done, what is done first before the rest."""
        for plans in (
            self._stated,
            self._pointed_at,
            self._divided,
            self._channels,
        ):
            yield from plans()

    # What is stated

    def _stated(self) -> Iterator[Plan]:
        """The sizes that the layer with the error states, as what arrives has them; and those of errors like it."""
        layer, xs = self.steps[self.at].layer, self.found[self.at].arriving
        if layer is None or xs is None or self.need is None or not all(xs):
            return
        field = self.need.field
        if field is not None and isinstance(layer.infers(*xs).get(field), int):
            values = {field: layer.infers(*xs)[field]}
            yield Plan(practice=self.stated_practice(of_stated(layer, xs)), place=self.at, fields={self.at: values})
            like = dict.fromkeys(self._like(field, layer, values), values)
            if like:
                yield Plan(practice=Practice.STATED, place=self.at, fields={self.at: values} | like, cost=0.0)
            yield from self._as_many(field, layer, values)
            yield from self._unstated(field)
        name = {"reshape": "shape", "unflatten": "unflattened_size"}.get(layer.kind)
        if self.need.code == "A214" and name is not None and is_known(*xs[0]):
            for shape in self._shapes(getattr(layer, name), known_sizes(xs[0])):
                yield Plan(practice=Practice.STATED, place=self.at, fields={self.at: {name: shape}})
            yield from self._split(getattr(layer, name), known_sizes(xs[0]))

    def _split(self, shape: tuple[int, ...], x: tuple[int, ...]) -> Iterator[Plan]:
        """Other channels of the layer above, of a map that is split into parts: anchors, and what each of them says."""
        places, above = x[1:], place_of(self.steps[self.at].sources[0])
        if len(x) < 2 or not self.steps[self.at].sources[0] or shape[-len(places) :] != places or min(shape) < 1:
            return
        given, wanted = self._giving(value_of(above)), known_size(prod(shape[: -len(places)]))
        if getattr(self.steps[given].layer, "out_channels", None) == x[0]:
            values = {"out_channels": wanted}
            yield Plan(practice=Practice.STATED, place=given, fields={given: values}, cost=0.0)

    def _as_many(self, field: str, layer: Layer, values: Mapping[str, object]) -> Iterator[Plan]:
        """A layer that gives as many as it takes, as it was written, where a join below has an error as well."""
        for takes, gives in ENDS:
            if field == takes and getattr(layer, gives, None) == getattr(layer, takes):
                below = [one for one in self.sought.network.facts.failures if one.place > self.at]
                if any(one.need.code == "A211" for one in below):
                    both = {**values, gives: values[takes]}
                    yield Plan(practice=Practice.STATED, place=self.at, fields={self.at: both}, cost=0.0)

    def _unstated(self, field: str) -> Iterator[Plan]:
        """A size that is left out, where the uses of a block are given several, so that no number is right."""
        step, places = self.steps[self.at], self.sought.effect.alike(self.at)
        node = step.spec.values.get(field)
        arriving = [(self.steps[place].layer, self.found[place].arriving) for place in places]
        known = [
            (layer, xs) for layer, xs in arriving if layer is not None and xs and all(x and is_known(*x) for x in xs)
        ]
        sizes = {layer.infers(*xs).get(field) for layer, xs in known}
        if node is None or node.span not in self.sought.routes or len(known) < len(places) or len(sizes) < 2:
            return
        unstated = {field: defaults_of(type(known[0][0])).get(field, node)}
        if unstated[field] is not None:
            return
        yield Plan(
            practice=Practice.STATED,
            place=self.at,
            kinds={place: replace(layer, **unstated) for place, (layer, _) in zip(places, known, strict=True)},
            changes=(Dropped(self.sought.routes[node.span]),),
            edits=(f"{step.path} without {field}",),
            said=f"leave out `{field}`: {len(sizes)} sizes arrive, one for each way that the block is used",
            cost=0.0,
            carries=False,
        )

    def _like(self, field: str, layer: Layer, values: Mapping[str, object]) -> Iterator[int]:
        """Where else the same field states the same size, and the same other one arrives."""
        effect = self.sought.effect
        own = set(effect.alike(self.at))
        for place in sorted({failure.place for failure in self.sought.network.facts.failures}):
            if place in own:
                continue
            own |= set(effect.alike(place))
            other, xs = self.steps[place].layer, self.found[place].arriving
            if other is None or xs is None or not all(x and is_known(*x) for x in xs):
                continue
            same = getattr(other, field, None) == getattr(layer, field)
            if same and other.infers(*xs).get(field) == values[field]:
                yield place

    def _shapes(self, shape: tuple[int, ...], x: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """What a reshape could give of what arrives: all in one axis, or maps of another size."""
        total = known_size(prod(x))
        one = reshaped(shape, (), x)
        if one is not None:
            yield one
        if len(shape) > 1 and min(shape) > 0 and total % shape[0] == 0:
            rest, axes = total // shape[0], len(shape) - 1
            side = round(rest ** (1 / axes))
            if side**axes == rest and len(set(shape[1:])) == 1:
                yield (shape[0], *(side,) * axes)
        places = known_size(prod(shape[1:]))
        if len(shape) > 1 and min(shape) > 0 and total % places == 0:
            yield (total // places, *shape[1:])

    def _pointed_at(self) -> Iterator[Plan]:
        """The nearest values of the field that the error points at, with the stated sizes that follow."""
        layer = self.steps[self.at].layer
        xs = self.found[self.at].arriving
        name = None if self.need is None else self.need.field
        if layer is None or xs is None or name not in fields_of(type(layer)):
            return
        for distance in range(1, NEAREST_VALUES + 1):
            for value in fields_of(type(layer))[name].nearby(getattr(layer, name), layer.axes, distance):
                practice = self.stated_practice(of_fields(layer, replace(layer, **{name: value}), xs, at_error=True))
                yield Plan(practice=practice, place=self.at, fields={self.at: {name: value}})

    # Channels

    def _divided(self) -> Iterator[Plan]:
        """Channels that divide into the groups, of the layer with the error: a depthwise conv gives what it takes."""
        layer, xs = self.steps[self.at].layer, self.found[self.at].arriving
        given, key = getattr(layer, "out_channels", None), self.key
        divided = key == ("A204", "groups")
        if not (divided or key == ("A203", "in_channels")) or layer is None or not xs or type(given) is not int:
            return
        arriving = known_size(xs[0][0]) if xs[0] and is_known(xs[0][0]) else 0
        wanted = [arriving] if is_depthwise(layer, xs[0]) else []
        for size in dict.fromkeys((*wanted, *self.sought.wanted(given))) if divided else ():
            if size not in (0, given):
                yield Plan(practice=Practice.CHANNELS, place=self.at, fields={self.at: {"out_channels": size}})
        if divided and given == arriving:
            yield from self._depthwise(arriving)
        stated = getattr(layer, "in_channels", None)
        if type(stated) is int and is_depthwise(layer, (stated,)) and arriving not in (0, stated):
            # It was depthwise for what it states: it is one of what arrives.
            values = {"in_channels": arriving, "out_channels": arriving, "groups": arriving}
            practice = Practice.CHANNELS if divided else Practice.STATED
            yield Plan(practice=practice, place=self.at, fields={self.at: values}, cost=None if divided else 0.0)

    def _depthwise(self, channels: int) -> Iterator[Plan]:
        """As many groups as channels, of a layer that gives as many as it takes."""
        step, layer = self.steps[self.at], self.steps[self.at].layer
        alike = {place: self.steps[place].layer for place in self.sought.effect.alike(self.at)}
        kinds = {
            place: replace(one, groups=getattr(one, "out_channels", channels))
            for place, one in alike.items()
            if one is not None
        }
        node = step.spec.values.get("out_channels")
        named = isinstance(node, ScalarNode) and not is_literal(node, channels)
        written = str(node.value) if isinstance(node, ScalarNode) and named else channels
        meant = getattr(layer, "groups", 1) >= MANY_GROUPS
        with suppress(KeyError):
            yield Plan(
                practice=Practice.STATED if meant else Practice.CHANNELS,
                place=self.at,
                kinds=kinds,
                changes=(field_edit(self.sought, step.spec, type(kinds[self.at]), "groups", written),),
                edits=(f"{step.path} groups: {written}",),
                written=f"groups: {written}",
                cost=0.0 if meant else None,
                carries=False,
            )

    def _channels(self) -> Iterator[Plan]:
        """What a layer gives, so that what is stated below it arrives, or is given, with all that follows."""
        last = self.at if self.key == CLAIM else self.at - 1
        for place in (one for one in near(self.at) if one <= last and not self._is_beside_keys(one)):
            layer = self.steps[place].layer
            for name in GIVEN:
                value = getattr(layer, name, None)
                if type(value) is int:
                    for wanted in self.sought.wanted(value):
                        yield Plan(practice=Practice.CHANNELS, place=place, fields={place: {name: wanted}})
                        added = self._added(place, name, value)
                        if added:
                            fields = {one: {name: wanted} for one in (place, *added)}
                            yield Plan(practice=Practice.CHANNELS, place=place, fields=fields)

    def _added(self, place: int, name: str, value: int) -> list[int]:
        """The layers that give as much, and are added to what this one gives: words and their positions, a residual."""
        effect, value_here = self.sought.effect, value_of(place)
        joins = [self.steps[at] for at in effect.users[value_here]]
        sources = {one for step in joins if step.layer is not None and step.layer.kind == "add" for one in step.sources}
        others = [self._giving(one) for one in sources - {value_here} if one]
        return [at for at in others if at != place and getattr(self.steps[at].layer, name, None) == value]

    def _giving(self, value: Value) -> Place:
        """The layer whose channels a value has: above a norm or an activation, the one that gives them."""
        place = place_of(value)
        while not any(hasattr(self.steps[place].layer, name) for name in GIVEN) and len(self.steps[place].sources) == 1:
            if not self.steps[place].sources[0]:
                break
            place = place_of(self.steps[place].sources[0])
        return place

    def _is_beside_keys(self, place: int) -> bool:
        """Whether a layer gives one of several values, as those beside keys, that a sound layer takes and joins not."""
        users = self.sought.effect.users[value_of(place)]
        layers = [self.steps[at].layer for at in users if at != self.at and len(self.steps[at].sources) > 1]
        return len(users) == 1 and any(layer is not None and not layer.joins for layer in layers)
