"""Edits where a weight is another's table: the table as the layer needs it, or what arrives as the table is."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from archcalc.fixes.candidate import Search
from archcalc.fixes.layer_edits import LayerEdits
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import Practice
from archcalc.layers.contract import KINDS
from archcalc.network.graph import place_of
from archcalc.sizes.rules import is_known, known_sizes

TABLE = ("num_embeddings", "embedding_dim")
"""The fields that say how many rows a table has, and how wide they are."""

PUT_IN = 0.5
"""What another layer costs, beside what it changes: a size that is stated is edited first."""


class TiedEdits(Search):
    """The search for one error."""

    def plans(self) -> Iterator[Plan]:
        """Another table, with all that follows; as many scores as it has rows, or a linear layer as wide as it."""
        step, xs = self.steps[self.at], self.found[self.at].arriving
        if self.key[0] != "A222" or step.tied is None or step.layer is None or not xs:
            return
        tied, own = getattr(step.layer, "tied", None), step.layer.weights(*xs).get("weight", ())
        table = self.steps[place_of(step.tied)].layer if step.tied else None
        if table is None or tied is None or not is_known(*own, *tied) or len(own) != len(TABLE):
            return
        stated = (getattr(table, name, None) for name in TABLE)
        values = {name: size for name, had, size in zip(TABLE, stated, known_sizes(own), strict=True) if had != size}
        sharing = {
            at: one.layer for at, one in enumerate(self.steps) if one.tied == step.tied and one.layer is not None
        }
        yield Plan(
            practice=Practice.CHANNELS,
            place=place_of(step.tied),
            fields={place_of(step.tied): values},
            kinds={at: replace(layer, tied=own) for at, layer in sharing.items()},
        )
        rows = getattr(step.layer, "out_features", tied[0])
        if rows != tied[0]:
            yield Plan(practice=Practice.AT_ERROR, place=self.at, fields={self.at: {"out_features": tied[0]}})
        elif step.layer.kind == "linear":
            text = f"{{kind: linear, out_features: {tied[1]}}}"
            made = KINDS["linear"](out_features=tied[1])
            yield from LayerEdits(self.sought).put((text,), (made,), self.at, Practice.CHANNELS, cost=PUT_IN)
