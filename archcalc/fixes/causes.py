"""Where the sizes come from that a layer fails on: labels on the input's line, and on layers above.

The walk is made on sizes that remember their origin (``tracing``). A size that a layer makes anew, such
as its channels, begins there; a window's size goes back to the input.
"""

from __future__ import annotations

import math

from archcalc.analysis.walk import LayerFacts
from archcalc.diagnostics.model import Label, Span
from archcalc.fixes.candidate import Located
from archcalc.fixes.effect import CLAIM, WrongNetwork
from archcalc.fixes.tracing import Arriving, Origin, TracedSize, passed, traced
from archcalc.language.nodes import ScalarNode
from archcalc.layers.record import fields_of
from archcalc.sizes.axes import per_axis
from archcalc.sizes.rules import UNKNOWN, Dim, Shape
from archcalc.sizes.traced import Traced, TracedProduct
from archcalc.spec.model import Spec

MOST = 3
"""How many labels an error has."""


def causes(spec: Spec, network: WrongNetwork, located: Located, given: Shape | None) -> tuple[Label, ...]:
    """Where the wrong sizes come from, the input first; nothing where that cannot be told."""
    at = located.at
    found = network.facts.layers[at]
    if found.step.layer is None or found.arriving is None:
        return ()
    axes = None if located.key == CLAIM else _axes_at_error(found, located)
    arriving = traced(network, at, axes)
    if arriving is None:
        return ()
    if axes is None:
        sizes = _gives_wrongly(network, found, arriving, at)
    else:
        sizes = [arriving[asked] for asked in axes]
        if len(found.arriving) > 1:
            by = [_source(network, found.step.sources[index]) for index, _ in axes]
            return _branches(spec, network, list(zip(sizes, by, strict=True)), given)
    parts = [part for size in sizes for part in _telling(size)]
    labels: dict[str, Label] = {}
    for part in parts:
        label = _label(spec, network, part, given)
        if label is not None:
            labels.setdefault(label.text, label)
    note = _factors(found, located, sizes)
    ordered = sorted(labels.values(), key=lambda label: label.span)[:MOST]
    at_error = found.step.spec.where(located.key[1])
    return (*ordered, Label(at_error, note)) if note else tuple(ordered)


def _branches(
    spec: Spec, network: WrongNetwork, sizes: list[tuple[TracedSize, str]], given: Shape | None
) -> tuple[Label, ...]:
    """Of a join, where the size of each source comes from, one label for each."""
    labels: dict[Label, None] = {}
    for size, source in sizes:
        for part in _telling(size) or (size.parts if isinstance(size, TracedProduct) else ()):
            label = _label(spec, network, part, given, source)
            if label is not None:
                labels[label] = None
    return tuple(sorted(labels, key=lambda label: label.span))


def _source(network: WrongNetwork, value: int) -> str:
    """What gives a value, as the spec calls it."""
    giver = network.graph.giver(value)
    return "input" if giver is None else giver.path


def _telling(size: TracedSize) -> list[Traced]:
    """The sizes that a size is made of; of a product, those that are not just the input's own."""
    if isinstance(size, Traced):
        return [size]
    return [part for part in size.parts if part.last is not None or _origin(part).place is not None]


def _origin(part: Traced) -> Origin:
    assert isinstance(part.origin, Origin)
    return part.origin


def _axes_at_error(found: LayerFacts, located: Located) -> list[tuple[int, int]]:
    """The axes of what arrives, by source, that decide whether the need fails: without them it would be open."""
    layer, xs = found.step.layer, found.arriving
    assert layer is not None
    assert xs is not None
    needs = list(layer.checks(*xs))
    failing = [i for i, need in enumerate(needs) if (need.code, need.field) == located.key and need.holds is False]
    # What is joined is told of the first axis that differs, as the message does.
    failing = failing[:1] if len(xs) > 1 else failing
    axes = []
    for index, x in enumerate(xs):
        for axis in range(len(x)):
            hidden = [*xs[:index], (*x[:axis], UNKNOWN, *x[axis + 1 :]), *xs[index + 1 :]]
            blind = list(layer.checks(*hidden))
            if len(blind) == len(needs) and any(blind[i].holds is not False for i in failing):
                axes.append((index, axis))
    return axes


def _gives_wrongly(network: WrongNetwork, found: LayerFacts, arriving: Arriving, at: int) -> list[TracedSize]:
    """The sizes that a layer gives and that are not as claimed."""
    output, claimed = found.output or (), network.claimed[found.name]
    xs = tuple(tuple(arriving[index, axis] for axis in range(len(x))) for index, x in enumerate(found.arriving or ()))
    given = passed(found, xs, output, at)
    if sorted(map(str, claimed)) == sorted(map(str, output)) or len(claimed) != len(output):
        return []  # the same sizes in another order: not the sizes are wrong
    return [size for size, got, said in zip(given, output, claimed, strict=True) if got != said]


def _as_stated(spec: Spec, axis: int, size: Dim) -> bool:
    """Whether a size is the one that the spec states, of several inputs of which another was given from outside."""
    node = spec.input[axis] if spec.inputs else None
    return isinstance(node, ScalarNode) and node.value == size


def _label(spec: Spec, network: WrongNetwork, part: Traced, given: Shape | None, source: str = "") -> Label | None:
    """Where a size begins, and what becomes of it; of a join, on the way to its ``source``."""
    origin = _origin(part)
    becomes = ""
    if part.last is not None and part.form != (0, 1, 0, 1):
        path = network.graph.steps[part.last].path
        becomes = f"becomes {part.value} at `{path}`: {part.formula} = {part.value}"
    way = f", by way of `{source}`" if source else ""
    if origin.place is None:
        if (given is not None and not _as_stated(spec, origin.axis, part.n)) or origin.axis >= len(spec.input):
            own = spec.input[origin.axis].span if spec.inputs else spec.input_span
            return Label(own, f"{part.n} in place of this {becomes or 'arrives'}{'' if becomes else way}")
        here = f"the {part.n} here {becomes}" if becomes else f"the {part.n} comes from here{way}"
        return Label(spec.input[origin.axis].span, here)
    found = network.facts.layers[origin.place]
    span, place, whence = _where(found, origin, part.n), "here", "here"
    if origin.claimed:
        place, whence = "here, as the source says,", "here, as the source says"
    if span is None and source:
        span, place, whence = found.step.spec.where(None), f"of `{found.step.path}`", f"`{found.step.path}`"
    if span is None:
        return None
    way = way if source != found.step.path else ""
    return Label(span, f"the {part.n} {place} {becomes}" if becomes else f"the {part.n} comes from {whence}{way}")


def _where(found: LayerFacts, origin: Origin, size: int) -> Span | None:
    """The place in the spec that gives a size: a claim that was trusted, or the field that says it."""
    spec, layer = found.step.spec, found.step.layer
    if origin.claimed:
        return next((claim.span for claim in spec.claims if claim.what == "shape"), None)
    if layer is None:
        return None
    for name in fields_of(type(layer)):
        value = getattr(layer, name)
        said = value
        if isinstance(value, tuple) and origin.axis:
            # A list need not have an entry for each axis: that of `dims` names some of them.
            said = next(iter(per_axis(value, layer.axes)[origin.axis - 1 :]), None)
        if (
            said == size
            and type(said) is int
            and name in spec.values
            and name not in layer.infers(*(found.arriving or ((),)))
        ):
            return spec.values[name].span
    return None


def _factors(found: LayerFacts, located: Located, sizes: list[TracedSize]) -> str:
    """What a stated product would have to be made of, ``needs 256 × 6 × 6``, where its maps are square."""
    layer, field = found.step.layer, located.key[1]
    product = sizes[0] if len(sizes) == 1 else None
    if not isinstance(product, TracedProduct) or product.coefficient != 1 or len(product.parts) != 3:
        return ""
    stated = getattr(layer, field) if field is not None else None
    channels, height, width = (part.value for part in product.parts)
    if type(stated) is not int or height != width or not channels or stated % channels:
        return ""
    side = math.isqrt(stated // channels)
    return f"needs {channels} × {side} × {side}" if side * side * channels == stated else ""
