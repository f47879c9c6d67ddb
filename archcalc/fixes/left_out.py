"""Edits that leave out a layer, or a stage: one pool, flatten or use of a block too many."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.fixes.candidate import Search
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import Practice
from archcalc.language.yaml_changes import Removal
from archcalc.layers.contract import KINDS
from archcalc.spec.model import LayerSpec

LEAVABLE = ("permute", "flatten", "reshape", "mean", "pixel_unshuffle", "max_pool", "avg_pool")
"""What is left out where it is one too many: kinds that begin so have no weights, and move or lose places."""

NEAREST = 24
"""How far above the error a layer is looked for that may go."""


class LeftOut(Search):
    """The search for one error."""

    def plans(self) -> Iterator[Plan]:
        """A layer above the error, the layer itself, or the stage that it is in."""
        for place in range(self.at, max(-1, self.at - NEAREST), -1):
            layer = self.steps[place].layer
            if layer is not None and layer.kind.startswith(LEAVABLE):
                yield from self.layer(place, "", Practice.LEFT_OUT)
        yield from self._stage()

    def layer(self, place: int, where: str, practice: Practice) -> Iterator[Plan]:
        """A layer that takes a single value, and is not named elsewhere."""
        step = self.steps[place]
        if len(step.sources) == 1:
            cost = 0.0 if practice is Practice.SLIP else None
            yield from self._gone(self.sought.effect.alike(place), step.path, step.spec, where, practice, cost)

    def _stage(self) -> Iterator[Plan]:
        """Of several stages the one for which too few pixels are left: the use of a block whose layers are a chain."""
        for use in self.steps[self.at].uses[:1] if self.key[0] in ("A201", "A207") else ():
            places = [at for at, step in enumerate(self.steps) if any(one.path == use.path for one in step.uses)]
            stages = {
                one.path: one.spec for step in self.steps for one in step.uses if one.spec.block == use.spec.block
            }
            chain = all(self.steps[at].sources == (at,) for at in places)
            # The entry of a repeat makes all of its copies, and goes with them.
            alone = sum(spec.span == use.spec.span for spec in stages.values()) == 1
            if chain and len(stages) > 1 and alone:
                yield from self._gone(places, use.path, use.spec, "", Practice.LEFT_OUT, cost=1.0)

    def _gone(
        self, places: list[int], path: str, spec: LayerSpec, where: str, practice: Practice, cost: float | None
    ) -> Iterator[Plan]:
        route = self.sought.routes.get(spec.span)
        if route is None or self._is_named(path):
            return
        yield Plan(
            practice=practice,
            place=places[0],
            kinds=dict.fromkeys(places, KINDS["identity"]()),
            changes=(Removal(route),),
            edits=(f"remove {path}",),
            said=f"remove `{path}` {where}(line {spec.span.line})",
            cost=cost,
        )

    def _is_named(self, path: str) -> bool:
        """Whether some `from` names a layer, so that it cannot go."""
        name = path.rpartition(".")[2]
        named = (source.name for other in self.steps for source in other.spec.sources or ())
        return any(one.rpartition(".")[2] == name for one in named)
