"""Totals as other counters have them, each as the sum of its terms, as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archcalc.analysis.conventions import can_be_counted, counted
from archcalc.analysis.walk import LayerFacts
from archcalc.layers.counters import COUNTERS
from archcalc.reports.aligned import Heading, aligned


def block(layers: Sequence[LayerFacts], names: Iterable[str]) -> str:
    """What each of these counters prints of the layers; a line each for its parameters and its operations."""
    if not can_be_counted(layers):
        return "as others count: not known, because of an error"
    rows = []
    for name in names:
        count = counted(layers, name)
        rows.append((f"as {name} counts", *_line(count.params, "parameters")))
        if count.operations is not None:
            rows.append(("", *_line(count.operations, "operations")))
    return "\n".join(aligned((Heading(), Heading(right=True), Heading()), rows, header=False, rule=False))


def at_length(layers: Sequence[LayerFacts], subject: str) -> str:
    """What every counter prints of the layers, with what it is about."""
    if not can_be_counted(layers):
        return block(layers, COUNTERS)
    titles = "\n".join(f"  {name}: {counter.title}" for name, counter in COUNTERS.items())
    return f"{subject}, as it is counted\n\n{block(layers, COUNTERS)}\n\n{titles}"


def _line(terms: dict[str, int], unit: str) -> tuple[str, str]:
    """A total, and how it adds up where it is of several terms."""
    total = f"{sum(terms.values()):,}"
    (own, first), *others = terms.items()
    if not others:
        return total, unit
    added = "".join(f" {'+' if count > 0 else '−'} {abs(count):,} {term}" for term, count in others)
    return total, f"{unit} = {first:,} {own}{added}"
