"""What a network is trained to tell: a class, a class for each pixel, or the token that comes next."""

from __future__ import annotations

from msgspec.structs import replace

from archcalc.analysis.causality import sees_ahead
from archcalc.analysis.channel_axis import maps
from archcalc.analysis.walk import Facts
from archcalc.network.graph import Graph
from archcalc.sizes.axes import shape_text


def tells_of_pixels(facts: Facts) -> bool:
    """Whether the network gives a class for each pixel: outputs of its input's own scale, borders aside."""
    spatial = facts.input[1:]
    told = {output[1:] for output in facts.outputs if output}
    return (
        bool(spatial)
        and len(told) == 1
        and all(
            len(sizes) == len(spatial) and all(1 < n <= size < 2 * n for n, size in zip(sizes, spatial, strict=True))
            for sizes in told
        )
    )


def untrained(graph: Graph, facts: Facts) -> str:
    """Why there is no code that trains a network, if there is none: it tells neither classes nor the next word, say."""
    if graph.inputs:
        return _not_of_one_class(facts)
    below, output = graph.below, facts.outputs[0]
    if below is None:
        return _not_of_classes(facts) or _not_of_one_target(graph, facts)
    if len(facts.input) > 1:
        return f"a sample is {shape_text(facts.input)} tokens, and not one sequence of them"
    ahead = sees_ahead(facts)[0]
    if ahead is None:
        return "its output does not depend on its input"
    if ahead.places > 0:
        return f"at `{ahead.since}` its places see those that come later, and so the very token that is to be told"
    if len(facts.outputs) > 1:
        return f"it has {len(facts.outputs)} outputs, and not one score for each token"
    if output != (*facts.input, below):
        gives, places = shape_text(output or ()), shape_text(facts.input)
        return f"it gives {gives}, and not a score for each of {below:,} tokens at each of {places} places"
    return ""


def _not_of_classes(facts: Facts) -> str:
    """Nothing where the first axis of each output is classes; there are no data with a target for each place."""
    are_maps = maps(facts)
    for value, output in zip(facts.output_values, facts.outputs, strict=True):
        if len(output or ()) > 1 and not are_maps[value]:
            return f"it gives {shape_text(output or ())}, a sequence, and there are no data with a target for it"
    return ""


def _not_of_one_class(facts: Facts) -> str:
    """Nothing where each output is a score for each class: of inputs with names there are no data of another kind."""
    outputs = [output or () for output in facts.outputs]
    if all(len(output) == 1 for output in outputs) and len({*outputs}) == 1:
        return ""
    listed = ", ".join(shape_text(output) for output in outputs)
    return f"it gives {listed}, and of inputs with names there are only data with a class for each sample"


def _not_of_one_target(graph: Graph, facts: Facts) -> str:
    """Nothing where one target, a class or one for each pixel, is what all outputs can be held to."""
    outputs = [output or () for output in facts.outputs]
    in_training = [name.training for name in graph.named] or [False]
    evaluated = [output for output, alone in zip(outputs, in_training, strict=True) if not alone]
    differ = len({output[:1] for output in outputs}) > 1 or len({*evaluated}) > 1
    main = replace(facts, output_values=facts.output_values[:1])
    if differ or tells_of_pixels(main) != tells_of_pixels(facts):
        listed = ", ".join(shape_text(output) for output in outputs)
        return f"it gives {listed}, and there are no data with a target for each"
    return ""
