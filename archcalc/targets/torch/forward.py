"""A class's ``forward``: its entries in order, each value under a name as long as it is needed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec.structs import replace

from archcalc.layers.contract import Layer
from archcalc.targets.python import layout, pieces
from archcalc.targets.python.layout import Text
from archcalc.targets.torch.applied_again import reference
from archcalc.targets.torch.constructed import Constructed
from archcalc.targets.torch.constructors import Body
from archcalc.targets.torch.slots import Kind, NoCode
from archcalc.targets.torch.statements import assigned, commented, repeated
from archcalc.targets.torch.variables import Variables, numbered
from archcalc.targets.torch.wiring import Op, Wiring


class Forward(Constructed):
    """What ``forward`` of one class does, and what its constructor makes for it.

    ``lines`` are those of ``forward``, by op; ``setup`` those of the constructor. ``variables`` name the values.
    """

    def __init__(self, body: Body) -> None:
        self.wiring = Wiring(body.entries, body.uses, body.lists, body.given, body.is_row)
        super().__init__(body, self._fused(self.wiring.ops))
        self._flags: dict[str, str] = {}
        self.variables = self._named()
        # The one that is returned has a type, which a module's call does not say.
        untyped = set(self.results) if len(self.wiring.outputs) == 1 else set[str]()
        untyped -= {self.variables[value] for value in self.wiring.inputs}
        self.lines: list[list[str]] = []
        taken = {source for op in self.ops for source in op.needs}.union(self.wiring.outputs)
        for op in self.ops:
            if taken.isdisjoint(op.gives) and self._only_holds(op):
                self._made(op)
                self.lines.append([])
                continue
            self.lines.append(list(self._lines(op, untyped)))
            untyped.difference_update(self.variables[out] for out in op.gives)
        self._run_in_training()

    @property
    def arguments(self) -> list[str]:
        """The arguments of ``forward``."""
        return [f"{self.variables[value]}: Tensor" for value in self.wiring.inputs]

    @property
    def results(self) -> list[str]:
        """What ``forward`` returns, in training if that is more."""
        return [self.variables[output] for output in self.wiring.outputs]

    def _run_in_training(self) -> None:
        """Put what only training needs under that condition, what stands together under one."""
        runs = [self._is_guarded(op) for op in self.ops]
        for place, (before, now) in enumerate(pairwise([False, *runs])):
            if now:
                indented = [f"    {line}" for line in self.lines[place]]
                self.lines[place] = indented if before else ["if self.training:", *indented]

    def _only_holds(self, op: Op) -> bool:
        """Whether others have its weight, so that it need not be called where nothing takes what it gives."""
        had = {step.tied for step in self.body.network.graph.steps}
        return any(part.output in had for part in op.slot.parts)

    def _is_guarded(self, op: Op) -> bool:
        """Whether it runs in training only, and not because the whole block does: then its user has the condition."""
        only = self.body.network.in_training
        return only(op.slot.parts) and not all(only(other.slot.parts) for other in self.ops)

    # What is done, in order

    def _fused(self, ops: list[Op]) -> list[Op]:
        """The same, an entry and the choice of what it gives in one, where nothing else takes that."""
        takers = Counter([source for op in ops for source in op.needs] + [*self.wiring.outputs])
        found: list[Op] = []
        for op in ops:
            before = found[-1] if found else None
            chosen = op.slot.kind is Kind.CHOICE and before is not None and before.out == op.sources[0]
            if chosen and before is not None and takers[before.out] == 1 and before.otherwise is None:
                found[-1] = replace(before, out=op.out, otherwise=op.sources[1])
            else:
                found.append(op)
        return found

    # Names of values

    def _named(self) -> dict[int, str]:
        """What each value is called."""
        inputs = self.wiring.inputs
        # One input of a block, and one of a network that has no name, is `x`.
        named = self.body.block is None and self.body.network.graph.inputs
        arguments = self.body.inputs if len(inputs) > 1 or named else ["x"]
        called = (lambda op: self._name(op.slot), self._others)
        return Variables(self.ops, inputs, self.wiring.outputs, arguments, *called).names

    def _others(self, op: Op) -> Sequence[str]:
        """What the outputs of a use are called besides the main one."""
        return self.body.network.spec.blocks[op.slot.parts[0].block or ""].others

    # Lines

    def _lines(self, op: Op, untyped: set[str]) -> Iterator[str]:
        target = self.variables[op.out]
        declared = f"{target}: Tensor" if target in untyped else target
        values = [self.variables[source] for source in op.sources]
        indent = 12 if self._is_guarded(op) else 8
        if op.others:
            yield from self._several(op, values, untyped, indent)
            return
        if op.slot.kind is Kind.COPIES and op.slot.entry.again is not None:
            yield from self._in_a_row(op, values[0], declared, indent)
            return
        if op.slot.kind is Kind.CHOICE:
            made, otherwise = values
        else:
            made = self._expression(op, values)
            otherwise = values[0] if op.otherwise is None else self.variables[op.otherwise]
        if op.slot.kind is not Kind.CHOICE and not self._is_asked_for(op):
            yield commented(assigned(declared, pieces.piece(made), indent), self.body.shape(op.slot), indent)
        elif target == otherwise:
            yield f"if self.{self._flag(op)}:"
            yield f"    {assigned(target, pieces.piece(made), indent + 4)}"
        else:
            either = layout.Either(pieces.piece(made), f"self.{self._flag(op)}", Text(otherwise))
            yield assigned(declared, either, indent)

    def _several(self, op: Op, values: list[str], untyped: set[str], indent: int) -> Iterator[str]:
        """A use of a block that gives several values, each under its name."""
        targets, instead = ([self.variables[value] for value in of] for of in (op.gives, op.instead))
        yield from (f"{target}: Tensor" for target in targets if target in untyped)
        made, target = pieces.piece(self._expression(op, values)), ", ".join(targets)
        if not self._is_asked_for(op):
            yield assigned(target, made, indent)
        elif targets == instead:
            yield f"if self.{self._flag(op)}:"
            yield f"    {assigned(target, made, indent + 4)}"
        else:
            yield assigned(
                target, layout.Either(made, f"self.{self._flag(op)}", Text(f"({', '.join(instead)})")), indent
            )

    def _in_a_row(self, op: Op, value: str, declared: str, indent: int) -> Iterator[str]:
        """A module that is called several times, each time on what it gave before."""
        target, count = self.variables[op.out], self.body.count(op.slot.children[0])
        otherwise = value if op.otherwise is None else self.variables[op.otherwise]
        if not count.isdecimal():
            self.setup.append(f"self.{op.slot.identifier}_count = {count}")
            count = f"self.{op.slot.identifier}_count"
        lines = [*repeated(target, reference(op.slot, self.body, self.ops, self._paths), count, indent)]
        if target != otherwise:
            yield f"{declared} = {otherwise}"
        if self._is_asked_for(op):
            moved = [] if value == otherwise else [f"{target} = {value}"]
            lines = [f"if self.{self._flag(op)}:", *(f"    {line}" for line in (*moved, *lines))]
        yield from lines

    def _expression(self, op: Op, values: list[str]) -> str:
        layer = self.body.network.layer(op.slot.parts[0])
        if op.slot.kind is Kind.JOIN:
            assert layer is not None
            return layer.expression(values)
        if op.slot.kind is Kind.PARAMETER:
            return self._taken(op, [self._made(op), *values])
        if op.slot.kind is Kind.AGAIN:
            return self._again(op, layer, values)
        return f"{self._made(op)}({', '.join(values)})"

    def _again(self, op: Op, layer: Layer | None, values: list[str]) -> str:
        if layer is not None and layer.joins:
            return layer.expression(values)
        first = reference(op.slot, self.body, self.ops, self._paths)
        own = layer is not None and layer.own_parameter
        return self._taken(op, [first, *values]) if own else f"{first}({', '.join(values)})"

    def _taken(self, op: Op, values: list[str]) -> str:
        """What becomes of a parameter and its input. Raises NoCode where that is another text in another use."""
        network, texts = self.body.network, set()
        for part in op.slot.parts:
            layer, xs = network.layer(part), [network.shape(source) for source in part.sources]
            assert layer is not None
            texts.add(replace(layer, **layer.infers(*[x or () for x in xs])).expression(values))
        if len(texts) > 1:
            message = f"`{op.slot.entry.written_path}` computes something else in one use than in another"
            raise NoCode(op.slot.entry.span, message, "write a block for each")
        return texts.pop()

    def _flag(self, op: Op) -> str:
        """The attribute that says whether an entry is there, which the constructor sets once for each condition."""
        condition = self.body.condition(op.slot) or ""
        if condition not in self._flags:
            name = re.sub(r"\W", "_", self._name(op.slot))
            taken = {*self._flags.values(), *(part.name for op in self.ops for part in op.slot.parts)}
            flag = next(flag for flag in numbered(f"has_{name}") if flag not in taken)
            self._flags[condition] = flag
            self.setup.append(f"self.{flag} = {condition}")
        return self._flags[condition]
