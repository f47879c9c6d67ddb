"""Which input sizes a network accepts, exactly, and which of them lose no pixel.

The walk runs on functions of the input's axes (``periodic``), so the answer holds for every size, not
only for those that were tried. Where a network does something that no such function follows, the
sizes up to ``SCANNED`` are tried one by one and the answer says that it is not proven beyond.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from archcalc.analysis.axis_ways import Passage, Walked
from archcalc.analysis.lossless import lossless, sees_all
from archcalc.analysis.walk import Facts
from archcalc.layers.contract import Layer
from archcalc.layers.outcome import Memory, decide
from archcalc.network.flow import arriving
from archcalc.network.graph import INPUT, Graph, Step, place_of, value_of, varying_axes
from archcalc.network.instantiate import shared_instance
from archcalc.sizes.axis_products import ProductCondition, ProductEquals, Settled, product_at
from archcalc.sizes.looked import A_LAYER, TooLong, look, one_question
from archcalc.sizes.periodic import AxisFunction, NotPeriodic, SizeSet, said
from archcalc.sizes.rules import Dim, Shape, Truth, known_size, known_sizes

if TYPE_CHECKING:
    from archcalc.analysis.single_places import SinglePlace

MOST_DIVIDED = 4096
"""How far the divisors of a flattened size are looked for."""

SCANNED = 512
"""The largest size tried where nothing can be proven."""

FARTHEST = 1 << 16
"""The largest stated size that is listed beside those tried."""


class Legal(Struct, frozen=True):
    """The sizes of each axis that are legal while the others are as stated.

    ``lossless`` are those of them at which every pixel along the axis has a part in what the network
    gives; ``None`` where that is not known, as places are lost from view and what is behind may leave some
    out. ``coupled`` is whether a layer holds a product of several axes to a number, so that sizes may fit ``together``.
    ``single`` are the layers that find a single place along an axis and leave it out, at some of these sizes only.
    ``proven`` is whether the sets hold for every size, or only up to ``SCANNED``.
    """

    axes: dict[str, SizeSet]
    lossless: dict[str, SizeSet | None]
    proven: bool
    coupled: bool = False
    single: tuple[SinglePlace, ...] = ()

    def __repr__(self) -> str:
        return f"Legal({', '.join(map(repr, self.axes.values()))})"


class _Conditions(Struct):
    """What a network asks of the sizes of each axis, and of two at once; and the walk that was asked."""

    alone: dict[str, SizeSet]
    coupled: list[ProductCondition]
    walked: Walked


def pinned(facts: Facts, *, training: bool = False) -> Graph:
    """The graph with everything stated that its layers took from the input: the network as built.

    What runs in training only is in it if ``training`` says so.
    """
    steps: list[Step] = []
    known: dict[Layer, Layer] = {}
    values = {INPUT: INPUT}
    for place, found in enumerate(facts.layers):
        step, layer, xs = found.step, found.step.layer, found.arriving
        if step.in_training and not training:
            continue
        if layer is not None and xs is not None:
            # What is applied again is as it is where it stands first, whatever arrives here.
            first = xs if step.again is None else facts.layers[step.again].arriving or xs
            layer = shared_instance(replace(layer, **layer.infers(*first)), known)
        values[value_of(place)] = value_of(len(steps))
        sources = tuple([values.get(source, source) for source in step.sources])
        tied = None if step.tied is None else values.get(step.tied)
        first_one = None if step.again is None else values.get(value_of(step.again))
        again = None if first_one is None else place_of(first_one)
        steps.append(replace(step, layer=layer, doubtful=False, sources=sources, tied=tied, again=again))
    outputs = tuple(values[one] for one in facts.output_values if one in values)
    return Graph(facts.input, tuple(steps), outputs, axes=facts.axes, inputs=facts.inputs)


def legal(graph: Graph) -> Legal | None:
    """The legal sizes of a network as built (``pinned``); its input's first axis, if of several, stays.

    ``None`` where nothing can be proven and the stated sizes are too large to be among those tried, and where to find
    them takes more values than one question may look at.
    """
    with suppress(TooLong), one_question():
        # Sizes of two inputs that must agree are no function of one; each, while the others stay, is.
        for proof in (_proven, _apart) if len(graph.inputs) > 1 else (_proven,):
            with suppress(NotPeriodic):
                return proof(graph)
        return _scanned(graph) if max(known_sizes(graph.input)) <= FARTHEST else None
    return None


def _apart(graph: Graph) -> Legal:
    """What is proven of each axis by itself, all others being numbers."""
    found: dict[str, Legal] = {}
    for axis, name in varying(graph):
        alone = tuple(name if other == axis else None for other in range(len(graph.input)))
        found[name] = _proven(replace(graph, axes=alone))
    return Legal(
        {name: one.axes[name] for name, one in found.items()},
        {name: one.lossless[name] for name, one in found.items()},
        True,
        single=tuple(place for one in found.values() for place in one.single),
    )


def varying(graph: Graph) -> list[tuple[int, str]]:
    """The input axes whose size can be chosen: those that are named, or else all but the channels, or the only one."""
    return varying_axes(graph.axes, graph.inputs, graph.letters)


def together(graph: Graph) -> list[dict[str, SizeSet]]:
    """Sizes of two axes that a flatten couples, legal when both change at once; those nearest first."""
    with suppress(NotPeriodic, TooLong), one_question():
        found = _conditions(graph)
        equal = [condition for condition in found.coupled if isinstance(condition, ProductEquals)]
        if equal and all(one.product.is_multiple_of(equal[0].product) for one in equal[1:]):
            stated = stated_sizes(graph)
            pairs = _pairs(equal[0], found.alone, stated)
            return [pair for pair in pairs if _fits(stated | _smallest(pair), found.coupled)]
    return []


def _smallest(pair: Mapping[str, SizeSet]) -> dict[str, int]:
    return {axis: where.holds.index(True) + 1 for axis, where in pair.items()}


def _fits(sizes: Mapping[str, int], coupled: Iterable[ProductCondition]) -> bool:
    """Whether these sizes, and larger ones that make the same product, are what is asked of all products."""
    return all(one.admits(product_at(one, sizes)) for one in coupled)


def stated_sizes(graph: Graph) -> dict[str, int]:
    """The sizes of the input as it is, by the axis that each is of."""
    return {name: known_size(graph.input[axis]) for axis, name in varying(graph)}


def _proven(graph: Graph) -> Legal:
    found = _conditions(graph)
    axes = dict(found.alone)
    if len(found.walked.passages) < len(graph.steps):  # a layer takes what arrives at no size
        return Legal(axes, dict(axes), True)
    stated = stated_sizes(graph)
    for condition in found.coupled:
        for name, f in condition.product.factors.items():
            axes[name] &= condition.for_factor(f, product_at(condition, stated, besides=name))
    whole: dict[str, SizeSet | None] = dict.fromkeys(axes)
    with suppress(TooLong):
        for axis, name in varying(graph):
            whole[name] = lossless(graph, axis, axes[name], found.walked)
    coupled = any(isinstance(one, ProductEquals) for one in found.coupled)
    return Legal(axes, whole, True, coupled, _single(found.walked.passages, stated, axes))


def _single(
    passages: list[Passage], stated: Mapping[str, int], legal: Mapping[str, SizeSet]
) -> tuple[SinglePlace, ...]:
    if not passages:
        return ()
    from archcalc.analysis.single_places import single_places  # few networks have a reshape

    return tuple(single_places(passages, stated, legal))


def _conditions(graph: Graph) -> _Conditions:
    free = dict(varying(graph))
    start: Shape = tuple(
        AxisFunction.axis_itself(free[axis]) if axis in free else n for axis, n in enumerate(graph.input)
    )
    if any(step.layer is None for step in graph.steps):
        raise NotPeriodic
    found = _Conditions({name: SizeSet.everywhere(name) for name in free.values()}, [], Walked(start, []))
    for passage, asked in asking(graph, start):
        for holds in asked:
            _impose(holds, found)
        if passage is not None:
            found.walked.passages.append(passage)
    return found


def asking(graph: Graph, x: Shape, spared: Collection[int] = ()) -> Iterator[tuple[Passage | None, list[Truth]]]:
    """Each layer in order, from an input of shape ``x``, with what it asks; what is settled by it is so further on.

    It ends at a layer that takes what arrives at no size, which has no passage; ``spared`` places go on.
    """
    values, settled = [x], Settled()
    known: dict[tuple[int, tuple[Shape, ...]], Shape] = {}
    # Functions are hashed by what they are, and not by what they say: of equal ones the first stands for all.
    alike: dict[Dim | tuple[object, ...], Dim] = {}
    for place, (step, xs) in enumerate(arriving(graph.steps, values)):
        assert step.layer is not None
        xs = settled.into(xs)
        # Of layers that are alike, and are given the very same sizes, the first has asked for all.
        key = (id(step.layer), xs)
        if key in known:
            values.append(known[key])
            yield Passage(step, step.layer, xs, known[key]), []
            continue
        asked = [holds for holds in _needs(step.layer, xs) if place not in spared or decide(holds) is not False]
        if any(decide(holds) is False for holds in asked):
            yield None, asked
            return
        for holds in asked:
            settled.add(holds)
        xs = settled.into(xs)
        given = tuple([alike.setdefault(said(size), size) for size in step.layer.out(*xs)])
        values.append(given)
        asked += [size >= 1 for size in given if isinstance(size, AxisFunction)]
        known[key] = given
        yield Passage(step, step.layer, xs, given), asked


def _needs(layer: Layer, xs: tuple[Shape, ...]) -> list[Truth]:
    return [need.holds for need in layer.checks(*xs)]


def _impose(holds: Truth, found: _Conditions) -> None:
    if isinstance(holds, SizeSet):
        found.alone[holds.axis] &= holds
    elif isinstance(holds, ProductCondition):
        found.coupled.append(holds)
    elif decide(holds) is not True:
        for name in found.alone:
            found.alone[name] = SizeSet(name, (False,), 1, 1)


def _pairs(condition: ProductEquals, sets: dict[str, SizeSet], stated: dict[str, int]) -> Iterator[dict[str, SizeSet]]:
    """The other ways to split the product over two axes, those nearest to the stated one first."""
    product, target = condition.product, max(condition.targets)
    if len(product.factors) != 2 or target % product.coefficient:
        return
    (one, f), (two, g) = product.factors.items()
    whole = target // product.coefficient
    divisors = [u for u in range(1, min(whole, MOST_DIVIDED) + 1) if whole % u == 0 and u != f(stated[one])]
    for u in sorted(divisors, key=lambda u: abs(u - f(stated[one]))):
        pair = {one: sets[one] & f.equals(u), two: sets[two] & g.equals(whole // u)}
        if all(any(where.holds) for where in pair.values()):
            yield pair


def _scanned(graph: Graph) -> Legal:
    """The legal sizes up to SCANNED, an axis at a time, found by trying each."""
    found: dict[str, list[int]] = {}
    for axis, name in varying(graph):
        stated = graph.input[axis]
        sizes = [*range(1, SCANNED + 1), *([stated] if stated > SCANNED else [])]
        found[name] = [n for n in sizes if tried(graph, (*graph.input[:axis], n, *graph.input[axis + 1 :]))]
    whole: dict[str, SizeSet | None] = dict.fromkeys(found)
    # That takes longest: the legal sizes of all axes come first.
    with suppress(TooLong):
        for axis, name in varying(graph):
            seen = {n: sees_all(graph, axis, n) for n in found[name]}
            whole[name] = None if None in seen.values() else _among(name, [n for n in found[name] if seen[n]])
    return Legal({name: _among(name, sizes) for name, sizes in found.items()}, whole, False)


def _among(axis: str, sizes: list[int]) -> SizeSet:
    """Only these sizes: what is not proven is not claimed, so nothing beyond what was tried is legal."""
    known = set(sizes)
    end = max(known, default=0) + 1
    return SizeSet(axis, tuple(n in known for n in range(1, end + 1)), end, 1)


def tried(graph: Graph, x: Shape) -> bool:
    """Whether the network takes an input of these sizes."""
    found, values = Memory(_taken), [x]
    for step, xs in arriving(graph.steps, values):
        look(A_LAYER)
        given = None if step.layer is None else found.of(step.layer, xs)
        if given is None:
            return False
        values.append(given)
    return True


def _taken(layer: Layer, xs: tuple[Shape, ...]) -> Shape | None:
    """What a layer gives; ``None`` where it refuses what arrives, or nothing is left of it."""
    if any(decide(need.holds) is not True for need in layer.checks(*xs)):
        return None
    given = layer.out(*xs)
    return None if any(size < 1 for size in given) else given
