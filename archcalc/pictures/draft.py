"""Boxes while they are folded: layers that belong together become a chain, and neighbours that are alike become one.

Copies are alike where they have the same layers with the same fields and sizes, rates of dropout aside, wired in the
same way, and each but the first takes what the one before gives, or all stand side by side as experts do. So a stage
of 36 residual blocks is a first block, and another 35 times. Two blocks that take turns are a pair, folded as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy

from msgspec import Struct

from archcalc.analysis.walk import Facts
from archcalc.layers.contract import KINDS
from archcalc.network.flow import users
from archcalc.network.graph import Graph, Place, Value, place_of, value_of
from archcalc.pictures.model import BLOCK, CHAIN, GROUP

LEAST_LAYERS = 3
"""So many layers that are alike are folded; of blocks and groups, two."""


class Draft(Struct):
    """A box that is not numbered yet. ``places`` are a layer's, of all its copies; ``sign`` says what is alike.

    ``form`` says which uses of a block differ in nothing but sizes; ``paths`` are those of the copies but the first.
    Where one layer or module of the graph stands for several, ``stands`` says for how many, and ``numbered`` which name
    in its path counts them.
    """

    name: str
    path: str
    kind: str
    family: str
    output: Value
    detail: str
    places: list[Place]
    parts: list[Draft] = []
    times: int = 1
    until: str = ""
    sign: int = -1
    form: int = 0
    paths: list[str] = []
    stands: int = 1
    numbered: int = 0

    def all_places(self, copies: int = 1) -> Iterator[Place]:
        """The layers in it, all copies of them; where it stands for so many copies, those of the first."""
        yield from self.places[: len(self.places) // copies]
        for part in self.parts:
            yield from part.all_places(copies)


class Folder:
    """Folds lists of boxes, from the innermost out."""

    def __init__(self, graph: Graph, facts: Facts, fold: bool) -> None:
        self.graph, self.facts, self.fold = graph, facts, fold
        self.users = users(graph.steps)
        self.outputs = frozenset(graph.outputs)
        self._signs: dict[object, int] = {}
        self._forms: dict[object, int] = {}
        self._copies: dict[Place, list[tuple[int, int]]] = {}
        self._folded = 0

    def between_copies(self, one: Place, other: Place) -> bool:
        """Whether two layers are in different copies of what is one box."""
        theirs = dict(self._copies.get(other, ()))
        return any(theirs.get(which, copy) != copy for which, copy in self._copies.get(one, ()))

    def folded(self, drafts: Sequence[Draft]) -> list[Draft]:
        """The boxes of a list, in order: chained, then those that are alike as one."""
        for draft in drafts:
            # Copies that are one already have the form of the first, whatever there are of them.
            draft.form = draft.form or self._form(draft)
            if self.fold:
                draft.sign = self._sign(draft)
        chained = self._chained(drafts)
        if not self.fold:
            return [draft if draft.stands == 1 else self._one([draft])[0] for draft in chained]
        found: list[Draft] = []
        run: list[Draft] = []
        for draft in self._paired(chained):
            if run and not self._goes_on(run, draft):
                found += self._one(run)
                run = []
            run.append(draft)
        return found + self._one(run)

    def _chained(self, drafts: Sequence[Draft]) -> list[Draft]:
        found: list[Draft] = []
        for draft in drafts:
            head = found[-1] if found else None
            if head is not None and _drawn_behind(draft) and self._follows(head, draft):
                links = head.parts if head.family == CHAIN else [head]
                first = links[0]
                chain = Draft(
                    first.name, first.path, first.kind, CHAIN, draft.output, first.detail, [], [*links, draft]
                )
                chain.sign = self._sign(chain) if self.fold else -1
                found[-1] = chain
            else:
                found.append(draft)
        return found

    def _paired(self, drafts: list[Draft]) -> list[Draft]:
        """With two blocks that take turns, as Swin's with windows in place and shifted, as one group each time."""
        found: list[Draft] = []
        at = 0
        while at < len(drafts):
            turns = self._turns(drafts, at)
            for one, other in zip(drafts[at : at + turns : 2], drafts[at + 1 : at + turns : 2], strict=True):
                name, path = (f"{a} and {b}" for a, b in ((one.name, other.name), (one.path, other.name)))
                pair = Draft(name, path, "", GROUP, other.output, "", [], [one, other])
                # By what they are, and not by their names, which count on.
                pair.sign = self._signs.setdefault((one.sign, other.sign), len(self._signs))
                found.append(pair)
            if not turns:
                found.append(drafts[at])
            at += turns or 1
        return found

    def _turns(self, drafts: list[Draft], at: int) -> int:
        """How many boxes from here on are two blocks by turns: an even number, and none below four."""
        first = drafts[at : at + 2]
        if len(first) < 2 or any(draft.family != BLOCK for draft in first) or first[0].sign == first[1].sign:
            return 0
        turns = 2
        while at + turns < len(drafts) and drafts[at + turns].sign == first[turns % 2].sign:
            turns += 1
        return turns // 2 * 2 if turns >= 4 else 0

    def _follows(self, head: Draft, draft: Draft) -> bool:
        """Whether a layer takes nothing but what a layer or chain before it gives, which nothing else takes."""
        if head.places or head.family == CHAIN:
            step = self.graph.steps[draft.places[0]]
            alone = self.users[head.output] == draft.places and head.output not in self.outputs
            return alone and step.sources == (head.output,) and not step.lost
        return False

    def _goes_on(self, run: Sequence[Draft], draft: Draft) -> bool:
        """Whether a box is another copy of the last of a run, behind it."""
        last = run[-1]
        if draft.sign != last.sign or draft.output < 0:
            return False
        entering, others = self._outside(draft)[0], self._outside(last)[0]
        if entering == others and self._are_experts(last, draft):
            return True
        if not all(now in (last.output, before) for now, before in zip(entering, others, strict=True)):
            return False
        inner, behind = set(last.all_places()), set(draft.all_places())
        leaving = {value_of(place): set(self.users[value_of(place)]) - inner for place in inner}
        given = {value for value, users in leaving.items() if users or value in self.outputs}
        # So that what leaves a copy is what the next one takes, and nothing else.
        return given == {last.output} and leaving[last.output] <= behind and last.output not in self.outputs

    def _are_experts(self, one: Draft, other: Draft) -> bool:
        """Whether what both give goes nowhere but to a layer that lets each token take one of them, or more."""
        takers = self.users[one.output] + self.users[other.output]
        layers = [self.graph.steps[place].layer for place in dict.fromkeys(takers)]
        return len(layers) == 1 and layers[0] is not None and layers[0].routes

    def _one(self, run: list[Draft]) -> list[Draft]:
        least = LEAST_LAYERS if run and (run[0].places or run[0].family == CHAIN) else 2
        if len(run) < least and all(draft.stands == 1 for draft in run):
            return run
        self._folded += 1
        for copy, draft in enumerate(run):
            for place in draft.all_places():
                self._copies.setdefault(place, []).append((self._folded, copy))
        first, last = run[0], run[-1]
        if first.stands > 1:
            _gather(first, deepcopy(first), range(1, first.stands))
        for draft in run[1:]:
            _gather(first, draft, range(draft.stands))
        first.times, first.output = sum(draft.stands for draft in run), last.output
        first.until = counted_on(last.name, last.name.count("."), last.stands - 1)
        return [first]

    def _outside(self, draft: Draft) -> tuple[list[int], list[tuple[int, ...]]]:
        """The values from outside that its layers take, in order, and how each is wired: inside or not."""
        places = sorted({*draft.all_places()})
        at = {place: number for number, place in enumerate(places)}
        outside: dict[int, int] = {}
        wired = []
        for place in places:
            sources = []
            for value in self.graph.steps[place].sources:
                inner = at.get(place_of(value)) if value > 0 else None
                sources.append(-1 - outside.setdefault(value, len(outside)) if inner is None else inner)
            wired.append(tuple(sources))
        return list(outside), wired

    def _sign(self, draft: Draft) -> int:
        """A number that boxes have in common whose layers, sizes and wiring are the same."""
        wired = tuple(self._outside(draft)[1])
        if draft.places:
            facts = self.facts.layers[draft.places[0]]
            step = facts.step
            bad = step.lost or step.doubtful or step.layer is None or None in (*facts.inputs, facts.output)
            # Blocks that differ in how much is dropped are drawn as one, as papers do.
            layer = None if draft.family == "dropout" else step.layer
            # What is wrong, or not known, is like nothing else.
            what: object = draft.places[0] if bad else (layer, facts.inputs, facts.output, step.in_training)
            key: object = (draft.kind, len(draft.places), what, wired)
        else:
            # The layers of a chain stand in the list around it, in which no two have the same name.
            named = draft.family != CHAIN
            inner = tuple(
                (part.name if named and part.family != CHAIN else "", part.sign, part.times) for part in draft.parts
            )
            key = (draft.kind, draft.family, inner, wired)
        return self._signs.setdefault(key, len(self._signs))

    def _form(self, draft: Draft) -> int:
        """A number that uses of a block have in common which differ only in sizes, activations and repeats; else 0."""
        if draft.family != BLOCK:
            return 0
        # Blocks of blocks are wired as these are many.
        wired = None if self._has_blocks(draft) else tuple(self._outside(draft)[1])
        return self._forms.setdefault((self._kinds(draft), wired), len(self._forms) + 1)

    def _has_blocks(self, draft: Draft) -> bool:
        return any(part.family == BLOCK or self._has_blocks(part) for part in draft.parts)

    def _kinds(self, draft: Draft) -> object:
        """What a box is made of, blocks that come again right behind themselves named once."""
        if not draft.parts:
            return draft.family if _drawn_behind(draft) else draft.kind
        inner: list[object] = []
        for part in draft.parts:
            kinds = self._kinds(part)
            if part.family != BLOCK or inner[-1:] != [kinds]:
                inner.append(kinds)
        return draft.kind, draft.family, tuple(inner)


def _drawn_behind(draft: Draft) -> bool:
    # A block may have the name of a kind.
    return bool(draft.places) and draft.kind in KINDS and KINDS[draft.kind].drawn_behind


def unwrapped(draft: Draft) -> Draft:
    """A group or block without a frame that says nothing: one of a single box is that box.

    Of a group it has both names, of a block that of the use, as the layers of the block are called the same in each.
    """
    if len(draft.parts) != 1 or (draft.parts[0].times > 1 and draft.family == BLOCK):
        return draft
    only = draft.parts[0]
    if only.family == GROUP and draft.family == BLOCK:
        draft.parts = only.parts
    elif draft.family == GROUP or only.family != BLOCK:
        only.name = draft.name if draft.family == BLOCK else f"{draft.name}.{only.name}"
        return only
    return draft


def counted_on(path: str, place: int, number: int) -> str:
    """A path with so much added to the number that is one of its names."""
    if not number:
        return path
    names = path.split(".")
    names[place] = str(int(names[place]) + number)
    return ".".join(names)


def _gather(first: Draft, other: Draft, numbers: range, numbered: int = -1) -> None:
    """Add the layers of a copy, or of those for which it stands, to those of the first.

    What is told is what they have in common.
    """
    numbered = other.numbered if numbered < 0 else numbered
    first.places += other.places * len(numbers)
    paths = (other.path, *other.paths)
    first.paths += [counted_on(path, numbered, number) for number in numbers for path in paths]
    if first.family == BLOCK and first.detail != other.detail:
        theirs = other.detail.split(", ")
        first.detail = ", ".join(word for word in first.detail.split(", ") if word in theirs)
    for one, another in zip(first.parts, other.parts, strict=True):
        _gather(one, another, numbers, numbered)
        one.output = another.output
