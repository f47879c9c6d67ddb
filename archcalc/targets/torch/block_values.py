"""What all uses of a block have in common: where its code has the same values, and how it says them.

What the spec writes is translated; what a layer infers is a formula in the block's channels and arguments
(``block_formulas``), proven by the numbers of every use. What has no such formula becomes one more argument.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from math import isclose
from typing import Any

from archcalc.diagnostics.model import Log, Span
from archcalc.language.expressions import ExprError, evaluate
from archcalc.language.identifiers import INPUT
from archcalc.language.yaml_reader import Node, Scalar
from archcalc.network.graph import Part
from archcalc.sizes.rules import UNKNOWN
from archcalc.spec.let import argument_value, uses
from archcalc.spec.model import BlockSpec, LayerSpec
from archcalc.targets.python import source as pycode
from archcalc.targets.python.expressions import Inline, Untranslatable, is_whole, source
from archcalc.targets.torch.block_formulas import Symbolic, formulas
from archcalc.targets.torch.uses import Network, Parameter
from archcalc.targets.torch.wiring import Kind, NoCode, Wired, Wirer


class Shared:
    """The parts that a block makes in all its uses, or the network, and what their values are in code."""

    def __init__(
        self, network: Network, entries: Sequence[LayerSpec], uses: list[Part], block: BlockSpec | None
    ) -> None:
        self.network = network
        self.block = block
        self.uses = uses
        self.parts: dict[Span, list[Part]] = {}
        self.holders: dict[Span, list[Part]] = {}
        self.owner: dict[int, Part] = {}
        for use in uses:
            for part in _below(use):
                assert part.spec is not None
                (self.holders if part.copies else self.parts).setdefault(part.spec.span, []).append(part)
                self.owner[id(part)] = use
        within = [use.known if block is None else use.within for use in uses]
        self.variables = {"index"} if block is None else {"index", *block.args, *block.let, *block.channels}
        self.fractions = {name for env in within for name in self.variables if isinstance(env.get(name), Fraction)}
        """The names that are fractions in some use, floats in code, and so nothing to count with."""
        self.constants = {name: value for name, value in within[0].items() if name not in self.variables}
        self._inline(block)
        self.inputs = [one.name for one in block.inputs] if block is not None and block.inputs else [INPUT]
        outputs = [] if block is not None else [output.name for output in network.spec.outputs]
        self.wiring = Wirer(_holds, _count, self._only_name).wire(entries, self.inputs, within, outputs)
        self.used: set[str] = set()
        self.extras: list[Parameter] = []
        self.symbolic: list[Symbolic] = []

    def _inline(self, block: BlockSpec | None) -> None:
        """Write the block's names that are fractions as what they stand for, so that code counts exactly."""
        lets = {} if block is None else dict(block.let)
        while True:
            real = [name for name, node in lets.items() if not is_whole(node, self.constants)]
            for name in real:
                node = lets.pop(name)
                if isinstance(node, Scalar):
                    self.constants[name] = Inline(str(node.value))
                    self.variables = self.variables - {name}
            if not real:
                return

    def _seen(self, part: Part) -> dict[str, Any]:
        """The names that an entry's code may use where it makes this part: those of the spec, and the channels."""
        return part.known | self._channels(self.owner[id(part)])

    def _channels(self, use: Part) -> dict[str, Any]:
        if self.block is None:
            return {}
        shapes = {name: self.network.shape(use.sources[place]) for name, place in self.block.channels.items()}
        return {name: shape[0] for name, shape in shapes.items() if shape}

    def _only_name(self, entry: LayerSpec) -> str | None:
        copied = entry.repeat is not None and entry.named is not None
        names = {part.name for part in (self.holders if copied else self.parts).get(entry.span, ())}
        return names.pop() if len(names) == 1 else None

    def of(self, node: Wired, only: int | None = None) -> list[Part]:
        """The parts that an entry makes in all uses, or its copies of one number."""
        if node.kind is Kind.COPIES:
            return self.holders[node.entry.span]
        found = self.parts[node.entry.span]
        return found if only is None else [part for part in found if part.known.get("index") == only]

    # Source of values

    def noted(self, text: str) -> str:
        """Source; the names in it are noted as used."""
        self.used.update(set(NAMES.findall(text)) & self.variables)
        return text

    def condition(self, node: Wired) -> str | None:
        """When an entry is there, where that is not always."""
        found = []
        constants = self.constants if node.index is None else self.constants | {"index": node.index}
        for when in node.conditions:
            try:
                found.append(source(when, constants))
            except Untranslatable:
                raise NoCode(when.span, "this condition has no code", "write it with arguments of the block") from None
        if len(found) > 1:
            found = [f"({one})" if " or " in one else one for one in found]
        return self.noted(" and ".join(found)) if found else None

    def count(self, node: Wired) -> str:
        """How many copies there are."""
        if node.count:
            return str(node.count)
        assert node.entry.repeat is not None
        try:
            return self.noted(source(node.entry.repeat, self.constants))
        except Untranslatable:
            raise NoCode(node.entry.repeat.span, "this number of copies has no code", "write a simpler one") from None

    def value(self, parts: Sequence[Part], values: Sequence[Any], stated: Node | None, field: str, what: str) -> str:
        """Source of what is ``values`` in these parts: as stated, as inferred, or as an argument called ``what``."""
        found = self._stated(parts, values, stated)
        for most in (1, MOST_WALKED):
            found = found or self._found(parts, values, self._guesses(parts, field, most))
        found = found or self._piecewise(parts, values)
        return self.noted(found or self._extra(parts, values, what))

    def _found(self, parts: Sequence[Part], values: Sequence[Any], guesses: Sequence[str]) -> str | None:
        """Source of the values: the same in all parts, or one way in the first copy, or under a condition."""
        found = self._simple(parts, values, guesses)
        if found is None and all("index" in part.known for part in parts):
            plain = [guess for guess in guesses if "index" not in NAMES.findall(guess)]
            found = _by_index(parts, values, lambda some, of: self._simple(some, of, plain))
        for condition in () if found is not None else self._conditions():
            halves = []
            for holds in (True, False):
                some = [i for i, part in enumerate(parts) if _right(condition, self._seen(part), holds)]
                halves.append(
                    self._simple([parts[i] for i in some], [values[i] for i in some], guesses) if some else None
                )
            if None not in halves:
                return f"{halves[0]} if {condition} else {halves[1]}"
        return found

    def _conditions(self) -> list[str]:
        """The conditions under which some of the block's entries are there."""
        whens = [when for top in self.wiring.nodes for node in top.all() for when in node.conditions]
        found: dict[str, None] = {}
        for when in whens:
            with suppress(Untranslatable):
                found[source(when, self.constants)] = None
        return list(found)

    def _piecewise(self, parts: Sequence[Part], values: Sequence[Any]) -> str | None:
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

    def _stated(self, parts: Sequence[Part], values: Sequence[Any], node: Node | None) -> str | None:
        if node is None or (uses(node) & self.fractions and all(type(value) is int for value in values)):
            return None
        indexes = {part.known.get("index") for part in parts}
        only = {"index": next(iter(indexes))} if len(indexes) == 1 and None not in indexes else {}
        try:
            text = source(node, self.constants | only, whole=all(type(value) is int for value in values))
        except Untranslatable:
            return None
        pairs = zip(parts, values, strict=True)
        right = all(_same(argument_value("", node, part.known, Log("")), value) for part, value in pairs)
        return text if right else None

    def _simple(self, parts: Sequence[Part], values: Sequence[Any], guesses: Sequence[str]) -> str | None:
        """A guess that is right in all parts, or the value, if it is the same in all."""
        for guess in guesses:
            if all(_right(guess, self._seen(part), value) for part, value in zip(parts, values, strict=True)):
                return guess
        return pycode.literal(values[0]) if all(_same(value, values[0]) for value in values) else None

    def _extra(self, parts: Sequence[Part], values: Sequence[Any], what: str) -> str:
        """One more argument of the class."""
        by_use: dict[int, Any] = {}
        for part, value in zip(parts, values, strict=True):
            use = self.owner[id(part)]
            if self.block is None or not _same(by_use.setdefault(id(use), value), value):
                assert part.spec is not None
                message = f"the `{what}` of `{part.path}` differs from copy to copy in a way that code cannot follow"
                raise NoCode(part.spec.span, message, "give the block an argument for it, or write the copies out")
        taken = {parameter.name for parameter in self.extras} | self.variables
        name = next(name for name in (what, *(f"{what}_{n}" for n in range(2, 10_000))) if name not in taken)
        spare = next(iter(by_use.values()))
        self.extras.append(
            Parameter(
                name,
                argument_annotation(by_use.values()),
                None,
                {id(use): by_use.get(id(use), spare) for use in self.uses},
            )
        )
        self.variables = self.variables | {name}
        return name

    def _guesses(self, parts: Sequence[Part], field: str, most: int) -> list[str]:
        """Formulas for what these parts infer, in the names of the block, from this many of its uses."""
        if self.block is None:
            return []
        # The use with the most copies says the most; others may have other entries.
        copies = Counter(id(self.owner[id(part)]) for part in parts)
        walked = {id(one.use) for one in self.symbolic}
        for use in sorted(self.uses, key=lambda use: -copies[id(use)])[:most]:
            if copies[id(use)] and id(use) not in walked:
                self.symbolic.append(Symbolic(self.network.spec, self.network.graph, self.network.facts, use))
        texts: dict[str, None] = {}
        for one in self.symbolic:
            found = [one.inferred[id(part)].get(field, UNKNOWN) for part in parts if id(part) in one.inferred]
            if len(found) > 2:
                texts |= dict.fromkeys(_even(found[0], found[1]))
            texts |= dict.fromkeys(text for value in found[:2] for text in formulas(value))
        return list(texts)

    def given(self) -> Any:
        """The channels that the block gives, as a formula in its names; UNKNOWN where there is none for all uses."""
        values = [(self.network.shape(use.output) or (UNKNOWN,))[0] for use in self.uses]
        for one in self.symbolic or [Symbolic(self.network.spec, self.network.graph, self.network.facts, self.uses[0])]:
            for text in formulas(one.given):
                if all(
                    _right(text, use.within | self._channels(use), value)
                    for use, value in zip(self.uses, values, strict=True)
                ):
                    return one.given
        return UNKNOWN


def _below(use: Part) -> Iterator[Part]:
    """The parts of a block's own list and groups, its uses of other blocks included but not opened."""
    for part in use.parts:
        yield part
        if part.block is None:
            yield from _below(part)


MOST_WALKED = 8
"""How many uses of a block are walked on symbols in search of formulas."""

NAMES = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


def _holds(node: Node, env: Mapping[str, Any]) -> bool:
    return argument_value("when", node, env, Log("")) is not False


def _count(node: Node, env: Mapping[str, Any]) -> int:
    value = argument_value("repeat", node, env, Log(""))
    return value if type(value) is int else 1


def _same(a: Any, b: Any) -> bool:
    """Whether two values are the same in code, where exact fractions are floats."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, bool) or isinstance(b, bool) or not isinstance(a, (int, float, Fraction)):
        return type(a) is type(b) and bool(a == b)
    if isinstance(b, (float, Fraction)) or isinstance(a, (float, Fraction)):
        return isinstance(b, (int, float, Fraction)) and isclose(float(a), float(b), rel_tol=1e-12)
    return bool(a == b)


def _right(guess: str, known: Mapping[str, Any], value: Any) -> bool:
    try:
        return _same(evaluate(guess, known), value)
    except ExprError:
        return False


def _even(first: Any, second: Any) -> Iterator[str]:
    """Formulas of what grows by the same from copy to copy."""
    if first is UNKNOWN or second is UNKNOWN:
        return
    step = second - first
    for start in formulas(first):
        for more in formulas(step):
            if more != "0":
                yield f"{start} + index * {more if more.isidentifier() or more.isdecimal() else f'({more})'}"


def _by_index(
    parts: Sequence[Part], values: Sequence[Any], simple: Callable[[list[Part], list[Any]], str | None]
) -> str | None:
    """Source of a value that changes from copy to copy: the first and the others, evenly, or as listed."""
    halves: list[str | None] = []
    for first in (True, False):
        some = [i for i, part in enumerate(parts) if (part.known["index"] == 0) is first]
        halves.append(simple([parts[i] for i in some], [values[i] for i in some]) if some else None)
    if None not in halves:
        return f"{halves[0]} if index == 0 else {halves[1]}"
    by_index: dict[int, Any] = {}
    for part, value in zip(parts, values, strict=True):
        if not _same(by_index.setdefault(part.known["index"], value), value):
            return None
    listed = [by_index[index] for index in sorted(by_index)]
    if all(type(value) is int for value in listed):
        steps = {b - a for a, b in pairwise(listed)}
        if len(steps) == 1:
            step = steps.pop()
            return f"{listed[0]} {'+' if step > 0 else '-'} index * {abs(step)}"
    return f"({', '.join(map(pycode.literal, listed))})[index]"


def argument_annotation(values: Iterable[Any]) -> str:
    """The type of an argument, from what it is in all uses."""
    kinds = dict.fromkeys(_type(value) for value in values)
    if set(kinds) == {"int", "float"}:
        return "float"
    return " | ".join(sorted(kinds))


def _type(value: Any) -> str:
    if isinstance(value, tuple):
        return f"tuple[{', '.join(map(_type, value))}]"
    return "float" if isinstance(value, Fraction) else type(value).__name__
