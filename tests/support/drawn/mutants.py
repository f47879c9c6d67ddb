"""The reading of the language, broken: each mutant is one place of the package's source written otherwise."""

from __future__ import annotations

import inspect
import sys
import textwrap
from typing import Any, NamedTuple

from archcalc.language import identifiers
from archcalc.layers.contract import Layer
from archcalc.network import block_use, outputs
from archcalc.network.block_use import ReplayedUse
from archcalc.network.elaborate import _Elaborator
from archcalc.network.expand import Expander
from archcalc.network.scope import Scope
from archcalc.network.sources import Sources
from archcalc.spec import model
from archcalc.targets.torch import chains, forward, slots
from archcalc.targets.torch.chains import Chains
from archcalc.targets.torch.classes import Writer
from archcalc.targets.torch.forward import Forward
from archcalc.targets.torch.wiring import Wiring


class Mutant(NamedTuple):
    """A function of ``owner`` in which ``old`` is written as ``new``."""

    owner: Any
    function: str
    old: str
    new: str

    def made(self) -> Any:
        """The function as the mutant has it. Raises AssertionError where the place is gone."""
        function = getattr(self.owner, self.function)
        source = textwrap.dedent(inspect.getsource(function))
        assert source.count(self.old) == 1, f"`{self.old}` stands {source.count(self.old)} times in {self.function}"
        module = self.owner if inspect.ismodule(self.owner) else sys.modules[function.__module__]
        namespace = dict(vars(module))
        exec(
            compile("from __future__ import annotations\n" + source.replace(self.old, self.new), "m", "exec"), namespace
        )
        return namespace[self.function]


MUTANTS: dict[str, Mutant] = {
    "what is applied again has weights of its own": Mutant(
        ReplayedUse, "_lay", "Place(at - self._shift) if step.again is None else step.again", "step.again"
    ),
    "a condition that is not looked at": Mutant(Expander, "_copy", "holds is not False", "True"),
    "a condition that is turned round": Mutant(Expander, "_copy", "holds is not False", "holds is not True"),
    "a condition of copies that is not looked at": Mutant(Expander, "_of_one_name", "holds is not False", "True"),
    "one copy too many": Mutant(
        Expander, "entries", "if counted is None else counted", "if not counted else [*counted, counted[-1]]"
    ),
    "a repeat of 0 that is one": Mutant(Expander, "entries", "if counted is None else", "if not counted else"),
    "copies that count from 1": Mutant(Expander, "_copies", '"index": index', '"index": index + 1'),
    "copies that are all there as the first": Mutant(Expander, "_copies", "if differs or not index", "if not index"),
    "copies that do not count": Mutant(Expander, "_copies", '"index": index', '"index": 0'),
    "copies in a group that all take one thing": Mutant(
        Expander, "_of_one_name", "sources=None", "sources=entry.sources"
    ),
    "sources that change places": Mutant(Sources, "of", "in entry.sources:", "in entry.sources[::-1]:"),
    "one source for all": Mutant(Sources, "of", "tuple(found)", "tuple(found[:1] * len(found))"),
    "sources whose braces see no copy": Mutant(
        Sources, "of", "source.span, item.bindings)", "source.span, item.bindings | {'index': 0})"
    ),
    "sources that are not looked at": Mutant(Sources, "of", "is None:", "is None or len(entry.sources) < 2:"),
    "an absent entry's first source for what came before": Mutant(
        _Elaborator,
        "_built",
        "scope.leave_out(item.entry, item.named, sources[0],",
        "current = sources[0]; scope.leave_out(item.entry, item.named, current,",
    ),
    "what came before for an absent entry's first source": Mutant(
        _Elaborator, "_built", "item.named, sources[0],", "item.named, current,"
    ),
    "an absent entry's last source": Mutant(
        _Elaborator, "_built", "item.named, sources[0],", "item.named, sources[-1],"
    ),
    "a group without a name that forgets its source": Mutant(_Elaborator, "_built", "current = sources[0]", "pass"),
    "a list that gives what arrives": Mutant(_Elaborator, "_built", "Made(current,", "Made(arriving,"),
    "names of what is absent instead of what is there": Mutant(
        Scope,
        "leave_out",
        "self.names.setdefault(name, Target(taken, inner or {}, there=False))",
        "self.names[name] = Target(taken, there=False)",
    ),
    "an output that is absent": Mutant(outputs, "given", "is not None and target.there]", "is not None]"),
    "outputs that change places": Mutant(outputs, "given", "for name in sought]", "for name in sought[::-1]]"),
    "defaults in place of what is given": Mutant(
        block_use, "given_arguments", "if name in entry.values:", "if name in entry.values and default is None:"
    ),
    "arguments evaluated without what stands around": Mutant(
        block_use, "given_arguments", "entry.values[name], bindings,", "entry.values[name], bindings | given,"
    ),
    "arguments that do not see the copy": Mutant(
        block_use, "given_arguments", "entry.values[name], bindings,", "entry.values[name], bindings | {'index': 0},"
    ),
    "defaults evaluated where the block is used": Mutant(
        block_use, "inner_bindings", "default, known, log", "default, known | around, log"
    ),
    "a `let` that does not see the arguments": Mutant(block_use, "inner_bindings", "{}, known,", "{}, known | around,"),
    "a file's block that sees the spec's names": Mutant(
        _Elaborator, "_opened", "given, uses, self.log)", "given | self._everywhere, uses, self.log)"
    ),
    "channels of the input for those that arrive": Mutant(
        _Elaborator, "_use", "asked(here.sources[place], at)", "asked(0, at)"
    ),
    "channels of the first for those of the second": Mutant(
        _Elaborator, "_use", "here.sources[place]", "here.sources[0]"
    ),
    "a key without names": Mutant(
        block_use,
        "use_key",
        "*given, *map(told_apart, given.values())",
        "*sorted(map(str, given.values()))",
    ),
    "a key without channels": Mutant(_Elaborator, "_use", "if facts.asks else", "if False else"),
    "a key without values": Mutant(block_use, "use_key", "*map(told_apart, given.values())", ""),
    "uses made again that take what the first took": Mutant(
        ReplayedUse, "_renumbered", "(INPUT, *sources)", "(INPUT, *self._recorded.part.sources)"
    ),
    "uses made again whose layers take what the first's did": Mutant(
        ReplayedUse, "_renumbered", "range(first + shift, values.stop + shift)", "values"
    ),
    "numbers that count joins": Mutant(identifiers, "names", "position += entry.counted", "position += 1"),
    "numbers that do not count what has a name": Mutant(
        identifiers, "names", "position += entry.counted", "position += entry.counted and entry.named is None"
    ),
    "the second of a kind without its number": Mutant(
        identifiers, "names", "numbers.get(entry.kind, 0) + 1", "numbers.get(entry.kind, 0) + 2"
    ),
    "names in braces that are one too high": Mutant(Expander, "filled", "return str(number)", "return str(number + 1)"),
    "names that depend on what is there": Mutant(
        model, "is_numbered", "in spliced(block.layers)", "in spliced(block.layers) if entry.when is None"
    ),
    "names that depend on the first": Mutant(
        model, "is_numbered", "spliced(block.layers)", "[*spliced(block.layers)][:1]"
    ),
}
"""By what each does."""


OUTPUT_MUTANTS: dict[str, Mutant] = {
    "outputs of a use that change places": Mutant(
        outputs, "named", "block.others, part.others", "block.others, part.others[::-1]"
    ),
    "outputs of an absent use that are all its first source": Mutant(
        outputs, "left_out", "sources[place] if place < len(sources) else sources[0]", "sources[0]"
    ),
    "a copy that hands on its first output alone": Mutant(
        outputs, "handed_on", "(*part.gives[: len(taken)], *taken[len(part.gives) :])", "(part.output, *taken[1:])"
    ),
    "a copy whose other inputs are the output before": Mutant(
        outputs, "handed_on", "*taken[len(part.gives) :]", "*taken[len(part.gives) :][::-1]"
    ),
    "a block that gives what its last layer gives": Mutant(
        outputs, "of_block", "for target in found)", "for target in found[:0])"
    ),
    "outputs made again that are the first use's": Mutant(ReplayedUse, "_of", "values.get(other, NOWHERE)", "other"),
}
"""The same of blocks that give several values, which are drawn by themselves (``several_outputs``)."""


CODE_MUTANTS: dict[str, Mutant] = {
    "what is applied again counts its weights": Mutant(Layer, "own_weights", "{} if self.again else ", ""),
    "a module that is called once too often": Mutant(forward, "repeated", "range({count})", "range({count} + 1)"),
    "a variable that is right in one use": Mutant(Wiring, "_fits", "return all(", "return any("),
    "a choice that is right in one use": Mutant(Wiring, "_choice", "if any(there", "if False and any(there"),
    "a choice of the entry wherever it is taken": Mutant(Forward, "_fused", "takers[before.out] == 1", "True"),
    "rows whose inside is taken": Mutant(Chains, "_row", "return all(", "return True or all("),
    "rows that are none": Mutant(chains, "_through", "part.sources != (arriving,)", "False"),
    "conditions that are left out": Mutant(slots, "one_slot", "entry.when is not None", "False"),
    "counts that are the same in all uses": Mutant(Wiring, "_copies", "min(counts) <= number", "False"),
    "names of the first use for all": Mutant(slots, "variants", "len(names) < 2", "len(names) < 9"),
    "modules of two inputs that are not asked for": Mutant(Forward, "_is_asked_for", "len(op.sources) > 1", "False"),
    "rows that are never opened": Mutant(Writer, "_opening", "if error.row in {0, *opened}:", "if True:"),
    "copies that are all the first": Mutant(Wiring, "_copies", "row[number : number + 1]", "row[:1]"),
}
"""What the generator may get wrong of what a class is, in the same way."""
