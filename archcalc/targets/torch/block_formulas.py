"""A block on symbols: what its layers infer, as formulas in its channels and arguments.

The layers of one use are walked again with a symbol for each argument that is a whole number, each name of
its ``let``, and its channels. Heights and widths stay unknown: a block's code must not depend on them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from archcalc.analysis.walk import Facts
from archcalc.diagnostics.log import Log
from archcalc.language.arithmetic import Bound
from archcalc.layers.contract import Layer
from archcalc.network.graph import Part, Value
from archcalc.network.rebound import Rebound
from archcalc.sizes import symbolic as symbols
from archcalc.sizes.rules import UNKNOWN, Dim, Shape
from archcalc.spec.let import let_values
from archcalc.spec.model import Spec


class Symbolic:
    """What the entries of a block infer from its names, by the identity of the part that each makes in one use.

    ``aliases`` are names that only stand for others, and these. Code has no names that are ``inlined``: what they
    stand for is there instead.
    """

    def __init__(
        self, spec: Spec, facts: Facts, use: Part, aliases: Mapping[str, str], inlined: Collection[str] = ()
    ) -> None:
        self.use = use
        self.shapes: list[Shape | None] = [facts.input, *(layer.output for layer in facts.layers)]
        self.values: dict[int, Shape | None] = {}
        self.inferred: dict[int, dict[str, Dim]] = {}
        block = spec.blocks[use.block or ""]
        known = {name: _symbol(aliases.get(name, name), value) for name, value in use.inner_bindings.items()}
        for name, value in use.inner_bindings.items():
            if name not in {*block.args, *block.let, *block.channels, *aliases}:
                known[name] = value
        stood_for = {name: node for name, node in block.let.items() if name in inlined}
        known = {name: value for name, value in known.items() if name not in stood_for}
        known |= let_values(stood_for, {}, known, Log(""))
        for name, place in block.channels.items():
            shape = self.shapes[use.sources[place]]
            first = symbols.size(name)
            if use.sources[place] not in self.values and shape is not None:
                self.values[use.sources[place]] = (first, *(UNKNOWN for _ in shape[1:]))
        for part, layer, channels in Rebound(spec.blocks, self._first).layers(use.parts, known):
            if part.step is None:
                self.inferred[id(part)] = channels
            else:
                self.values[part.output] = None if layer is None else self._given(part, layer)
        self.given: list[Dim] = [*map(self._first, use.gives)]

    def _first(self, value: Value) -> Dim:
        shape = self.values.get(value)
        return shape[0] if shape else UNKNOWN

    def _given(self, part: Part, layer: Layer) -> Shape | None:
        """What a layer gives; what it infers is noted."""
        xs = tuple([x for x in (self.values.get(source) for source in part.sources) if x is not None])
        if len(xs) < len(part.sources):
            return None
        try:
            self.inferred[id(part)] = layer.infers(*xs)
            out = layer.out(*xs)
            return self._agreed(part, xs, out) if layer.arity[1] is None else out
        except (TypeError, ValueError, ArithmeticError, AttributeError):
            # Some rules go through no symbol; then the numbers of this use must do.
            return None

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


def _symbol(name: str, value: Bound) -> Bound:
    return symbols.size(name) if type(value) is int else value


def formulas(value: object) -> Iterator[str]:
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
