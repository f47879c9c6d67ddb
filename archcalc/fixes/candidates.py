"""The edits that may fix an error: what they change, how much, and whether they do.

Tried are the sizes of the input; the named sizes; each field of the layer with the error and of every layer above
it, with values from the field's own vocabulary, nearest first; and what is often forgotten: a flatten, the batch that
is not part of a spec, channels written last, the kind for as many axes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from msgspec.structs import replace

from archcalc.fixes.candidate import Candidate, Sought, apart, changed
from archcalc.fixes.effect import Exhausted
from archcalc.fixes.field_edits import NEAR, FieldEdits
from archcalc.fixes.let_sizes import Rebind, numbers, other
from archcalc.language.yaml_edits import Edit, NewLayer, Removal, Route, yaml_text
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.record import fields_of
from archcalc.sizes.rules import Shape, is_known, known_size, known_sizes

FEW = 4
"""Up to so many channels a picture has."""

TRIED_SIZES = 256
"""How far from the input's sizes others are tried, where they cannot be told from the layers."""


class Candidates:
    """The search for one error."""

    def __init__(self, sought: Sought, rebind: Rebind) -> None:
        self.sought = sought
        self.spec = sought.spec
        self.located = sought.located
        self.routes = sought.routes
        self.trials = sought.trials
        self.effect = sought.effect
        self.network = sought.network
        self.rebind = rebind
        self.steps = sought.network.graph.steps
        self.found: list[Candidate] = []

    def ordered(self) -> list[Candidate]:
        """What fixes the error, those that change least first; what reveals others only where nothing else does."""
        with suppress(Exhausted):
            self.found += self._forgotten()
            if not any(not one.reveals for one in self.found):
                for search in (self._resized, self._named):
                    self.found += search()
                self.found += FieldEdits(self.sought).found(any(not one.reveals for one in self.found))
                self.found += self._tried_sizes()
        enough = [one for one in self.found if not one.reveals] or self.found
        distance = {place: self.located.at - place for place in range(len(self.steps))}
        # An entry of a block makes several layers, and one edit changes them all.
        distinct: dict[object, Candidate] = {}
        for one in enough:
            distinct.setdefault(one.changes or one.edit, one)
        return sorted(distinct.values(), key=lambda one: (round(one.cost, 6), distance.get(one.place or 0, 0)))

    # The input

    def _resized(self) -> Iterator[Candidate]:
        x = self.network.graph.input
        if not x or not is_known(*x):
            return
        for fitting in self.sought.fitting:
            yield from self._input(fitting.shape, said=fitting.text if fitting.axes else "")
        for wanted in self.sought.wanted(known_size(x[0])):
            if len(x) > 1:
                yield from self._input((wanted, *x[1:]))

    def _tried_sizes(self) -> Iterator[Candidate]:
        """Sizes of the input one by one: where the layers cannot tell, as when there is another error."""
        x = self.network.graph.input
        if not x or not is_known(*x) or any(one.place is None and one.named is None for one in self.found):
            return
        places = range(1, len(x)) or range(1)
        groups: list[tuple[int, ...]] = [(axis,) for axis in places]
        groups += [tuple(places)] if len(places) > 1 and len(set(x[1:])) == 1 else []
        for distance in range(1, TRIED_SIZES):
            for axes in groups:
                for step in (-distance, distance):
                    shape = tuple(size + step if axis in axes else size for axis, size in enumerate(x))
                    found = list(self._input(shape)) if min(known_sizes(shape)) >= 1 else []
                    if found:
                        yield from found
                        return

    def _input(self, shape: Shape, *, lead: str = "", said: str = "", cost: float | None = None) -> Iterator[Candidate]:
        """The input with another shape, if that fixes the error."""
        x = self.network.graph.input
        reveals = self.effect.arriving(0, shape) if shape != x else None
        if reveals is None:
            return
        sizes = known_sizes(shape)
        edit = f"input: {yaml_text(sizes)}"
        cost = apart(x, shape) if cost is None else cost
        way = Candidate(edit=edit, lead=lead, said=said, changes=(), cost=cost, place=None, reveals=reveals)
        if self.sought.given is not None:
            yield replace(way, input=shape)
        elif self.spec.axes:
            # An axis keeps its name, and the name gets another size.
            names = self.network.graph.axes
            named = [(names[axis], size) for axis, size in enumerate(sizes) if size != x[axis]] if names else []
            spans = [self.spec.let[name].span for name, _ in named if name is not None]
            if (
                named
                and len(x) == len(shape)
                and len(spans) == len(named)
                and all(map(self.routes.__contains__, spans))
            ):
                edits = tuple(Edit(self.routes[span], size) for span, (_, size) in zip(spans, named, strict=True))
                text = ", ".join(f"{name}: {size}" for name, size in named)
                yield replace(way, edit=f"let {text}", changes=edits)
        elif self.spec.input_span in self.routes:
            route = self.routes[self.spec.input_span]
            changed = [axis for axis, pair in enumerate(zip(x, shape, strict=False)) if pair[0] != pair[1]]
            edits = tuple(Edit((*route, axis), sizes[axis]) for axis in changed)
            changes = edits if len(x) == len(shape) else (Edit(route, sizes),)
            yield replace(way, changes=changes)

    # What is often forgotten

    def _forgotten(self) -> Iterator[Candidate]:
        x, at = self.network.graph.input, self.located.at
        # Of four axes of which the second are few, the first is the batch; else the layer is of another kind.
        has_batch = is_known(*x) and len(x) == 4 and x[1] <= FEW
        other_kind = self._of_other_axes(at) if self.located.key[0] == "A202" and not has_batch else None
        if other_kind is not None:
            yield other_kind
            return
        if is_known(*x) and len(x) > 1:
            yield from self._input(x[1:], lead="leave out the batch", cost=0.0)
        if is_known(*x) and len(x) == 3 and x[2] <= 4 < x[0]:
            turned = (x[2], x[0], x[1])
            yield from self._input(turned, lead="write the channels first", cost=0.0)
        if self.located.key[0] in ("A202", "A203"):
            yield from self._flattened(at)
        if self.located.key[0] == "A202" and self.steps[at].sources == (at,) and at > 0:
            reveals = self.effect.without(at - 1)
            above, name = self.steps[at - 1].spec, self.steps[at - 1].path
            route = self.routes.get(above.span)
            if reveals is not None and route is not None:
                said, edit = f"remove `{name}` above it (line {above.span.line})", f"remove {name}"
                yield Candidate(
                    said=said, edit=edit, changes=(Removal(route),), cost=0.0, place=at - 1, reveals=reveals
                )

    def _of_other_axes(self, at: int) -> Candidate | None:
        """The kind for as many axes as arrive: `conv2d` for `conv1d`."""
        spec, arriving = self.steps[at].spec, self.network.facts.layers[at].input or ()
        route = None if spec.kind_span is None else self.routes.get(spec.kind_span)
        layer = self.steps[at].layer
        if layer is None or route is None or layer.kind[-2:] not in ("1d", "2d", "3d"):
            return None
        other = KINDS.get(f"{layer.kind[:-2]}{len(arriving) - 1}d")
        if other is None or other is type(layer):
            return None
        places = [place for place, step in enumerate(self.steps) if step.spec.span == spec.span]
        layers = {place: _as_kind(other, self.steps[place].layer) for place in places}
        whole = {place: made for place, made in layers.items() if made is not None}
        reveals = self.effect.together(whole, self.network.graph.input) if len(whole) == len(layers) else None
        if reveals is None:
            return None
        written, change = f"kind: {other.kind}", Edit(route, other.kind)
        edit = f"{self.steps[at].path} {written}"
        return Candidate(edit=edit, written=written, changes=(change,), cost=0.0, place=at, reveals=reveals)

    def _flattened(self, at: int) -> Iterator[Candidate]:
        arriving = self.network.facts.layers[at].input or ()
        route = self.routes.get(self.steps[at].spec.span)
        if not is_known(*arriving) or len(arriving) < 2 or route is None:
            return
        reveals = self.effect.arriving(self.steps[at].sources[0], KINDS["flatten"]().out(arriving))
        if reveals is not None:
            said, edit = "put `- {kind: flatten}` above it", f"{{kind: flatten}} above {self.steps[at].path}"
            new = NewLayer(route, "{kind: flatten}")
            yield Candidate(said=said, edit=edit, changes=(new,), cost=0.0, place=at, reveals=reveals)

    # The sizes of `let`

    def _named(self) -> Iterator[Candidate]:
        """Other values of the named sizes that reach the error: those that it names, then the nearest."""
        enough = self.trials.left * 3 // 4
        for name, value, node in numbers(self.spec):
            if node.span not in self.routes or not self._reaches(name, value):
                continue
            near = (value + sign * distance for distance in range(1, NEAR + 1) for sign in (-1, 1))
            for new in dict.fromkeys([*self.sought.wanted(value), *near]):
                found = self._renamed(name, new, self.routes[node.span]) if new >= 1 else None
                if found is not None:
                    yield found
                if self.trials.left < enough:
                    return
                if found is not None and not found.reveals:
                    break

    def _reaches(self, name: str, value: int) -> bool:
        """Whether a size says anything about the layer with the error or one above it."""
        made = other(self.network.graph, self.rebind(name, value + 1))
        changed = made is not None and any(place <= self.located.at for place in made.layers)
        return changed or (made is not None and made.input != self.network.graph.input)

    def _renamed(self, name: str, value: int, route: Route) -> Candidate | None:
        """A named size with another value, if that fixes the error."""
        self.trials.spend(len(self.steps) // 4)
        made = other(self.network.graph, self.rebind(name, value))
        reveals = None if made is None else self.effect.together(made.layers, made.input)
        if made is None or reveals is None:
            return None
        cost = apart(self.network.graph.input, made.input)
        for place, layer in made.layers.items():
            old, xs = self.steps[place].layer, self.network.facts.layers[place].arriving
            cost += changed(old, layer, xs) if old is not None and xs is not None else 0.0
        edit = f"let {name}: {value}"
        change = Edit(route, value)
        return Candidate(edit=edit, changes=(change,), cost=cost, place=None, named=name, reveals=reveals)


def _as_kind(kind: type[Layer], layer: Layer | None) -> Layer | None:
    """A layer of another kind with the same fields; ``None`` where these have a value for each axis."""
    if layer is None:
        return None
    values = {name: getattr(layer, name) for name in fields_of(type(layer)) if name in fields_of(kind)}
    return None if any(isinstance(value, tuple) for value in values.values()) else kind(**values)
