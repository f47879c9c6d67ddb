"""A norm of features that stand last in a sequence: turned to the front above it, and back below it."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.fixes.candidate import Search
from archcalc.fixes.instead import Inserted
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import Practice
from archcalc.language.yaml_changes import NewLayer, yaml_text
from archcalc.layers.contract import KINDS
from archcalc.network.graph import value_of

DIMS = (0, 2, 1)


class TurnedAround(Search):
    """The search for one error."""

    def plans(self) -> Iterator[Plan]:
        """Of a layer that keeps what arrives, and one below it that takes what it gives."""
        step, xs = self.steps[self.at], self.found[self.at].arriving or ()
        if self.key != ("A203", "num_features") or [len(x) for x in xs] != [2] or step.layer is None:
            return
        if self.is_channels_first(step.sources[0]):
            return
        users = self.sought.effect.users[value_of(self.at)]
        places = [self.at, *users]
        routes = [self.sought.routes.get(self.steps[place].spec.span) for place in places]
        alone = len(users) == 1 and all(len(self.sought.effect.alike(place)) == 1 for place in places)
        implied = all(self.steps[place].spec.sources is None for place in places)
        if xs[0][1] != getattr(step.layer, "num_features", None) or not alone or not implied or None in routes:
            return
        text = f"{{kind: permute, dims: {yaml_text(DIMS)}}}"
        yield Plan(
            practice=Practice.SLIP,
            place=self.at,
            inserted=dict.fromkeys(places, Inserted((KINDS["permute"](dims=DIMS),))),
            changes=tuple(NewLayer(route, text) for route in routes if route is not None),
            edits=tuple(f"{text} above {self.steps[place].path}" for place in places),
            said=f"put `- {text}` above it, and once more above `{self.steps[users[0]].path}`",
            cost=0.5,
            carries=False,
        )
