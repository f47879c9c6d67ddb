"""An activation that is written as a key of a layer, as Keras and Darknet have it."""

from __future__ import annotations

from msgspec import Struct

from archcalc.diagnostics.model import Suggestion
from archcalc.diagnostics.spelling import SURE, nearest
from archcalc.language.mapping_keys import Ways
from archcalc.language.nodes import MapNode, Node, ScalarNode
from archcalc.layers.contract import KINDS

_ACTIVATIONS = {"leaky": "leaky_relu", "swish": "silu", "lrelu": "leaky_relu", "hswish": "hardswish"}
_ACTIVATIONS |= {"logistic": "sigmoid", "hard_swish": "hardswish", "hard_sigmoid": "hardsigmoid"}

_NONE = ("linear", "none", "null", "false", "identity")


class Following(Struct, frozen=True):
    """What stands below a layer in its list, if anything, and whether the list is the network's own."""

    entry: Node | None
    at_the_top: bool

    @property
    def kind(self) -> str | None:
        """The kind that it says; ``None`` for what is no layer."""
        kind = self.entry.entries.get("kind") if isinstance(self.entry, MapNode) else None
        return nearest(kind.text, KINDS, alike=SURE) if isinstance(kind, ScalarNode) and kind.text else None


def activation_ways(node: Node, following: Following) -> Ways:
    """What to do in place of ``activation: softmax``, the first way first."""
    word = node.text if isinstance(node, ScalarNode) else ""
    if not word or word.lower() in _NONE:
        return ("remove it: a layer has no activation unless one stands below it",)
    kind = _ACTIVATIONS.get(word.lower()) or nearest(word.rpartition(".")[2], KINDS, alike=SURE)
    if kind is None:
        return ("an activation is a layer of its own: put `- {kind: relu}` below",)
    if following.kind == kind:
        return (Suggestion(f"remove `activation: {word}`: a `{kind}` follows", "", goes=True),)
    layer = f"{{kind: {kind}{', dim: 1' if kind in ('softmax', 'log_softmax') else ''}}}"
    if following.entry is not None:
        text = f"an activation is a layer of its own: put `- {layer}` below"
        return (Suggestion(text, layer, goes=True),)
    if kind == "softmax" and following.at_the_top:
        text = f"remove `activation: {word}`: the loss takes scores, and its softmax is in it"
        return Suggestion(text, "", goes=True), f"or, for probabilities, put `- {layer}` below"
    return (f"an activation is a layer of its own: put `- {layer}` below",)
