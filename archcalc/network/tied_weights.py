"""A layer that has the weight of another: the table of an embedding above it, as the head of most language models."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from archcalc.diagnostics.log import Log
from archcalc.layers.contract import Layer
from archcalc.network.graph import Step, Value, place_of, value_of
from archcalc.network.scope import Scope
from archcalc.spec.model import LayerSpec


def tied_to(
    entry: LayerSpec, layer: Layer | None, scope: Scope, steps: Sequence[Step], log: Log
) -> tuple[Layer | None, Value | None]:
    """The layer of an entry that says ``tied``, knowing the shape of that weight, and what the other layer gives.

    An error (A324) where what is named is not an ``embedding``, or the layer cannot have its table.
    """
    assert entry.tied is not None
    target = scope.resolve(entry.tied.name, entry.tied.span)
    if target is None or target.output < 0:
        return layer, None
    step = steps[place_of(target.output)] if target.output else None
    # A block or group that is named gives what a layer in it gives.
    named = step is not None and (step.path == entry.tied.name or step.path.endswith(f".{entry.tied.name}"))
    if step is None or not named or (step.layer is not None and not step.layer.looks_up):
        message = f"`tied` takes the name of an `embedding`, and `{entry.tied.name}` is not one"
        log.error("A324", entry.tied.span, message, "name the embedding whose table is also this layer's weight")
        return layer, None
    if layer is None or step.layer is None:
        return layer, None
    if not layer.can_be_tied:
        message = f"a `{entry.written_kind}` has no weight that could be the table of `{entry.tied.name}`"
        log.error("A324", entry.tied.span, message, "tie a `linear` or an `embedding`, or remove `tied`")
        return layer, None
    (shape,) = step.layer.weights((1,)).values()
    return replace(layer, tied=shape), target.output if step.again is None else value_of(step.again)
