"""What layers that work in place overwrite, and who would miss it: a rule over the graph alone, whatever the sizes.

A layer in place writes what it gives over what it takes, and over all that lies in the same memory. Whoever reads one
of these values later reads something else; and torch refuses the backward pass where it kept one. Both are followed
in training and in evaluation, for some layers pass on in one what they copy in the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from enum import Enum
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Label, Overwriting, Span, Suggestion
from archcalc.language.nodes import ScalarNode
from archcalc.layers.contract import Layer
from archcalc.network.flow import users
from archcalc.network.graph import INPUT, Graph, Place, Step, use_labels, value_of

FIELD = "inplace"
"""The field that says so, of every kind that has it, as in torch."""

MAX_PARTS = 64
"""How many stretches of one memory are told apart where a layer overwrites another; beyond it, none is."""

MAX_NESTED = 8
"""How many slices of slices are told apart."""


class Why(Enum):
    """Why what is overwritten is missed."""

    CALLER = "the caller's tensor"
    OUTPUT = "an output of the network"
    TAKEN = "which `{}` takes after it"
    KEPT_INPUT = "which `{}` took and keeps for its gradient"
    KEPT_OUTPUT = "which `{}` keeps for its gradient"
    LEARNT = "a parameter, which is the same for every sample"


class Clash(Struct, frozen=True):
    """A layer in place, and one value that it overwrites though it is needed.

    ``place`` is the layer's, ``value`` the number of the value, and ``by`` the place of the layer that needs it;
    ``None`` where the caller does. ``training`` says in which mode alone that is so; in both where it is ``None``.
    """

    place: int
    value: int
    why: Why
    by: int | None = None
    training: bool | None = None


def clashes(graph: Graph) -> list[Clash]:
    """Of each layer in place that may not be so, what it overwrites first; in the layers' order.

    One that may not is taken for what it should be, a layer that gives a tensor of its own: so each error is one's own.
    """
    writers = {place for place, step in enumerate(graph.steps) if step.works_in_place}
    if not writers or _alone(graph, writers):
        return []
    readers = _Readers(graph)
    modes = [_Mode(graph, readers, training) for training in (True, False)]
    found: list[Clash] = []
    for place, step in enumerate(graph.steps):
        layer = step.layer
        if place in writers and layer is not None:
            each = [mode.clash(place) for mode in modes if layer.overwrites(mode.training)]
            missed = [clash for clash in each if clash is not None]
            if missed:
                found.append(missed[0] if len(missed) < len(modes) else replace(missed[0], training=None))
                layer = replace(layer, **{FIELD: False})
        for mode in modes:
            mode.goes_on(place, layer)
    return found


def _alone(graph: Graph, writers: set[int]) -> bool:
    """Whether each layer in place takes what was made for it alone: so it is nearly everywhere, and quickly seen."""
    taken = [0] * (len(graph.steps) + 1)
    for step in graph.steps:
        for source in step.sources:
            taken[source] += 1
    for output in graph.outputs:
        taken[output] += 1
    known: dict[int, bool] = {}
    return all(_own(graph, graph.steps[place].sources[0], taken, known) for place in writers)


def _own(graph: Graph, value: int, taken: list[int], known: dict[int, bool]) -> bool:
    """Whether of a value, and of all that it was passed on from, nothing is kept, and each is taken by one alone."""
    passed = []
    answer = None
    while answer is None:
        giver = graph.giver(value)
        layer = giver.layer if giver is not None else None
        passed.append(value)
        if value in known:
            answer = known[value]
        elif layer is None or taken[value] != 1 or layer.keeps_output() or layer.ignores_values:
            answer = False
        elif not any(layer.overwrites(training) or layer.shares(training) for training in (True, False)):
            answer = True
        elif layer.keeps_input():
            answer = False
        else:
            assert giver is not None
            value = giver.sources[0]
    known.update(dict.fromkeys(passed, answer))
    return answer


class _Readers:
    """Who reads each value, of the layers that the outputs depend on; the outputs are read when all is done."""

    def __init__(self, graph: Graph) -> None:
        self.end = len(graph.steps)
        self.live: set[int] = set()
        needed = set(graph.outputs)
        for place in range(self.end - 1, -1, -1):
            if value_of(place) in needed:
                self.live.add(place)
                needed.update(graph.steps[place].sources)
        self.places = [[place for place in places if place in self.live] for places in users(graph.steps)]
        for output in graph.outputs:
            self.places[output].append(Place(self.end))

    def reads_after(self, value: int, place: int) -> bool:
        """Whether anybody reads a value after the layer at a place."""
        return bool(self.places[value]) and self.places[value][-1] > place

    def next_after(self, value: int, place: int) -> int | None:
        """The first who does; ``None`` for the caller."""
        first = next((reader for reader in self.places[value] if reader > place), self.end)
        return None if first == self.end else first


Stretches: TypeAlias = tuple[tuple[int, tuple[int, int, int | None]], ...]
"""The slices that made a value a part of its memory, the outermost first: of which value, and which stretch."""


class _Mode:
    """What lies in which memory, in one mode, as the layers are gone through."""

    def __init__(self, graph: Graph, readers: _Readers, training: bool) -> None:
        self.steps = graph.steps
        self.readers = readers
        self.training = training
        # By the number of the value: that of the first in its memory, and its part of that.
        self.memory: list[int] = [INPUT]
        self.parts: list[Stretches] = [()]
        # By memory: the values in it that may still be read, and what is kept of it.
        self.values: dict[int, deque[int]] = {INPUT: deque([INPUT])}
        self.kept: dict[int, tuple[int, Why, int]] = {}

    def clash(self, place: int) -> Clash | None:
        """What the layer at this place would overwrite, if that is needed."""
        (taken,) = self.steps[place].sources
        memory = self.memory[taken]
        if memory == INPUT:
            return Clash(place, INPUT, Why.CALLER, None, self.training)
        value = self._still_read(memory, place, self.parts[taken])
        if value is not None:
            by = self.readers.next_after(value, place)
            return Clash(place, value, Why.OUTPUT if by is None else Why.TAKEN, by, self.training)
        giver = self.steps[memory - 1].layer
        if giver is not None and giver.ignores_values:
            return Clash(place, memory, Why.LEARNT, None, self.training)
        if memory in self.kept:
            value, why, by = self.kept[memory]
            return Clash(place, value, why, by, self.training)
        return None

    def _still_read(self, memory: int, place: int, part: Stretches) -> int | None:
        """A value in this memory that is read after this place, and may have something in common with a part of it."""
        values, apart, found = self.values[memory], [], None
        while values and found is None:
            value = values.popleft()
            # What nobody reads any more is not looked at again.
            if self.readers.reads_after(value, place):
                apart.append(value)
                found = None if len(apart) <= MAX_PARTS and _apart(self.parts[value], part) else value
        values.extendleft(reversed(apart))
        return found

    def goes_on(self, place: int, layer: Layer | None) -> None:
        """Go on past the layer at this place."""
        sources, value = self.steps[place].sources, place + 1
        layer = None if self.steps[place].lost else layer
        within = layer is not None and (layer.overwrites(self.training) or layer.shares(self.training))
        memory = self.memory[sources[0]] if within else value
        self.memory.append(memory)
        self.parts.append(self._part(sources[0], layer) if within else ())
        self.values.setdefault(memory, deque()).append(value)
        if layer is None or place not in self.readers.live:
            return
        if layer.keeps_input():
            for source in sources:
                self.kept.setdefault(self.memory[source], (source, Why.KEPT_INPUT, place))
        if layer.keeps_output():
            self.kept.setdefault(memory, (value, Why.KEPT_OUTPUT, place))

    def _part(self, source: int, layer: Layer | None) -> Stretches:
        part, stretch = self.parts[source], None if layer is None else layer.stretch()
        return part if stretch is None or len(part) == MAX_NESTED else (*part, (source, stretch))


def _apart(one: Stretches, other: Stretches) -> bool:
    """Whether two values of one memory surely have nothing in common: other stretches of the same value."""
    for (of, stretch), (also_of, also) in zip(one, other, strict=False):
        if of != also_of:
            return False
        if stretch != also:
            (dim, start, stop), (other_dim, other_start, other_stop) = stretch, also
            return dim == other_dim and (_ends_before(stop, other_start) or _ends_before(other_stop, start))
    return False


def _ends_before(stop: int | None, start: int) -> bool:
    """Whether one stretch ends where another starts, or before, counted from the same end of the axis."""
    return stop is not None and (stop < 0) == (start < 0) and stop <= start


# What is said of it


def report_clashes(graph: Graph, log: Log) -> None:
    """An error for each entry that works in place where it may not, however many layers it makes."""
    alike: dict[Span, dict[str, Clash]] = {}
    for clash in clashes(graph):
        spec = graph.steps[clash.place].spec
        alike.setdefault(spec.where(FIELD), {}).setdefault(graph.steps[clash.place].path, clash)
    found = log.once()
    try:
        for span, (clash, *others) in zip(alike, map(dict.values, alike.values()), strict=True):
            more = f", and in {len(others):,} other place{'s' * (len(others) > 1)}" if others else ""
            labels = [*_labels(graph.steps, clash), *use_labels(graph.steps[clash.place].uses)]
            found.error(
                "A320",
                span,
                clash_message(graph, clash) + more,
                _way(graph.steps[clash.place]),
                labels=labels,
                cause=Overwriting(clash.place),
            )
    finally:
        log.adopt(found)


def _way(step: Step) -> str | Suggestion:
    """What to write so that a layer does not work in place: its flag, or the argument of its block that it follows."""
    node = step.spec.values.get(FIELD)
    name = node.text if isinstance(node, ScalarNode) and isinstance(node.value, str) else None
    if name is None or not step.uses:
        return Suggestion(f"write `{FIELD}: false`", False)
    use = step.uses[-1]
    given = use.spec.values.get(name)
    if isinstance(given, ScalarNode) and isinstance(given.value, bool):
        return Suggestion(f"write `{name}: false` at `{use.path}`", False, at=given.span)
    return f"write `{name}: false` at `{use.path}`"


def clash_message(graph: Graph, clash: Clash) -> str:
    """What a layer overwrites, and who needs it."""
    step = graph.steps[clash.place]
    (taken,) = step.sources
    what = _named(graph, taken)
    if clash.value != taken:
        what += f", and with it {_named(graph, clash.value)}"
    words: str = clash.why.value
    why = words.format("" if clash.by is None else graph.steps[clash.by].path)
    mode = "" if clash.training is None else f" (in {'training' if clash.training else 'evaluation'})"
    return f"`{step.path}` overwrites {what}, {why}{mode}"


def _named(graph: Graph, value: int) -> str:
    giver = graph.giver(value)
    return "the network's own input" if giver is None else f"what `{giver.path}` gives"


def _labels(steps: Sequence[Step], clash: Clash) -> list[Label]:
    if clash.by is None:
        return []
    computed = {Why.KEPT_INPUT: "takes", Why.KEPT_OUTPUT: "gives"}.get(clash.why)
    text = (
        "what it takes is overwritten by then"
        if computed is None
        else f"its gradient is computed from what it {computed}"
    )
    return [Label(steps[clash.by].spec.where(None), text)]
