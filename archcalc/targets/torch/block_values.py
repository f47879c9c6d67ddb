"""What all uses of a block have in common: where its code has the same values, and how it says them.

What the spec writes is translated; what a layer infers is a formula in the block's channels and arguments
(``symbolic``), proven by the numbers of every use. What has no such formula becomes one more argument.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from archcalc.language.nodes import Node
from archcalc.network.graph import Part
from archcalc.network.rows import gone_through
from archcalc.sizes.rules import UNKNOWN
from archcalc.spec.let import has_rows, names_in
from archcalc.targets.python import source as pycode
from archcalc.targets.python.choices import all_hold, chosen, operand
from archcalc.targets.python.expressions import Inline, Untranslatable, source
from archcalc.targets.torch.alike import always, by_index, even, first_alone, right, same
from archcalc.targets.torch.block_formulas import Symbolic, formulas
from archcalc.targets.torch.block_names import NAMES, Names
from archcalc.targets.torch.row_loops import RowLoop
from archcalc.targets.torch.slots import NoCode, Slot, SlotCondition, Within


class Shared(Names):
    """What the values of the parts are in code."""

    # Source of values

    def condition(self, slot: Slot) -> str | None:
        """When an entry is there, where that is not always."""
        for condition in slot.conditions:
            if id(condition) not in self._decisions:
                self._decisions[id(condition)] = condition, self._decided(slot, condition)
        found = [self._decisions[id(condition)][1] for condition in slot.conditions]
        return self.noted(all_hold(found)) if found else None

    def _decided(self, slot: Slot, condition: SlotCondition) -> str:
        """Source of a condition: as it is written, if that is right wherever it was decided, or an argument."""
        if condition.node is None:
            return self._told(slot, condition)
        with suppress(Untranslatable):
            text = self._counted_or_said(condition.node, [within for within, _ in condition.cases])
            text = text if condition.copy is None else f"{operand(text)} > {condition.copy}"
            if all(right(text, self._known(within), there) for within, there in condition.cases):
                return text
        found = self._looped(condition.cases, f"has_{slot.identifier}")
        if found is not None:
            return found
        values = [(within.use, there) for within, there in condition.cases]
        refusal = NoCode(condition.node.span, "this condition has no code", "write it with arguments of the block")
        return self._argument(f"has_{slot.identifier}", values, refusal)

    def _told(self, slot: Slot, condition: SlotCondition) -> str:
        """Source of a condition that nothing is known of but how it was decided: one of the block's, or an argument."""
        for text in self._conditions():
            for guess in (text, f"not {text if text.isidentifier() else f'({text})'}"):
                if all(right(guess, self._known(within), there) for within, there in condition.cases):
                    return guess
        refusal = NoCode(slot.entry.span, "this has another name in each copy", "give it a name")
        cases = [(within.use, there) for within, there in condition.cases]
        return self._argument(f"is_{slot.identifier}", cases, refusal)

    def count(self, slot: Slot) -> str:
        """How many copies there are."""
        if slot.count:
            return str(slot.count)
        node, counts = slot.entry.repeat, slot.counts
        assert node is not None
        assert counts is not None
        with suppress(Untranslatable):
            text = self._counted_or_said(node, [within for within, _ in counts])
            if all(right(text, self._known(within), count) for within, count in counts):
                return self.noted(text)
        found = self._looped(counts, f"{slot.identifier}_count")
        if found is not None:
            return self.noted(found)
        refusal = NoCode(node.span, "this number of copies has no code", "write a simpler one")
        cases = [(within.use, count) for within, count in counts]
        return self.noted(self._argument(f"{slot.identifier}_count", cases, refusal))

    def _counted_or_said(self, node: Node, withins: Sequence[Within]) -> str:
        """Source of a condition, or of a number of copies: of a list how many entries it has. Raises Untranslatable."""
        text = source(node, {**self.constants, **always([within.names for within in withins])})
        if not self.is_known(text):
            raise Untranslatable
        return text if gone_through(node, self._known(withins[0])) is None else f"len({text})"

    def value(self, parts: Sequence[Part], values: Sequence[object], stated: Node | None, field: str, what: str) -> str:
        """Source of what is ``values`` in these parts: as stated, as inferred, or as an argument called ``what``."""
        found = self._stated(parts, values, stated)
        if found is not None and _CHOICE.search(found):
            names = [name for name in NAMES.findall(found) if name in (self.variables | self.of_rows) - {"index"}]
            found = first_alone(parts, values, names, self._simple) or found
        if self.loops:
            found = found or self._simple(parts, values, []) or self._in_loops(parts, values, what)
        for most in (1, MOST_WALKED):
            found = found or self._found(parts, values, self._guesses(parts, field, most))
        found = found or self._piecewise(parts, values)
        return self.noted(found or self._extra(parts, values, what))

    # In loops over lists

    def loop_of(self, slot: Slot) -> RowLoop | None:
        """The loop over a list that its copies are, where it has as many entries in all uses."""
        if id(slot) not in self._row_loops:
            counts = slot.counts or []
            goes = bool(slot.count and slot.count > 1) and gone_through(slot.entry.repeat, self._known(counts[0][0]))
            self._row_loops[id(slot)] = slot, self._new_loop(slot) if goes else None
        return self._row_loops[id(slot)][1]

    def _new_loop(self, slot: Slot) -> RowLoop:
        withins = [copy.within for copy in slot.copies]
        loop = RowLoop(slot, {})
        for name, value in withins[0].names.items():
            if name == "index" or has_rows(value):
                continue
            cells = self._cells(loop, [(within, within.names.get(name)) for within in withins], [])
            if cells is not None:
                loop.declared[name] = cells
        return loop

    def _cells(
        self, loop: RowLoop, cases: Sequence[tuple[Within, object]], guesses: Sequence[str]
    ) -> tuple[str, ...] | None:
        """Source of what differs from row to row of a loop; ``None`` where it differs within one."""
        by_row: dict[int, list[tuple[Within, object]]] = {}
        for within, value in cases:
            number = loop.number(within)
            if number is None:
                return None
            by_row.setdefault(number, []).append((within, value))
        cells: list[str] = []
        for number in range(loop.rows):
            # Of a row in which it is not there it may be anything.
            cell = self._same(by_row[number], guesses) if number in by_row else ""
            if cell is None:
                return None
            cells.append(cell)
        spare = next(cell for cell in cells if cell)
        return tuple(cell or spare for cell in cells)

    def _same(self, cases: Sequence[tuple[Within, object]], guesses: Sequence[str]) -> str | None:
        """The value that is the same everywhere, or a guess that is right everywhere."""
        first = cases[0][1]
        if all(same(value, first) for _, value in cases):
            return pycode.literal(first)
        fits = (guess for guess in guesses if all(right(guess, self._known(one), value) for one, value in cases))
        return next(fits, None)

    def _looped(self, cases: Sequence[tuple[Within, object]], what: str, guesses: Sequence[str] = ()) -> str | None:
        """Source of what differs from row to row of a loop around it: a name of the rows, or one more column."""
        for loop in reversed(self.loops):
            for name in loop.declared:
                if all(name in within.names and same(within.names[name], value) for within, value in cases):
                    return name
        for loop in reversed(self.loops):
            cells = self._cells(loop, cases, guesses)
            if cells is not None:
                taken = {name for other in self.loops for name in other.more if other is not loop}
                return loop.added(cells, what, taken | self.variables | self.of_rows)
        return None

    def _in_loops(self, parts: Sequence[Part], values: Sequence[object], what: str) -> str | None:
        """Source of what differs from row to row, or does so in the first copy of each row alone."""
        cases = [(self.within(part), value) for part, value in zip(parts, values, strict=True)]
        found = self._looped(cases, what)
        if found is not None:
            return found
        halves = [[case for case in cases if (case[0].names.get("index") == 0) is first] for first in (True, False)]
        if not all(halves):
            return None
        start, rest = (self._same(half, []) or self._looped(half, what) for half in halves)
        return None if start is None or rest is None else chosen(start, "index == 0", rest)

    def _found(self, parts: Sequence[Part], values: Sequence[object], guesses: Sequence[str]) -> str | None:
        """Source of the values: the same in all parts, or one way in the first copy, or under a condition."""
        found = self._simple(parts, values, guesses)
        if found is None and all(part.index is not None for part in parts):
            plain = [guess for guess in guesses if "index" not in NAMES.findall(guess)]
            found = by_index(parts, values, lambda some, of: self._simple(some, of, plain))
        for condition in () if found is not None else self._conditions():
            halves = []
            for holds in (True, False):
                some = [i for i, part in enumerate(parts) if right(condition, self._seen(part), holds)]
                halves.append(
                    self._simple([parts[i] for i in some], [values[i] for i in some], guesses) if some else None
                )
            then, other = halves
            if then is not None and other is not None:
                return chosen(then, condition, other)
        return found

    def _conditions(self) -> list[str]:
        """The conditions under which some of the block's entries are there."""
        found: dict[str, None] = {}
        every = (slot for top in self.slots for slot in top.all())
        for when in [one.node for slot in every for one in slot.conditions if one.node is not None]:
            with suppress(Untranslatable):
                found[source(when, self.constants)] = None
        return [*filter(self.is_known, found)]

    def _piecewise(self, parts: Sequence[Part], values: Sequence[object]) -> str | None:
        """Sizes that are names of the block, each by itself."""
        lengths = {len(value) if isinstance(value, tuple) else None for value in values}
        names = [name for name in sorted(self.variables - {"index"}) if all(name in self._seen(part) for part in parts)]
        if lengths == {None}:
            fits = (name for name in names if self._simple(parts, values, [name]) == name)
            return next(fits, None)
        if len(lengths) > 1 or None in lengths:
            return None
        pieces = []
        for sizes in zip(*values, strict=True):
            piece = self._simple(parts, sizes, []) or self._piecewise(parts, sizes)
            if piece is None:
                return None
            pieces.append(piece)
        return f"({', '.join(pieces)}{',' * (len(pieces) == 1)})"

    def _stated(self, parts: Sequence[Part], values: Sequence[object], node: Node | None) -> str | None:
        if node is None or (names_in(node) & self.fractions and all(type(value) is int for value in values)):
            return None
        only = always([self.within(part).names for part in parts])
        try:
            text = source(node, {**self.constants, **only}, whole=all(type(value) is int for value in values))
        except Untranslatable:
            return None
        if not self.is_known(text):
            return None
        fits = all(right(text, self._seen(part), value) for part, value in zip(parts, values, strict=True))
        return text if fits else None

    def _simple(self, parts: Sequence[Part], values: Sequence[object], guesses: Sequence[str]) -> str | None:
        """A guess that is right in all parts, or the value, if it is the same in all."""
        for guess in guesses:
            if all(right(guess, self._seen(part), value) for part, value in zip(parts, values, strict=True)):
                return guess
        return pycode.literal(values[0]) if all(same(value, values[0]) for value in values) else None

    def _extra(self, parts: Sequence[Part], values: Sequence[object], what: str) -> str:
        """One more argument of the class."""
        spec = parts[0].spec
        assert spec is not None
        message = f"the `{what}` of `{parts[0].path}` differs from copy to copy in a way that code cannot follow"
        refusal = NoCode(spec.span, message, "give the block an argument for it, or write the copies out")
        return self._argument(what, [(self.owner[id(p)], v) for p, v in zip(parts, values, strict=True)], refusal)

    def _guesses(self, parts: Sequence[Part], field: str, most: int) -> list[str]:
        """Formulas for what these parts infer, in the names of the block, from this many of its uses."""
        if self.block is None:
            return []
        # The use with the most copies says the most; others may have other entries.
        copies = Counter(id(self.owner[id(part)]) for part in parts)
        walked = {id(one.use) for one in self.symbolic}
        for use in sorted(self.uses, key=lambda use: -copies[id(use)])[:most]:
            if copies[id(use)] and id(use) not in walked:
                self.symbolic.append(self._on_symbols(use))
        texts: dict[str, None] = {}
        for one in self.symbolic:
            found = [one.inferred[id(part)].get(field, UNKNOWN) for part in parts if id(part) in one.inferred]
            if len(found) > 2:
                texts |= dict.fromkeys(even(found[0], found[1]))
            texts |= dict.fromkeys(text for value in found[:2] for text in formulas(value))
        return list(texts)

    def _on_symbols(self, use: Part) -> Symbolic:
        inlined = {name for name, value in self.constants.items() if isinstance(value, Inline)} - self._aliases.keys()
        return Symbolic(self.network.spec, self.network.facts, use, self._aliases, inlined)

    def gives(self, output: int = 0) -> object:
        """The channels of one of the outputs, as a formula in its names; UNKNOWN where there is none for all uses."""
        values = [(self.network.shape(use.gives[output]) or (UNKNOWN,))[0] for use in self.uses]
        for one in self.symbolic or [self._on_symbols(self.uses[0])]:
            for text in formulas(one.given[output]):
                if all(
                    right(text, use.inner_bindings | self._channels(use), value)
                    for use, value in zip(self.uses, values, strict=True)
                ):
                    return one.given[output]
        return UNKNOWN


MOST_WALKED = 8
"""How many uses of a block are walked on symbols in search of formulas."""

_CHOICE = re.compile(r"\b(?:max|min)\(.*\bindex\b")
