"""The legal sizes of a network without errors."""

from __future__ import annotations

import archcalc
from archcalc import Report
from archcalc.analysis.legal_inputs import Legal, legal, pinned
from archcalc.network.graph import Graph


def found(text: str) -> tuple[Report, Legal]:
    """The report of a spec, and the sizes that its network takes."""
    report = archcalc.check_text(text)
    assert report.ok, report.diagnostics
    assert report.facts is not None
    return report, sizes_of(pinned(report.facts))


def sizes_of(graph: Graph) -> Legal:
    """The sizes that a network as built takes."""
    sizes = legal(graph)
    assert sizes is not None
    return sizes
