"""Names of ``let`` that no expression uses, in a spec and in its blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.diagnostics.spelling import SURE, nearest
from archcalc.language.identifiers import TEMPLATE
from archcalc.language.nodes import Node, ScalarNode
from archcalc.spec.let import names_in
from archcalc.spec.model import BlockSpec, LayerSpec, Spec, Unused, opened


def asked(layers: Iterable[LayerSpec]) -> frozenset[str]:
    """Every name that the expressions of a list use."""
    found: set[str] = set()
    for entry in opened(layers):
        for node in (*entry.values.values(), entry.when, entry.repeat):
            if node is not None:
                found |= names_in(node)
        found |= _in_braces(entry.written_name, *(source.name for source in entry.sources or ()))
    return frozenset(found)


def unused_names(spec: Spec, spans: Mapping[str, Span]) -> Iterator[Unused]:
    """The named sizes that nothing uses, whatever preset is chosen; ``spans`` are where the spec's own stand."""
    lets = [spec.let, *(preset.let for preset in spec.presets.values())]
    inputs = [*spec.input, *(node for preset in spec.presets.values() for node in preset.input)]
    used = {*spec.asked}.union(*map(names_in, inputs))
    for block in spec.blocks.values():
        used |= _from_outside(block)
    yield from _unused(spans, lets, used, "")
    for block in spec.blocks.values():
        yield from _unused(block.let_spans, [block.let], block.asked, block.name)


def report_unused_names(unused: Iterable[Unused], log: Log) -> None:
    """A warning for each named size that nothing uses."""
    for name in unused:
        help = f"did you mean `{name.near}`?" if name.near else "remove it, or write it where its value is meant"
        inside = f"nothing in the block `{name.block}` uses `{name.name}` of its `let`"
        log.warning("A321", name.span, inside if name.block else f"nothing uses `{name.name}` of `let`", help)


def _unused(
    spans: Mapping[str, Span], lets: Iterable[Mapping[str, Node]], used: Set[str], block: str
) -> Iterator[Unused]:
    """The names of a ``let`` that are not used, nor by one that is; ``lets`` is all that may stand for each."""
    reached: set[str] = set()
    waiting = used & spans.keys()
    while waiting:
        reached |= waiting
        waiting = {name for let in lets for user in waiting & let.keys() for name in names_in(let[user])}
        waiting = (waiting & spans.keys()) - reached
    for name, span in spans.items():
        if name not in reached:
            yield Unused(name, span, block, nearest(name, sorted((used | reached) - {name}), alike=SURE))


def _from_outside(block: BlockSpec) -> Set[str]:
    """The names that a block uses and that may be the spec's."""
    if block.closed:
        return set()
    inside = block.asked.union(*map(names_in, block.let.values()))
    own = {*block.args, *block.let, *block.channels}
    # The value of an argument may name the spec's size of the same name.
    return (inside - own).union(*(names_in(value) for value in block.args.values() if value is not None))


def _in_braces(*texts: str | None) -> set[str]:
    expressions = [found for text in texts for found in TEMPLATE.findall(text or "")]
    return set[str]().union(*(names_in(ScalarNode(found, found, _NOWHERE)) for found in expressions))


_NOWHERE = Span(0, 0, 0, 0)


def asks_channels(spec: Spec) -> bool:
    """Whether expressions ask how many channels arrive somewhere, so that these decide more than what layers infer."""
    if "in_channels" in spec.asked:
        return True
    for block in spec.blocks.values():
        nodes = [node for node in (*block.let.values(), *block.args.values()) if node is not None]
        if not block.channels.keys().isdisjoint(block.asked.union(*map(names_in, nodes))):
            return True
    return False
