"""Whether a text with an edit of single entries states the network that was told of it, of which those alone are read.

What else a text says is not changed by an edit within an entry in flow style; any other edit takes the whole text.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from archcalc.diagnostics.log import Log
from archcalc.fixes.instead import Instead
from archcalc.language.nodes import ListNode
from archcalc.language.yaml_changes import Change, EditError, Route
from archcalc.language.yaml_cuts import Places
from archcalc.language.yaml_edits import entry_in_flow
from archcalc.network.graph import Bindings, Graph, Part
from archcalc.network.instantiate import Instantiator
from archcalc.spec.layer_list import LayerListReader
from archcalc.spec.let import names_in
from archcalc.spec.model import LayerSpec, Spec


class EntriesRead:
    """The reader of a spec's entries; ``routes`` say where they stand in its text."""

    def __init__(self, spec: Spec, graph: Graph, places: Places, routes: dict[object, Route]) -> None:
        self._graph = graph
        self._places = places
        own = (entry for entry in spec.every_entry() if entry.kind is not None and not entry.span.file)
        self._entries = {routes[entry.span]: entry for entry in own if entry.span in routes}
        self._names = {block.name for block in spec.blocks.values()}

    @cached_property
    def _bindings(self) -> dict[int, Bindings]:
        """What the names stand for that the entry of each layer sees, by the layer's place."""
        parts = () if self._graph.root is None else _every(self._graph.root)
        return {part.step: part.bindings for part in parts if part.step is not None}

    def state(self, changes: Iterable[Change], instead: Instead) -> bool:
        """Whether the entries say with these changes what is told; false too where the whole text would have to."""
        graph = self._graph
        if instead.inserted or instead.input != graph.input:
            return False
        own: dict[Route, list[Change]] = {}
        for change in changes:
            ends = (end for end in range(len(change.route), 0, -1) if change.route[:end] in self._entries)
            own.setdefault(change.route[: next(ends, 0)], []).append(change)
        try:
            read = {self._entries[route].span: self._read(route, many) for route, many in own.items() if route}
        except EditError:
            return False
        if () in own or None in read.values():
            return False
        log = Log("")
        build = Instantiator(log).build
        for place, step in enumerate(graph.steps):
            entry = read.get(step.spec.span)
            told = instead.layers.get(place, step.layer)
            if (told != step.layer) if entry is None else (build(entry, self._bindings[place]) != (told, False)):
                return False
        return not log.found

    def _read(self, route: Route, changes: list[Change]) -> LayerSpec | None:
        """An entry with its changes; ``None`` where its text has to be read with all others."""
        old, log = self._entries[route], Log("")
        node = entry_in_flow(self._places, route, *changes)
        if node is None:
            return None
        (entry,) = LayerListReader(log, {}).layers(ListNode((node,), node.span)) or (old,)
        # A layer without a name is called as its kind, and those below it are numbered after it.
        renamed = entry.kind != old.kind and (
            old.written_name is None or entry.kind in self._names or entry.init is not None
        )
        # A name that is written no more may be one that nothing uses.
        dropped = _names(old) - _names(entry)
        return None if log.found or entry.doubtful or entry.missing or renamed or dropped else entry


def _names(entry: LayerSpec) -> set[str]:
    return {name for node in entry.values.values() for name in names_in(node)}


def _every(part: Part) -> Iterable[Part]:
    yield part
    for inner in part.parts:
        yield from _every(inner)
