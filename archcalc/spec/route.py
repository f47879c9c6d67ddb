"""``route`` on a repeated entry: by which layer's scores each token takes some of its copies, and how many."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.diagnostics.log import Log
from archcalc.language.identifiers import TEMPLATE
from archcalc.language.mapping_keys import described, known_keys
from archcalc.language.nodes import MapNode, Node
from archcalc.layers.contract import KINDS
from archcalc.layers.record import fields_of
from archcalc.spec.model import LayerSpec, RouteSpec
from archcalc.spec.source_names import read_sources

KIND = "route"
_EXAMPLE = "write `route: {by: gate, top: 2}`"


def read_route(entries: Mapping[str, Node], name: str | None, path: str, log: Log) -> RouteSpec:
    """What the ``route`` of an entry says, which is there; errors go to the log.

    ``name`` is the entry's as stated, ``path`` the one that it has.
    """
    node = entries["route"]
    if "repeat" not in entries:
        help = "say how many experts there are: `repeat: 8`"
        log.error("A112", node.span, f"`{path}` has a `route`, and no `repeat` that makes copies to choose from", help)
    elif name is None or TEMPLATE.search(name):
        help = "give them one: `name: experts`"
        log.error("A325", node.span, "the copies that tokens are routed to have no one name for all of them", help)
    if not isinstance(node, MapNode):
        what = "`route` takes the layer that gives the scores, and how many experts a token takes"
        log.error("A111", node.span, f"{what}, not {described(node)}", _EXAMPLE)
        node = MapNode({}, {}, node.span)
        return RouteSpec(by=None, entry=_entry(node, path, True))
    fields = fields_of(KINDS[KIND])
    node, unsure = known_keys(node, ("by", *fields), "`route`", log, KINDS[KIND].foreign)
    for key, what in (
        ("by", "the layer that gives a score for each expert"),
        ("top", "how many experts a token takes"),
    ):
        if key not in node.entries and key not in unsure:
            log.error("A112", node.span, f"the `route` of `{path}` has no `{key}`: {what}", _EXAMPLE)
    named = read_sources(node.entries.get("by"), "by", log) or ()
    if len(named) > 1:
        log.error("A111", named[1].span, "`by` takes the name of one layer", f"write `by: {named[0].name}`")
    return RouteSpec(by=named[0] if named else None, entry=_entry(node, path, bool(unsure)))


def _entry(node: MapNode, path: str, doubtful: bool) -> LayerSpec:
    """The layer in which the copies end, as if it had been written."""
    fields = fields_of(KINDS[KIND])
    return LayerSpec(
        written_path=path,
        span=node.span,
        kind=KIND,
        written_kind=KIND,
        values={name: node.entries[name] for name in fields if name in node.entries},
        missing=() if "top" in node.entries else ("top",),
        doubtful=doubtful,
    )
