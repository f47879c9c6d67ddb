"""Facts to what the generated tests try: legal sizes, those just outside, and the smallest batches."""

from __future__ import annotations

from itertools import islice

from archcalc.analysis.batch_limits import batch_limits, least_batch, named
from archcalc.analysis.legal_inputs import Legal, legal, pinned, tried, varying
from archcalc.analysis.walk import Facts
from archcalc.layers.contract import Layer
from archcalc.network.graph import Graph, channel_axes
from archcalc.sizes.rules import Shape, known_size
from archcalc.targets.python import source
from archcalc.targets.python.source import Code

MOST_REACH = 1024
"""How far from the stated size the generated tests look along an axis."""

MOST_TRIED = 500_000
"""How many layers are walked through to look for sizes where they follow from no law; then the reach is shorter."""

SMALL = 40
"""From which size of an axis on the generated tests evaluate a network."""

MOST_SMALL = 4
"""At how many sizes they do."""

MOST_BOUNDARIES = 4
"""How many illegal sizes along an axis the generated tests try."""


def plan_tests(facts: Facts) -> dict[str, object]:
    graph = pinned(facts)
    found = legal(graph)
    taken, illegal = _sizes(graph, found)
    whole = pinned(facts, training=True) if any(layer.step.in_training for layer in facts.layers) else graph
    return {
        "legal_sizes": taken,
        "illegal_sizes": illegal,
        "small_sizes": _small_sizes(whole, found if whole is graph else legal(whole)),
        "sample": source.bare(facts.input),
        "input_is_flat": len(facts.input) == 1,
        # torch reads the count of batches where momentum is None, which is nothing on the meta device.
        "unmeasured": "cpu" if any(_counts_batches(step.layer) for step in graph.steps) else "meta",
        "samples_apart": not any(_mixes_samples(step.layer) for step in graph.steps),
    }


def _counts_batches(layer: Layer | None) -> bool:
    return getattr(layer, "momentum", 0.0) is None


def _mixes_samples(layer: Layer | None) -> bool:
    """Whether a sample depends on the others in evaluation, too."""
    return layer is not None and layer.batch_statistics and not getattr(layer, "track_running_stats", True)


def plan_batch(facts: Facts) -> dict[str, object]:
    """The fewest samples of a step of training and of evaluation at the stated sizes, and which layers ask for them."""
    limits = batch_limits(facts)
    fewest = least_batch(limits, training=True)
    asking = tuple(layer for limit in limits if limit.least == fewest for layer in limit.layers)
    evaluated = least_batch(limits, training=False)
    return {
        "least_batch": fewest,
        "least_evaluated": evaluated,
        "pieces": Code(f"min(-(-samples // size), samples // {evaluated})" if evaluated > 1 else "-(-samples // size)"),
        "asking": Code(source.comment(named(asking, 1)) if asking else ""),
    }


def _sizes(graph: Graph, found: Legal | None) -> tuple[list[Code], list[Shape]]:
    """The legal sizes to draw from, an axis varying at a time, and the illegal ones nearest to them."""
    taken_sizes: list[Code] = []
    illegal: list[Shape] = []
    for axis in channel_axes(graph.inputs, len(graph.input)):
        channels = known_size(graph.input[axis])
        others = [_with(graph.input, axis, n) for n in (channels - 1, channels + 1)]
        illegal += [x for x in others if x[axis] >= 1 and not tried(graph, x)]
    for axis, name in varying(graph):
        stated = known_size(graph.input[axis])
        reach = min(max(64, stated // 4), MOST_REACH) if found else min(64, MOST_TRIED // (4 * len(graph.steps)))
        window = range(max(1, stated - reach), stated + reach + 1)
        taken = [n for n in window if _fits(found, graph, axis, name, n)]
        known = set(taken)
        borders = [n for n in window if n not in known and {n - 1, n + 1} & known]
        nearest = sorted(sorted(borders, key=lambda n: (abs(n - stated), n))[:MOST_BOUNDARIES])
        illegal += [_with(graph.input, axis, n) for n in nearest]
        sizes = ["n" if index == axis else str(size) for index, size in enumerate(graph.input)]
        row = f"*(({', '.join(sizes)}{',' * (len(sizes) == 1)}) for n in {_range(taken)})"
        taken_sizes.append(Code(row))
    return taken_sizes, illegal


def _fits(found: Legal | None, graph: Graph, axis: int, name: str, n: int) -> bool:
    return n in found.axes[name] if found else tried(graph, _with(graph.input, axis, n))


def _with(shape: Shape, axis: int, size: int) -> Shape:
    return (*shape[:axis], size, *shape[axis + 1 :])


def _range(sizes: list[int]) -> str:
    """A range where the sizes are evenly spaced, else a list."""
    step = sizes[1] - sizes[0] if len(sizes) > 1 else 1
    even = range(sizes[0], sizes[-1] + 1, step)
    if list(even) == sizes:
        return f"range({even.start}, {even.stop}{f', {step}' * (step > 1)})"
    return repr(sizes)


def _small_sizes(graph: Graph, found: Legal | None) -> list[Shape]:
    """A few legal sizes near the smallest, where a network is soon evaluated; no axis as long as another, if it may be.

    They are not the very smallest, whose maps of one pixel leave a network little to do wrong.
    """
    along = {axis: _small_along(graph, found, axis, name) for axis, name in varying(graph)}
    others = [_with(graph.input, axis, n) for axis, sizes in along.items() for n in sizes]
    first: Shape = graph.input
    for axis, sizes in along.items():
        first = _with(first, axis, next((n for n in sizes if n not in first[1:axis]), sizes[0]))
    if tried(graph, first):
        others = [_with(first, axis, n) for axis, sizes in along.items() for n in sizes]
    different = [x for x in dict.fromkeys([first, *others, graph.input]) if tried(graph, x)]
    return different[:MOST_SMALL]


def _small_along(graph: Graph, found: Legal | None, axis: int, name: str) -> list[int]:
    """The smallest legal sizes of an axis from ``SMALL`` on, the others as stated; few and close to each other."""
    stated = known_size(graph.input[axis])
    if found is None:
        return [stated]
    sizes = range(min(SMALL, stated), stated + MOST_REACH)
    return [*islice((n for n in sizes if _fits(found, graph, axis, name, n)), MOST_SMALL)] or [stated]
