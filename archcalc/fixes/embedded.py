"""A linear layer in front of an attention over features of the data, which do not divide into its heads."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.fixes.candidate import Search, heads_of
from archcalc.fixes.instead import Inserted
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import Practice
from archcalc.language.yaml_changes import Change, Edit, NewLayer
from archcalc.layers.contract import KINDS
from archcalc.network.graph import INPUT
from archcalc.sizes.rules import is_known, known_size

NAME = "embedded"
"""What the layer is called."""


class Embedded(Search):
    """The search for one error."""

    def plans(self) -> Iterator[Plan]:
        """A linear layer in front of all that takes the features, a residual, too."""
        layer, x = self.steps[self.at].layer, self.found[self.at].input or ()
        taking = self.sought.effect.users[INPUT]
        first = self.steps[self.at].spec
        route = self.sought.routes.get(first.span)
        if self.key != ("A204", "num_heads") or layer is None or route is None or not x or not is_known(x[-1]):
            return
        if self.graph.inputs or self.steps[self.at].sources != (INPUT,) or min(taking) < self.at or first.sources:
            return
        if any(self.steps[place].uses for place in taking) or NAME in {step.path for step in self.steps}:
            return
        each = heads_of(layer, known_size(x[-1]))
        width = -(-known_size(x[-1]) // each) * each
        text = f"{{name: {NAME}, kind: linear, out_features: {width}}}"
        changes: list[Change] = [NewLayer(route, text)]
        inserted: dict[int, Inserted] = {}
        for place in taking:
            step = self.steps[place]
            if len(step.sources) != len(step.spec.sources or step.sources) or step.sources.count(INPUT) > 1:
                return
            inserted[place] = Inserted((KINDS["linear"](out_features=width),), step.sources.index(INPUT))
            if step.spec.sources is not None and step.spec.span in self.sought.routes:
                at = self.sought.routes[step.spec.span]
                changes.append(Edit((*at, "from", step.sources.index(INPUT)), NAME))
        others = [self.steps[place].path for place in taking if place != self.at]
        tail = f", and take `{NAME}` for `input` in {' and '.join(f'`{path}`' for path in others)}" if others else ""
        yield Plan(
            practice=Practice.AT_ERROR,
            place=self.at,
            inserted=inserted,
            changes=tuple(changes),
            edits=(f"{text} above {self.steps[self.at].path}",),
            said=f"put `- {text}` above it{tail}",
            cost=1.0,
            carries=False,
        )
