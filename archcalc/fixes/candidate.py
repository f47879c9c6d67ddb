"""An error that edits are sought for, and an edit that may fix it; how much an edit changes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

from msgspec import Struct
from msgspec.structs import replace

from archcalc.diagnostics.model import Diagnostic, FailedNeed, UnmetClaim
from archcalc.fixes.effect import CLAIM, Effect, Key, WrongNetwork
from archcalc.fixes.fitting import Fitting
from archcalc.fixes.instead import Instead
from archcalc.fixes.practice import Practice
from archcalc.fixes.trials import Trials
from archcalc.language.yaml_changes import Change, Route
from archcalc.layers.contract import Layer
from archcalc.layers.need import Need
from archcalc.layers.record import follows_of
from archcalc.network.graph import INPUT, Value, place_of, value_of
from archcalc.sizes.axes import axis_at
from archcalc.sizes.rules import Dim, Shape, is_known, known_size, known_sizes, prod
from archcalc.spec.model import LayerSpec, Spec

FAR = 512
"""How far from a size that does not divide as asked one that does is looked for."""

HEAD = 64
"""How wide a head of an attention is, as a rule; others are 32, 16 and so on wide."""

UNUSUAL = 1e-3
"""What a head of half the width costs, or of twice the width, in place of the usual one."""


class Located(Struct, frozen=True):
    """An error of the layer at place ``at``: a need that fails, or, without one, the claim of its shape."""

    at: int
    key: Key
    need: Need | None


class Candidate(Struct, frozen=True, kw_only=True):
    """An edit that fixes an error, as ``Effect`` sees it.

    ``place`` is the layer edited, ``None`` for the input and for a size of ``let``, which is then ``named``.
    ``edit`` is what is written, ``conv1 padding: 2``. ``at_error`` says that it is the very field that the error
    points at. A help says ``lead`` and then what to write, ``written`` where the place needs no name, and ``tail``; or
    ``said`` in place of all. ``practice`` is what somebody would do it for. ``instead`` is what it makes of the
    network.
    """

    edit: str
    lead: str = ""
    written: str = ""
    tail: str = ""
    said: str = ""
    changes: tuple[Change, ...]
    cost: float
    practice: Practice
    place: int | None
    named: str | None = None
    at_error: bool = False
    input: Shape | None = None
    reveals: frozenset[int] = frozenset()
    instead: Instead | None = None

    @property
    def is_of_input_slip(self) -> bool:
        """Whether the axes of the input are mended, before which no error of a layer says what was meant."""
        return self.practice is Practice.SLIP and self.place is None and self.named is None


class Sought(Struct, frozen=True):
    """What edits are sought for: an error of a network of a spec, and how much more may be tried.

    ``given`` is the input where it was given from outside; ``routes`` are the file's nodes by where they stand.
    ``fitting`` are inputs that the network would take.
    """

    spec: Spec
    network: WrongNetwork
    located: Located
    given: Shape | None
    routes: Mapping[object, Route]
    trials: Trials
    effect: Effect
    fitting: Sequence[Fitting]

    def wanted(self, size: int) -> list[int]:
        """What a size above could have been for the error not to be: what is stated, or in proportion to it."""
        at, need = self.located.at, self.located.need
        found = self.network.facts.layers[at]
        layer, xs = self.network.graph.steps[at].layer, found.arriving
        pairs: list[tuple[object, object]] = []
        if need is not None and layer is not None and xs is not None and all(xs):
            pairs = [(getattr(layer, name), size) for name, size in layer.infers(*xs).items() if name == need.field]
            if need.code == "A214" and len(xs) == 1 and is_known(*xs[0]):
                # What is put in another shape could have been as much as that holds.
                parts, dim = getattr(layer, "unflattened_size", None), getattr(layer, "dim", 0)
                whole = prod(getattr(layer, "shape", ())), prod(xs[0])
                pairs += [whole if parts is None else (prod(parts), xs[0][axis_at(dim, xs[0]) - 1])]
            window = getattr(layer, need.field or "", None)
            if need.code == "A201" and isinstance(window, tuple):
                # One that has a size for each axis, and is longer along one, was meant for rows that are as long.
                pairs += zip(window, xs[0][1:], strict=False)
            if need.code == "A215" and len(xs) == 1:
                # What is cut beyond the end of an axis was meant for a longer one.
                pairs += [(getattr(layer, need.field or "", None), size) for size in xs[0]]
            # Of a join each input could have as many channels as another, or, last in a sequence, as many features.
            ends = () if len(xs) == 1 else (0, -1) if need.code == "A211" and len(xs[0]) == 2 else (0,)
            pairs += [(y[end], x[end]) for end in ends for x in xs for y in xs if x[end] != y[end]]
        elif self.located.key == CLAIM and found.output is not None:
            pairs = list(zip(self.network.claimed[found.name], found.output, strict=False))
        wanted = self._divided(size)
        for stated, arriving in pairs:
            if type(stated) is int and type(arriving) is int and arriving > 0:
                wanted += [stated] + [size * stated // arriving] * (size * stated % arriving == 0)
                # What is concatenated with others makes up what is missing, or has what is too much.
                wanted += [size + stated - arriving] * (size + stated > arriving)
        return [value for value in dict.fromkeys(wanted) if value != size]

    def _divided(self, size: int) -> list[int]:
        """The sizes on either side of one that does not divide as the layer with the error asks."""
        layer, xs = self.network.graph.steps[self.located.at].layer, self.network.facts.layers[self.located.at].arriving
        if self.located.key[0] != "A204" or layer is None or xs is None:
            return []
        groups = getattr(layer, "groups", None)
        if self.located.key[1] == "groups" and type(groups) is int:
            # They divide what the layer gives as well.
            if size not in (*xs[0][:1], getattr(layer, "out_channels", size)):
                return []
            return [near for near in (size // groups * groups, -(-size // groups) * groups) if near > 0]
        if len(xs) != 1 or not is_known(*xs[0]) or size not in (*xs[0][:1], *xs[0][-1:]):
            return []
        return _dividing(layer, xs[0], self.located.key, size)


class Search:
    """A search for edits of one error: what is sought for, where and what the error is, and the network around."""

    def __init__(self, sought: Sought) -> None:
        self.sought = sought
        self.at = sought.located.at
        self.key = sought.located.key
        self.need = sought.located.need
        self.graph = sought.network.graph
        self.steps = sought.network.graph.steps
        self.found = sought.network.facts.layers

    @cached_property
    def is_pixels_apart(self) -> bool:
        """Whether branches meet of which one is a few pixels larger: no stride and no pool too many explains that."""
        xs = self.found[self.at].arriving or ()
        if self.key[0] != "A211" or not all(x and is_known(*x) for x in xs):
            return False
        places = zip(*(known_sizes(x)[1:] for x in xs if x), strict=False)
        return all(2 * max(sizes) < 3 * min(sizes) for sizes in places)

    def stated_practice(self, practice: Practice) -> Practice:
        """The practice of a linear layer along the last axis of what arrives, if that is the width of a map."""
        source = self.steps[self.at].sources[:1]
        wide = practice is Practice.ALONG and source and self.is_channels_first(source[0])
        return Practice.WIDTH if wide else practice

    def is_channels_first(self, value: Value) -> bool:
        """Whether a layer that gives channels first has given a value, and none behind it turned the axes."""
        while value != INPUT:
            step = self.steps[place_of(value)]
            if step.layer is None or not step.sources or step.is_given:
                return False
            # A map whose rows are put in one axis has its channels first as before.
            rows = step.layer.kind == "flatten" and getattr(step.layer, "start_dim", 1) > 1
            if step.layer.turns_axes and not rows:
                return False
            if step.layer.channels_first:
                return True
            value = step.sources[0]
        return False

    def named_above(self, place: int) -> dict[int, str]:
        """The values that the list of a layer has names for above it, and these: its layers, uses of blocks, inputs."""
        uses, level = self.steps[place].uses, len(self.steps[place].uses)
        named: dict[int, str] = {} if uses or self.graph.inputs else {INPUT: "input"}
        ends: dict[str, int] = {}
        for at, step in enumerate(self.steps[:place]):
            if step.uses == uses and (step.is_given or step.spec.name_span is not None):
                named[value_of(at)] = step.path.rpartition(".")[2]
            elif step.uses[:level] == uses and step.uses[level:] and self._gives_its_last(step.uses[level].spec):
                ends[step.uses[level].path] = at
        return dict(sorted((named | {value_of(at): path.rpartition(".")[2] for path, at in ends.items()}).items()))

    def _gives_its_last(self, use: LayerSpec) -> bool:
        """Whether the use of a block has a name, and gives what its last layer gives."""
        block = self.sought.spec.blocks.get(use.block or "")
        return use.name_span is not None and use.repeat is None and block is not None and not block.outputs


@lru_cache(maxsize=64)
def _dividing(layer: Layer, x: Shape, key: Key, size: int) -> list[int]:
    """The sizes on either side of one that arrives with which a need is met: every layer above may ask."""
    axis = 0 if x[0] == size else len(x) - 1
    # What is stated of it follows what arrives.
    layer = replace(layer, **dict.fromkeys(follows_of(type(layer))))
    step = heads_of(layer, size) if axis else 1

    def divides(other: int) -> bool:
        if other % step:
            return False
        asked = layer.checks((*x[:axis], other, *x[axis + 1 :]))
        return not any(need.holds is False and (need.code, need.field) == key for need in asked)

    below = next(filter(divides, range(size, max(size - FAR, 0), -1)), None)
    above = next(filter(divides, range(size, size + FAR)), None)
    return [near for near in (below, above) if near is not None]


def heads_of(layer: Layer, width: int) -> int:
    """What the width of an attention is a multiple of, as people have it: its heads are 64 wide, or 32 and so on."""
    heads = getattr(layer, "num_heads", None)
    if type(heads) is not int:
        return 1
    each = HEAD
    while each > 1 and each * heads > width:
        each //= 2
    return each * heads


def located(network: WrongNetwork, error: Diagnostic) -> Located | None:
    """The layer that an error is of, and the need or the claim; ``None`` where it is of no sizes."""
    match error.cause:
        case FailedNeed(place, field):
            for failure in network.facts.failures:
                need = failure.need
                if failure.place == place and (need.code, need.field) == (error.code, field):
                    return Located(place, (need.code, need.field), need)
        case UnmetClaim(place) if network.graph.steps[place].path in network.claimed:
            return Located(place, CLAIM, None)
    return None


def apart(a: Shape, b: Shape) -> float:
    """How far two shapes are from each other: the ratios of their sizes, as logarithms, added up."""
    if len(a) != len(b):
        return abs(len(a) - len(b)) + 0.0
    pairs = zip(a, b, strict=True)
    return sum(_ratio(m, n) for m, n in pairs if is_known(m, n))


def changed(old: Layer, new: Layer, xs: tuple[Shape, ...]) -> float:
    """How much changes: the ratio of what a layer gives, and of what it weighs; nothing where it does not take this."""
    if not all(old.takes_axes(len(x)) for x in xs):
        return 0.0
    weights = [sum(prod(shape) for shape in layer.weights(*xs).values()) for layer in (old, new)]
    weight = _ratio(*weights) if is_known(*weights) else 0.0
    return apart(old.out(*xs), new.out(*xs)) + weight + _unusual_heads(old, new, xs)


def _unusual_heads(old: Layer, new: Layer, xs: tuple[Shape, ...]) -> float:
    """How far from usual the width of heads is that are more, or fewer, than they were."""
    heads = getattr(new, "num_heads", None)
    if type(heads) is not int or heads == getattr(old, "num_heads", None) or not xs[0] or not is_known(xs[0][-1]):
        return 0.0
    return UNUSUAL * _ratio(HEAD * heads, xs[0][-1])


def _ratio(old: Dim, new: Dim) -> float:
    return abs(math.log(max(known_size(new), 1) / max(known_size(old), 1)))
