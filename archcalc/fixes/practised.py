"""Edits of fields that practitioners make, with what follows: stated sizes, channels, padding, usual windows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from msgspec.structs import replace

from archcalc.fixes.candidate import Search
from archcalc.fixes.effect import CLAIM
from archcalc.fixes.following import reshaped
from archcalc.fixes.plans import Plan, field_change
from archcalc.fixes.practice import Practice, half_of_reach, is_depthwise, of_fields, of_stated
from archcalc.fixes.windows import USUAL, WINDOWED, forms, one_pixel, paddings, same_size, scales
from archcalc.language.yaml_changes import Dropped
from archcalc.layers.contract import Layer
from archcalc.layers.record import defaults_of, fields_of
from archcalc.sizes.rules import is_known, known_size, known_sizes, prod

NEAREST = 12
"""How many layers on either end of the network are tried by themselves: above the error, and below the input."""


NEAREST_VALUES = 3
"""How far from what the field says that the error points at, others are tried with all that follows."""

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
            self._windows,
            self._strides,
            self._claimed,
            self._everywhere,
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
            yield Plan(practice=of_stated(layer, xs), place=self.at, fields={self.at: values})
            like = dict.fromkeys(self._like(field, layer, values), values)
            if like:
                yield Plan(practice=Practice.STATED, place=self.at, fields={self.at: values} | like, cost=0.0)
            yield from self._unstated(field)
        name = {"reshape": "shape", "unflatten": "unflattened_size"}.get(layer.kind)
        if self.need.code == "A214" and name is not None and is_known(*xs[0]):
            for shape in self._shapes(getattr(layer, name), known_sizes(xs[0])):
                yield Plan(practice=Practice.STATED, place=self.at, fields={self.at: {name: shape}})

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
                practice = of_fields(layer, replace(layer, **{name: value}), xs, at_error=True)
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
        alike = {place: self.steps[place].layer for place in self.sought.effect.alike(self.at)}
        kinds = {place: replace(layer, groups=channels) for place, layer in alike.items() if layer is not None}
        with suppress(KeyError):
            change = field_change(self.sought, self.steps[self.at].spec, kinds[self.at], "groups")
            edit = f"{self.steps[self.at].path} groups: {channels}"
            yield Plan(
                practice=Practice.CHANNELS, place=self.at, kinds=kinds, changes=(change,), edits=(edit,), carries=False
            )

    def _channels(self) -> Iterator[Plan]:
        """What a layer gives, so that what is stated below it arrives, or is given, with all that follows."""
        last = self.at if self.key == CLAIM else self.at - 1
        for place in (near for near in self._near() if near <= last):
            layer = self.steps[place].layer
            for name in GIVEN:
                value = getattr(layer, name, None)
                if type(value) is int:
                    for wanted in self.sought.wanted(value):
                        yield Plan(practice=Practice.CHANNELS, place=place, fields={place: {name: wanted}})

    # Windows

    def _near(self) -> Iterator[int]:
        """The places nearest to the error, then those nearest to the input."""
        above = range(self.at, max(-1, self.at - NEAREST), -1)
        yield from above
        yield from (place for place in range(min(NEAREST, self.at)) if place not in above)

    def _windows(self) -> Iterator[Plan]:
        """Rounding up, padding, and usual windows, of one layer."""
        if self._is_of_channels():
            return
        for place in self._near():
            layer = self.steps[place].layer
            for values in () if layer is None else (*one_pixel(layer), *paddings(layer), *forms(layer), *scales(layer)):
                yield from self._plan(place, layer, values)
            yield from self._kept(place, layer)
            if self.key == CLAIM and layer is not None and "conv" in layer.kind and getattr(layer, "padding", 0) != 0:
                for plan in self._plan(place, layer, {"padding": 0}):
                    yield replace(plan, practice=Practice.PADDING)

    def _kept(self, place: int, layer: Layer | None) -> Iterator[Plan]:
        """Padding that keeps a map's size, of a conv of a block that is dilated by another number in each use."""
        alike = [self.steps[at].layer for at in self.sought.effect.alike(place)]
        reaches = {half_of_reach(one) for one in alike if one is not None and "conv" in one.kind}
        if len(reaches) > 1 and all(getattr(one, "stride", None) == 1 for one in alike):
            yield from self._plan(place, layer, {"padding": "same"})

    def _is_of_channels(self) -> bool:
        """Whether what is wrong is a number of channels, which no window changes."""
        field = None if self.need is None else self.need.field
        if field == "in_features":
            # Behind a flatten of single pixels, features are channels.
            shapes = [self.sought.effect.values[source] for source in self.steps[self.at].sources]
            above = [self.found[place].input or () for place in range(self.at, -1, -1) if self._flattens(place)][:1]
            return all(size == 1 for x in above or shapes for size in x[1:])
        return field in ("in_channels", "num_features", "num_channels", "groups", "num_groups")

    def _flattens(self, place: int) -> bool:
        layer = self.steps[place].layer
        return layer is not None and layer.kind in ("flatten", "reshape")

    def _plan(self, place: int, layer: Layer | None, values: dict[str, object]) -> Iterator[Plan]:
        xs = self.found[place].arriving
        if layer is None or xs is None or not all(x and is_known(*x) for x in xs):
            return
        practice = of_fields(layer, replace(layer, **values), xs, at_error=False)
        if practice.is_printed:
            practice = Practice.FORM if len(values) > 1 or {"kernel_size", "scale_factor"} & values.keys() else practice
            yield Plan(practice=practice, place=place, fields={place: values}, carries=False)

    def _strides(self) -> Iterator[Plan]:
        """Where branches meet of which one is about twice as large, the stride of one of them as in the other."""
        if self.key[0] != "A211" or self.is_pixels_apart:
            return
        for place in self._near():
            layer = self.steps[place].layer
            if layer is None:
                continue
            stride = getattr(layer, "stride", 0)
            other: list[dict[str, object]] = [{"stride": 2 if stride == 1 else 1}] if _is_single(stride) else []
            # What is not stated was forgotten.
            cost = None if "stride" in self.steps[place].spec.values else 0.0
            for values in (*other, *scales(layer)):
                for plan in self._plan(place, layer, values):
                    yield replace(plan, practice=Practice.SKIP, cost=cost)

    def _claimed(self) -> Iterator[Plan]:
        """Usual kernels and strides of the layer itself of which another size is claimed."""
        layer = self.steps[self.at].layer if self.key == CLAIM else None
        for name, usual in USUAL.items() if layer is not None else ():
            for value in usual if type(getattr(layer, name, None)) is int else ():
                if name == "kernel_size" and getattr(layer, "padding", 0) not in (0, value // 2):
                    continue  # Padding goes with its kernel.
                for plan in self._plan(self.at, layer, {name: value}):
                    yield replace(plan, practice=Practice.STATED)

    def _everywhere(self) -> Iterator[Plan]:
        """The same edit of all layers that are alike: every 3 × 3 conv padded, every pool rounded up."""
        alike: dict[object, list[int]] = {}
        if self._is_of_channels():
            return
        for place, step in enumerate(self.steps):
            layer = step.layer
            if layer is not None and not step.doubtful:
                alike.setdefault(_window(layer), []).append(place)
        for places in alike.values():
            first = self.steps[places[0]].layer
            entries = {self.steps[place].spec.span: place for place in reversed(places)}
            if first is None or len(entries) < 2 or min(places) > self.at:
                continue
            for values in (*one_pixel(first), *same_size(first)):
                fields = dict.fromkeys(sorted(entries.values()), values)
                practice = of_fields(first, replace(first, **values), ((),), at_error=False)
                yield Plan(practice=practice, place=places[0], fields=fields, carries=False)
        yield from self._padded(alike.values())

    def _padded(self, groups: Iterable[list[int]]) -> Iterator[Plan]:
        """Every conv padded to keep the map's size, where they are not all alike: each dilated more than the last."""
        entries = {self.steps[place].spec.span: place for group in groups for place in reversed(group)}
        layers = {place: self.steps[place].layer for place in sorted(entries.values())}
        fields = {
            place: values
            for place, layer in layers.items()
            if layer is not None and getattr(layer, "stride", None) == 1 and "conv" in layer.kind
            for values in same_size(layer)
        }
        if len({tuple(values.items()) for values in fields.values()}) > 1 and min(fields) <= self.at:
            yield Plan(practice=Practice.PADDING, place=min(fields), fields=fields, carries=False)


def _window(layer: Layer) -> tuple[object, ...]:
    """What layers have in common that are edited alike."""
    return layer.kind, *(getattr(layer, name, None) for name in (*WINDOWED, "dilation"))


def _is_single(stride: object) -> bool:
    """Whether it is one number for all axes, or left out, as of a pool."""
    return stride is None or (type(stride) is int and stride > 0)
