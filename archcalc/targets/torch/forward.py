"""A class's ``forward``: its entries in order, each value under a name as long as it is needed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from msgspec.structs import replace

from archcalc.layers.contract import KINDS
from archcalc.targets.python import layout
from archcalc.targets.python import source as pycode
from archcalc.targets.python.layout import Headed, Piece, Row, Text
from archcalc.targets.torch.constructors import Body
from archcalc.targets.torch.slots import Kind, NoCode, Slot
from archcalc.targets.torch.variables import Variables, numbered
from archcalc.targets.torch.wiring import Op, Wiring

_LEVELS = 4
"""How many dictionaries stand in each other."""


class Forward:
    """What ``forward`` of one class does, and what its constructor makes for it.

    ``lines`` are those of ``forward``, by op; ``setup`` those of the constructor. ``variables`` name the values.
    """

    def __init__(self, body: Body) -> None:
        self.body = body
        self.wiring = Wiring(body.entries, body.uses, body.lists, body.given, body.is_row)
        self.setup: list[str] = []
        self._flags: dict[str, str] = {}
        self._typed: set[str] = set()
        self._opened: set[str] = set()
        self._apart: list[tuple[str, ...]] = []
        self.ops = self._fused(self.wiring.ops)
        made = [op for op in self.ops if op.slot.kind not in (Kind.JOIN, Kind.CHOICE)]
        self._paths = {id(op): (*map(self._name, op.within), self._name(op.slot)) for op in made}
        self._refuse_doubles(made)
        self._shared = {path for path, number in Counter(self._paths.values()).items() if number > 1}
        self.variables = self._named()
        # The one that is returned has a type, which a module's call does not say.
        untyped = set(self.results) if len(self.wiring.outputs) == 1 else set[str]()
        untyped -= {self.variables[value] for value in self.wiring.inputs}
        self.lines: list[list[str]] = []
        taken = {source for op in self.ops for source in op.needs}.union(self.wiring.outputs)
        for op in self.ops:
            if op.out not in taken and self._only_holds(op):
                self._made(op)
                self.lines.append([])
                continue
            self.lines.append(list(self._lines(op, untyped)))
            untyped.discard(self.variables[op.out])
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

    def _name(self, slot: Slot) -> str:
        """What a module is called, in all uses; of a join, whose name is in no key, what it is called in one."""
        return slot.parts[0].name

    # Names of values

    def _named(self) -> dict[int, str]:
        """What each value is called."""
        inputs = self.wiring.inputs
        # One input of a block, and one of a network that has no name, is `x`.
        named = self.body.block is None and self.body.network.graph.inputs
        arguments = self.body.inputs if len(inputs) > 1 or named else ["x"]
        return Variables(self.ops, inputs, self.wiring.outputs, arguments, lambda op: self._name(op.slot)).names

    # Lines

    def _lines(self, op: Op, untyped: set[str]) -> Iterator[str]:
        target = self.variables[op.out]
        declared = f"{target}: Tensor" if target in untyped else target
        values = [self.variables[source] for source in op.sources]
        indent = 12 if self._is_guarded(op) else 8
        if op.slot.kind is Kind.CHOICE:
            made, otherwise = values
        else:
            made = self._expression(op, values)
            otherwise = values[0] if op.otherwise is None else self.variables[op.otherwise]
        if op.slot.kind is not Kind.CHOICE and not self._is_asked_for(op):
            yield _commented(_assigned(declared, layout.piece(made), indent), self.body.shape(op.slot), indent)
        elif target == otherwise:
            yield f"if self.{self._flag(op)}:"
            yield f"    {_assigned(target, layout.piece(made), indent + 4)}"
        else:
            either = layout.Either(layout.piece(made), f"self.{self._flag(op)}", Text(otherwise))
            yield _assigned(declared, either, indent)

    def _expression(self, op: Op, values: list[str]) -> str:
        layer = self.body.network.layer(op.slot.parts[0])
        if op.slot.kind is Kind.JOIN:
            assert layer is not None
            return layer.expression(values)
        if op.slot.kind is Kind.PARAMETER:
            return self._taken(op, [self._made(op), *values])
        return f"{self._made(op)}({', '.join(values)})"

    def _taken(self, op: Op, values: list[str]) -> str:
        """What becomes of a parameter and its input, which is the same text in all uses."""
        network, part = self.body.network, op.slot.parts[0]
        layer, xs = network.layer(part), [network.shape(source) for source in part.sources]
        assert layer is not None
        return replace(layer, **layer.infers(*[x or () for x in xs])).expression(values)

    def _is_asked_for(self, op: Op) -> bool:
        """Whether ``forward`` asks if an entry is there; else a module that is not there gives what it takes."""
        if not op.slot.conditions:
            return False
        if op.otherwise is not None or len(op.sources) > 1 or op.slot.kind in (Kind.JOIN, Kind.PARAMETER):
            return True
        return self._paths[id(op)] in self._shared

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

    # What the constructor makes

    def _made(self, op: Op) -> str:
        """How ``forward`` speaks of a module or parameter that the constructor makes."""
        *path, name = self._paths[id(op)]
        if path:
            self._group(path[0])
            if op.slot.kind is Kind.PARAMETER:
                return f"self.get_{_sort(op.slot)}({pycode.literal('.'.join([*path, name]))})"
            if len(path) == 1 and path[0].isidentifier():
                return f"self.{path[0]}[{pycode.literal(name)}]"
            return f"self.get_submodule({pycode.literal('.'.join([*path, name]))})"
        if op.slot.kind is Kind.PARAMETER:
            return self._parameter(op, name)
        made = self.body.made(op.slot)
        self._attribute(name, made, self.body.condition(op.slot), self._is_asked_for(op))
        return f"self.{name}" if name.isidentifier() else f"self.get_submodule({pycode.literal(name)})"

    def _parameter(self, op: Op, name: str) -> str:
        """Make a parameter by itself; how ``forward`` speaks of it."""
        if not name.isidentifier():
            self._register("self", op, name)
            return f"self.get_{_sort(op.slot)}({pycode.literal(name)})"
        pad = self._asked(op)
        self._set(name, self._new_parameter(op), pad, False)
        return f"self.{name}"

    def _asked(self, op: Op) -> str:
        """Let what comes next in the constructor be under the entry's condition; how far it is indented for that."""
        condition = self.body.condition(op.slot)
        if condition is None:
            return ""
        self.setup.append(f"if {condition}:")
        return "    "

    def _new_parameter(self, op: Op) -> Piece:
        return layout.call(f"nn.{_sort(op.slot).title()}", [Row(self.body.made(op.slot))])

    def _register(self, holder: str, op: Op, name: str) -> None:
        pad = self._asked(op)
        rows = [Row(Text(pycode.literal(name))), Row(self._new_parameter(op))]
        self.setup.append(pad + layout.call(f"{holder}.register_{_sort(op.slot)}", rows).at(8 + len(pad)))

    def _attribute(self, name: str, made: Piece, condition: str | None, asked_for: bool = False) -> None:
        if condition is not None and not asked_for:
            self._set(name, Text("nn.Identity()"), "", name.isidentifier())
        if condition is not None:
            self.setup.append(f"if {condition}:")
        typed = asked_for and (name,) in self._shared and name not in self._typed
        self._typed.add(name)
        self._set(name, made, "    " if condition is not None else "", typed)

    def _set(self, name: str, made: Piece, pad: str, typed: bool) -> None:
        indent = 8 + len(pad)
        if not name.isidentifier():
            added = layout.call("self.add_module", [Row(Text(pycode.literal(name))), Row(made)])
            self.setup.append(pad + added.at(indent))
            return
        start = f"self.{name}: nn.Module = " if typed else f"self.{name} = "
        self.setup.append(f"{pad}{start}{made.at(indent, len(start))}")

    def _group(self, name: str) -> None:
        """Make a group that branches, once: a dictionary of its modules."""
        if name in self._opened:
            return
        self._opened.add(name)
        self._attribute(name, self._dictionary((name,)), None)
        while self._apart:
            *outer, inner = self._apart.pop()
            holder = f"self.get_submodule({pycode.literal('.'.join(outer))})"
            rows = [Row(Text(pycode.literal(inner))), Row(self._dictionary((*outer, inner)))]
            self.setup.append(layout.call(f"{holder}.add_module", rows).at(8))
        for op in self.ops:
            *path, own = self._paths.get(id(op), ("",))
            if op.slot.kind is Kind.PARAMETER and path[:1] == [name]:
                plain = len(path) == 1 and name.isidentifier()
                holder = f"self.{name}" if plain else f"self.get_submodule({pycode.literal('.'.join(path))})"
                self._register(holder, op, own)

    def _dictionary(self, group: tuple[str, ...]) -> Piece:
        depth = len(group)
        rows: dict[str, Piece] = {}
        for op in self.ops:
            path = self._paths.get(id(op), ())
            if path[:depth] != group:
                continue
            name = path[depth]
            if len(path) > depth + 1:
                if name not in rows:
                    rows[name] = self._inner(path[: depth + 1])
            elif op.slot.kind is not Kind.PARAMETER:
                rows[name] = self._either(op, rows.get(name))
        entries = tuple(Row(Headed(f"{pycode.literal(name)}: ", piece)) for name, piece in rows.items())
        return layout.call("nn.ModuleDict", [Row(layout.Bracketed("{", entries, "}"))])

    def _inner(self, group: tuple[str, ...]) -> Piece:
        """A dictionary in another one; what would be too far to the right is put in its place below."""
        if len(group) % _LEVELS != 1:
            return self._dictionary(group)
        self._apart.append(group)
        return Text("nn.ModuleDict()")

    def _refuse_doubles(self, made: list[Op]) -> None:
        """Refuse a name that is a group which branches in one use, and something else in another."""
        groups = {path[:depth] for path in self._paths.values() for depth in range(1, len(path))}
        for op in made:
            if self._paths[id(op)] in groups:
                message = f"`{op.slot.entry.written_path}` has the name of a group that is there where it is not"
                raise NoCode(op.slot.entry.span, message, "give it a name of its own")

    def _either(self, op: Op, other: Piece | None) -> Piece:
        made, condition = self.body.made(op.slot), self.body.condition(op.slot)
        otherwise = Text("nn.Identity()") if other is None else other
        alike = condition is None or made.flat() == otherwise.flat()
        return made if alike else layout.Either(made, condition or "", otherwise)


def _sort(slot: Slot) -> str:
    """What torch calls a tensor that stands in a module by itself."""
    return "buffer" if KINDS[slot.entry.kind or ""].own_buffer else "parameter"


def _commented(line: str, comment: str, indent: int) -> str:
    fits = "\n" not in line and indent + len(line) + 4 + len(comment) <= pycode.WIDTH
    return f"{line}  # {comment}" if comment and fits else line


def _assigned(target: str, expression: Piece, indent: int) -> str:
    return f"{target} = {expression.at(indent, len(target) + 3)}"
