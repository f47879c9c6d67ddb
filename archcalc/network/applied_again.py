"""``again``: a layer, a group or the use of a block that stands above, applied once more with the same weights.

What it is stays as it is where it stands first, its fields and arguments and those of what is in it; what it takes is
another value. So it is made again step by step, and each step says of which it has the weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Label
from archcalc.language.identifiers import cuts
from archcalc.network import wiring_errors
from archcalc.network.block_use import RecordedUse, ReplayedUse, Standing
from archcalc.network.expand import Expander
from archcalc.network.graph import NOWHERE, Part, Place, Step, known_values, value_of
from archcalc.network.instantiate import Instantiator
from archcalc.network.scope import Scope, Target
from archcalc.spec.model import SourceName, Spec

_A_BLOCK = "write it as a block, and apply a use of that again"


class AppliedAgain(Struct, frozen=True):
    """A layer or a module once more: the step, or the steps, that it becomes. ``here`` is where it stands.

    ``first`` is the path of what is applied again, where it is a layer; ``names`` are those in a group.
    """

    here: Standing
    made: Step | ReplayedUse
    first: str | None = None
    names: dict[str, Target] = {}


class Again:
    """What is applied again in a network, of which ``steps`` and ``layers`` are made so far; errors go to a log."""

    def __init__(
        self,
        spec: Spec,
        steps: Sequence[Step],
        layers: Sequence[Part],
        expander: Expander,
        instantiator: Instantiator,
        log: Log,
    ) -> None:
        self._spec = spec
        self._steps = steps
        self._layers = layers
        self._expander = expander
        self._instantiator = instantiator
        self._log = log

    def of(self, here: Standing, scope: Scope) -> AppliedAgain:
        """What an entry becomes that says ``again``; past an error a step of which nothing is known."""
        target = self._sought(here, scope)
        first = None if target is None else target.part
        if target is None or first is None or NOWHERE in here.sources:
            return self._unknown(here)
        there = _standing(here, first)
        if first.step is not None:
            step = self._layer(first, first.step, there)
            return self._unknown(here) if step is None else AppliedAgain(there, step, first.again or first.path)
        made = self._module(first, there)
        return self._unknown(here) if made is None else AppliedAgain(there, made, None, _names_within(target, made))

    def _unknown(self, here: Standing) -> AppliedAgain:
        entry = here.item.entry
        return AppliedAgain(here, Step(here.path, entry, None, True, known_values(here.sources), here.uses, lost=True))

    def _sought(self, here: Standing, scope: Scope) -> Target | None:
        """What is to be applied again; ``None``, with an error, where that is no layer, group or use of a block."""
        name = here.item.entry.again
        assert name is not None
        filled = self._expander.filled(name.name, name.span, here.item.bindings)
        if not filled:
            return None
        name = SourceName(filled, name.span)
        target = scope.resolve(name.name, name.span, here.item.named or here.path.rpartition(".")[2])
        if target is None:
            return None
        if target.part is not None:
            return target if self._is_apart(name, scope) else None
        what = "what a block gives" if "." in name.name else "what arrives"
        message, help = f"`{name.name}` is no layer that could be applied again: it is {what}", "name a layer"
        if not target.there:
            message, help = f"`{name.name}` is not there, so it cannot be applied again", "give both the same `when`"
        self._log.error("A326", name.span, message, help)
        return None

    def _is_apart(self, name: SourceName, scope: Scope) -> bool:
        """Whether it is no list of experts, and none of them: these take scores, which stand outside."""
        for beginning, _ in cuts(name.name):
            holder = scope.found(beginning)
            part = None if holder is None else holder.part
            if part is not None and part.spec is not None and part.spec.route is not None:
                message = f"`{part.name}` are experts, which cannot be applied again without their scores"
                help = f"write the layer of scores and the experts as one block: {_A_BLOCK}"
                self._log.error("A326", name.span, message, help)
                return False
        return True

    def _layer(self, first: Part, place: Place, here: Standing) -> Step | None:
        """A layer once more; ``None`` where it takes another number of sources."""
        step, entry, sources = self._steps[place], here.item.entry, here.sources
        if entry.kind is not None and wiring_errors.is_wrong_number(entry.kind, entry, here.path, sources, self._log):
            return None
        return replace(
            step,
            path=here.path,
            spec=entry,
            layer=None if step.layer is None else self._instantiator.applied_again(step.layer),
            doubtful=step.doubtful or here.item.doubtful,
            sources=sources,
            uses=here.uses,
            tied=None,
            again=place if step.again is None else step.again,
        )

    def _module(self, target: Part, here: Standing) -> ReplayedUse | None:
        """A group, copies or the use of a block once more; ``None`` where what it takes cannot be told."""
        entry, places = here.item.entry, [*target.steps()]
        if not self._has_sources(target, here):
            return None
        first = Place(places[0] if places else len(self._steps))
        if target.block is None and self._reaches_out(
            target, range(value_of(first), value_of(first) + len(places)), here
        ):
            return None
        if len({*zip(target.sources, here.sources, strict=True)}) > len({*target.sources}):
            message = f"`{target.name}` takes one value twice, so which of these is which cannot be told"
            help = "let the one that takes different values stand first"
            self._log.error("A326", entry.where(None), message, help)
            return None
        many = slice(first, first + len(places))
        # The use of a block is one among the uses that what is in it is in; a group is none.
        depth = len(here.uses) - (target.block is None)
        steps, layers = tuple(self._steps[many]), tuple(self._layers[many])
        recorded = RecordedUse(target, first, steps, layers, (), depth, 0)
        return ReplayedUse(recorded, here, len(self._steps), self._instantiator.applied_again)

    def _reaches_out(self, group: Part, inside: range, here: Standing) -> bool:
        """Whether something in a group takes, by its ``from``, a value that is not made in it; then an error."""
        for part, named in _stating(group):
            for source, name in zip(part.sources, named, strict=False):
                if source not in inside:
                    message = f"`{group.name}` cannot be applied again: in it, `{part.name}` takes what stands outside"
                    labels = [Label(name.span, "this")]
                    self._log.error("A326", here.item.entry.where(None), message, _A_BLOCK, labels=labels)
                    return True
        return False

    def _has_sources(self, target: Part, here: Standing) -> bool:
        """Whether it takes as many values as the first one; an error where not."""
        entry, count = here.item.entry, len(here.sources)
        if count == len(target.sources):
            return True
        if target.block is not None:
            wiring_errors.wrong_number_for_block(self._spec.blocks[target.block], entry, count, self._log)
        else:
            wiring_errors.wrong_number_for_group(entry, here.path, count, self._log)
        return False


def _standing(here: Standing, target: Part) -> Standing:
    """What is applied again where it stands: an entry that says what the first one does, and sees the same names."""
    entry, first = here.item.entry, target.spec
    assert first is not None
    merged = replace(
        first,
        written_path=entry.written_path,
        span=entry.span,
        written_name=entry.written_name,
        name_span=entry.name_span,
        kind_span=entry.kind_span,
        sources=entry.sources,
        when=entry.when,
        repeat=entry.repeat,
        claims=entry.claims,
        again=entry.again,
    )
    return replace(here, item=replace(here.item, entry=merged, bindings=target.bindings))


def _names_within(target: Target, made: ReplayedUse) -> dict[str, Target]:
    """The names in a group that is applied again, each for what it is there."""
    return {name: _moved(one, made) for name, one in target.inner.items()}


def _moved(target: Target, made: ReplayedUse) -> Target:
    part = None if target.part is None else made.standing_for(target.part)
    return Target(made.value(target.output), _names_within(target, made), target.there, part)


def _stating(group: Part) -> Iterator[tuple[Part, Sequence[SourceName]]]:
    """What says in a group what it takes, and how; the copies of one entry only say what the group does."""
    for part in group.parts:
        if not group.copies and part.spec is not None and part.spec.sources:
            yield part, part.spec.sources
        if part.block is None:
            yield from _stating(part)
