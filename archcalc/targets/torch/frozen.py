"""What training does not change: the keys of its tensors, and the lines of a constructor that see to it."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.network.graph import Part
from archcalc.sizes.rules import Shape
from archcalc.targets.python import source

MOST_ALONE = 3
"""How many modules have a line each; more are gone through in a loop."""


def frozen_keys(facts: Facts) -> Iterator[str]:
    """The keys of the parameters that training does not change, in the order of the layers."""
    for layer in facts.own_layers:
        if layer.step.frozen:
            yield from map(layer.key, _own(layer))


def frozen_lines(facts: Facts, root: Part) -> Iterator[str]:
    """The lines that let no gradient reach them: one for each module all of whose parameters are frozen."""
    found = [*_frozen(root, facts)]
    modules = [path for path, is_module in found if is_module]
    alone = [path for path in modules if len(modules) <= MOST_ALONE or not path]
    for path, is_module in found:
        if not is_module or path in alone:
            yield f"{_spoken_of(path, is_module)}.requires_grad_(False)"
    rest = [path for path in modules if path not in alone]
    if rest:
        yield source.rows(rest, 8, "for name in ", ":")
        yield "    self.get_submodule(name).requires_grad_(False)"


def _frozen(part: Part, facts: Facts) -> Iterator[tuple[str, bool]]:
    """The outermost modules of which all parameters are frozen, and single ones; each with whether it is a module.

    A weight that is tied is another layer's, and where that stands it says whether it is frozen.
    """
    layers = [facts.layers[place] for place in part.steps()]
    own = [layer for layer in layers if layer.weights and layer.step.again is None]
    frozen = [layer.step.frozen for layer in own]
    if own and all(frozen) and part.again is None and all(len(_own(layer)) == len(layer.weights) for layer in own):
        yield part.path, not _is_parameter(part, facts)
    elif any(frozen) and part.step is not None:
        yield from ((layer.key(name), False) for layer in own for name in _own(layer))
    elif any(frozen):
        for inner in part.parts:
            yield from _frozen(inner, facts)


def _own(layer: LayerFacts) -> dict[str, Shape]:
    """Its weights but for those of another layer, which it is again or is tied to."""
    made, xs = layer.step.layer, layer.arriving
    return {} if made is None or xs is None else made.own_weights(*xs)


def _is_parameter(part: Part, facts: Facts) -> bool:
    layer = None if part.step is None else facts.layers[part.step].step.layer
    return layer is not None and layer.own_parameter


def _spoken_of(path: str, is_module: bool) -> str:
    if all(name.isidentifier() for name in path.split(".")) or not path:
        return f"self.{path}" if path else "self"
    return f"self.get_{'submodule' if is_module else 'parameter'}({source.literal(path)})"
