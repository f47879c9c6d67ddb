"""A block on symbols: what its layers infer, as formulas in its channels and arguments.

The layers of one use are walked again with a symbol for each argument that is a whole number, each name of
its ``let``, and its channels. Heights and widths stay unknown: a block's code must not depend on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archcalc.analysis.walk import Facts
from archcalc.diagnostics.log import Log
from archcalc.layers.contract import KINDS
from archcalc.layers.fields import FieldError
from archcalc.layers.record import fields_of
from archcalc.network.graph import Graph, Part
from archcalc.sizes import symbolic as symbols
from archcalc.sizes.rules import UNKNOWN, Dim, Shape
from archcalc.spec.field_values import Unreadable, read_value
from archcalc.spec.let import argument_value
from archcalc.spec.model import Spec


class Symbolic:
    """What the entries of a block infer from its names, by the identity of the part that each makes in one use."""

    def __init__(self, spec: Spec, graph: Graph, facts: Facts, use: Part) -> None:
        self.spec = spec
        self.graph = graph
        self.use = use
        self.shapes: list[Shape | None] = [facts.input, *(layer.output for layer in facts.layers)]
        self.values: dict[int, Shape | None] = {}
        self.inferred: dict[int, dict[str, Dim]] = {}
        block = spec.blocks[use.block or ""]
        known = {name: _symbol(name, value) for name, value in use.inner_bindings.items()}
        for name, value in use.inner_bindings.items():
            if name not in block.args and name not in block.let and name not in block.channels:
                known[name] = value
        for name, place in block.channels.items():
            shape = self.shapes[use.sources[place]]
            first = symbols.size(name)
            if use.sources[place] not in self.values and shape is not None:
                self.values[use.sources[place]] = (first, *(UNKNOWN for _ in shape[1:]))
        self._walk(use.parts, known)
        output = self.values.get(use.output)
        self.given: Dim = output[0] if output else UNKNOWN

    def _walk(self, parts: tuple[Part, ...], known: Mapping[str, Any]) -> None:
        for part in parts:
            here = dict(known)
            if "index" in part.bindings:
                here["index"] = part.bindings["index"]
            if part.step is not None:
                self._step(part, here)
            elif part.block is not None:
                self._use(part, here)
            else:
                self._walk(part.parts, here)

    def _step(self, part: Part, known: Mapping[str, Any]) -> None:
        assert part.step is not None
        assert part.spec is not None
        layer = self.graph.steps[part.step].layer
        xs = tuple([x for x in (self.values.get(source) for source in part.sources) if x is not None])
        self.values[part.output] = None
        if layer is None or len(xs) < len(part.sources):
            return
        fields = {name: getattr(layer, name) for name in fields_of(type(layer))}
        kind = KINDS[part.spec.kind or ""]
        try:
            for name, node in part.spec.values.items():
                fields[name] = read_value(fields_of(kind)[name], node, name, kind.axes, known, Log(""))
            symbolic = kind(**fields)
            self.inferred[id(part)] = symbolic.infers(*xs)
            self.values[part.output] = self._agreed(part, xs, symbolic.out(*xs))
        except (Unreadable, FieldError, TypeError, ValueError, ArithmeticError, AttributeError):
            # Some rules go through no symbol; then the numbers of this use must do.
            return

    def _agreed(self, part: Part, xs: tuple[Shape, ...], out: Shape) -> Shape:
        """What a join gives: sizes that must be equal are the first one's, and no choice between them."""
        joined, given = [self.shapes[source] or () for source in part.sources], self.shapes[part.output] or ()
        if len(xs) == 1 or any(len(shape) != len(given) for shape in joined):
            return out
        alike = [
            [x[axis] for x, shape in zip(xs, joined, strict=True) if shape[axis] == given[axis]]
            for axis in range(len(out))
        ]
        return tuple(sizes[0] if sizes else size for sizes, size in zip(alike, out, strict=True))

    def _use(self, part: Part, known: Mapping[str, Any]) -> None:
        assert part.spec is not None
        block = self.spec.blocks[part.block or ""]
        shapes = [self.values.get(source) for source in part.sources]
        channels = {name: _first(shapes[place]) for name, place in block.channels.items()}
        self.inferred[id(part)] = channels
        within = dict(part.inner_bindings)
        for name, value in channels.items():
            if name in within:
                within[name] = value
        for name, default in block.args.items():
            if name in part.spec.values:
                within[name] = argument_value(name, part.spec.values[name], known, Log(""))
            elif default is not None:
                within[name] = argument_value(name, default, within, Log(""))
        for name, node in block.let.items():
            within[name] = argument_value(name, node, within, Log(""))
        self._walk(part.parts, within)


def _first(shape: Shape | None) -> Dim:
    return shape[0] if shape else UNKNOWN


def _symbol(name: str, value: Any) -> Any:
    return symbols.size(name) if type(value) is int else value


def formulas(value: Any) -> Iterator[str]:
    """The value as Python source, if it has one; a quotient that comes out even as a floor division."""
    import sympy

    from archcalc.sizes.notation import python_code

    if value is UNKNOWN:
        return
    try:
        over, under = sympy.expand(symbols.closed(value)).as_numer_denom()
        text = python_code(over)
        summed = "+" in text or "-" in text
        yield text if under == 1 else f"{f'({text})' if summed else text} // {python_code(under)}"
    except (TypeError, AttributeError, ValueError):
        return
