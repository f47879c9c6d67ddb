"""Names of ``let`` that no expression uses, blocks that nothing uses, and blocks that use themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Label, Span
from archcalc.diagnostics.spelling import SURE, nearest
from archcalc.language.identifiers import TEMPLATE
from archcalc.language.nodes import Node, ScalarNode
from archcalc.spec.let import names_in
from archcalc.spec.model import BlockSpec, LayerSpec, Spec, Unused, opened


def asked(layers: Iterable[LayerSpec]) -> frozenset[str]:
    """Every name that the expressions of a list use."""
    found: set[str] = set()
    for entry in opened(layers):
        routed = () if entry.route is None else entry.route.entry.values.values()
        for node in (*entry.values.values(), *routed, entry.when, entry.repeat, entry.frozen):
            if node is not None:
                found |= names_in(node)
        named = (*(entry.sources or ()), *([] if entry.again is None else [entry.again]))
        found |= _in_braces(entry.written_name, *(source.name for source in named))
    return frozenset(found)


def unused_names(spec: Spec, spans: Mapping[str, Span]) -> Iterator[Unused]:
    """The named sizes that nothing uses, whatever preset is chosen; ``spans`` are where the spec's own stand."""
    lets = [spec.let, *(preset.let for preset in spec.presets.values())]
    inputs = [*spec.input, *(node for preset in spec.presets.values() for node in preset.input)]
    bounds = [spec.below, *(preset.below for preset in spec.presets.values())]
    named = [*spec.inputs, *(one for preset in spec.presets.values() for one in preset.inputs)]
    bounds += [one.below for one in named]
    inputs += [node for node in bounds if node is not None]
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


def report_unused(blocks: dict[str, BlockSpec], layers: tuple[LayerSpec, ...], log: Log) -> None:
    """A warning for each block of the spec that nothing uses, and an error for each ring of blocks in themselves."""
    uses = {id: [entry for entry in opened(block.layers) if entry.block in blocks] for id, block in blocks.items()}
    reached: set[str] = set()
    waiting = [entry.block for entry in opened(layers) if entry.block]
    while waiting:
        id = waiting.pop()
        if id not in reached:
            reached.add(id)
            waiting += [entry.block for entry in uses.get(id, ()) if entry.block]
    for id, block in blocks.items():
        if id not in reached and "/" not in id:
            help = f"remove it, or write `kind: {id}`"
            log.warning("A306", block.span, f"nothing uses the block `{block.name}`", help)
    for ring in _rings(uses):
        last, first = ring[-1], blocks[ring[-2 if len(ring) > 1 else -1].block or ""]
        listed = ", ".join(f"`{blocks[entry.block or ''].name}`" for entry in (last, *ring[:-1]))
        message = f"the block {listed} uses itself" if len(ring) == 1 else f"the blocks {listed} are made of each other"
        help = "a block is made of other blocks and layers; copies are written with `repeat`"
        log.error("A305", last.kind_span, message, help, labels=[Label(first.span, "in this block")])


def _rings(uses: dict[str, list[LayerSpec]]) -> Iterator[list[LayerSpec]]:
    """Blocks that are made of themselves: of each ring the entries that lead round it, from a block back to it."""
    done: set[str] = set()
    for id in uses:
        path: list[tuple[str, Iterator[LayerSpec]]] = []
        trail: dict[str, LayerSpec | None] = {}
        if id not in done:
            path, trail = [(id, iter(uses[id]))], {id: None}
        while path:
            here, entries = path[-1]
            entry = next(entries, None)
            below = "" if entry is None else entry.block or ""
            if entry is None:
                path.pop()
                trail.pop(here)
                done.add(here)
            elif below in trail:
                ring = list(trail)[list(trail).index(below) + 1 :]
                yield [*(one for one in map(trail.get, ring) if one is not None), entry]
            elif below not in done:
                path.append((below, iter(uses[below])))
                trail[below] = entry
