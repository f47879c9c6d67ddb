"""Blocks that nothing uses, and blocks that are made of themselves."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Label
from archcalc.spec.model import BlockSpec, LayerSpec, opened


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
