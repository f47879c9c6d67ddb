"""Which axis of a value is its channels: what is known of it, and an input that seems to have them last."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Label, Span
from archcalc.language.identifiers import is_name
from archcalc.language.nodes import Node, ScalarNode
from archcalc.network import flow
from archcalc.network.graph import INPUT, Value, value_of
from archcalc.sizes.axes import shape_text
from archcalc.sizes.rules import Shape, is_known, known_sizes
from archcalc.spec.model import Spec

LEAST_SIDE = 16
"""How many pixels a side of a square image has at least, to be taken for one."""
LEAST_SIDES = 64
"""How many each side has where they differ: a map of 64 channels may be 32 high and 3 wide."""
LEAST_LENGTH = 1000
"""How many samples a signal has."""


class Axes(Struct, frozen=True):
    """What is known of a value: that its first axis is channels, and of which input, by its value, they still are."""

    is_map: bool
    of: Value | None

    @property
    def is_input(self) -> bool:
        """Whether its channels are still an input's own."""
        return self.of is not None


def arriving(facts: Facts) -> Iterator[tuple[LayerFacts, Axes]]:
    """Every layer, with what is known of the axes of what arrives.

    The input counts as a map, as the spec language has it, until a layer turns the axes; and behind a layer that
    takes the first axis for channels it is one again.
    """
    return _followed(facts, [Axes(True, INPUT)])


def maps(facts: Facts) -> tuple[bool, ...]:
    """Of every value, the input first, whether it is a map: channels in its first axis."""
    values = [Axes(True, INPUT)]
    for _ in _followed(facts, values):
        pass
    return tuple(value.is_map for value in values)


def _followed(facts: Facts, values: list[Axes]) -> Iterator[tuple[LayerFacts, Axes]]:
    steps = [layer.step for layer in facts.layers]
    for layer, (_, taken) in zip(facts.layers, flow.arriving(steps, values), strict=True):
        of = {one.of for one in taken}
        axes = Axes(all(one.is_map for one in taken), of.pop() if len(of) == 1 else None)
        values.append(Axes(True, Value(len(values))) if layer.step.is_given else _given(layer, axes))
        yield layer, axes


def _given(layer: LayerFacts, axes: Axes) -> Axes:
    kind, x, out = layer.step.layer, layer.input, layer.output
    if kind is None or not x or not out:
        return Axes(False, None)
    same = axes.is_input and len(out) == len(x) and out[0] == x[0]
    stays = same and not kind.turns_axes
    # What says how many axes there must be, and does not take the first for channels, takes a sequence.
    is_map = kind.channels_first or (axes.is_map and not kind.turns_axes and kind.ranks is None)
    return Axes(is_map, axes.of if stays else None)


def report_channels_last(spec: Spec, facts: Facts, given: Shape | None, log: Log) -> None:
    """A warning where the input's channels seem to stand last, and layers take the first axis for them.

    A layer that states how many channels it takes says that they are meant.
    """
    if spec.axes:
        _report_free_channels(spec, facts, log)
        return
    for place, one in enumerate(facts.inputs):
        stated, own = tuple(spec.input[axis] for axis in one.axes), None if given is None else one.of(given)
        at = spec.inputs[place].span
        _report_one(_Stated(value_of(place), one.name, stated, at, one.of(facts.input), own), facts, log)
    if not facts.inputs:
        _report_one(_Stated(INPUT, "input", spec.input, spec.input_span, facts.input, given), facts, log)


class _Stated(Struct, frozen=True):
    """An input: its value, what it is called, its sizes as the spec states them and where, its shape, what is given."""

    value: Value
    name: str
    sizes: tuple[Node, ...]
    span: Span
    shape: Shape
    given: Shape | None


def _report_one(one: _Stated, facts: Facts, log: Log) -> None:
    x = one.shape
    if not seems_last(x):
        return
    takes = [layer for layer, axes in arriving(facts) if axes.of == one.value and _takes_channels(layer)]
    stating = [(layer, field) for layer in takes for field in _channel_fields(layer)]
    if not takes or any(getattr(layer.step.layer, field) is not None for layer, field in stating):
        return
    first, turned = takes[0], (x[-1], *x[:-1])
    taken = f"{shape_text(x)} for {x[0]:,} channels of {shape_text(x[1:])}"
    message = f"the channels seem to come last: `{first.name}` takes {taken}"
    mean = [f"if this is intended, write `{layer.name} {field}: {x[0]}`" for layer, field in stating[:1]]
    if one.given is not None:
        named = "" if one.value == INPUT else f"{one.name}="
        way = f"give the channels first: {named}{','.join(map(str, turned))}"
        log.warning("A119", first.step.spec.where(None), message, way, *mean)
        return
    way = f"write the channels first: `{one.name}: [{', '.join(_texts(one.sizes, turned))}]`"
    labels = [Label(first.step.spec.where(None), "the first that takes channels")]
    log.warning("A119", one.span, message, way, *mean, labels=labels)


def _report_free_channels(spec: Spec, facts: Facts, log: Log) -> None:
    """A warning where a layer that learns takes the first axis for channels, which the spec says stays free."""
    name = facts.axes[0] if facts.axes else None
    takes = (layer for layer, axes in arriving(facts) if axes.of == INPUT and axes.is_map and _takes_channels(layer))
    first = next((layer for layer in takes if layer.weights and any(_channel_fields(layer))), None)
    if name is None or first is None or facts.inputs or len(facts.input) < 2:
        return
    stated = [getattr(first.step.layer, field) for field in _channel_fields(first)]
    if any(value is not None for value in stated):
        return
    rank = len(facts.input)
    dims = ", ".join(map(str, (0, rank, *range(1, rank))))
    message = f"`{first.name}` takes `{name}` for channels, so that its weights are those of one `{name}` alone"
    x = facts.input
    turned = ", ".join(_texts(spec.input, (x[-1], *x[:-1])))
    log.warning(
        "A119",
        first.step.spec.where(None),
        f"{message}: the channels seem to come last",
        f"turn the axes above it: `- {{kind: permute, dims: [{dims}]}}`",
        f"or write the channels first: `input: [{turned}]`",
        f"if this is intended, take `{name}` out of `axes`",
    )


def _takes_channels(layer: LayerFacts) -> bool:
    return layer.step.layer is not None and layer.step.layer.channels_first


def _channel_fields(layer: LayerFacts) -> Iterator[str]:
    """The fields that say how many channels a layer takes."""
    if layer.step.layer is not None and layer.arriving is not None:
        yield from layer.step.layer.infers(*layer.arriving)


def _texts(stated: tuple[Node, ...], turned: Shape) -> list[str]:
    """The turned sizes as the spec writes them: by name where they have one."""
    nodes = (stated[-1], *stated[:-1])
    return [
        node.text if isinstance(node, ScalarNode) and is_name(node.text) else str(size)
        for node, size in zip(nodes, turned, strict=True)
    ]


def seems_last(x: Shape) -> bool:
    """Whether the sizes of an input are those of an image, a video, a volume or a signal with its channels last.

    An image is square, or both of its sides are long; its last axis is 1, 3 or 4. A signal is long, and has
    four channels at most.
    """
    if len(x) < 2 or not is_known(*x):
        return False
    *sides, last = known_sizes(x)
    if len(x) == 2:
        return sides[0] >= LEAST_LENGTH and last <= 4
    height, width = sides[-2:]
    square = height == width >= LEAST_SIDE and last in (1, 3, 4)
    long = min(height, width) >= LEAST_SIDES and last in (3, 4)
    return bool(x[0] > last and (square or long))
