"""The names that code in a class may use: a block's arguments, what it calls its channels, and what counts copies."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from fractions import Fraction

from archcalc.language.arithmetic import Bound
from archcalc.language.identifiers import INPUT
from archcalc.language.nodes import ScalarNode
from archcalc.network.graph import Bindings, Part
from archcalc.spec.model import BlockSpec, LayerSpec
from archcalc.targets.python.expressions import Inline, Untranslatable, is_whole, source
from archcalc.targets.torch.alike import argument_annotation, same
from archcalc.targets.torch.block_formulas import Symbolic
from archcalc.targets.torch.chains import Chains
from archcalc.targets.torch.class_count import ARGUMENT
from archcalc.targets.torch.row_loops import RowLoop
from archcalc.targets.torch.slots import NoCode, Slot, SlotCondition, Within, inside, slots
from archcalc.targets.torch.uses import Network, Parameter, own_parts


class Names:
    """The parts that a block makes in all its uses, or the network, and the names that their code may use.

    ``opened`` are the groups that are no ``nn.Sequential`` though they are rows, since one cannot say what they hold.
    """

    def __init__(
        self,
        network: Network,
        entries: Sequence[LayerSpec],
        uses: list[Part],
        block: BlockSpec | None,
        opened: Collection[int],
    ) -> None:
        self.network = network
        self.opened = opened
        self.block = block
        self.uses = uses
        self.owner: dict[int, Part] = {}
        for use in uses:
            self.owner |= {id(part): use for part in own_parts(use)}
        within = [use.bindings if block is None else use.inner_bindings for use in uses]
        self.variables = {"index"} if block is None else {"index", *block.args, *block.let, *block.channels}
        self.fractions = {name for env in within for name in self.variables if isinstance(env.get(name), Fraction)}
        """The names that are fractions in some use, floats in code, and so nothing to count with."""
        self.constants: dict[str, Bound | Inline] = {
            name: value for name, value in within[0].items() if name not in self.variables
        }
        self._counted: dict[str, Bound] = {}
        self._aliases: dict[str, str] = {}
        if network.counted is not None and not (block is not None and block.closed):
            self._counted = {ARGUMENT: network.counted.value}
            self._stands_for(network.counted.name, ARGUMENT)
            self.variables = self.variables | {ARGUMENT}
        self._inline(block)
        taken = network.graph.inputs if block is None else block.inputs
        self.inputs = [one.name for one in taken] or [INPUT]
        self.entries = entries
        self.lists = [inside(use, Within(use)) for use in uses]
        self.slots = slots(entries, self.lists)
        self._within: dict[int, Within] = {}
        for copy in (copy for top in self.slots for slot in top.all() for copy in slot.copies):
            if copy.part is not None:
                self._within[id(copy.part)] = copy.within
        everywhere = [within.names for within in self._within.values()]
        self.of_rows = {name for names in everywhere for name in names} - {"index"}
        self.fractions |= {name for names in everywhere for name in names if isinstance(names[name], Fraction)}
        self.loops: list[RowLoop] = []
        self._row_loops: dict[int, tuple[Slot, RowLoop | None]] = {}
        self.given = [use.gives for use in uses] if block is not None else [network.graph.outputs]
        self.chains = Chains(uses, self.given)
        self.used: set[str] = set()
        self.extras: list[Parameter] = []
        self.symbolic: list[Symbolic] = []
        self._decisions: dict[int, tuple[SlotCondition, str]] = {}

    def _inline(self, block: BlockSpec | None) -> None:
        """Write the block's names that are fractions as what they stand for, so that code counts exactly."""
        lets = {} if block is None else dict(block.let)
        while real := [name for name, node in lets.items() if not is_whole(node, self.constants)]:
            for name in real:
                node = lets.pop(name)
                if isinstance(node, ScalarNode):
                    self.constants[name] = Inline(str(node.value))
                    self.variables = self.variables - {name}
        for name, node in lets.items():
            # What only stands for another name is that name.
            with suppress(Untranslatable):
                text = source(node, self.constants)
                if block is not None and text in (*block.args, *block.channels):
                    self._stands_for(name, text)

    def _stands_for(self, name: str, other: str) -> None:
        self.constants[name], self._aliases[name] = Inline(other), other
        self.variables = self.variables - {name}

    def within(self, part: Part) -> Within:
        """In which copies a part stands."""
        return self._within.get(id(part)) or Within(self.owner[id(part)])

    def _seen(self, part: Part) -> Bindings:
        """The names that an entry's code may use where it makes this part: those of the spec, and the channels."""
        return part.bindings | self._channels(self.owner[id(part)])

    def _known(self, within: Within) -> Bindings:
        """The names that a condition's code may use where it is decided."""
        use = within.use
        own = use.bindings if self.block is None else use.inner_bindings
        return own | self._channels(use) | within.names

    def _channels(self, use: Part) -> Bindings:
        names = {} if self.block is None else self.block.channels
        shapes = {name: self.network.shape(use.sources[place]) for name, place in names.items()}
        return {name: shape[0] for name, shape in shapes.items() if shape} | self._counted

    def noted(self, text: str) -> str:
        """Source; the names in it are noted as used."""
        self.used.update(set(NAMES.findall(text)) & self.variables)
        return text

    def is_known(self, text: str) -> bool:
        """Whether code knows the names of rows that stand in a piece of source: the loops around it give them."""
        given = {name for loop in self.loops for name in loop.declared}
        return (self.of_rows & set(NAMES.findall(text))) <= given

    def _argument(self, what: str, values: Sequence[tuple[Part, object]], refusal: NoCode) -> str:
        """One more argument of the class, called ``what``, with a value for each use."""
        by_use: dict[int, object] = {}
        for use, value in values:
            if self.block is None or not same(by_use.setdefault(id(use), value), value):
                raise refusal
        taken = {parameter.name for parameter in self.extras} | self.variables | self.of_rows
        name = next(name for name in (what, *(f"{what}_{n}" for n in range(2, 10_000))) if name not in taken)
        spare = next(iter(by_use.values()))
        given = {id(use): by_use.get(id(use), spare) for use in self.uses}
        self.extras.append(Parameter(name, argument_annotation(by_use.values()), None, given))
        self.variables = self.variables | {name}
        return name


NAMES = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
