"""What training does not change: the keys of its tensors, and the lines of a constructor that see to it."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.network.graph import Part
from archcalc.targets.python import source

MOST_ALONE = 3
"""How many modules have a line each; more are gone through in a loop."""


def frozen_keys(facts: Facts) -> Iterator[str]:
    """The keys of the parameters that training does not change, in the order of the layers."""
    for layer in facts.own_layers:
        if layer.step.frozen and layer.step.again is None:
            tied = () if layer.step.tied is None else ("weight",)
            yield from (layer.key(name) for name in layer.weights if name not in tied)


def frozen_lines(facts: Facts, root: Part) -> Iterator[str]:
    """The lines that let no gradient reach them: one for each module all of whose parameters are frozen."""
    found = [*_frozen(root, facts)]
    modules = [part.path for part in found if not _is_parameter(part, facts)]
    alone = [path for path in modules if len(modules) <= MOST_ALONE or not path]
    for part in found:
        if part.path in alone or part.path not in modules:
            yield f"{_spoken_of(part.path, part.path in modules)}.requires_grad_(False)"
    rest = [path for path in modules if path not in alone]
    if rest:
        yield source.rows(rest, 8, "for name in ", ":")
        yield "    self.get_submodule(name).requires_grad_(False)"


def _frozen(part: Part, facts: Facts) -> Iterator[Part]:
    """The outermost parts of which all parameters are frozen."""
    layers = [facts.layers[place] for place in part.steps()]
    own = [layer.step.frozen for layer in layers if _has_own(layer)]
    if own and all(own) and part.again is None:
        yield part
    elif any(own):
        for inner in part.parts:
            yield from _frozen(inner, facts)


def _has_own(layer: LayerFacts) -> bool:
    return bool(layer.weights) and layer.step.again is None and layer.step.tied is None


def _is_parameter(part: Part, facts: Facts) -> bool:
    layer = None if part.step is None else facts.layers[part.step].step.layer
    return layer is not None and layer.own_parameter


def _spoken_of(path: str, is_module: bool) -> str:
    if all(name.isidentifier() for name in path.split(".")) or not path:
        return f"self.{path}" if path else "self"
    return f"self.get_{'submodule' if is_module else 'parameter'}({source.literal(path)})"
