"""The one walk: a Graph and its input's shape to what every layer gives, weighs and costs.

It runs the same on ints and on symbols. Root causes only: a layer that fails, or that the spec states
with a fault, passes on what it was declared to give, or sizes that are unknown, and whatever follows
is not blamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from archcalc.dims import UNKNOWN, Dim, Shape, Truth, is_array, is_known, is_symbolic, prod
from archcalc.graph import Graph, Step
from archcalc.layers import Layer, Need


class LayerFacts(Struct, frozen=True):
    """What a layer does to its input. Shapes leave out the batch; ``None`` is a shape not known.

    ``params`` counts learnable values, ``macs`` fused multiply-adds for one sample; either is
    ``UNKNOWN`` where a fault above hides it. ``weights`` and ``buffers`` give the shapes of the
    ``state_dict`` entries, without the layer's own name.
    """

    step: Step
    input: Shape | None
    output: Shape | None
    params: Dim
    macs: Dim
    weights: dict[str, Shape]
    buffers: dict[str, Shape]

    @property
    def name(self) -> str:
        """The dotted path, ``features.0``."""
        return self.step.spec.path

    @property
    def kind(self) -> str:
        """The layer kind as the spec spells it; ``?`` where it says none."""
        return self.step.spec.written_kind or "?"

    @property
    def line(self) -> int:
        """The layer's line in the spec, from 1."""
        return self.step.spec.span.line


class Failure(Struct, frozen=True):
    """A need that does not hold, and what arrived."""

    step: Step
    need: Need
    input: Shape


class Condition(Struct, frozen=True):
    """A need that no number decides yet: a relation between symbols."""

    step: Step
    need: Need


class Facts(Struct, frozen=True):
    """All that the walk found, in the layers' order."""

    input: Shape
    layers: tuple[LayerFacts, ...]
    failures: tuple[Failure, ...]
    conditions: tuple[Condition, ...]


class _Inferred(Struct, frozen=True):
    output: Shape | None
    params: Dim
    macs: Dim
    weights: dict[str, Shape]
    buffers: dict[str, Shape]
    failed: tuple[Need, ...]
    undecided: tuple[Need, ...]


def infer(graph: Graph, declared: Mapping[str, Shape] | None = None, shape: Shape | None = None) -> Facts:
    """Walk the graph, from ``shape`` in place of its own input where one is given.

    ``declared`` are the output shapes that the spec claims, by path: what a layer passes on where
    it fails, or gives something else.
    """
    start = graph.input if shape is None else shape
    arriving: Shape | None = start or None
    memo: dict[tuple[Layer, Shape], _Inferred] = {}
    layers: list[LayerFacts] = []
    failures: list[Failure] = []
    conditions: list[Condition] = []
    for step in graph.steps:
        x = _blind(step.layer) if arriving is None else arriving
        found = _NOTHING if step.layer is None or x is None else _remembered(step.layer, x, memo)
        if step.doubtful and x is not None:
            found = _doubted(found, x)
        layers.append(LayerFacts(step, arriving, found.output, found.params, found.macs, found.weights, found.buffers))
        if found.failed:
            failures += [Failure(step, need, x or ()) for need in found.failed]
        if found.undecided:
            conditions += [Condition(step, need) for need in found.undecided]
        claimed = declared.get(step.spec.path) if declared else None
        arriving = found.output if claimed is None else claimed
    return Facts(start, tuple(layers), tuple(failures), tuple(conditions))


def _blind(layer: Layer | None) -> Shape | None:
    """What must arrive at a layer, as far as its kind says."""
    ranks = () if layer is None else layer.ranks or ()
    return (UNKNOWN,) * ranks[0] if len(ranks) == 1 else None


def _remembered(layer: Layer, x: Shape, memo: dict[tuple[Layer, Shape], _Inferred]) -> _Inferred:
    if is_array(*x):
        return _infer_layer(layer, x)
    key = (layer, x)
    found = memo.get(key)
    if found is None:
        found = memo[key] = _infer_layer(layer, x)
    return found


def _doubted(found: _Inferred, arriving: Shape) -> _Inferred:
    """What is still sure of a layer that the spec states with a fault: the sizes it leaves as they were."""
    output = found.output
    if output is not None:
        kept = [a if a == b else UNKNOWN for a, b in zip(output, arriving, strict=False)]
        output = tuple(kept) if len(arriving) == len(output) else None
    params, macs = (UNKNOWN, UNKNOWN) if found.weights else (found.params, found.macs)
    failed = tuple(need for need in found.failed if need.code == "A202")
    return _Inferred(output, params, macs, found.weights, found.buffers, failed, ())


def _infer_layer(layer: Layer, x: Shape) -> _Inferred:
    failed: list[Need] = []
    undecided: list[Need] = []
    said: set[tuple[str, str | None]] = set()
    for need in layer.checks(x):
        if need.holds is True:
            continue
        verdict = decide(need.holds)
        if verdict is None and is_symbolic(need.holds):
            undecided.append(need)
        elif verdict is False and (need.code, need.field) not in said:
            # The second axis of a square kernel fails for the same reason as the first.
            said.add((need.code, need.field))
            failed.append(need)
    codes = {need.code for need in failed}
    if "A202" in codes:
        # Whether the layer or what arrives has the wrong number of axes, nobody knows.
        return _Inferred(None, UNKNOWN, UNKNOWN, {}, {}, tuple(failed), ())
    output = _output(layer, x, codes)
    weights = layer.weights(x)
    params = total([prod(shape) for shape in weights.values()])
    macs = layer.macs(x) if output is not None and is_known(*output) else UNKNOWN
    return _Inferred(output, params, macs, weights, layer.buffers(x), tuple(failed), tuple(undecided))


def _output(layer: Layer, x: Shape, codes: set[str]) -> Shape | None:
    """What a layer gives; where it fails, only the sizes that the faults of these codes leave no doubt of."""
    if "A209" in codes:
        return None
    if codes - _SIZES_STAND:
        x = (x[0], *(UNKNOWN for _ in x[1:]))
    return tuple([UNKNOWN if type(size) is int and size < 1 else size for size in layer.out(x)])


_SIZES_STAND = {"A112", "A114", "A203", "A204"}
"""The faults that leave a layer's output as it is: what arrives is wrong, or a value beside its sizes."""

_NOTHING = _Inferred(None, UNKNOWN, UNKNOWN, {}, {}, (), ())


def decide(holds: Truth) -> bool | None:
    """True, false, or ``None`` where symbols or unknown sizes leave it open. Arrays: whether all hold."""
    if holds is None or isinstance(holds, bool):
        return holds
    if is_symbolic(holds):
        return bool(holds) if not holds.free_symbols and getattr(holds, "is_Boolean", False) else None
    return bool(holds.all()) if is_array(holds) else bool(holds)


def total(terms: list[Any]) -> Dim:
    """The sum of counts, without the quadratic cost of adding sympy terms one by one."""
    if not is_known(*terms):
        return UNKNOWN
    if is_symbolic(*terms):
        import sympy

        return sympy.Add(*terms)
    return sum(terms)
