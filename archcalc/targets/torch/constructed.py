"""What the constructor of a class makes for its ``forward``: modules, parameters, and dictionaries of what branches."""

from __future__ import annotations

from collections import Counter

from archcalc.layers.contract import KINDS
from archcalc.targets.python import layout
from archcalc.targets.python import source as pycode
from archcalc.targets.python.layout import Headed, Piece, Row, Text
from archcalc.targets.torch.constructors import Body
from archcalc.targets.torch.slots import Kind, NoCode, Slot
from archcalc.targets.torch.wiring import Op

_ASKED_FOR = (Kind.JOIN, Kind.PARAMETER)
"""What is no module, so that ``forward`` must ask whether it is there."""

_METHODS = frozenset(("clear", "items", "keys", "pop", "update", "values"))
"""What an nn.ModuleDict has of a dictionary, so that none of its modules can be called so."""

_LEVELS = 4
"""How many dictionaries stand in each other."""


class Constructed:
    """What ``ops`` call, made as it is asked for: ``setup`` are the constructor's lines.

    ``_paths`` are the names of modules from the class on, by their op; ``_shared`` those that several ops have.
    """

    def __init__(self, body: Body, ops: list[Op]) -> None:
        self.body = body
        self.ops = ops
        self.setup: list[str] = []
        self._typed: set[str] = set()
        self._opened: set[str] = set()
        self._apart: list[tuple[str, ...]] = []
        unmade = (Kind.JOIN, Kind.CHOICE, Kind.AGAIN)
        made = [op for op in self.ops if op.slot.kind not in unmade and op.slot.entry.again is None]
        names = {id(op): ".".join([*map(self._name, op.within), self._name(op.slot)]) for op in made}
        self._paths = {op: tuple(name.split(".")) for op, name in names.items()}
        self._refuse_doubles(made)
        self._shared = {path for path, number in Counter(self._paths.values()).items() if number > 1}

    def _name(self, slot: Slot) -> str:
        """What a module is called, in all uses; of a join, whose name is in no key, what it is called in one."""
        return slot.parts[0].name

    def _is_asked_for(self, op: Op) -> bool:
        """Whether ``forward`` asks if an entry is there; else a module that is not there gives what it takes."""
        if not op.slot.conditions:
            return False
        if op.slot.kind in _ASKED_FOR or op.slot.entry.again:
            return True
        if op.otherwise is not None or len(op.sources) > 1 or op.others:
            return True
        return self._paths[id(op)] in self._shared

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
        if pad and name.isidentifier():
            # Set, it takes the place of what has its name where the condition does not hold.
            start = f"{holder}.{name} = "
            self.setup.append(f"{pad}{start}{self._new_parameter(op).at(8 + len(pad), len(start))}")
            return
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
            if name in _METHODS:
                message = (
                    f"`{op.slot.entry.written_path}`: the group becomes an nn.ModuleDict, which has a method `{name}`"
                )
                raise NoCode(op.slot.entry.span, message, "give it another name, or make the group a block")
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
