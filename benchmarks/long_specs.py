"""A network from a text that is longer than a check takes."""

from __future__ import annotations

from archcalc.diagnostics.budget import Budget
from archcalc.diagnostics.log import Log
from archcalc.network.graph import Graph
from archcalc.network.session import Session
from archcalc.spec.reader import read_spec

UNBOUNDED = 10**12


def graph_of_text(text: str) -> Graph:
    """The graph of a spec without an error, however many steps of work it takes."""
    log = Log("<text>", budget=Budget(UNBOUNDED))
    spec = read_spec(text, log)
    assert spec is not None
    graph = Session(spec).graph({}, None, log)
    assert not log.has_errors
    return graph
