"""How many channels arrive somewhere, decided without heights and widths; what is the same in all uses of a block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from msgspec import Struct

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.layers.outcome import Memory, as_they_arrive, output_of
from archcalc.network.flow import taken
from archcalc.network.graph import NOWHERE, NamedInput, Step, Value
from archcalc.sizes.rules import UNKNOWN, Dim, Shape, is_known
from archcalc.spec.let import names_in
from archcalc.spec.model import BlockSpec, is_numbered, opened


class Channels:
    """The first axis of every value of a network, of which ``steps`` are made so far. ``log`` is where errors go.

    Of the input's sizes those are known that are not free: by ``axes`` where that names them, or else the channels, of
    each of several ``inputs``.

    ``wrong`` says that there were errors before, so that what is not known may be for their sake.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        x: Shape,
        axes: Sequence[str | None],
        inputs: Sequence[NamedInput],
        log: Log,
        wrong: bool,
    ) -> None:
        self._steps = steps
        self._x = x
        self._log = log
        self._wrong = wrong
        self._memory = Memory(output_of, log.budget)
        self._free = [name for name in axes if name is not None]
        firsts = {one.axes[0] for one in inputs if one.axes} if inputs else {0}
        known = [name is None for name in axes] if len(axes) == len(x) else [at in firsts for at in range(len(x))]
        self._shapes: list[Shape | None] = [
            tuple(n if here else UNKNOWN for n, here in zip(x, known, strict=True)) or None
        ]

    def asked(self, value: Value, at: Span) -> Dim:
        """The first axis of a value, for what stands ``at`` a place of the spec; an error where others decide it."""
        if value == NOWHERE:
            return UNKNOWN
        first = self.of(value)
        if first is UNKNOWN and not self._wrong and self.shape(value) and is_known(*self._x):
            if self._log.has_errors:
                return UNKNOWN
            follows = f"`{'`, `'.join(self._free)}`" if self._free else "the input's height and width"
            message = f"how many channels arrive here depends on {follows}"
            self._log.error("A316", at, message, "give the block an argument in place of `in_channels`")
        return first

    def of(self, value: Value) -> Dim:
        """The first axis of a value; ``UNKNOWN`` where it depends on others, or an error hides it."""
        shape = self.shape(value)
        return shape[0] if shape else UNKNOWN

    def shape(self, value: Value) -> Shape | None:
        """What of a value's shape is known without the input's height and width."""
        while len(self._shapes) <= value:
            self._shapes.append(self._next(self._steps[len(self._shapes) - 1]))
        return self._shapes[value]

    def _next(self, step: Step) -> Shape | None:
        xs = taken(step, self._shapes)
        if step.layer is None or step.lost or None in xs:
            return None
        output = self._memory.of(step.layer, cast("tuple[Shape, ...]", xs))
        return as_they_arrive(output, xs[0] or ()) if step.doubtful and output is not None else output

    def again(self, first: int, count: int) -> None:
        """Let what the next ``count`` steps give be what those from the place ``first`` on do, if that is known."""
        if len(self._shapes) == len(self._steps) + 1 > first + count:
            self._shapes += self._shapes[first + 1 : first + count + 1]


class BlockFacts(Struct, frozen=True):
    """What of a block is the same in all its uses.

    ``asked`` is what its own expressions call the channels that they ask for, with the place of the input they are of.
    ``asks`` says that it, or a block in it, asks how many channels arrive, ``routes`` that one of them lets tokens take
    some of several experts, and ``numbered`` that its layers without a name are called by numbers.
    """

    asked: dict[str, int]
    asks: bool
    routes: bool
    numbered: bool


class Blocks:
    """What of each of a spec's blocks is the same in all its uses, found once."""

    def __init__(self, blocks: dict[str, BlockSpec]) -> None:
        self._blocks = blocks
        self._found: dict[str, BlockFacts] = {}
        self._asked: dict[str, dict[str, int]] = {}

    def of(self, block: BlockSpec) -> BlockFacts:
        """What holds of one of them."""
        found = self._found.get(block.id)
        if found is None:
            reached = self._reached(block)
            asks = any(map(self._channels_asked, reached))
            routes = any(entry.route is not None for inner in reached for entry in opened(inner.layers))
            found = BlockFacts(self._channels_asked(block), asks, routes, is_numbered(block))
            self._found[block.id] = found
        return found

    def _channels_asked(self, block: BlockSpec) -> dict[str, int]:
        found = self._asked.get(block.id)
        if found is None:
            nodes = [node for node in (*block.let.values(), *block.args.values()) if node is not None]
            names = block.asked.union(*map(names_in, nodes))
            found = {name: place for name, place in block.channels.items() if name in names}
            self._asked[block.id] = found
        return found

    def _reached(self, block: BlockSpec) -> list[BlockSpec]:
        reached, waiting = {block.id: block}, [block]
        while waiting:
            for entry in opened(waiting.pop().layers):
                inner = self._blocks.get(entry.block or "")
                if inner is not None and inner.id not in reached:
                    reached[inner.id] = inner
                    waiting.append(inner)
        return list(reached.values())
