"""The edits that may fix an error: what they change, how much, and whether they do.

First what is often forgotten; then what practitioners do (``practice``): other sizes of the input, stated sizes and
what follows from them, usual windows, layers put in or left out. Then, where that gives nothing or all are asked for,
the named sizes, and each field of the layer with the error and of every layer above it, nearest values first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice

from msgspec.structs import replace

from archcalc.fixes.arguments import Arguments, Restate
from archcalc.fixes.as_many_axes import AsManyAxes
from archcalc.fixes.begun import Begun
from archcalc.fixes.branches import Branches
from archcalc.fixes.candidate import Candidate, Sought, apart, changed
from archcalc.fixes.embedded import Embedded
from archcalc.fixes.exchanged import Exchanged
from archcalc.fixes.field_edits import NEAR, FieldEdits
from archcalc.fixes.input_edits import PICTURE, InputEdits
from archcalc.fixes.instead import Instead
from archcalc.fixes.joined import JoinedEdits
from archcalc.fixes.layer_edits import LayerEdits
from archcalc.fixes.left_out import LeftOut
from archcalc.fixes.let_sizes import Rebind, numbers, other
from archcalc.fixes.odd_ones import OddOnes
from archcalc.fixes.one_more import OneMore
from archcalc.fixes.plans import Composer, Plan, is_literal
from archcalc.fixes.practice import Practice
from archcalc.fixes.practised import PractisedEdits
from archcalc.fixes.row_sizes import called, cells
from archcalc.fixes.skips import Skips
from archcalc.fixes.tied import TiedEdits
from archcalc.fixes.trials import Exhausted
from archcalc.fixes.turned_around import TurnedAround
from archcalc.fixes.undone import Undone
from archcalc.fixes.window_edits import WindowEdits
from archcalc.language.nodes import ScalarNode
from archcalc.language.yaml_changes import Edit, Route
from archcalc.layers.record import follows_of
from archcalc.network.graph import INPUT, place_of
from archcalc.sizes.rules import is_known, known_sizes
from archcalc.spec.let import names_in

FEW = 4
"""Up to so many channels a picture has."""

OTHER = 4
"""How many times as large as another picture one is, at most, that a name may be of."""


class Candidates:
    """The search for one error. ``everything`` asks for what nobody does, too."""

    def __init__(self, sought: Sought, rebind: Rebind, restate: Restate, *, everything: bool) -> None:
        self.sought = sought
        self.spec = sought.spec
        self.located = sought.located
        self.routes = sought.routes
        self.trials = sought.trials
        self.effect = sought.effect
        self.network = sought.network
        self.rebind = rebind
        self.restate = restate
        self.everything = everything
        self.steps = sought.network.graph.steps
        self.composer = Composer(sought)
        self.found: list[Candidate] = []

    def ordered(self) -> list[Candidate]:
        """What fixes the error, what is done first above; what shows another error last."""
        with suppress(Exhausted):
            self._add(self._forgotten())
            if not self._enough():
                self.found += Arguments(self.sought, self.restate).found_by()
                self._add(self._practised())
                fields = FieldEdits(self.sought)
                self.found += fields.at_error()
                more = self.everything or not self._enough()
                if more or self._by_name():
                    self.found += self._named()
                if more:
                    self.found += fields.others(self._enough())
                    self.found += self._tried_sizes()
        distance = {place: self.located.at - place for place in range(len(self.steps))}
        self.found.sort(key=lambda one: (one.practice.rank, round(one.cost, 6), distance.get(one.place or 0, 0)))
        # An entry of a block makes several layers, and one edit changes them all.
        distinct: dict[object, Candidate] = {}
        padded: set[int | None] = set()
        for one in sorted(self.found, key=lambda one: bool(one.reveals) and not one.is_of_input_slip):
            # Of a layer that is padded until it fits, the least padding says it all.
            if one.practice is not Practice.PADDING or one.place not in padded:
                distinct.setdefault(frozenset(one.changes) or one.edit, one)
            padded |= {one.place} if one.practice is Practice.PADDING else set()
        return [one for one in distinct.values() if not self._is_more_than_needed(one, [*distinct.values()])]

    def _is_more_than_needed(self, one: Candidate, others: list[Candidate]) -> bool:
        """Whether a part of an edit fixes the error already. What is stated in several places is edited in all."""
        if len(one.changes) < 2 or one.practice in (Practice.STATED, Practice.TURNED) or one.is_of_input_slip:
            return False
        parts = (other for other in others if len(other.changes) < len(one.changes) and other.changes)
        return any(set(other.changes) < set(one.changes) and other.reveals <= one.reveals for other in parts)

    def _add(self, plans: Iterable[Plan]) -> None:
        self.found += [made for plan in plans if (made := self.composer.made(plan)) is not None]

    def _by_name(self) -> bool:
        """Whether the error points at an expression: a number in its place would leave a name that nothing uses."""
        at, need = self.located.at, self.located.need
        layer = self.steps[at].layer
        if need is None or layer is None:
            return False
        if need.code in ("A204", "A211") and self._names_at_error():
            return True
        return need.field is not None and not is_literal(
            self.steps[at].spec.values.get(need.field), getattr(layer, need.field, None)
        )

    def _names_at_error(self) -> set[str]:
        """What the field with the error is written with by name.

        Of a size that does not divide into its parts, all fields of its layer; of a join, those of the shapes in it.
        """
        step, (code, field) = self.steps[self.located.at], self.located.key
        nodes = [node for name, node in step.spec.values.items() if code == "A204" or name == field]
        if code == "A211":
            above = [self.steps[place_of(source)] for source in step.sources if source]
            nodes += [one.spec.values["shape"] for one in above if "shape" in one.spec.values]
        return set().union(*map(names_in, nodes))

    def _enough(self) -> bool:
        """Whether something that is done in practice fixes the error and shows no other."""
        return any(one.practice.is_printed and not one.reveals for one in self.found)

    # What is often forgotten, and what is done first

    def _forgotten(self) -> Iterator[Plan]:
        x = self.network.graph.input
        edits, axes = LayerEdits(self.sought), AsManyAxes(self.sought)
        # Of four axes of which the second are few, the first is the batch; else the layer is of another kind.
        has_batch = is_known(*x) and len(x) == 4 and x[1] <= FEW
        if not has_batch and self.located.key[0] == "A202":
            other_kind = [plan for plan in edits.other_axes() if self.composer.made(plan) is not None]
            if other_kind:
                yield from other_kind
                return
        slip = Practice.SLIP
        if self.network.graph.inputs:
            yield from axes.plans()
            yield from edits.slips()
            return
        # That channels do not divide says nothing of axes, where the first is not the batch of one or of a map.
        divides = self.located.key[0] == "A204" and len(x) < 4 and x[:1] != (1,)
        if is_known(*x) and len(x) > 1 and not axes.is_map(x) and not divides:
            yield Plan(practice=slip, input=x[1:], lead="leave out the batch", cost=0.0, carries=False)
        # Of four axes it is a clip or a volume, if the layer takes as many.
        last = is_known(*x) and len(x) in (3, 4) and x[-1] <= FEW < x[0]
        if last and (len(x) == 3 or self.located.key[0] == "A203"):
            yield from islice((plan for plan in self._turned(known_sizes(x)) if self.composer.made(plan)), 1)
        yield from axes.plans()
        yield from edits.slips()
        yield from TurnedAround(self.sought).plans()

    def _turned(self, x: tuple[int, ...]) -> Iterator[Plan]:
        """The channels of a picture or a volume first: alone, or with what layers state that were written otherwise.

        An error of a layer that takes the picture says nothing of its axes until they are in order, so that there
        what else is stated wrongly is no reason against it.
        """
        turned = (x[-1], *x[:-1])
        alone = Plan(practice=Practice.SLIP, input=turned, lead="write the channels first", cost=0.0, carries=False)
        yield alone
        if INPUT in self.steps[self.located.at].sources and x[-1] in PICTURE and x[1] > x[-1]:
            stated = self._other_channels(x[-1])
            yield replace(alone, fields=stated)
            yield replace(alone, fields=stated, carries=True)

    def _other_channels(self, channels: int) -> dict[int, dict[str, object]]:
        """Of the layers that take the input, the fields that state other channels, and what they are to be."""
        found: dict[int, dict[str, object]] = {}
        for place, step in enumerate(self.steps):
            if step.layer is not None and step.sources == (INPUT,):
                fields = [name for name, axis in follows_of(type(step.layer)).items() if axis == 0]
                stated = [name for name in fields if getattr(step.layer, name) not in (None, channels)]
                found |= {place: dict.fromkeys(stated, channels)} if stated else {}
        return found

    def _practised(self) -> Iterator[Plan]:
        yield from InputEdits(self.sought).plans()
        yield from PractisedEdits(self.sought).plans()
        yield from WindowEdits(self.sought).plans()
        yield from Undone(self.sought).plans()
        yield from Begun(self.sought).plans()
        yield from Exchanged(self.sought).plans()
        yield from JoinedEdits(self.sought).plans()
        yield from TiedEdits(self.sought).plans()
        yield from Embedded(self.sought).plans()
        yield from OddOnes(self.sought).plans()
        yield from Skips(self.sought).plans()
        yield from Branches(self.sought).plans()
        yield from LayerEdits(self.sought).others()
        yield from LeftOut(self.sought).plans()
        yield from OneMore(self.sought).plans()

    def _tried_sizes(self) -> Iterator[Candidate]:
        if any(one.place is None and one.named is None for one in self.found):
            return
        yield from islice(filter(None, map(self.composer.made, InputEdits(self.sought).tried())), 1)

    # The sizes of `let`

    def _named(self) -> Iterator[Candidate]:
        """Other values of the named sizes that reach the error: those that it names, then the nearest."""
        enough = self.trials.left * 3 // 4
        for name, value, node in (*numbers(self.spec), *cells(self.spec, self.network.graph, self.located.at)):
            if node.span not in self.routes or not self._reaches(name, value):
                continue
            pairs = ((value - distance, value + distance) for distance in range(1, NEAR + 1))
            first = [*self._sides(value), *self._asked(name), *self.sought.wanted(value)]
            for tried in (*((new,) for new in dict.fromkeys(first) if new != value), *pairs):
                found = [self._renamed(name, new, self.routes[node.span]) for new in tried if new >= 1]
                yield from filter(None, found)
                if self.trials.left < enough:
                    return
                if any(one is not None and not one.reveals for one in found):
                    break

    def _asked(self, name: str) -> list[int]:
        """The value that the need of the layer with the error asks for, in a field that is written by this name."""
        need, values = self.located.need, self.steps[self.located.at].spec.values
        asked = (need.fix or {}) if need is not None else {}
        return [
            value
            for field, value in asked.items()
            if type(value) is int and isinstance(node := values.get(field), ScalarNode) and node.value == name
        ]

    def _sides(self, value: int) -> list[int]:
        """The height and width of a picture, where a name may say those of another one, of which a table is made."""
        x = self.network.graph.input
        sides = known_sizes(x)[1:] if self.located.key[0] == "A211" and len(x) == 3 and is_known(*x) else ()
        return [side for side in sides if max(side, value) <= OTHER * min(side, value)]

    def _reaches(self, name: str, value: int) -> bool:
        """Whether a size says anything about the layer with the error or one above it."""
        # Of a name that is divided and rounded down, one more may say the same.
        for another in (value + 1, 2 * value):
            made = other(self.network.graph, self.rebind(name, another))
            if made is None:
                continue
            if made.input != self.network.graph.input or any(place <= self.located.at for place in made.layers):
                return True
        return False

    def _renamed(self, name: str, value: int, route: Route) -> Candidate | None:
        """A named size with another value, if that fixes the error."""
        self.trials.spend(len(self.steps) // 4)
        made = other(self.network.graph, self.rebind(name, value))
        reveals = None if made is None else self.effect.together(made.layers, made.input)
        if made is None or reveals is None:
            return None
        cost = apart(self.network.graph.input, made.input)
        for place, layer in made.layers.items():
            old, xs = self.steps[place].layer, self.network.facts.layers[place].arriving
            cost += changed(old, layer, xs) if old is not None and xs is not None else 0.0
        named = called(name) in self._names_at_error()
        edit = f"let {name}: {value}"
        change = Edit(route, value)
        return Candidate(
            edit=edit,
            changes=(change,),
            cost=cost,
            practice=Practice.STATED if named else Practice.CHANNELS,
            place=None,
            named=name,
            reveals=reveals,
            instead=Instead(made.input, made.layers),
        )
