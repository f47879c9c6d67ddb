"""Edits that leave out a layer, or a stage: one pool, flatten or use of a block too many."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from archcalc.fixes.candidate import Search
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import Practice
from archcalc.language.yaml_changes import Change, Edit, Removal
from archcalc.layers.contract import KINDS
from archcalc.network.graph import Use, value_of
from archcalc.spec.model import LayerSpec

LEAVABLE = (
    *("permute", "flatten", "reshape", "mean"),
    *("pixel_unshuffle", "max_pool", "avg_pool", "slice", "pad", "upsample"),
)
"""What is left out where it is one too many: kinds that begin so have no weights, and move, lose or add places."""

NEAREST = 24
"""How far above the error a layer is looked for that may go."""


class LeftOut(Search):
    """The search for one error."""

    def plans(self) -> Iterator[Plan]:
        """A layer above the error, the layer itself, or the stage that it is in."""
        if self.key[0] == "A112":
            return  # What contradicts itself is to be said otherwise.
        for place in range(self.at, max(-1, self.at - NEAREST), -1):
            layer = self.steps[place].layer
            if layer is not None and layer.kind.startswith(LEAVABLE):
                yield from self.layer(place, "", Practice.LEFT_OUT)
        yield from self._stage()

    def layer(self, place: int, where: str, practice: Practice) -> Iterator[Plan]:
        """A layer that takes a single value, which those that name it take in its place."""
        step = self.steps[place]
        if len(step.sources) != 1:
            return
        cost = 0.0 if practice is Practice.SLIP else None
        for plan in self._gone(self.sought.effect.alike(place), step.path, step.spec, where, practice, cost):
            retaken = self._retaken(place)
            if retaken is not None:
                changes, edits, said = retaken
                yield replace(
                    plan, changes=(*plan.changes, *changes), edits=(*plan.edits, *edits), said=plan.said + said
                )

    def _retaken(self, place: int) -> tuple[tuple[Change, ...], tuple[str, ...], str] | None:
        """What is written where layers name one that goes, and said of it; ``None`` where what it takes has no name."""
        step = self.steps[place]
        users = {one.spec.span: one for one in self.steps if value_of(place) in one.sources}
        follows = any(one.spec.sources is None for one in users.values())
        if follows and step.spec.sources is not None and step.sources[0] != place:
            return None  # What follows it would follow another layer.
        name = self._name(step.sources[0], step.uses)
        own = step.path.rpartition(".")[2]
        changes: list[Change] = []
        edits: list[str] = []
        for user in users.values():
            written = [source.name for source in user.spec.sources or ()]
            for index, source in enumerate(user.spec.sources or ()):
                route = self.sought.routes.get(source.span)
                if source.name == own and value_of(place) in user.sources[index : index + 1]:
                    twice = step.sources[0] in user.sources  # What is joined with itself was not meant.
                    if name is None or route is None or user.uses != step.uses or twice:
                        return None
                    changes.append(Edit(route, name))
                    written[index] = name
            if written != [source.name for source in user.spec.sources or ()]:
                edits.append(f"{user.path} from: [{', '.join(written)}]")
        return tuple(changes), tuple(edits), f", and take `{name}` for `{own}`" if changes else ""

    def _name(self, value: int, uses: tuple[Use, ...]) -> str | None:
        """What the layers of a list call a value that one of them, or the network's input, gives."""
        giver = self.graph.giver(value)
        if giver is None:
            return "input" if not uses and not self.graph.inputs else None
        named = giver.uses == uses and (giver.is_given or giver.spec.name_span is not None)
        return giver.path.rpartition(".")[2] if named else None

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
            if chain and len(stages) > 1 and alone and not self._is_named(use.path):
                yield from self._gone(places, use.path, use.spec, "", Practice.LEFT_OUT, cost=1.0)

    def _gone(
        self, places: list[int], path: str, spec: LayerSpec, where: str, practice: Practice, cost: float | None
    ) -> Iterator[Plan]:
        route = self.sought.routes.get(spec.span)
        if route is None:
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
