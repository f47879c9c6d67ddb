"""The classes of generated code: one for the network, and one for each block, with its arguments."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from archcalc.analysis.channel_axis import maps
from archcalc.network.graph import Value, place_of
from archcalc.sizes.axes import letters
from archcalc.spec.let import names_in
from archcalc.spec.model import BlockSpec
from archcalc.targets.python import layout
from archcalc.targets.python import source as pycode
from archcalc.targets.python.expressions import Untranslatable, source
from archcalc.targets.python.source import WIDTH, Code
from archcalc.targets.torch.alike import argument_annotation
from archcalc.targets.torch.block_formulas import formulas
from archcalc.targets.torch.block_lets import given_lets, needed_lets
from archcalc.targets.torch.class_count import ARGUMENT
from archcalc.targets.torch.constructors import Body
from archcalc.targets.torch.forward import Forward
from archcalc.targets.torch.frozen import frozen_lines
from archcalc.targets.torch.slots import NoCode
from archcalc.targets.torch.uses import Network, Parameter, every_part


class Class(Struct, frozen=True):
    """A class of ``model.py``. ``setup`` are its constructor's lines.

    With ``chained`` it is an ``nn.Sequential`` made of that. Else ``forward`` is what stands in the brackets of
    its method, ``lines`` what it does before the last step, ``last`` that step, ``result`` what it returns,
    ``in_training`` what it returns in training if that is more, and ``returns`` the type.
    """

    name: Code
    doc: Code
    constructor: Code
    setup: tuple[Code, ...]
    chained: Code | None = None
    forward: Code = Code("")
    lines: tuple[Code, ...] = ()
    last: tuple[Code, ...] = ()
    result: Code = Code("")
    returns: Code = Code("Tensor")
    in_training: Code = Code("")

    def every_line(self) -> Iterator[str]:
        """All of its source that speaks of other classes."""
        yield from (*self.setup, self.chained or "", *self.lines, *self.last)


class Writer(Network):
    """Writes the classes of one network."""

    def classes(self) -> list[Class]:
        """All classes, each below those that it uses. Raises NoCode."""
        found = [self._block(self.spec.blocks[id]) for id in self._in_order()]
        return [*found, self._network()]

    def _in_order(self) -> list[str]:
        order: dict[str, None] = {}

        def visit(id: str) -> None:
            for part in (part for use in self.uses[id] for part in use.parts):
                for below in (part, *every_part(part)):
                    if below.block is not None and self.written_as(below.block) not in order:
                        visit(self.written_as(below.block))
            order[id] = None

        for id in self.uses:
            if id not in order:
                visit(id)
        return list(order)

    # The network

    def _network(self) -> Class:
        return self._opening(None)

    def _network_of(self, body: Body) -> Class:
        forward = Forward(body)
        lines = [Code(line) for lines in forward.lines[:-1] for line in lines]
        results, named = forward.results, self.graph.named
        always = [result for result, name in zip(results, named, strict=False) if not name.training] or results
        returns = " | ".join(dict.fromkeys(_result_type(len(given)) for given in (always, results)))
        return Class(
            name=pycode.ident(self.net),
            doc=Code(""),
            constructor=Code(_in_brackets(["self", *self._arguments(body)])),
            setup=tuple(map(Code, [*forward.setup, *self._ties(), *frozen_lines(self.facts, self.root)])),
            forward=Code(_in_brackets(["self", *forward.arguments], "forward", returns)),
            lines=tuple(lines),
            last=tuple(Code(line) for lines in forward.lines[-1:] for line in lines),
            result=Code(", ".join(always)),
            returns=Code(returns),
            in_training=Code(", ".join(results) if results != always else ""),
        )

    def _ties(self) -> Iterator[str]:
        """The lines that let a layer have the weight of another."""
        for step in self.graph.steps:
            if step.tied is not None:
                plain = step.path.isidentifier()
                holder = f"self.{step.path}" if plain else f"self.get_submodule({pycode.literal(step.path)})"
                other = pycode.literal(f"{self.graph.steps[place_of(step.tied)].path}.weight")
                start = f"{holder}.weight = "
                made = layout.call("self.get_parameter", [layout.Row(layout.Text(other))])
                yield f"{start}{made.at(8, len(start))}"

    def _arguments(self, body: Body) -> list[str]:
        """The number of classes as an argument, where the network has one that may change."""
        return [f"{ARGUMENT}: int = {self.counted.value}"] if self.counted and ARGUMENT in body.used else []

    # Blocks

    def _block(self, block: BlockSpec) -> Class:
        return self._opening(block)

    def _opening(self, block: BlockSpec | None) -> Class:
        """A class; what has no code as a row of modules is opened, and called module by module."""
        entries, uses = (self.spec.layers, [self.root]) if block is None else (block.layers, self.uses[block.id])
        opened: set[int] = set()
        while True:
            body = Body(self, entries, uses, block, opened)
            try:
                return self._network_of(body) if block is None else self._block_of(body, block)
            except NoCode as error:
                if error.row in {0, *opened}:
                    raise
                opened.add(error.row)

    def _block_of(self, body: Body, block: BlockSpec) -> Class:
        row = id(body.uses[0])
        chained = row not in body.opened and body.chains.whole(body.uses)
        named = [part.name for use in body.uses for part in use.parts]
        if chained and body.slots and (not all(name.isidentifier() for name in named) or _repeats(body)):
            rows, ordered = self._rows(body, row)
            if ordered:
                rows = [layout.Row(layout.ordered(rows))]
            made = layout.call("super().__init__", rows).at(8)
            setup, constructor = self._constructor(body, [])
            return Class(self._name(block), self._doc(body), constructor, setup, chained=Code(made))
        forward = Forward(body)
        setup, constructor = self._constructor(body, forward.setup)
        returns = _result_type(len(forward.results))
        return Class(
            name=self._name(block),
            doc=self._doc(body),
            constructor=constructor,
            setup=setup,
            forward=Code(_in_brackets(["self", *forward.arguments], "forward", returns)),
            lines=tuple(Code(line) for lines in forward.lines for line in lines),
            result=Code(", ".join(forward.results)),
            returns=Code(returns),
        )

    def _rows(self, body: Body, row: int) -> tuple[list[layout.Row], bool]:
        try:
            return body.rows(body.uses, body.slots)
        except NoCode as error:
            error.row = row
            raise

    def _name(self, block: BlockSpec) -> Code:
        return pycode.ident(self.names[block.id])

    def _constructor(self, body: Body, setup: list[str]) -> tuple[tuple[Code, ...], Code]:
        """The constructor's lines, and what stands in its brackets; notes the parameters for those that use it."""
        block = body.block
        assert block is not None
        given = given_lets(body, block)
        lets = list(needed_lets(body, block, given))
        parameters: list[Parameter] = []
        for name, place in block.channels.items():
            if name in body.used:
                values: dict[int, object] = {
                    id(use): (self.shape(use.sources[place]) or (None,))[0] for use in body.uses
                }
                parameters.append(Parameter(name, "int", None, values, positional=True))
        if self.counted is not None and ARGUMENT in body.used:
            counts: dict[int, object] = dict.fromkeys(map(id, body.uses), self.counted.value)
            parameters.append(Parameter(ARGUMENT, "int", None, counts))
        named = [name for name in block.args if name in body.used]
        for name in sorted(named, key=lambda name: _default(block, name) is not None):
            values = {id(use): use.inner_bindings[name] for use in body.uses}
            parameters.append(Parameter(name, argument_annotation(values.values()), _default(block, name), values))
        for name in [name for name in given if name in body.used]:
            values = {id(use): use.inner_bindings[name] for use in body.uses}
            parameters.append(Parameter(name, argument_annotation(values.values()), None, values))
        parameters.sort(key=lambda parameter: parameter.default is not None)
        parameters[len(parameters) - sum(p.default is not None for p in parameters) :] = [
            *body.extras,
            *(parameter for parameter in parameters if parameter.default is not None),
        ]
        self.parameters[block.id] = parameters
        texts = [f"{p.name}: {p.annotation}" + (f" = {p.default}" if p.default is not None else "") for p in parameters]
        return tuple(map(Code, [*lets, *setup])), Code(_in_brackets(["self", *texts]))

    def _doc(self, body: Body) -> Code:
        """What the class takes and gives: ``(N, in_channels, H, W) -> (N, 4 * planes, H', W')``."""
        assert body.block is not None
        use = body.uses[0]
        names = list(body.block.channels)
        taken = []
        for name, source_ in zip(names, use.sources, strict=False):
            taken.append(self._signature(name, source_, ""))
        takes, gives = ", ".join(taken), ", ".join([self._given(body, place) for place in range(len(use.gives))])
        gives = f"-> {gives}."
        # The quotes and the indentation of a class take the room of seven columns more.
        lines = [pycode.docstring(f"{takes} {gives}", 7)]
        if "\n" in lines[0]:
            lines = [pycode.docstring(takes, 7), pycode.docstring(gives, 7)]
        return Code("\n".join(lines).replace("\n", "\n    "))

    def _given(self, body: Body, place: int) -> str:
        """The axes of one of the outputs."""
        value = body.uses[0].gives[place]
        shape = self.shape(value)
        given = next((text for text in formulas(body.gives(place))), "C'" if shape and len(shape) > 1 else "F'")
        # Of a map the channels have a name of their own.
        first = int(self._maps[value])
        ends = ((self.shape(one.gives[place]) or (), self.shape(one.sources[0]) or ()) for one in body.uses)
        stays = all(after[first:] == before[first:] for after, before in ends)
        return self._signature(given, value, "" if stays else "'")

    def _signature(self, first: str, value: Value, mark: str) -> str:
        """The axes of a value, of which ``first`` is how many channels it has where these come first."""
        rank = len(self.shape(value) or (1,))
        if rank == 2 and not self._maps[value]:
            return f"(N, T{mark}, C{mark})"
        return f"({', '.join(['N', first, *(f'{letter}{mark}' for letter in letters(rank)[1:])])})"

    @cached_property
    def _maps(self) -> tuple[bool, ...]:
        return maps(self.facts)


MOST_NAMED = 8
"""How many values a type names one by one: more do not fit on a line."""


def _result_type(count: int) -> str:
    each = "Tensor, ..." if count > MOST_NAMED else ", ".join(["Tensor"] * count)
    return "Tensor" if count == 1 else f"tuple[{each}]"


def _repeats(body: Body) -> bool:
    return any(slot.count not in (None, 1) for slot in body.slots)


def _default(block: BlockSpec, name: str) -> str | None:
    """Source of an argument's default, where it is a value and no expression over other arguments."""
    node = block.args[name]
    if node is None or names_in(node):
        return None
    try:
        return source(node, {})
    except Untranslatable:
        return None


def _in_brackets(texts: list[str], method: str = "__init__", returns: str = "None") -> str:
    """The parameters of a method, over several lines where they do not fit on one."""
    line = ", ".join(texts)
    if len(f"    def {method}({line}) -> {returns}:") <= WIDTH:
        return line
    if 8 + len(line) <= WIDTH:
        return f"\n        {line}\n    "
    return "\n" + "".join(f"        {text},\n" for text in texts) + "    "
