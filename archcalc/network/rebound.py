"""A use of a block once more, its names standing for something else: for symbols, say.

Which layers there are and what they take stays as in the graph; their fields, and the arguments of the blocks among
them, are read anew, as they were the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from archcalc.diagnostics.log import Log
from archcalc.layers.contract import Layer
from archcalc.network.block_use import given_arguments, inner_bindings
from archcalc.network.graph import Bindings, Part, Value
from archcalc.network.instantiate import Instantiator
from archcalc.sizes.rules import Dim
from archcalc.spec.model import BlockSpec


class Rebound:
    """Reads parts anew, in order. ``channels`` says what the first axis of a value is now."""

    def __init__(self, blocks: Mapping[str, BlockSpec], channels: Callable[[Value], Dim]) -> None:
        self._blocks = blocks
        self._channels = channels
        self._log = Log("")
        self._instantiator = Instantiator(self._log)

    def layers(self, parts: Sequence[Part], bindings: Bindings) -> Iterator[tuple[Part, Layer | None, dict[str, Dim]]]:
        """Each layer, or ``None`` where it cannot be made so; before what is in a use, the use with its channels."""
        for part in parts:
            # What an entry sees beside the names of the block: its number among copies, and its row's.
            own = {name: part.bindings[name] for name in part.bindings.keys() - bindings.keys()}
            here = bindings if part.index is None else {**bindings, **own, "index": part.index}
            if part.step is not None:
                yield part, self._made(part, here), {}
            elif part.block is not None:
                block = self._blocks[part.block]
                channels = {name: self._channels(part.sources[place]) for name, place in block.channels.items()}
                yield part, None, channels
                yield from self.layers(part.parts, self._inner(block, part, here, channels))
            else:
                yield from self.layers(part.parts, here)

    def _made(self, part: Part, bindings: Bindings) -> Layer | None:
        assert part.spec is not None
        try:
            layer, doubtful = self._instantiator.build(part.spec, bindings)
        except (TypeError, ValueError, ArithmeticError, AttributeError):
            # Not every field takes what is no number.
            return None
        return None if doubtful else layer

    def _inner(self, block: BlockSpec, part: Part, bindings: Bindings, channels: Mapping[str, Dim]) -> Bindings:
        assert part.spec is not None
        own = {*block.args, *block.let, *block.channels}
        around = {name: value for name, value in part.inner_bindings.items() if name not in own}
        given: Bindings = {name: size for name, size in channels.items() if name in part.inner_bindings}
        given |= given_arguments(block, part.spec, bindings, self._log)
        return inner_bindings(block, around, given, (), self._log)
